import assert from 'node:assert/strict';
import { BarHash } from '../bars/bar-hash';
import { allocateBars, BAR_COLUMNS, type Bars, joinBars, sliceBars } from '../bars/bars';
import { type Market, resolveMarket } from '../bars/market';
import type { BarStore, BarWrite, KeptBars, KeptRange } from '../stores/bar-store';
import { assertSame } from './assertions';

/** Whose bars the suite keeps. */
export const MARKET: Market = resolveMarket(60_000, { exchange: 'NASDAQ' });
/** Another market. */
export const OTHER_MARKET: Market = resolveMarket(60_000, { stamp: 'end' });

/** Length of a bar of {@link MARKET}, milliseconds. */
export const MINUTE = MARKET.interval;
const START = Date.UTC(2024, 0, 2);
/** Far more than a block of any store that bounds its blocks. */
const LARGEST_READ = 2 ** 20;

/**
 * @param index - number of the first bar, in minutes since the beginning of 2 January 2024
 * @param length - how many bars
 * @param version - any number: the same times with other values
 * @returns bars whose values a store that rounds would not give back
 */
export function madeUpBars(index: number, length: number, version = 1): Bars {
  const bars = allocateBars(length);
  for (let i = 0; i < length; i++) {
    const at = index + i;
    const close = (100 + ((at * 7919 + version * 104_729) % 1_000)) / 7;
    bars.timestamp[i] = START + at * MINUTE;
    bars.open[i] = close * 1.000_01;
    bars.high[i] = close * 1.01;
    bars.low[i] = close / 1.01;
    bars.close[i] = close;
    bars.volume[i] = at % 5 === 0 ? 0 : ((at * 31 + version) % 1_000) / 3;
  }
  return bars;
}

/**
 * @param bars - ascending bars
 * @param range - which of them
 * @returns those of the range
 */
export function barsWithin(bars: Bars, { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: KeptRange): Bars {
  const start = bars.timestamp.filter((time) => time < from).length;
  return sliceBars(bars, start, Math.max(start, bars.timestamp.filter((time) => time <= to).length));
}

/**
 * @param bars - what is kept
 * @param update - what is written
 * @returns what must be kept then
 */
export function barsAfter(bars: Bars, { from, bars: following }: BarWrite): Bars {
  const stay = bars.timestamp.filter((time) => time < from).length;
  return joinBars(sliceBars(bars, 0, stay), following);
}

/**
 * @param store - the store
 * @param symbol - the symbol
 * @param range - which bars; default all
 * @returns them in one piece
 * @throws AssertionError if a block is empty or very large
 */
export async function readBars(store: BarStore, symbol: string, range?: KeptRange): Promise<Bars> {
  const parts: Bars[] = [];
  for await (const block of store.read(symbol, range)) {
    assert.ok(block.length >= 1 && block.length <= LARGEST_READ, `the store gave a block of ${block.length} bars`);
    parts.push(block);
  }
  return joinBars(...parts);
}

/**
 * Compares bars to the bit, without printing them.
 *
 * @param actual - what the store gave
 * @param expected - what it should have given
 * @throws AssertionError naming the first value that differs
 */
export function assertSameBars(actual: Bars, expected: Bars): void {
  assert.equal(actual.length, expected.length, 'number of bars');
  for (const column of BAR_COLUMNS) {
    assert.equal(actual[column].length, expected.length, `length of ${column}`);
    for (let i = 0; i < expected.length; i++) {
      const [given, wanted] = [actual[column][i], expected[column][i]];
      if (!Object.is(given, wanted)) assert.fail(`${column} of bar ${i} is ${given}, not ${wanted}`);
    }
  }
}

/**
 * Reads all that is kept of a symbol, by itself and as the store describes it, and compares.
 *
 * @param store - the store
 * @param symbol - the symbol
 * @param bars - the bars that it must have; none: it must not know the symbol
 * @param market - whose bars they must be
 * @returns what the store says of them
 * @throws AssertionError if anything differs
 */
export async function assertKept(store: BarStore, symbol: string, bars: Bars, market = MARKET): Promise<KeptBars | null> {
  assertSameBars(await readBars(store, symbol), bars);
  const kept = await store.describe(symbol);
  if (bars.length === 0) {
    assertSame(kept, null);
    return null;
  }
  assertDescribes(kept, symbol, bars, market);
  return kept;
}

/**
 * @param kept - what the store says of a symbol
 * @param symbol - the symbol
 * @param bars - the bars that it has
 * @param market - whose bars they are
 * @throws AssertionError if it says anything else
 */
export function assertDescribes(kept: KeptBars | null, symbol: string, bars: Bars, market = MARKET): asserts kept is KeptBars {
  assert.ok(kept !== null, `the store says that it has no bars of ${symbol}`);
  const { revision } = kept;
  assert.ok(Number.isSafeInteger(revision) && revision >= 1, `revision ${revision}`);
  const firstTimestamp = bars.timestamp[0];
  const lastTimestamp = bars.timestamp[bars.length - 1];
  assertSame(kept, { symbol, market, bars: bars.length, firstTimestamp, lastTimestamp, barHash: BarHash.of(bars), revision });
}
