import { expect, it, vi } from 'vitest';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { exportParquet } from '../../src/stores/parquet-export';

vi.mock('hyparquet-writer', () => {
  throw new Error("Cannot find package 'hyparquet-writer'");
});

it('exportParquet says what to install, where the package hyparquet-writer is not', async () => {
  await expect(exportParquet({ bars: memoryBarStore(), symbol: 'A', path: 'a.parquet' })).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('npm install hyparquet-writer'),
    cause: expect.any(Error),
  });
});
