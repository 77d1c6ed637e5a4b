// node scripts/test-mocks.mjs [major ...]: every binding against the mocks of HTTP that people use, and the page that tells how to
// test a program. The mocks are installed in test/mocks, which is no workspace: some want a newer Node than ours.
import { playApart } from './play-apart.mjs';

playApart('test/mocks', ['test/mocks/index.mjs', 'test/mocks/run-page.mjs']);
