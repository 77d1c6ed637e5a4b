// node scripts/test-client-node.mjs [major ...]: bindKubeConfig with the versions of @kubernetes/client-node. They are installed in
// test/client-node, which is no workspace: version 2 wants a newer Node than ours.
import { playApart } from './play-apart.mjs';

playApart('test/client-node', ['test/client-node/index.mjs']);
