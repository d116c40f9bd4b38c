import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { crashWorker, runCrashingProgram, type StoreUnderTest, testProfileStore } from '../../src/testing';
import { readAll } from '../../src/testing/assertions';
import { isStoredAt } from '../../src/testing/crash-worker';
import { sampleCommit } from '../../src/testing/sample-profiles';
import { uniform } from '../generated-bars';
import { runs, SUITE } from '../runs';
import { bundleProcess } from '../stores/bundled-process';
import { dieAmongRivals, killInTurn } from '../stores/killed-workers';
import { ofSomeChanges } from '../stores/some-changes';
import { symbolTree } from '../stores/symbol-tree';

/** Kills at random moments. */
const RANDOM_KILLS = runs(10, 30);
/** Commits of each of two rivals, while others die. */
const RIVAL_COMMITS = runs(20, 40);

let scratch = '';
let program = '';
let folders = 0;
const kills = { atWrites: 0, atRandom: 0, amongRivals: 0 };
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
  program = await bundleProcess(fileURLToPath(new URL('../stores/directory-store.process.ts', import.meta.url)), scratch);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

function newFolder(): string {
  folders++;
  return join(scratch, `store-${folders}`);
}

interface DirectoryUnderTest extends StoreUnderTest {
  readonly folder: string;
  readonly victims: { killed: number };
}

testProfileStore<DirectoryUnderTest>({
  name: 'the directory store',
  runner: { describe, it: ofSomeChanges(it) },
  open: async () => {
    const folder = newFolder();
    const victims = { killed: 0 };
    return {
      folder,
      victims,
      store: directoryProfileStore(folder),
      reopen: () => directoryProfileStore(folder),
      dispose: async () => {
        await assertNothingLeftOver(folder);
        if (victims.killed > 0) await assertLikeNeverKilled(folder, 'MSFT');
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
  // hundreds of processes
  ...(SUITE === 'long' && { dieAtStep }),
});

async function dieAtStep({ folder, victims }: DirectoryUnderTest, step: number): Promise<'died' | 'finished'> {
  const end = await runCrashingProgram([program, 'die', folder, String(step)]);
  if (end === 'died') {
    victims.killed++;
    kills.atWrites++;
  }
  return end;
}

/** A symbol's folder may hold the revisions that have files of the newest one, and the newest lease. */
async function assertNothingLeftOver(folder: string): Promise<void> {
  for (const symbol of await readdir(folder).catch(() => [])) {
    const names = await readdir(join(folder, symbol));
    expect(names.filter((name) => !/^(revision|lease)-\d+(\.json)?$/.test(name))).toStrictEqual([]);
    expect(names.filter((name) => name.startsWith('lease-')).length).toBeLessThanOrEqual(1);
  }
}

/** Compares all files with those of workers whom nobody killed. */
async function assertLikeNeverKilled(folder: string, bystander: string | null): Promise<void> {
  const revision = await newestRevision(folder);
  const key = `${revision} beside ${bystander}`;
  const expected = neverKilled.get(key) ?? (await treeOfWorkers(revision, bystander));
  neverKilled.set(key, expected);
  expect(await symbolTree(folder)).toStrictEqual(expected);
}

/** The worker's newest revision, also if it is a deletion, of which the store itself says nothing. */
async function newestRevision(folder: string): Promise<number> {
  const names = await readdir(join(folder, 'AAPL')).catch(() => []);
  return Math.max(0, ...names.map((name) => Number(/^revision-(\d+)$/.exec(name)?.[1] ?? 0)));
}

/** Files of workers whom nobody killed, by revision and bystander: the same for hundreds of kills. */
const neverKilled = new Map<string, Record<string, unknown>>();

async function treeOfWorkers(turns: number, bystander: string | null): Promise<Record<string, unknown>> {
  const folder = newFolder();
  const store = directoryProfileStore(folder);
  if (bystander !== null) await store.commit(sampleCommit(bystander, 0, 1));
  for (let turn = 0; turn < turns; turn++) await crashWorker(store);
  const tree = await symbolTree(folder);
  await rm(folder, { recursive: true });
  return tree;
}

describe('workers that are killed at any moment', () => {
  it('leave whole revisions, and nothing that the next turn does not clear away', async () => {
    const folder = newFolder();
    const store = directoryProfileStore(folder);
    // what must be there after each revision: workers do always the same
    const oracle = memoryProfileStore();
    const next = uniform(20_250_304);
    let revision = 0;
    let turnLength = 0;
    for (let kill = 0; kill < RANDOM_KILLS; kill++) {
      const turns = kill === 0 ? 1 : Math.floor(next() * 3);
      turnLength = await killInTurn([program, 'work', folder], turns, next(), turnLength);
      kills.atRandom++;

      const found = await readAll(store, 'AAPL');
      const reached = await newestRevision(folder);
      expect(reached).toBeGreaterThanOrEqual(revision + turns);
      for (; revision < reached; revision++) await crashWorker(oracle);
      expect(found).toStrictEqual(await readAll(oracle, 'AAPL'));
      expect(await store.listSymbols()).toStrictEqual(isStoredAt(reached) ? ['AAPL'] : []);
      await crashWorker(store);
      await crashWorker(oracle);
      revision++;
      expect(await readAll(store, 'AAPL')).toStrictEqual(await readAll(oracle, 'AAPL'));
      await assertNothingLeftOver(folder);
    }
    await assertLikeNeverKilled(folder, null);
    console.log(`the directory store: ${kills.atRandom} kills at random moments of ${revision} changes`);
  });

  it('do not lose or double an update of others who go on meanwhile', async () => {
    const folder = newFolder();
    const rival = [program, 'count', folder, String(RIVAL_COMMITS)];
    const { started, died } = await dieAmongRivals(rival, (before) => [program, 'die counting', folder, String((before % 20) + 1)]);
    kills.amongRivals += died;
    const company = await directoryProfileStore(folder).getCompanyProfile('AAPL');
    // every commit set the count to its revision, so those of the two and those of the dying ones make as much
    expect(company?.raw_data.points).toBe(company?.revision);
    expect(company?.revision).toBeGreaterThanOrEqual(2 * RIVAL_COMMITS);
    expect(company?.revision).toBeLessThanOrEqual(2 * RIVAL_COMMITS + started);
  });
});

it('was killed often enough', () => {
  const { atWrites, atRandom, amongRivals } = kills;
  const sum = atWrites + atRandom + amongRivals;
  console.log(`the directory store: ${sum} kills, ${atWrites} at writes, ${atRandom} at random moments, ${amongRivals} among rivals`);
  expect(sum).toBeGreaterThan(runs(RANDOM_KILLS, 120));
});
