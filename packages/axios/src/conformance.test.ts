import { testBinding } from '@keyturn/testkit';
import { it } from 'vitest';
import { axiosAdapter } from '../test/adapter.js';

testBinding({ test: it, ...axiosAdapter });
