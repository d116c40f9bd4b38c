import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BarBatch, BarRequest } from '../../../src/bars/bar-source';
import { BAR_COLUMNS } from '../../../src/bars/bars';
import { type CollectedBars, collectBars } from '../../../src/bars/collect-bars';
import type { FileTask } from '../../../src/bars/csv/file-pieces';
import { piecesFromThread } from '../../../src/bars/csv/reading-threads';
import { csvBars } from '../../../src/bars/csv/source';
import { memoryProfileStore } from '../../../src/stores/memory/profile-store';
import { prepareDataset } from '../../../src/symbol/prepare-dataset';
import { trainSymbol } from '../../../src/symbol/train-symbol';
import { WORKER } from '../../../src/threads/generated/csv-worker';
import { Pool } from '../../../src/threads/pool';
import { failure } from '../errors';

const folder = mkdtempSync(join(tmpdir(), 'tickerforest-csv-threads-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROWS = 230_000;
const HEADER = 'time,open,high,low,close,volume';
const rows = Array.from({ length: ROWS }, (_, i) => `${1_704_067_200 + i * 60},1,1,1,1,${(Math.imul(i, 2_654_435_761) >>> 0) % 99_991}`);
const large = join(folder, 'large.csv');
writeFileSync(large, `${HEADER}\n${rows.join('\n')}\n`);
const small = join(folder, 'small.csv');
writeFileSync(small, `${HEADER}\n${rows.slice(0, 1000).join('\n')}\n`);

let started = 0;
const count = () => started++;
beforeEach(() => {
  started = 0;
  process.on('worker', count);
});
afterEach(() => {
  process.off('worker', count);
});

async function batchesOf(paths: string | string[], request: Partial<BarRequest> = {}): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const { bars, describe: place, ...rest } of csvBars(paths).fetch({ symbol: 'X', ...request })) {
    all.push({ ...rest, places: [place?.(0), place?.(bars.length - 1)], columns: BAR_COLUMNS.map((column) => bars[column]) });
  }
  return all;
}

const collected = (path: string, request: Partial<BarRequest> = {}): Promise<CollectedBars> =>
  collectBars(csvBars(path), { symbol: 'X', ...request }, { maxJump: Number.POSITIVE_INFINITY });

describe('a large file', () => {
  it('is read by another thread, unless threads are refused, and gives the same batches; a small one never is', async () => {
    const alone = await batchesOf([small, large, large], { threads: 0 });
    await batchesOf(small);
    await batchesOf(small, { threads: 2 });
    expect(started).toBe(0);
    expect(alone).toHaveLength(11);
    for (const request of [{}, { threads: 1 }, { threads: 2 }]) expect(await batchesOf([small, large, large], request)).toEqual(alone);
    expect(started).toBe(1);
  });

  it('packed with gzip as well', async () => {
    const packed = join(folder, 'packed.csv.gz');
    // 4 MB on disk
    const noise = Array.from({ length: ROWS }, (_, i) => `${rows[i]},${Math.sin(i)}`);
    writeFileSync(packed, gzipSync(`${HEADER},note\n${noise.join('\n')}\n`, { level: 1 }));
    const there = await collected(packed);
    expect(there).toEqual(await collected(packed, { threads: 0 }));
    expect(there.bars.length).toBe(ROWS);
  });

  it('with a bad row is refused with the same error, after the same batches', async () => {
    const bad = join(folder, 'bad.csv');
    writeFileSync(bad, `${HEADER}\n${rows.join('\n')}\n1717867200,1,1,x,1,1\n`);
    const read = async (threads: number) => {
      let batches = 0;
      const { message } = await failure('CSV_FORMAT', async () => {
        for await (const _ of csvBars(bad).fetch({ symbol: 'X', threads })) batches++;
      });
      return { batches, message };
    };
    expect(await read(1)).toEqual(await read(0));
    expect((await read(1)).message).toContain(`line ${ROWS + 2}, column 'low'`);
  });

  it('is read by as many threads as there are cores, and by the calling one beyond: nobody waits for a reading that nobody takes', async () => {
    const most = availableParallelism() + 1;
    const all = Array.from({ length: most }, () => csvBars(large).fetch({ symbol: 'X' })[Symbol.asyncIterator]());
    const firsts: (BarBatch | undefined)[] = [];
    for (const one of all) firsts.push((await one.next()).value);
    expect(firsts.map((batch) => batch?.bars.length)).toEqual(Array.from({ length: most }, () => 50_000));
    for (const one of all) await one.return?.();
    expect((await collected(large)).bars.length).toBe(ROWS);
  });
});

describe('a source', () => {
  it("is told of a run's threads, if the caller says how many", async () => {
    const asked: BarRequest[] = [];
    const source = {
      // biome-ignore lint/correctness/useYield: it fails before
      async *fetch(request: BarRequest): AsyncGenerator<BarBatch> {
        asked.push(request);
        throw new Error('of the source');
      },
    };
    for (const given of [{ threads: 0 }, { threads: 2 }, {}]) {
      await failure('SOURCE_FAILED', () => trainSymbol({ symbol: 'X', source, store: memoryProfileStore(), ...given }));
    }
    for (const given of [{ threads: 0 }, { threads: 2 }, {}]) await failure('SOURCE_FAILED', () => prepareDataset({ source, ...given }));
    const told = [0, 2, 'not said'];
    expect(asked.map((request) => ('threads' in request ? request.threads : 'not said'))).toEqual([...told, ...told]);
    await failure('INVALID_OPTION', () => collectBars(source, { symbol: 'X', threads: -1 }));
  });
});

/** How far a thread got, told by what it has sent. */
class WatchedPool extends Pool {
  told = 0;
  override async run<Told>(...[task, options]: Parameters<typeof Pool.prototype.run<Told>>): Promise<void> {
    return super.run<Told>(task, {
      ...options,
      onTold: (told) => {
        this.told++;
        options.onTold(told);
      },
    });
  }
}

const task: FileTask = { path: large, options: {}, wanted: { symbol: 'X', from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY } };

/** A pool of one thread does the next reading only when it has left the one before. */
async function readsAgain(pool: Pool): Promise<void> {
  let bars = 0;
  for await (const piece of piecesFromThread(pool, task, undefined)) if ('bars' in piece) bars += piece.bars.length;
  expect(bars).toBe(ROWS);
  expect(pool.workers).toBe(1);
}

describe('a thread that reads', () => {
  it('is a few batches ahead at most', async () => {
    const pool = new WatchedPool(WORKER);
    const pieces = piecesFromThread(pool, task, undefined);
    await pieces.next();
    await expect.poll(() => pool.told).toBe(3);
    // long enough for all the rest
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(pool.told).toBe(3);
    let left = 0;
    for await (const piece of pieces) if ('bars' in piece) left += piece.bars.length;
    expect(left).toBe(ROWS - 50_000);
    expect(pool.told).toBe(6);
  });

  it('is free when nobody reads on, whether it waited or read', async () => {
    const pool = new Pool(WORKER);
    for (const pause of [0, 200]) {
      for await (const _ of piecesFromThread(pool, task, undefined)) {
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        break;
      }
      await readsAgain(pool);
    }
  });

  it('hears an abort at any time, and is free again', async () => {
    const pool = new Pool(WORKER);
    const early = piecesFromThread(pool, task, AbortSignal.abort(new Error('enough')));
    expect((await failure('ABORTED', () => early.next())).cause).toMatchObject({ message: 'enough' });
    for (const after of [0, 1, 20, 50, 100]) {
      const abort = new AbortController();
      setTimeout(() => abort.abort(new Error('enough')), after);
      const error = await failure('ABORTED', async () => {
        for await (const _ of piecesFromThread(pool, task, abort.signal)) await new Promise((resolve) => setTimeout(resolve, 40));
      });
      expect(error).toMatchObject({ cause: { message: 'enough' }, message: `aborted while reading ${large}; the store is as it was` });
    }
    await readsAgain(pool);
  });

  it.each(['process.exit(3)', 'throw new RangeError("of the thread")'])('and dies is an error: %s', async (death) => {
    const pool = new Pool(
      `const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => { ${death}; }); parentPort.postMessage({ kind: 'ready' });`,
    );
    const { message } = await failure('WORKER_FAILED', () => piecesFromThread(pool, task, undefined).next());
    expect(message).toContain(`a worker thread failed while reading ${large}`);
  });
});

describe('a process', () => {
  const run = promisify(execFile);
  const bundled = async (name: string) => {
    const program = join(folder, `${name}.mjs`);
    const { outputFiles } = await build({
      entryPoints: [join(import.meta.dirname, `${name}.process.ts`)],
      ...{ bundle: true, platform: 'node', format: 'esm', target: 'node20', write: false, define: { PAPA_BROWSER_CONTEXT: 'true' } },
    });
    await writeFile(program, outputFiles[0].text);
    return program;
  };

  it.each([1, 2])('is not kept alive by %i readings that somebody has lost interest in', async (readings) => {
    const { stdout } = await run(process.execPath, [await bundled('abandoned'), large, String(readings)], { timeout: 60_000 });
    expect(stdout).toBe(`${readings * 50_000} bars, threads: ${Math.min(readings, availableParallelism())}`);
  });

  it('is kept alive by whoever waits for a reading, also where a test has stopped the clock', async () => {
    const { stdout } = await run(process.execPath, [await bundled('stopped-clock'), large], { timeout: 60_000 });
    expect(stdout).toBe(`${ROWS} bars`);
  });

  it('that may start no thread reads on the calling one, and says so unless it was told to', async () => {
    const program = await bundled('without-threads');
    const [major] = process.versions.node.split('.');
    const permission = Number(major) < 22 ? '--experimental-permission' : '--permission';
    const { stdout } = await run(process.execPath, [permission, '--allow-fs-read=*', program, large], { timeout: 60_000 });
    const [warned, quiet] = stdout.split('\n');
    expect(warned).toMatch(
      new RegExp(`^${ROWS} bars no_workers: no worker thread could be started \\('.+'\\), so the calling thread does all the work`),
    );
    expect(quiet).toBe(`${ROWS} bars `);
  });
});
