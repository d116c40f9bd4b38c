import { describe, it } from 'vitest';
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
