import { describe, it } from 'vitest';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { testBarStore } from '../../src/testing';

testBarStore({
  name: 'the memory store',
  runner: { describe, it },
  open: async () => {
    const store = memoryBarStore();
    return { store, reopen: () => store };
  },
});
