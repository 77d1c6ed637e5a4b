// One of the processes. Time is what the parent says: an hour passes when it asks for that.
import { ways } from './ways.mjs';

const orders = JSON.parse(process.argv[2]);
const now = Date.now;
let aheadMs = 0;
Date.now = () => now() + aheadMs;

const way = await ways[orders.name](orders, () => process.send({ kind: 'refreshes' }));
process.on('message', async ({ kind, afterMs = 0 }) => {
  if (kind === 'end') {
    await way.close?.();
    return process.disconnect();
  }
  aheadMs += afterMs;
  const errors = new Set();
  const asked = Array.from({ length: orders.requests }, () =>
    way.fetch(`${orders.url}/orders`).then(
      ({ status }) => status,
      (error) => void errors.add(error.code ?? error.cause?.code ?? error.message),
    ),
  );
  const served = (await Promise.all(asked)).filter((status) => status === 200).length;
  process.send({
    kind: 'answered',
    served,
    errors: [...errors],
    takeovers: way.takeovers?.() ?? 0,
  });
});
process.send({ kind: 'ready' });
