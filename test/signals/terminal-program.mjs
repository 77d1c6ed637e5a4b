// KUBECONFIG: asks for a credential in the terminal where it runs, and says what came of it.
import { createCredentialManager } from '@keyturn/core';
import { loadKubeconfig } from '@keyturn/kubernetes';

const { source } = await loadKubeconfig({ path: process.argv[2] });
const manager = createCredentialManager({ source });
console.log(
  await manager.current().then(
    ({ token }) => `token ${token}`,
    ({ message }) => message,
  ),
);
