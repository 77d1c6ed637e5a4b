// node scripts/test-wrappers.mjs [major ...]: runs the page that tells how to use Keyturn with libraries above a client. They are
// installed in test/wrappers, which is no workspace.
import { playApart } from './play-apart.mjs';

playApart('test/wrappers', ['test/wrappers/index.mjs']);
