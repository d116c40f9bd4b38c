import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Pool } from '../../src/threads/pool';
import { timers } from '../../src/waiting';

const bundled = async (file: string, format: 'cjs' | 'esm') => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, file)],
    ...{ bundle: true, platform: 'node', format, target: 'node20', write: false },
  });
  return outputFiles[0].text;
};

let source = '';
beforeAll(async () => {
  source = await bundled('failing.worker.ts', 'cjs');
});

/** How long a worker may be idle. */
const IDLE_MS = 5_000;

const options = { threads: 2, during: 'testing', onTold: () => {} };

/** After a failure the pool works as it did before. */
async function counts(pool: Pool): Promise<void> {
  const told: number[] = [];
  await pool.run<number>({ kind: 'count', to: 100 }, { ...options, onTold: (i) => told.push(i) });
  expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
}

describe('a worker that', () => {
  it('exits is an error, and the pool starts another', async () => {
    const pool = new Pool(source);
    await expect(pool.run({ kind: 'exit' }, options)).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringContaining('while testing: it ended with code 3'),
    });
    await counts(pool);
  });

  it('is ended because it was idle, or did not stop, gets no job any more', async () => {
    const pool = new Pool(source);
    await counts(pool);
    // those of the pool are due as well: theirs were set before
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
    await counts(pool);
    const abort = new AbortController();
    const spinning = pool.run({ kind: 'spin' }, { ...options, threads: 1, signal: abort.signal, onTold: () => abort.abort() });
    await expect(spinning).rejects.toMatchObject({ code: 'ABORTED' });
    await counts(pool);
  });

  it('throws is an error with what it threw as cause', async () => {
    const pool = new Pool(source);
    await expect(pool.run({ kind: 'throw' }, options)).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      cause: { message: 'of the worker' },
    });
    await counts(pool);
  });

  it('spins while it is aborted is ended', async () => {
    const pool = new Pool(source);
    const abort = new AbortController();
    const job = pool.run({ kind: 'spin' }, { ...options, signal: abort.signal, onTold: () => abort.abort(new Error('enough')) });
    await expect(job).rejects.toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    await counts(pool);
  });

  it('runs out of memory is an error that says so', async () => {
    const pool = new Pool(source, { maxOldGenerationSizeMb: 32 });
    await expect(pool.run({ kind: 'fill' }, { ...options, threads: 1 })).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringContaining('not enough memory'),
    });
    await counts(pool);
  });
});

describe('a pool', () => {
  it('whose last worker has ended, and that can start no other, fails all jobs that wait', async () => {
    let isBroken = false;
    const limits = {
      get maxOldGenerationSizeMb() {
        if (isBroken) throw new Error('no threads left');
        return 64;
      },
    };
    const pool = new Pool(source, limits);
    const jobs = ['exit', 'wait', 'wait', 'wait'].map((kind) => pool.run({ kind }, { ...options, threads: 1 }));
    isBroken = true;
    for (const job of await Promise.allSettled(jobs)) {
      expect(job).toMatchObject({ status: 'rejected', reason: { code: 'WORKER_FAILED' } });
    }
    isBroken = false;
    await counts(pool);
  });

  it('hears a signal with one listener, however many jobs have it: Node warns of a leak from eleven on', async () => {
    const pool = new Pool(source);
    const { signal } = new AbortController();
    const jobs = Array.from({ length: 20 }, () => pool.run({ kind: 'count', to: 3 }, { ...options, signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await Promise.all(jobs);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends a job that is aborted, before or after workers have begun, and keeps the workers', async () => {
    const pool = new Pool(source);
    await expect(pool.run({ kind: 'wait' }, { ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    const abort = new AbortController();
    await expect(pool.run({ kind: 'wait' }, { ...options, signal: abort.signal, onTold: () => abort.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const { workers } = pool;
    await counts(pool);
    expect(pool.workers).toBe(Math.max(workers, 2));
  });

  it('gives one worker to many jobs, one after the other, and none waits for another', async () => {
    const pool = new Pool(source);
    await Promise.all(Array.from({ length: 20 }, () => counts(pool)));
    expect(pool.workers).toBe(2);
  });

  it('lends a worker of a long job to a short one, and gets it back: no part is done twice or forgotten', async () => {
    const pool = new Pool(source);
    const told: number[] = [];
    const after: number[] = [];
    let isShortDone = false;
    let short: Promise<unknown> | undefined;
    const begin = () =>
      pool.run<number>({ kind: 'count', to: 3, each: 1 }, { ...options, threads: 1 }).then(() => {
        isShortDone = true;
      });
    const onTold = (part: number) => {
      told.push(Math.floor(part / 1000));
      if (isShortDone) after.push(part % 1000);
      // both are at work by then
      if (part % 1000 === 1) short ??= begin();
    };
    await pool.run<number>({ kind: 'count', to: 300, each: 5 }, { ...options, onTold });
    await short;
    expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    // the long one was under way when the short one had ended, and both were at it again
    expect(new Set(after)).toEqual(new Set([0, 1]));
    expect(pool.workers).toBe(2);
  });

  it('takes back what it has asked for where another worker became free meanwhile', async () => {
    const pool = new Pool(source);
    const runs = Array.from({ length: 12 }, (_, i) => {
      const told: number[] = [];
      const job = pool.run<number>(
        { kind: 'count', to: 20, each: 1 },
        { ...options, threads: 1 + (i % 2), onTold: (part) => told.push(Math.floor(part / 1000)) },
      );
      return job.then(() => expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, k) => k)));
    });
    await Promise.all(runs);
    await counts(pool);
  });

  it('goes on where one is aborted, or fails, of those that lend and of those that are lent to', async () => {
    const pool = new Pool(source);
    for (const kind of ['exit', 'throw', 'wait']) {
      const abort = new AbortController();
      const told: number[] = [];
      let failing: Promise<unknown> | undefined;
      const onTold = (part: number) => {
        told.push(Math.floor(part / 1000));
        if (part % 1000 === 1 && failing === undefined) {
          failing = Promise.allSettled([pool.run({ kind }, { ...options, threads: 1, signal: abort.signal, onTold: () => abort.abort() })]);
        }
      };
      await pool.run<number>({ kind: 'count', to: 100, each: 3 }, { ...options, onTold });
      expect(await failing).toMatchObject([{ status: 'rejected' }]);
      expect(told.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));

      const stop = new AbortController();
      const long = pool.run<number>({ kind: 'count', to: 1e6, each: 3 }, { ...options, signal: stop.signal });
      const short = pool.run<number>({ kind: 'count', to: 30, each: 1 }, { ...options, threads: 1, onTold: () => stop.abort() });
      await expect(long).rejects.toMatchObject({ code: 'ABORTED' });
      await short;
      await counts(pool);
    }
  });

  it('lets another take the place of a worker that has seen much memory, which it would hold on to', async () => {
    const pool = new Pool(source);
    for (let i = 0; i < 3; i++) {
      await pool.run<number>({ kind: 'count', to: 5 }, { ...options, bytes: 2 ** 29 });
      // those that took part are gone
      expect(pool.workers).toBe(0);
    }
    await counts(pool);
    expect(pool.workers).toBe(2);
  });

  it('keeps a worker that works on the same memory again and again, until that is not needed any more', async () => {
    const pool = new Pool(source);
    const memory = {};
    const run = (own: object) => pool.run<number>({ kind: 'count', to: 5 }, { ...options, threads: 1, memory: own });
    for (let i = 0; i < 20; i++) await run(memory);
    expect(pool.workers).toBe(1);
    pool.forget({}, 2 ** 40);
    expect(pool.workers).toBe(1);
    pool.forget(memory, 2 ** 28);
    expect(pool.workers).toBe(0);
    // little is held on to, until it has become much
    const small = Array.from({ length: 8 }, () => ({}));
    for (const one of small) await run(one);
    for (const one of small) {
      expect(pool.workers).toBe(1);
      pool.forget(one, 2 ** 25);
    }
    expect(pool.workers).toBe(0);
  });

  it('ends a worker that keeps much memory which is not needed any more when it has done what it is at', async () => {
    const pool = new Pool(source);
    const memory = {};
    await pool.run<number>({ kind: 'count', to: 5 }, { ...options, threads: 1, memory });
    const told: number[] = [];
    const onTold = (part: number) => {
      if (told.push(part) === 1) pool.forget(memory, 2 ** 29);
    };
    await pool.run<number>({ kind: 'count', to: 50, each: 1 }, { ...options, threads: 1, onTold });
    expect(told.length).toBe(50);
    expect(pool.workers).toBe(0);
    await counts(pool);
  });

  it('ends a job whose listener throws, which is no fault of a worker, and throws the same', async () => {
    const pool = new Pool(source);
    const onTold = () => {
      throw new RangeError('of the caller');
    };
    await expect(pool.run<number>({ kind: 'count', to: 10 }, { ...options, onTold })).rejects.toThrow(new RangeError('of the caller'));
    await counts(pool);
  });

  it('says why it cannot start where the program is none', async () => {
    const pool = new Pool('throw new Error("no program")');
    expect(await pool.start()).toMatchObject({ message: 'no program' });
    expect(await new Pool(source).start()).toBeUndefined();
  });

  it('that could not start tries again for the next job: threads or memory may have been short for a moment', async () => {
    const path = join(tmpdir(), `tickerforest-now-${process.pid}`);
    const pool = new Pool(`if (!require('node:fs').existsSync(${JSON.stringify(path)})) throw new Error('not yet');\n${source}`);
    expect(await pool.start()).toMatchObject({ message: 'not yet' });
    expect(await pool.start()).toMatchObject({ message: 'not yet' });
    await writeFile(path, '');
    try {
      expect(await pool.start()).toBeUndefined();
      await counts(pool);
    } finally {
      await rm(path);
    }
  });

  it('whose first worker was late, as the process stood still, has it from then on', async () => {
    const pool = new Pool(source);
    const wait = vi
      .spyOn(timers, 'setTimeout')
      .mockImplementation(Object.assign((call: () => void) => setTimeout(call), { __promisify__: promisify(setTimeout) }));
    expect(await pool.start()).toMatchObject({ message: expect.stringContaining('no worker started within') });
    wait.mockRestore();
    await vi.waitFor(async () => expect(await pool.start()).toBeUndefined(), { timeout: 20_000 });
    expect(pool.workers).toBe(1);
    await counts(pool);
  });

  it('keeps no process alive when its jobs are done', async () => {
    const program = join(tmpdir(), `tickerforest-pool-${process.pid}.mjs`);
    await writeFile(program, await bundled('ends.process.ts', 'esm'));
    const { stdout } = await promisify(execFile)(process.execPath, [program, source], { timeout: 60_000 });
    expect(stdout).toMatch(/^0,1,2,3,4 /);
    // a worker that has nothing to do would be ended after 5 s only
    expect(Number(stdout.split(' ')[1])).toBe(1);
  });

  it('has its workers in a worker thread of the caller, bundled, and ends with it', async () => {
    const program = join(tmpdir(), `tickerforest-caller-${process.pid}.cjs`);
    await writeFile(program, await bundled('in-worker.process.ts', 'cjs'));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 60_000 });
    // and nothing is warned of: there were workers
    expect(stdout).toBe('create_new_profile exit 0');
  });
});
