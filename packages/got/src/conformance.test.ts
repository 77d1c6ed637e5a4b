import { testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { gotAdapter } from '../test/adapter.js';
import { gotStreamAdapter } from '../test/stream-adapter.js';

testBinding({ test: it, ...gotAdapter });
testBinding({ test: it, ...gotStreamAdapter });
