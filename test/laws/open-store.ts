import { mongoProfileStore } from '../../src/mongodb';
import type { ProfileStore } from '../../src/stores/contract';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';

/** Opens the store that another process created. */
export function openStore(kind: string, location: string): ProfileStore {
  if (kind === 'directory') return directoryProfileStore(location);
  const uri = new URL(location);
  const dbName = uri.searchParams.get('dbName') ?? '';
  uri.searchParams.delete('dbName');
  return mongoProfileStore({ uri: uri.href, dbName });
}
