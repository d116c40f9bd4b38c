import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Row } from './measure';

/** What a process did. */
export interface Ended {
  /** Lines of JSON that it printed. */
  readonly rows: readonly Row[];
  /** Seconds from its start to its end. */
  readonly seconds: number;
}

/**
 * Makes one file of a program and the library's sources, so that it runs as users run it: by Node.js alone, with no loader in its time and memory.
 *
 * @param entry - path of the program, from this folder
 * @returns path of the file, in a folder that the caller removes
 */
export async function bundled(entry: string): Promise<{ readonly path: string; readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tickerforest-bench-'));
  const path = join(folder, `${basename(entry, '.ts')}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return { path, folder };
}

/**
 * Runs a program to its end.
 *
 * @param program - what
 * @param args - with what
 * @returns the lines of JSON that it printed
 * @throws Error if it does not end well
 */
export async function runProgram(program: string, args: readonly string[]): Promise<Ended> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const [code, signal] = await once(child, 'close');
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code ?? signal}`);
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Row => JSON.parse(line));
  return { rows, seconds };
}
