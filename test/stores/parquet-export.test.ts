import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allocateBars, type Bars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { parquetBars } from '../../src/bars/parquet-source';
import type { BarStore } from '../../src/stores/bar-store';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { exportParquet } from '../../src/stores/parquet-export';
import { assertSameBars, barsWithin, MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tickerforest-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function storeOf(bars: Bars): Promise<BarStore> {
  const store = memoryBarStore();
  await store.write({ symbol: 'AAPL', market: MARKET, from: Number.NEGATIVE_INFINITY, bars, baseRevision: 0 });
  return store;
}

describe('exportParquet', () => {
  it('writes a file that parquetBars reads to the bit, of all bars or a range', async () => {
    const bars = madeUpBars(0, 100_000);
    const store = await storeOf(bars);
    for (const [i, range] of [{}, { from: bars.timestamp[5] }, { from: bars.timestamp[70_000], to: bars.timestamp[70_000] }].entries()) {
      const path = join(folder, `${i}.parquet`);
      const expected = barsWithin(bars, range);
      expect(await exportParquet({ bars: store, symbol: 'AAPL', path, ...range })).toEqual({
        bars: expected.length,
        bytes: (await stat(path)).size,
      });
      const { bars: read } = await collectBars(parquetBars(path), { symbol: 'AAPL' });
      assertSameBars(read, expected);
    }
  });

  it('replaces a file when the new one is whole, and leaves nothing else', async () => {
    const place = join(folder, 'replaced');
    await mkdir(place);
    const path = join(place, 'aapl.parquet');
    await writeFile(path, 'the old one');
    const store: BarStore = Object.assign(await storeOf(madeUpBars(0, 10)), {
      async *read() {
        yield madeUpBars(0, 10);
        throw new Error('the disk is gone');
      },
    });
    const failure = {
      code: 'STORE_FAILED',
      message: expect.stringContaining("reading kept bars of 'AAPL'"),
      cause: new Error('the disk is gone'),
    };
    await expect(exportParquet({ bars: store, symbol: 'AAPL', path })).rejects.toMatchObject(failure);
    expect(await readFile(path, 'utf8')).toBe('the old one');
    const aborted = exportParquet({ bars: await storeOf(madeUpBars(0, 10)), symbol: 'AAPL', path, signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    await exportParquet({ bars: await storeOf(madeUpBars(0, 10)), symbol: 'AAPL', path });
    expect(await readdir(place)).toEqual(['aapl.parquet']);
    expect((await readFile(path)).subarray(0, 4).toString()).toBe('PAR1');
  });

  it('refuses what it cannot write, and says what to do', async () => {
    const bars = await storeOf(madeUpBars(0, 10));
    const path = join(folder, 'refused.parquet');
    await expect(exportParquet({ bars, symbol: 'MSFT', path })).rejects.toMatchObject({
      code: 'NO_BARS',
      message: expect.stringContaining("'MSFT'"),
    });
    await expect(exportParquet({ bars, symbol: 'AAPL', path, to: 0 })).rejects.toMatchObject({ code: 'NO_BARS' });
    const nowhere = join(folder, 'nowhere', 'a.parquet');
    const missing = { code: 'STORE_FAILED', message: expect.stringMatching(/nowhere.*\(ENOENT\)/) };
    await expect(exportParquet({ bars, symbol: 'AAPL', path: nowhere })).rejects.toMatchObject(missing);
    const halves = allocateBars(1);
    for (const column of [halves.open, halves.high, halves.low, halves.close]) column.fill(1);
    halves.timestamp.fill(0.5);
    const fraction = { code: 'INVALID_BARS', message: expect.stringContaining('whole millisecond') };
    await expect(exportParquet({ bars: await storeOf(halves), symbol: 'AAPL', path })).rejects.toMatchObject(fraction);
    for (const [options, name] of [
      [{ bars, symbol: 'AAPL' }, 'path'],
      [{ bars: 5, symbol: 'AAPL', path }, 'bars'],
      [{ bars, symbol: '', path }, 'symbol'],
      [{ bars, symbol: 'AAPL', path, form: 0 }, "'from'"],
    ] as const) {
      // what JavaScript users may give
      const refused: Promise<unknown> = Reflect.apply(exportParquet, undefined, [options]);
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(name) });
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('refused'))).toEqual([]);
  });
});
