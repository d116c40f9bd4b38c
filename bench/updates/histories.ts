import { existsSync } from 'node:fs';
import type { BarSource } from '../../src/bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { csvBars } from '../../src/bars/csv/source';
import type { Checkpoint, CompanyProfile, MlProfile, StatisticalProfile } from '../../src/profiles/documents';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../../test/generated-bars';

const MINUTE_MS = 60_000;
const REAL_BARS = new URL('../../../shared/data/btcusd-1min-2015-2019.csv.gz', import.meta.url).pathname;

/** Bars of a long history. */
export const LONG = 1_869_587;
/** Bars of a short one: the newest of the long one. */
export const SHORT = 20_000;
/** Bars of a trading day of 6.5 hours. */
export const DAY_BARS = 390;

/** One series: the long history, and days of new bars after it. */
export interface Series {
  /** All bars. */
  readonly bars: Bars;
  /** How many of them are the history. */
  readonly history: number;
  /** What the history is made of. */
  readonly description: string;
}

/** Everything that a store has of a symbol. */
export interface StoredParts {
  /** Company profile. */
  readonly company: CompanyProfile;
  /** ML profile. */
  readonly ml: MlProfile;
  /** Statistical profile. */
  readonly statistical: StatisticalProfile;
  /** Feature state and models. */
  readonly checkpoint: Checkpoint;
}

/** A symbol that was trained once. */
export interface TrainedHistory extends StoredParts {
  /** Bars that it was trained on. */
  readonly bars: number;
  /** What that took, milliseconds, storing in memory included. */
  readonly milliseconds: number;
}

/**
 * @param days - trading days of generated bars after the history
 * @param length - bars of the history
 * @returns real minutes where they are and a long history is wanted, else as many generated ones; then the days, a random walk from the last close
 */
export async function readSeries(days: number, length = LONG): Promise<Series> {
  const real = length === LONG && existsSync(REAL_BARS);
  const history = real ? (await collectBars(csvBars(REAL_BARS), { symbol: 'BTCUSD' })).bars : randomBars(length, { missing: 0.13 });
  const last = history.length - 1;
  const future = randomBars(days * DAY_BARS, { seed: 2, start: history.timestamp[last] + MINUTE_MS });
  const scale = history.close[last] / future.open[0];
  for (const prices of [future.open, future.high, future.low, future.close]) prices.set(prices.map((price) => price * scale));
  const bars = allocateBars(history.length + future.length);
  for (const column of BAR_COLUMNS) {
    bars[column].set(history[column]);
    bars[column].set(future[column], history.length);
  }
  const count = history.length.toLocaleString('en-US');
  return { bars, history: history.length, description: `${count} ${real ? 'real minutes of BTC/USD' : 'generated minutes'}` };
}

/**
 * @param series - the series
 * @param days - how many trading days after the history
 * @returns time of the last bar of that day
 */
export function endOfDay({ bars, history }: Series, days: number): Date {
  return new Date(bars.timestamp[history + days * DAY_BARS - 1]);
}

/**
 * @param bars - bars in memory
 * @returns a source that finds what it is asked for by bisection, so that its own cost hides nothing
 */
export function indexedBars(bars: Bars): BarSource {
  return {
    async *fetch({ from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }) {
      yield { bars: sliceBars(bars, firstAt(bars.timestamp, from), firstAt(bars.timestamp, to + 1)), batch: 1, batches: 1 };
    },
  };
}

/** Index of the first timestamp that is `time` or later. */
function firstAt(timestamp: Float64Array, time: number): number {
  let low = 0;
  let high = timestamp.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timestamp[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Trains on the newest bars of the history. The days after it are not looked at.
 *
 * @param series - the series
 * @param bars - how many
 * @returns what was stored
 */
export async function trainHistory(series: Series, bars: number): Promise<TrainedHistory> {
  const store = memoryProfileStore();
  const symbol = `${bars} bars`;
  const to = endOfDay(series, 0);
  const started = performance.now();
  await trainSymbol({
    symbol,
    store,
    source: indexedBars(series.bars),
    from: new Date(series.bars.timestamp[series.history - bars]),
    to,
    now: new Date(to.getTime() + 2 * MINUTE_MS),
  });
  const milliseconds = performance.now() - started;
  return { ...(await readParts(store, symbol)), bars, milliseconds };
}

async function readParts(store: ProfileStore, symbol: string): Promise<StoredParts> {
  const company = await store.getCompanyProfile(symbol);
  const ml = await store.getMlProfile(symbol);
  const statistical = await store.getStatisticalProfile(symbol);
  const checkpoint = await store.getCheckpoint(symbol);
  if (!company || !ml || !statistical || !checkpoint) throw new Error(`${symbol} is not stored`);
  return { company, ml, statistical, checkpoint };
}

/**
 * Stores a trained history under any name, or puts a symbol back to where it was before an update.
 *
 * @param store - where
 * @param symbol - the name
 * @param parts - what to store
 * @param baseRevision - the symbol's revision, 0 if it is new; then the models are written, too
 */
export async function storeParts(store: ProfileStore, symbol: string, parts: StoredParts, baseRevision: number): Promise<void> {
  const { company, ml, statistical, checkpoint } = parts;
  await store.commit({
    symbol,
    baseRevision,
    company: { ...company, symbol },
    ml: { ...ml, symbol },
    statistical: { ...statistical, symbol },
    checkpoint: { state: checkpoint.state, models: baseRevision === 0 ? checkpoint.models : 'unchanged' },
  });
}
