import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import { type Market, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { BLOCK_BARS, type FeatureFamily } from '../../src/features/family';
import { FoldState } from '../../src/features/fold-state';

/** A market that never closes, in UTC, with bars of a minute. */
export const MINUTES: Market = resolveMarket(MINUTE_MS);

/** Columns of prices and volumes; timestamps default to one a minute from 2024-01-01. */
export interface BarRows {
  readonly timestamp?: readonly number[];
  readonly open?: readonly number[];
  readonly high: readonly number[];
  readonly low: readonly number[];
  readonly close: readonly number[];
  readonly volume: readonly number[];
}

/** The first minute of {@link barsOf}. */
export const START = Date.UTC(2024, 0, 1);

/** Bars from plain arrays. */
export function barsOf(rows: BarRows): Bars {
  const bars = allocateBars(rows.close.length);
  for (const name of BAR_COLUMNS)
    bars[name].set(rows[name] ?? (name === 'timestamp' ? bars.close.map((_, i) => START + i * MINUTE_MS) : rows.close));
  return bars;
}

/** Bars that never move, or whose close is given and whose range is that close alone. */
export function barsOfCloses(close: readonly number[], units: number): Bars {
  return barsOf({ high: close, low: close, close, volume: close.map(() => units) });
}

/** All features of a family by name, folded over the bars in blocks that end before each of `cuts` (and every {@link BLOCK_BARS}). */
export function runFamily(
  family: FeatureFamily,
  bars: Bars,
  market: Market = MINUTES,
  cuts: readonly number[] = [],
): Map<string, Float64Array> {
  const specs = family.features(market);
  const columns = specs.map(() => new Float64Array(bars.length));
  let state = new FoldState();
  let fold = family.fold(market, state);
  let from = 0;
  for (const to of [...cuts, bars.length]) {
    for (; from < to; ) {
      const end = Math.min(to, from + BLOCK_BARS);
      const out = specs.map(() => new Float64Array(BLOCK_BARS).fill(12345));
      fold({ ...sliceBars(bars, from, end), first: from }, out);
      state.advance(end - from);
      columns.forEach((column, j) => {
        column.set(out[j].subarray(0, end - from), from);
      });
      from = end;
    }
    const saved = new Float64Array(state.size);
    state.save(saved, 0);
    state = new FoldState();
    fold = family.fold(market, state);
    state.restore(saved, 0);
  }
  return new Map(specs.map(({ name }, j) => [name, columns[j]]));
}

/** One feature of {@link runFamily}'s result. */
export function feature(features: Map<string, Float64Array>, name: string): Float64Array {
  const column = features.get(name);
  if (column === undefined) throw new Error(`no feature ${name}; there are ${[...features.keys()].join(', ')}`);
  return column;
}
