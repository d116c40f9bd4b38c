import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BarStore } from '../../src/stores/bar-store';
import { directoryBarStore } from '../../src/stores/directory/bar-store';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { crashBarWorker, runCrashingProgram, type StoreUnderTest, testBarStore } from '../../src/testing';
import { assertSameBars, madeUpBars, readBars } from '../../src/testing/sample-kept-bars';
import { uniform } from '../generated-bars';
import { runs, SUITE } from '../runs';
import { bundleProcess } from '../stores/bundled-process';
import { dieAmongRivals, killInTurn } from '../stores/killed-workers';

/** Kills at random moments. */
const RANDOM_KILLS = runs(10, 30);
/** Writes of each of two rivals, while others die. */
const RIVAL_WRITES = runs(20, 40);

let scratch = '';
let program = '';
let folders = 0;
const kills = { atSteps: 0, atRandom: 0, amongRivals: 0 };
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
  program = await bundleProcess(fileURLToPath(new URL('../stores/directory-bar-store.process.ts', import.meta.url)), scratch);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

function newFolder(): string {
  folders++;
  return join(scratch, `store-${folders}`);
}

interface DirectoryUnderTest extends StoreUnderTest<BarStore> {
  readonly folder: string;
}

testBarStore<DirectoryUnderTest>({
  name: 'the directory store',
  runner: { describe, it },
  open: async () => {
    const folder = newFolder();
    return {
      folder,
      store: directoryBarStore(folder),
      reopen: () => directoryBarStore(folder),
      dispose: async () => {
        await assertNothingLeftOver(folder);
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
  // hundreds of processes
  ...(SUITE === 'long' && { dieAtStep }),
});

async function dieAtStep({ folder }: DirectoryUnderTest, step: number): Promise<'died' | 'finished'> {
  const end = await runCrashingProgram([program, 'die', folder, String(step)]);
  if (end === 'died') kills.atSteps++;
  return end;
}

/** A symbol's folder may hold the manifests of the newest revision and the one before, and the files that they name. */
async function assertNothingLeftOver(folder: string): Promise<void> {
  for (const symbol of await readdir(folder).catch(() => [])) {
    const names = await readdir(join(folder, symbol, 'bars'));
    const manifests = names.filter((name) => /^revision-\d+\.json$/.test(name));
    expect(manifests.length).toBeLessThanOrEqual(2);
    const needed = new Set(manifests);
    for (const manifest of manifests) {
      const { blocks } = JSON.parse(await readFile(join(folder, symbol, 'bars', manifest), 'utf8'));
      for (const { file } of blocks) needed.add(file);
    }
    expect(names.filter((name) => !needed.has(name))).toStrictEqual([]);
  }
}

async function newestRevision(folder: string): Promise<number> {
  const names = await readdir(join(folder, 'AAPL', 'bars'));
  return Math.max(0, ...names.map((name) => Number(/^revision-(\d+)\.json$/.exec(name)?.[1] ?? 0)));
}

describe('workers that are killed at any moment', () => {
  it('leave whole bars, and nothing that the next turn does not clear away', async () => {
    const folder = newFolder();
    const store = directoryBarStore(folder);
    // what must be there after each turn: workers do always the same
    const oracle = memoryBarStore();
    const next = uniform(20_250_304);
    let revision = 0;
    let turnLength = 0;
    for (let kill = 0; kill < RANDOM_KILLS; kill++) {
      const turns = kill === 0 ? 1 : Math.floor(next() * 3);
      turnLength = await killInTurn([program, 'work', folder], turns, next(), turnLength);
      kills.atRandom++;

      // each turn makes one revision; of a symbol that was deleted only the folder tells which
      const reached = await newestRevision(folder);
      expect(reached).toBeGreaterThanOrEqual(revision + turns);
      for (; revision < reached; revision++) await crashBarWorker(oracle);
      expect(await store.describe('AAPL')).toStrictEqual(await oracle.describe('AAPL'));
      assertSameBars(await readBars(store, 'AAPL'), await readBars(oracle, 'AAPL'));
      for (const one of [store, oracle]) await crashBarWorker(one);
      revision++;
      expect(await store.describe('AAPL')).toStrictEqual(await oracle.describe('AAPL'));
      assertSameBars(await readBars(store, 'AAPL'), await readBars(oracle, 'AAPL'));
      await assertNothingLeftOver(folder);
    }
    console.log(`the directory store of bars: ${kills.atRandom} kills at random moments of ${revision} writes`);
  });

  it('do not lose or double a bar of others who go on meanwhile', async () => {
    const folder = newFolder();
    const rival = [program, 'append', folder, String(RIVAL_WRITES)];
    const { started, died } = await dieAmongRivals(rival, (before) => [program, 'die appending', folder, String((before % 16) + 1)]);
    kills.amongRivals += died;
    const store = directoryBarStore(folder);
    const kept = await store.describe('AAPL');
    // every write appended the bar of its revision, so those of the two and those of the dying ones make as many
    expect(kept?.bars).toBe(kept?.revision);
    expect(kept?.bars).toBeGreaterThanOrEqual(2 * RIVAL_WRITES);
    expect(kept?.bars).toBeLessThanOrEqual(2 * RIVAL_WRITES + started);
    assertSameBars(await readBars(store, 'AAPL'), madeUpBars(0, kept?.bars ?? 0));
  });
});

it('was killed often enough', () => {
  const { atSteps, atRandom, amongRivals } = kills;
  const sum = atSteps + atRandom + amongRivals;
  console.log(`the directory store of bars: ${sum} kills, ${atSteps} at steps, ${atRandom} at random moments, ${amongRivals} among rivals`);
  expect(sum).toBeGreaterThan(runs(RANDOM_KILLS, 120));
});
