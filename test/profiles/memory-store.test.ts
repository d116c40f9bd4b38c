import { memoryProfileStore } from '../../src/profiles/memory-store';
import { testProfileStore } from '../contracts/profile-store';

testProfileStore('the memory store', async () => {
  const store = memoryProfileStore();
  return { store, reopen: () => store };
});
