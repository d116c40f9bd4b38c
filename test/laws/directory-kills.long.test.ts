import { randomUUID } from 'node:crypto';
import { cp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { directoryBarStore } from '../../src/stores/directory/bar-store';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { SYMBOL } from './kill-scenarios';
import { type Data, type Keeping, killedRuns } from './killed-runs';

describe('trainSymbol with the directory stores', () => {
  killedRuns('directory', directoryData, ['without kept bars', 'with kept bars'], 200);
});

function directoryData(keeping: Keeping): Data {
  const folder = join(tmpdir(), `tickerforest-${randomUUID()}`);
  return {
    place: [folder, '', keeping],
    open: () => ({ store: directoryProfileStore(folder), bars: keeping === 'with kept bars' ? directoryBarStore(folder) : undefined }),
    async assertClean() {
      const names = await readdir(join(folder, SYMBOL));
      expect(names.filter((name) => !/^((revision|lease)-\d+(\.json)?|bars)$/.test(name))).toStrictEqual([]);
      expect(names.filter((name) => name.startsWith('lease-'))).toHaveLength(1);
    },
    async copy() {
      const copy = directoryData(keeping);
      // a store makes its folder with the first commit
      await cp(folder, copy.place[0], { recursive: true }).catch((error) => expect(error).toMatchObject({ code: 'ENOENT' }));
      return copy;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
