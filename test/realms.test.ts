import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Context, createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBars } from './generated-bars';

/*
 * Jest gives tests a global scope of their own, in which what Node's modules throw and make is no `Error`, `Date` or `Uint8Array` of theirs. Here the library is loaded
 * into such a scope.
 */

interface Library
  extends Pick<typeof import('../src/index'), 'arrayBars' | 'collectBars' | 'csvBars' | 'directoryProfileStore' | 'trainSymbol'> {
  readonly memoryProfileStore: typeof import('../src/index')['memoryProfileStore'];
}

let scratch = '';
let library: Library;
let scope: Context;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tickerforest-realm-'));
  await build({
    entry: { library: join(import.meta.dirname, '../src/index.ts') },
    outDir: scratch,
    outExtension: () => ({ js: '.cjs' }),
    format: 'cjs',
    target: 'node20',
    noExternal: [/./],
    config: false,
    dts: false,
    silent: true,
  });
  const loaded: { exports: Library } = { exports: Object.create(null) };
  const { process, console, Buffer, URL, AbortController, AbortSignal, TextEncoder, TextDecoder, structuredClone } = globalThis;
  const { performance, queueMicrotask, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;
  scope = createContext({
    ...{ process, console, Buffer, URL, AbortController, AbortSignal, TextEncoder, TextDecoder, structuredClone, SharedArrayBuffer },
    ...{ performance, queueMicrotask, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate },
    ...{ module: loaded, exports: loaded.exports, require: createRequire(import.meta.url), __filename: 'library.cjs', __dirname: scratch },
  });
  runInContext(await readFile(join(scratch, 'library.cjs'), 'utf8'), scope);
  library = loaded.exports;
  expect(runInContext('Error', scope)).not.toBe(Error);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const { timestamp, open, high, low, close, volume } = randomBars(500, { seed: 8 });
const rows = Array.from(timestamp, (time, i) => ({
  timestamp: time,
  open: open[i],
  high: high[i],
  low: low[i],
  close: close[i],
  volume: volume[i],
}));
const now = new Date(Date.UTC(2024, 2, 10));

/** What the library threw, as plain facts: its class is not ours. */
async function thrown(promise: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: 'TickerforestError' });
  return { code: Reflect.get(Object(error), 'code'), message: String(Reflect.get(Object(error), 'message')) };
}

describe('in a scope of its own', () => {
  it('a folder that is not there is an empty store, and runs go on from what is stored', async () => {
    const folder = join(scratch, 'profiles');
    const store = library.directoryProfileStore(folder);
    expect(await store.getMlProfile('A')).toBeNull();
    expect([...(await store.listSymbols())]).toEqual([]);
    await writeFile(join(scratch, 'note'), 'x');
    const train = (count: number) =>
      library.trainSymbol({ symbol: 'A', source: library.arrayBars(rows.slice(0, count)), store, models, now });
    expect((await train(400)).action).toBe('create_new_profile');
    expect((await train(500)).action).toBe('incremental_update');
    expect((await train(500)).action).toBe('up_to_date');
    expect((await readdir(join(folder, 'A'))).sort()).toEqual(expect.arrayContaining(['revision-2']));
  });

  it('runs go on from what a store in memory gives', async () => {
    const store = library.memoryProfileStore();
    const train = (count: number) =>
      library.trainSymbol({ symbol: 'A', source: library.arrayBars(rows.slice(0, count)), store, models, now });
    expect((await train(400)).action).toBe('create_new_profile');
    expect((await train(500)).action).toBe('incremental_update');
  });

  it('leases that others hold, files in the way and folders that cannot be made are told as everywhere', async () => {
    const folder = join(scratch, 'others');
    const store = library.directoryProfileStore(folder);
    const lease = await store.acquireLease('A', { owner: 'me', milliseconds: 60_000 });
    const late = Array.from({ length: 5 }, () => thrown(store.acquireLease('A', { owner: 'other', milliseconds: 60_000 })));
    for (const { code } of await Promise.all(late)) expect(code).toBe('SYMBOL_LEASED');
    await store.releaseLease(lease);
    expect(await readdir(folder)).toEqual([]);
    await writeFile(join(folder, 'README'), 'no symbol');
    expect([...(await store.listSymbols())]).toEqual([]);
    const blocked = library.directoryProfileStore(join(folder, 'README', 'below'));
    expect(await thrown(blocked.acquireLease('A', { owner: 'me', milliseconds: 1_000 }))).toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringMatching(/\((ENOTDIR|EEXIST)\)/),
    });
  });

  it('a file that is not there, and a gzip file that was cut off, are told as everywhere', async () => {
    const missing = library.collectBars(library.csvBars(join(scratch, 'none.csv')), { symbol: 'A' });
    expect(await thrown(missing)).toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('there is no such file (ENOENT)'),
    });
    const path = join(scratch, 'cut.csv.gz');
    await writeFile(path, gzipSync('timestamp,open,high,low,close,volume\n'.repeat(1_000)).subarray(0, 60));
    const cut = library.collectBars(library.csvBars(path), { symbol: 'A' });
    expect(await thrown(cut)).toMatchObject({ code: 'CSV_FORMAT', message: expect.stringContaining('it was cut off') });
  });

  it('bars of a large file, which another thread reads, are bars as of any other', async () => {
    const path = join(scratch, 'large.csv');
    const lines = Array.from({ length: 140_000 }, (_, i) => `${1_704_067_200 + i * 60},1.25,1.25,1.25,1.25,${i}`);
    await writeFile(path, `time,open,high,low,close,volume\n${lines.join('\n')}\n`);
    let started = 0;
    const count = () => started++;
    process.on('worker', count);
    const columns: unknown[] = [];
    for await (const { bars } of library.csvBars(path).fetch({ symbol: 'A' })) columns.push(bars.timestamp, bars.volume);
    process.off('worker', count);
    expect(started).toBe(1);
    expect(columns).toHaveLength(6);
    const own = runInContext('Float64Array', scope);
    for (const column of columns) expect(column).toBeInstanceOf(own);
  });
});
