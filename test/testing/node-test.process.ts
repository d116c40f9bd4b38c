// Runs as a process of its own: the suite on the memory store, with the test runner of Node.js.
import { describe, it } from 'node:test';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { testProfileStore } from '../../src/testing';

testProfileStore({
  name: 'the memory store',
  runner: { describe, it },
  open: async () => {
    const store = memoryProfileStore();
    return { store, reopen: () => store };
  },
});
