import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sampleBars } from '../../src/bars/sample-bars';
import { directoryBarStore } from '../../src/stores/directory/bar-store';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { directoryStores } from '../../src/stores/directory/stores';
import { trainSymbol } from '../../src/symbol/train-symbol';

it('keeps profiles and bars in one folder, which either store reads by itself', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tickerforest-stores-'));
  try {
    const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
    const run = () => trainSymbol({ symbol: 'DEMO', source: sampleBars(), models, ...directoryStores(folder) });
    expect((await run()).action).toBe('create_new_profile');
    expect((await run()).action).toBe('up_to_date');
    expect(await readdir(folder)).toHaveLength(1);
    expect(await directoryProfileStore(folder).listSymbols()).toEqual(['DEMO']);
    expect(await directoryBarStore(folder).listSymbols()).toEqual(['DEMO']);
    const profile = await directoryProfileStore(folder).getCompanyProfile('DEMO');
    expect(profile?.raw_data.points).toBe((await directoryBarStore(folder).describe('DEMO'))?.bars);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('wants a path', () => {
  expect(() => directoryStores(' ')).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
