import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BAR_COLUMNS, type Bars } from '../../src/bars/bars';
import { pythonEnvironment } from '../python-environment';

const PROGRAM = fileURLToPath(new URL('../python/features.py', import.meta.url));

/** One run of pandas and TA-Lib: processor seconds. */
export interface PythonRun {
  readonly seconds: Readonly<Record<string, number>>;
  /** Of putting all columns into one matrix of float32. */
  readonly matrix: number;
  readonly features: number;
}

/** A process with the bars loaded, which computes once each time it is asked. */
export interface PythonRival {
  readonly versions: string;
  run(): Promise<PythonRun>;
  end(): void;
}

/**
 * @param bars - what it computes from
 * @param folder - where they are put for it
 * @returns the process, or why there is none
 */
export async function pythonRival(bars: Bars, folder: string): Promise<PythonRival | { readonly missing: string }> {
  const environment = pythonEnvironment();
  if ('missing' in environment) return environment;
  const path = join(folder, 'bars.f64');
  const columns = new Float64Array(BAR_COLUMNS.length * bars.length);
  ['timestamp', 'open', 'high', 'low', 'close', 'volume'].forEach((name, i) => {
    const column = BAR_COLUMNS.find((other) => other === name);
    if (column !== undefined) columns.set(bars[column].subarray(0, bars.length), i * bars.length);
  });
  await writeFile(path, columns);
  const child = spawn(environment.python, ['-W', 'ignore', PROGRAM, path, String(bars.length)], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout });
  const next = async (): Promise<unknown> => {
    const ended = new AbortController();
    const gone = once(child, 'exit', { signal: ended.signal }).then(() => null);
    const line = once(lines, 'line', { signal: ended.signal }).then(([text]) => JSON.parse(String(text)));
    try {
      return await Promise.race([line, gone]);
    } finally {
      ended.abort();
      await Promise.allSettled([line, gone]);
    }
  };
  const versions: unknown = await next().catch(() => null);
  if (versions === null) return { missing: `${environment.python} has not all of numpy, pandas and TA-Lib` };
  return {
    versions: JSON.stringify(versions),
    run: async () => {
      const answer = next();
      child.stdin.write('\n');
      const run = await answer;
      if (!isRun(run)) throw new Error('python/features.py ended');
      return run;
    },
    end: () => {
      child.stdin.end();
    },
  };
}

function isRun(answer: unknown): answer is PythonRun {
  return typeof answer === 'object' && answer !== null && 'seconds' in answer && 'matrix' in answer && 'features' in answer;
}
