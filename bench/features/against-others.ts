import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bars, sliceBars } from '../../src/bars/bars';
import type { Market } from '../../src/bars/market';
import { bollinger } from '../../src/features/bollinger';
import { BLOCK_BARS, type FeatureFamily } from '../../src/features/family';
import { FoldState } from '../../src/features/fold-state';
import { rangeAndTrend } from '../../src/features/range-and-trend';
import { rsi } from '../../src/features/rsi';
import { FeatureEngineer, standardFeatures } from '../../src/index';
import { type NpmRival, npmRivals, SHARED_KINDS, type SharedKind } from './npm-rivals';
import { pythonRival } from './python-rival';

/** Of ours, what the packages of npm have, too. */
const OURS: Readonly<Record<SharedKind, FeatureFamily>> = {
  bollinger: bollinger(),
  rsi: rsi({ periods: [14] }),
  atr: rangeAndTrend({ atr: [14] }),
};

const ALL = 'all folds';
const MATRIX = 'all, with matrix (ours: and summaries)';

/** Processor seconds of this process. */
async function processorOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** A family's fold over all bars, as the engine runs it, and nothing beside. */
function foldAll(family: FeatureFamily, market: Market, bars: Bars): void {
  const state = new FoldState();
  const fold = family.fold(market, state);
  const out = family.features(market).map(() => new Float64Array(BLOCK_BARS));
  for (let from = 0; from < bars.length; from += BLOCK_BARS) {
    const to = Math.min(bars.length, from + BLOCK_BARS);
    fold({ ...sliceBars(bars, from, to), first: from }, out);
    state.advance(to - from);
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/**
 * Every standard family beside pandas and TA-Lib, and three beside packages of npm: by turns in one run, one thread each, medians of processor seconds. Prints a JSON
 * line for each figure, then tables.
 *
 * @param bars - what all compute from
 * @param market - whose bars
 * @param rounds - turns, after one to warm up
 */
export async function compareWithOthers(bars: Bars, market: Market, rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-features-'));
  try {
    await comparePython(bars, market, rounds, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await compareNpm(bars, market, rounds);
}

async function comparePython(bars: Bars, market: Market, rounds: number, folder: string): Promise<void> {
  const found = await pythonRival(bars, folder);
  if ('missing' in found) console.log(`NOT RUN: pandas and TA-Lib, because ${found.missing}`);
  const python = 'missing' in found ? undefined : found;
  const families = standardFeatures();
  const ours = new Map<string, number[]>();
  const theirs = new Map<string, number[]>();
  const note = (times: Map<string, number[]>, kind: string, seconds: number) => times.set(kind, [...(times.get(kind) ?? []), seconds]);
  for (let round = 0; round <= rounds; round++) {
    const isMeasured = round > 0;
    let sum = 0;
    for (const family of families) {
      const seconds = await processorOf(() => foldAll(family, market, bars));
      if (isMeasured) note(ours, family.name, seconds);
      sum += seconds;
    }
    const whole = await processorOf(() => new FeatureEngineer(market, families).update(bars));
    if (isMeasured) {
      note(ours, ALL, sum);
      note(ours, MATRIX, whole);
    }
    const run = await python?.run();
    if (run === undefined || !isMeasured) continue;
    const all = Object.values(run.seconds).reduce((total, seconds) => total + seconds, 0);
    for (const [kind, seconds] of Object.entries({ ...run.seconds, [ALL]: all, [MATRIX]: all + run.matrix })) note(theirs, kind, seconds);
  }
  python?.end();
  const features = new Map(families.map((family) => [family.name, family.features(market).length]));
  console.log(
    `\n${bars.length} bars, ${rounds} turns, one thread each, processor seconds; node ${process.version}, ${python?.versions ?? ''}`,
  );
  console.log('| family | features | tickerforest | pandas and TA-Lib | ratio |');
  console.log('|---|---|---|---|---|');
  for (const [kind, times] of ours) {
    const [own, other] = [median(times), median(theirs.get(kind) ?? [])];
    const count = features.get(kind) ?? [...features.values()].reduce((total, number) => total + number, 0);
    print({ kind, features: count, bars: bars.length, tickerforest: own, python: other });
    console.log(`| ${kind} | ${count} | ${own.toFixed(2)} | ${shown(other)} | ${shown(other / own)} |`);
  }
}

async function compareNpm(bars: Bars, market: Market, rounds: number): Promise<void> {
  const rivals = await npmRivals(bars);
  const own: NpmRival = {
    name: 'tickerforest',
    run: {
      bollinger: () => foldAll(OURS.bollinger, market, bars),
      rsi: () => foldAll(OURS.rsi, market, bars),
      atr: () => foldAll(OURS.atr, market, bars),
    },
  };
  const sides = [own, ...rivals];
  console.log(`\n| one thread, processor seconds | ${sides.map(({ name }) => name).join(' | ')} |`);
  console.log(`|---|${sides.map(() => '---|').join('')}`);
  for (const kind of SHARED_KINDS) {
    const times = sides.map((): number[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [side, { run }] of sides.entries()) {
        const seconds = await processorOf(run[kind]);
        if (round > 0) times[side].push(seconds);
      }
    }
    const medians = times.map(median);
    print({ kind, bars: bars.length, ...Object.fromEntries(sides.map(({ name }, side) => [name, medians[side]])) });
    console.log(`| ${kind} | ${medians.map((seconds) => seconds.toFixed(3)).join(' | ')} |`);
  }
}

const shown = (figure: number): string => (Number.isNaN(figure) ? '' : figure.toFixed(2));

/** For programs; people read the tables. */
function print(line: Readonly<Record<string, string | number>>): void {
  if (process.env.BENCH_JSON === '1') console.log(JSON.stringify(line));
}
