/**
 * The conformance suite for the reference binding, under whatever runs this file: a program for node:test, a test file
 * for mocha, which has put its `it` into the global scope.
 */
import { test } from 'node:test';
import { referenceBinding } from './reference-binding.js';
import { type RegisterTest, testBinding } from './test-binding.js';

const { it = test } = globalThis as { readonly it?: RegisterTest };

testBinding({ test: it, ...referenceBinding });
