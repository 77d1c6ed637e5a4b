import { testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { gotAdapter } from '../test/adapter.js';

testBinding({ test: it, ...gotAdapter });
