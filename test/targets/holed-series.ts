import fc from 'fast-check';
import { allocateBars, type Bars } from '../../src/bars/bars';
import { DAY_MS, type Market, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import type { MaxGap } from '../../src/targets/holes';
import type { Labels } from '../../src/targets/target';

/** Bars of some market. */
export interface Series {
  readonly bars: Bars;
  readonly market: Market;
}

/** A Friday afternoon in New York: nights, weekends and the change of clocks of 10 March 2024 are near. */
const START = Date.UTC(2024, 2, 8, 20, 30);

const MARKETS: readonly Market[] = [
  resolveMarket(MINUTE_MS, { exchange: 'NASDAQ' }),
  resolveMarket(MINUTE_MS, { exchange: 'NASDAQ', stamp: 'end' }),
  resolveMarket(MINUTE_MS),
  resolveMarket(30 * MINUTE_MS, { exchange: 'LSE' }),
  resolveMarket(240 * MINUTE_MS, { exchange: 'NASDAQ' }),
  // bars of an evening that are stamped on the next day
  resolveMarket(240 * MINUTE_MS, { exchange: 'NASDAQ', stamp: 'end' }),
  resolveMarket(240 * MINUTE_MS, { timeZone: 'Asia/Tokyo', session: { open: 0, close: 900, earlyCloses: 'none' } }),
];

const step = fc.record({
  move: fc.oneof(
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 8, arbitrary: fc.double({ min: 0.995, max: 1.005, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(0.5, 2, 0.01) },
  ),
  open: fc.double({ min: 0.998, max: 1.002, noNaN: true }),
  up: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.004, noNaN: true })),
  down: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.004, noNaN: true })),
  gap: fc.oneof(
    { weight: 14, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.integer({ min: 2, max: 8 }) },
    { weight: 1, arbitrary: fc.integer({ min: 9, max: 4_000 }) },
    { weight: 1, arbitrary: fc.double({ min: 0.95, max: 1.7, noNaN: true }) },
  ),
});

/** Series of 0 to 70 bars with flat stretches, jumps, holes, nights and odd stamps. */
export const holedMinutes: fc.Arbitrary<Series> = fc.tuple(fc.constantFrom(...MARKETS), fc.array(step, { maxLength: 70 })).map(seriesOf);

/** The same of daily bars. */
export const holedDays: fc.Arbitrary<Series> = fc
  .tuple(fc.constant(resolveMarket(DAY_MS, { exchange: 'NASDAQ' })), fc.array(step, { maxLength: 70 }))
  .map(seriesOf);

function seriesOf([market, steps]: [Market, readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]]): Series {
  const bars = allocateBars(steps.length);
  let close = 100;
  let time = START;
  steps.forEach(({ move, open, up, down, gap }, i) => {
    bars.open[i] = close * open;
    close *= move;
    bars.timestamp[i] = time;
    bars.close[i] = close;
    bars.high[i] = Math.max(bars.open[i], close) * (1 + up);
    bars.low[i] = Math.min(bars.open[i], close) * (1 - down);
    bars.volume[i] = 1;
    time += Math.round(gap * market.interval);
  });
  return { bars, market };
}

/** Gaps of all kinds: none, milliseconds, 'session'. */
export function maxGaps(): fc.Arbitrary<MaxGap | undefined> {
  return fc.constantFrom(undefined, 'session' as const, 240 * MINUTE_MS, 300 * MINUTE_MS, DAY_MS);
}

/**
 * The local date of a bar's start, by the runtime's own calendar.
 *
 * @param series - where the bar is
 * @param row - which bar
 */
export function dateOf({ bars, market }: Series, row: number): string {
  const start = bars.timestamp[row] - (market.stamp === 'end' ? market.interval : 0);
  return formatOf(market.timeZone).format(start);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, known);
  return known;
}

/**
 * Whether the bars from one row to another have no larger gap, neighbour by neighbour.
 *
 * @param series - where the bars are
 * @param from - first row
 * @param to - last row
 * @param maxGap - what is allowed
 */
export function isWithinGaps(series: Series, from: number, to: number, maxGap: MaxGap | undefined): boolean {
  if (maxGap === undefined) return true;
  for (let i = from + 1; i <= to; i++) {
    const tooFar =
      maxGap === 'session' ? dateOf(series, i) !== dateOf(series, i - 1) : series.bars.timestamp[i] - series.bars.timestamp[i - 1] > maxGap;
    if (tooFar) return false;
  }
  return true;
}

/**
 * Labels made one by one, as plainly as can be.
 *
 * @param series - whose
 * @param labelOf - the label of a row: value and end, or null
 */
export function plainLabels(series: Series, labelOf: (row: number) => readonly [number, number] | null): Labels {
  const labels = Array.from(series.bars.close, (_, row) => labelOf(row) ?? [Number.NaN, -1]);
  return { value: Float64Array.from(labels, ([value]) => value), end: Int32Array.from(labels, ([, end]) => end) };
}
