import { it } from 'vitest';
import { referenceBinding } from '../reference-binding.js';
import { testBinding } from './test-binding.js';

testBinding({ test: it, ...referenceBinding });
