import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProcess } from '../stores/bundled-process';

/** What healthy workers, each a process of its own, did to one symbol in one folder. */
export interface SharedWork {
  /** How often each thing happened: 'commit', 'SYMBOL_LEASED', other codes. */
  readonly counts: Readonly<Record<string, number>>;
  /** Revisions that were committed, ascending; one that two workers committed would be there twice. */
  readonly revisions: readonly number[];
  /** Commits of each worker. */
  readonly byWorker: readonly number[];
}

/**
 * Lets two workers train one symbol for a while.
 *
 * @param scratch - an empty folder
 * @param options - seconds that they go on, bars of the history, milliseconds of a lease
 * @returns what came of it
 */
export async function letTwoWork(
  scratch: string,
  { seconds, bars, lease }: { seconds: number; bars: number; lease: number },
): Promise<SharedWork> {
  const program = await bundleProcess(fileURLToPath(new URL('two-workers.process.ts', import.meta.url)), scratch);
  const args = [program, join(scratch, 'store'), String(seconds), String(bars), String(lease)];
  const outputs = await Promise.all(
    [1, 2].map(async () => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.on('data', (text) => (output += text));
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`a worker ended with ${code}`);
      return output.trim().split('\n');
    }),
  );
  const counts: Record<string, number> = {};
  const revisions: number[] = [];
  for (const line of outputs.flat()) {
    const [what, revision] = line.split(' ');
    counts[what] = (counts[what] ?? 0) + 1;
    if (what === 'commit') revisions.push(Number(revision));
  }
  return {
    counts,
    revisions: revisions.sort((a, b) => a - b),
    byWorker: outputs.map((lines) => lines.filter((line) => line.startsWith('commit')).length),
  };
}
