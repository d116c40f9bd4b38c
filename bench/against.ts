/**
 * What this code's updates and trainings cost, beside those of another commit: both are built, both run in processes of their own, in turns, so that what else the
 * machine does meets both alike. Processes are started afresh a few times, since one can be unlucky as a whole (memory, compilation).
 *
 *     npm run bench:against -- COMMIT [--updates 40] [--trainings 5] [--processes 3] [--bars 20000]
 *
 * MONGODB_URI names the server to use, in databases that are dropped at the end; without it the server of the tests is started: a mongod, or FerretDB over SQLite.
 * Times are medians in milliseconds; the ratio is the median of the ratios of pairs.
 */
import { execFileSync, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Table } from 'console-table-printer';
import { MongoClient } from 'mongodb';
import { startServer } from '../test/mongo/server';
import { findServerProgram } from '../test/mongo/server-program';
import { KINDS, type Kind } from './against/kinds';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SIDE = fileURLToPath(new URL('against/side.ts', import.meta.url));
const WARM_UP: Readonly<Record<Kind, number>> = { 'update, memory': 10, 'update, directory': 10, 'update, mongodb': 10, training: 1 };

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    updates: { type: 'string', default: '40' },
    trainings: { type: 'string', default: '5' },
    processes: { type: 'string', default: '3' },
    bars: { type: 'string', default: '20000' },
  },
});
const [commit] = positionals;
if (commit === undefined) throw new Error('which commit? npm run bench:against -- COMMIT');

const program = process.env.MONGODB_URI ? null : await findServerProgram((line) => console.log(line));
const server = program && (await startServer(program));
const uri = process.env.MONGODB_URI ?? server?.uri ?? '';
const kinds = KINDS.filter((kind) => uri !== '' || kind !== 'update, mongodb');
const folder = await mkdtemp(join(tmpdir(), 'bench-against-'));
const other = join(folder, 'other');
try {
  execFileSync('git', ['worktree', 'add', '--detach', other, commit], { cwd: ROOT, stdio: 'ignore' });
  // the packages of this commit: what is compared is the code
  await symlink(join(ROOT, 'node_modules'), join(other, 'node_modules'));
  for (const cwd of [other, ROOT]) execFileSync('npm', ['run', '--silent', 'build'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  await compare();
} finally {
  execFileSync('git', ['worktree', 'remove', '--force', other], { cwd: ROOT });
  await rm(folder, { recursive: true, force: true });
  await server?.dispose();
}

async function compare(): Promise<void> {
  const pairs = new Map<Kind, [before: number, now: number][]>(kinds.map((kind) => [kind, []]));
  for (let process = 0; process < Number(given.processes); process++) {
    const sides = await Promise.all([other, ROOT].map((root) => start(root)));
    for (const [kind, list] of pairs) {
      const rounds = Number(kind === 'training' ? given.trainings : given.updates);
      for (let round = 0; round < WARM_UP[kind] + rounds; round++) {
        const took = [0, 0] satisfies [number, number];
        // each side goes first as often as the other
        for (const which of round % 2 === 0 ? [0, 1] : [1, 0]) took[which] = await sides[which].run(kind);
        if (round >= WARM_UP[kind]) list.push([took[0], took[1]]);
      }
    }
    for (const side of sides) await side.end();
  }
  const table = new Table({ title: `this code beside ${commit}: ${given.bars} bars, updates by 390, default models` });
  for (const [kind, list] of pairs) {
    const column = (pick: (pair: readonly [number, number]) => number) => median(list.map(pick));
    table.addRow({
      work: kind,
      pairs: list.length,
      'then, ms': column(([before]) => before).toFixed(1),
      'now, ms': column(([, now]) => now).toFixed(1),
      ratio: column(([before, now]) => now / before).toFixed(2),
    });
  }
  table.printTable();
}

async function start(root: string) {
  const dbName = `bench-against-${randomUUID()}`;
  const child = fork(SIDE, [root, given.bars, uri, dbName], { execArgv: ['--import', 'tsx'] });
  child.on('exit', (code) => {
    if (code !== 0) throw new Error(`the process of ${root} ended with ${code}`);
  });
  await once(child, 'message');
  return {
    run: async (kind: Kind): Promise<number> => {
      const answer = once(child, 'message');
      child.send(kind);
      const [milliseconds] = await answer;
      return Number(milliseconds);
    },
    end: async (): Promise<void> => {
      const ended = once(child, 'exit');
      child.send('end');
      await ended;
      if (uri === '') return;
      const owner = await MongoClient.connect(uri);
      await owner.db(dbName).dropDatabase();
      await owner.close();
    },
  };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
