import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DryMongoBinary, MongoBinary } from 'mongodb-memory-server-core';

const run = promisify(execFile);

const FERRETDB_SOURCE = join(import.meta.dirname, 'ferretdb');
const CACHE = join(import.meta.dirname, '../../node_modules/.cache/tickerforest');

/** What a test server is started from; plain data, for test workers. */
export interface ServerProgram {
  /** What it is. */
  readonly name: 'mongod' | 'FerretDB 1.24 with SQLite';
  /** The executable. */
  readonly path: string;
}

/**
 * Looks for a server: a real mongod first, else FerretDB, which speaks MongoDB's protocol. What was downloaded or built before is taken before
 * anything is downloaded or built.
 *
 * @param say - told what takes long, and what cannot be had
 * @returns the program, or null if there is none
 */
export async function findServerProgram(say: (line: string) => void): Promise<ServerProgram | null> {
  const downloaded = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions()).catch(() => undefined);
  if (downloaded !== undefined) return { name: 'mongod', path: downloaded };
  const go = await goVersion();
  const built = go === null ? null : await ferretDbPath(go);
  if (built !== null && existsSync(built)) return { name: 'FerretDB 1.24 with SQLite', path: built };

  try {
    say('looking for a mongod to download, once');
    return { name: 'mongod', path: await MongoBinary.getPath() };
  } catch (error) {
    say(`no mongod can be downloaded: ${firstLine(error)}`);
  }
  if (built === null) {
    say('no FerretDB can be built: there is no go command');
    return null;
  }
  try {
    say('building FerretDB, once; this takes about a minute');
    await mkdir(CACHE, { recursive: true });
    // two runs may build at once: each its own file, and the last one stays
    const unfinished = `${built}.${process.pid}`;
    await run('go', ['build', '-o', unfinished, '.'], { cwd: FERRETDB_SOURCE });
    await rename(unfinished, built);
    return { name: 'FerretDB 1.24 with SQLite', path: built };
  } catch (error) {
    say(`FerretDB cannot be built: ${firstLine(error)}`);
    return null;
  }
}

async function goVersion(): Promise<string | null> {
  try {
    return (await run('go', ['version'])).stdout;
  } catch {
    return null;
  }
}

/** Where FerretDB is built to: another source or compiler, another file. */
async function ferretDbPath(go: string): Promise<string> {
  const hash = createHash('sha256').update(go);
  for (const file of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(FERRETDB_SOURCE, file)));
  return join(CACHE, `ferretdb-${hash.digest('hex').slice(0, 16)}`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n').join(' ').slice(0, 300);
}
