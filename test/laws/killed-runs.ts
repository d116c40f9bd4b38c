import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BarHash } from '../../src/bars/bar-hash';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { uniform } from '../generated-bars';
import { bundleProcess } from '../stores/bundled-process';
import { type OpenStores, readTimeless, runService, SCENARIOS, type Scenario, SYMBOL } from './kill-scenarios';

/**
 * Scenarios that are killed at each write: where bars are kept, one that stores models and, in folders, two that keep them. The others, and profiles alone, write the same: some
 * are enough.
 */
const ALL_WRITES = { directory: { 'with kept bars': 3, 'without kept bars': 0 }, mongo: { 'with kept bars': 1, 'without kept bars': 0 } };
/** Of the others, each so many-th write: with every scenario it is another one. */
const SOME_WRITES = 5;
/** Kills of each scenario in each store at a drawn time. */
const DRAWN_TIMES = 4;
/** Victims at a time: each one's successor waits a second for the lease of the dead. */
const LANES = 10;
const PATIENCE_MS = 60_000;
/** What all kills in one store may take on a machine that has other things to do. */
const LONGEST_MS = 1_800_000;

/** Whether a run keeps bars. */
export type Keeping = keyof (typeof ALL_WRITES)['directory'];

/** Data that outlives processes. */
export interface Data {
  /** Where they are, for the victim: its arguments. */
  readonly place: readonly [place: string, database: string, keeping: string];
  /** Stores on them, as a new process would have them. */
  open(): OpenStores;
  /** Asserts that nothing is left of the dead. */
  assertClean(): Promise<void>;
  /** Copies them. */
  copy(): Promise<Data>;
  /** Removes them. */
  remove(): Promise<void>;
}

/** When a victim is killed: before its n-th write, at its n-th report of progress, after so many milliseconds, or never. */
interface Moment {
  readonly kind: 'write' | 'report' | 'time' | 'never';
  readonly number: number;
}

/** How a victim came to its end. */
interface Victim {
  readonly end: 'died' | 'finished';
  /** What it said, line by line. */
  readonly said: readonly string[];
  /** Milliseconds from the first line to its end. */
  readonly milliseconds: number;
}

type Contents = Awaited<ReturnType<typeof readTimeless>>;

let scratch = '';
let program = '';
/** What a store has before and after each scenario, if nobody is killed. */
const expected = new Map<Scenario, { readonly old: Contents; readonly new: Contents }>();

/**
 * trainSymbol, killed at any moment, and the sum of all kills.
 *
 * @param kind - the stores
 * @param create - makes data of its own, empty
 * @param keepings - whether the runs keep bars, each way
 * @param atLeast - how many kills of runs that keep bars the stores must have seen
 */
export function killedRuns(
  kind: 'directory' | 'mongo',
  create: (keeping: Keeping) => Data,
  keepings: readonly Keeping[],
  atLeast: number,
): void {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
    program = await bundleProcess(fileURLToPath(new URL('kills.process.ts', import.meta.url)), scratch);
    for (const scenario of SCENARIOS) {
      const store = memoryProfileStore();
      if (scenario.before) await runService(scenario.before, { store, bars: undefined });
      const old = await readTimeless(store);
      const { action, plan } = await runService(scenario, { store, bars: undefined });
      expect({ action, trains: plan.retrain.retrain }).toEqual({ action: scenario.action, trains: scenario.trains });
      expected.set(scenario, { old, new: await readTimeless(store) });
    }
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  const kills: Record<Keeping, number> = { 'without kept bars': 0, 'with kept bars': 0 };
  it.each(keepings)(
    'is killed at any moment, %s, and the next run ends as if it had not been',
    async (keeping) => {
      kills[keeping] = await killAll(kind, keeping, () => create(keeping));
    },
    LONGEST_MS,
  );

  it(`was killed ${atLeast} times or more over bars and profiles together`, () => {
    console.log(`${kind} stores: trainSymbol was killed ${kills['with kept bars']} times over bars and profiles together`);
    expect(kills['with kept bars']).toBeGreaterThanOrEqual(atLeast);
  });
}

/** Victims that die before writes, at reports of progress, and at drawn times; each with data of its own, so that many can die at once. Gives their number. */
async function killAll(kind: 'directory' | 'mongo', keeping: Keeping, create: () => Data): Promise<number> {
  const share = ALL_WRITES[kind][keeping] > 0 ? 1 : 0.4;
  const before = create();
  const nothing = create();
  const kills = { write: 0, report: 0, time: 0, never: 0 };
  const found = { old: 0, new: 0 };
  const stages: Record<string, number> = {};
  const start = (scenario: Scenario) => (scenario.before ? before : nothing).copy();
  await runService(SCENARIOS[0], before.open());

  const dieAndGoOn = async (scenario: Scenario, moment: Moment): Promise<Victim> => {
    const data = await start(scenario);
    const victim = await runVictim(kind, data, scenario, moment);
    const isNew = await assertGoesOn(data, scenario, victim);
    if (victim.end === 'died') {
      kills[moment.kind]++;
      found[isNew ? 'new' : 'old']++;
      const stage = victim.said.at(-1) ?? '';
      stages[stage] = (stages[stage] ?? 0) + 1;
    }
    await data.remove();
    return victim;
  };

  const moments = await Promise.all(
    SCENARIOS.map(async (scenario, index) => {
      const { end, said, milliseconds } = await dieAndGoOn(scenario, { kind: 'never', number: 0 });
      expect(end).toBe('finished');
      const next = uniform(20_250_305 + index);
      const draw = <Item>(items: readonly Item[]) => items[Math.floor(next() * items.length)];
      const writes = Array.from({ length: numberOf(said, 'writes') }, (_, i) => i + 1);
      // after 'ready', each line is a report
      const reports = Array.from({ length: numberOf(said, 'reports') }, (_, i) => i + 1);
      const working = ['fetching', 'features', 'training'].map((stage) => reports.filter((report) => said[report] === stage));
      const drawn = [...working.filter((some) => some.length > 0), reports];
      return [
        ...writes
          .filter((write) => index < ALL_WRITES[kind][keeping] || write % SOME_WRITES === index)
          .map((number): Moment => ({ kind: 'write', number })),
        ...drawn.map((some): Moment => ({ kind: 'report', number: draw(some) })),
        ...Array.from({ length: DRAWN_TIMES }, (): Moment => ({ kind: 'time', number: next() * milliseconds })),
      ].map((moment): [Scenario, Moment] => [scenario, moment]);
    }),
  );
  const rest = moments.flat().values();
  const lane = async () => {
    for (const [scenario, moment] of rest) {
      for (let { kind, number } = moment, victim = await dieAndGoOn(scenario, moment); kind === 'time' && victim.end === 'finished'; ) {
        // it was faster than the one whose time was taken: earlier, until it dies
        number /= 2;
        victim = await dieAndGoOn(scenario, { kind, number });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await before.remove();
  await nothing.remove();

  const sum = kills.write + kills.report + kills.time;
  console.log(
    `${kind} store, ${before.place[2]}: trainSymbol was killed ${sum} times by SIGKILL, ${kills.write} before a write, ${kills.report} at a report of progress, ` +
      `${kills.time} at a drawn time; ${found.old} left the old revision, ${found.new} the new one; the last stage was ${JSON.stringify(stages)}`,
  );
  expect(kills.never).toBe(0);
  expect(sum).toBeGreaterThan(80 * share);
  expect(kills.write).toBeGreaterThan(50 * share);
  expect(kills.report).toBe(moments.flat().filter(([, moment]) => moment.kind === 'report').length);
  expect(kills.time).toBe(DRAWN_TIMES * SCENARIOS.length);
  for (const stage of ['fetching', 'features', 'training', 'storing']) expect(stages[stage], stage).toBeGreaterThan(0);
  expect(found.old).toBeGreaterThan(20 * share);
  expect(found.new).toBeGreaterThan(10 * share);
  return sum;
}

async function runVictim(kind: string, data: Data, scenario: Scenario, { kind: moment, number }: Moment): Promise<Victim> {
  const child = spawn(process.execPath, [program, kind, ...data.place, scenario.name, moment, String(number)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  await once(child.stdout, 'data');
  const start = performance.now();
  const timer = moment === 'time' ? setTimeout(() => child.kill('SIGKILL'), number) : undefined;
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const end = signal === 'SIGKILL' ? 'died' : 'finished';
  expect({ end, code, signal, output }).toMatchObject(end === 'died' ? { code: null } : { code: 0 });
  return { end, said: output.trimEnd().split('\n'), milliseconds: performance.now() - start };
}

/** What is stored must be the old revision or the new one, and the next run must make the new one of it. Says which one it was. */
async function assertGoesOn(data: Data, scenario: Scenario, { end }: Victim): Promise<boolean> {
  const states = expected.get(scenario);
  if (!states) throw new Error(`nothing is expected of '${scenario.name}'`);
  const stores = data.open();
  const found = await readSettled(stores.store);
  const isNew = found.company?.revision === states.new.company?.revision;
  expect(found).toStrictEqual(isNew ? states.new : states.old);
  if (end === 'finished') expect(isNew).toBe(true);
  const before = await keptOf(stores);
  // bars are written before the profiles: they may be ahead, and never behind
  if (before !== null) expect([states.old.company?.raw_data.points ?? 0, states.new.company?.raw_data.points]).toContain(before.bars);
  const { action } = await runWhenFree(stores, scenario);
  expect(action).toBe(isNew ? 'up_to_date' : scenario.action);
  await stores.bars?.close();
  await stores.store.close();

  const reopened = data.open();
  const contents = await readTimeless(reopened.store);
  // who finds kept bars that are ahead of the profiles compares others, and need not ask why they differ
  if (stores.bars) expect(withoutReasons(contents)).toStrictEqual(withoutReasons(states.new));
  else expect(contents).toStrictEqual(states.new);
  expect(await reopened.store.listSymbols()).toStrictEqual([SYMBOL]);
  if (reopened.bars) {
    expect(await keptOf(reopened)).toMatchObject({ bars: scenario.bars.length, barHash: BarHash.of(scenario.bars) });
    expect(await reopened.bars.listSymbols()).toStrictEqual([SYMBOL]);
  }
  await reopened.bars?.close();
  await reopened.store.close();
  await data.assertClean();
  return isNew;
}

async function keptOf({ bars }: OpenStores) {
  return bars ? bars.describe(SYMBOL) : null;
}

function withoutReasons({ company, ml, ...rest }: Contents) {
  return {
    ...rest,
    company: company && { ...company, last_update: null, last_rewrite: null },
    ml: ml && { ...ml, last_retrain_decision: null },
  };
}

/** Runs when the lease of the dead has expired. */
async function runWhenFree(stores: OpenStores, scenario: Scenario) {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await runService(scenario, stores);
    } catch (error) {
      const isHeld = error instanceof Error && 'code' in error && error.code === 'SYMBOL_LEASED';
      if (!isHeld || performance.now() > deadline) throw error;
      await pause(100);
    }
  }
}

/** All that a store has of the symbol. What a process has sent in its last moment may still arrive, once: then it is read again. */
async function readSettled(store: ProfileStore): Promise<Contents> {
  const found = await readTimeless(store);
  const revisions = new Set([found.company, found.ml, found.statistical, found.checkpoint].map((part) => part?.revision ?? 0));
  return revisions.size === 1 ? found : readTimeless(store);
}

function numberOf(said: readonly string[], what: string): number {
  const number = Number(said.find((line) => line.endsWith(` ${what}`))?.split(' ')[0]);
  if (!(number > 0)) throw new Error(`the victim said nothing of ${what}: ${said}`);
  return number;
}
