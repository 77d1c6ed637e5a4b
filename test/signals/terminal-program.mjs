// KUBECONFIG: asks for a credential in the terminal where it runs, and says what came of it.
import { manageCredential } from '@keyturn/core/lifecycle';
import { loadKubeconfig } from '@keyturn/kubernetes';

const { source } = await loadKubeconfig({ path: process.argv[2] });
const manager = manageCredential({ source });
console.log(
  await manager.current().then(
    ({ token }) => `token ${token}`,
    ({ message }) => message,
  ),
);
