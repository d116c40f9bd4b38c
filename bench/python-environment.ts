import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIREMENTS = fileURLToPath(new URL('python/requirements.txt', import.meta.url));
/** What a process of Python may take to install the peers, milliseconds. */
const PATIENCE = 300_000;

/** A Python that has the peers, or why there is none. */
export type PythonEnvironment = { readonly python: string } | { readonly missing: string };

/**
 * A virtual environment with the peers of `python/requirements.txt`, made once for each version of that file. BENCH_PYTHON names a Python to use instead.
 *
 * @returns path of its Python
 */
export function pythonEnvironment(): PythonEnvironment {
  const { BENCH_PYTHON: given, XDG_CACHE_HOME: cache = join(homedir(), '.cache') } = process.env;
  if (given) return { python: given };
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(cache, 'tickerforest-bench', `python-${version}`);
  const python = join(folder, 'bin/python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return { python };
  console.log(`installing the peers of bench/python/requirements.txt into ${folder}`);
  try {
    rmSync(folder, { recursive: true, force: true });
    const run = (program: string, args: readonly string[]) =>
      execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: PATIENCE });
    run('python3', ['-m', 'venv', folder]);
    run(python, ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', REQUIREMENTS]);
    mkdirSync(complete);
    return { python };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
    return { missing: `the peers could not be installed (python3 with venv and PyPI): ${lines[lines.length - 1]}` };
  }
}
