import { DAY_MS, type Market, MINUTE_MS } from '../bars/market';
import { ZoneClock } from '../bars/time-zone';
import { ClosedBars } from './closed-bars';
import type { FeatureFamily, FeatureSpec } from './family';

const HOUR_MS = 60 * MINUTE_MS;

/** A timeframe: what its features' names end with, and its length in milliseconds. */
const TIMEFRAMES = [
  { suffix: '5m', width: 5 * MINUTE_MS },
  { suffix: '15m', width: 15 * MINUTE_MS },
  { suffix: '60m', width: HOUR_MS },
  { suffix: '1d', width: DAY_MS },
] as const;

const coarserThan = (market: Market) => TIMEFRAMES.filter(({ width }) => width > market.interval);

/**
 * The last closed bar of 5, 15 and 60 minutes and of one day, as far as these are longer than the market's bars; S stands for `5m`, `15m`,
 * `60m` or `1d`. Closes, returns and ranges are those of the longer bars.
 *
 * | feature | unit, range | first closed bar with a value | formula |
 * |---|---|---|---|
 * | `return_S` | ratio, above -1 | 2nd | close / close before - 1 |
 * | `rsi_14_S` | 0 to 100 | 15th | 100 up / (up + down), Wilder's averages of 14 rises and falls (TA-Lib `RSI`) |
 * | `atr_14_S` | percent, 0 up | 15th | 100 Wilder's average of 14 true ranges / close (TA-Lib `NATR`) |
 * | `sma_20_distance_S` | ratio, above -1 | 20th | close / mean of 20 closes - 1 |
 * | `volatility_20_S` | ratio, 0 up | 21st | sample standard deviation of 20 log returns |
 *
 * A longer bar is made of the bars that start inside it. Those of a day follow the local date; the others follow UTC shifted by the time zone's
 * offset modulo one hour, so that in India, at UTC+05:30, hours begin on the local hour. It closes with the bar that ends at or after its
 * end. If that bar is missing (a minute without a trade, the night), it closes when the first bar after it arrives, whose row is the first to
 * show it; no later bar can change a row. Until the next close the values repeat; spells without any bar make no longer bar. Where bars follow
 * each other at less than their length, one that starts inside a longer bar that has closed counts in none.
 *
 * Degenerate cases: RSI is 50 where rises and falls are both at most 1e-12 of the close.
 */
export const timeframes: FeatureFamily = {
  title: 'timeframes',
  features(market) {
    return coarserThan(market).flatMap(({ suffix, width }): FeatureSpec[] => {
      const spec = (name: string, unit: string, range: readonly [number, number], closed: number, model: boolean): FeatureSpec => ({
        name: `${name}_${suffix}`,
        group: 'multi_timeframe',
        unit,
        range,
        // one bar can at best close one longer bar, if all but the last of its minutes are missing
        warmup: closed - 1,
        model,
        gaps: true,
      });
      const up = Number.POSITIVE_INFINITY;
      return [
        spec('return', 'ratio', [-1, up], 2, true),
        spec('rsi_14', 'number', [0, 100], 15, true),
        spec('atr_14', 'percent', [0, up], 15, true),
        spec('sma_20_distance', 'ratio', [-1, up], 20, true),
        spec('volatility_20', 'ratio', [0, up], 21, width === DAY_MS),
      ];
    });
  },
  fold(market, state) {
    const clock = new ZoneClock(market.timeZone);
    const delay = market.stamp === 'end' ? market.interval : 0;
    const frames = coarserThan(market).map(({ width }, place) => ({
      closed: new ClosedBars(state),
      endAfter: width === DAY_MS ? endOfLocalDay(clock) : endOfSlice(clock, width),
      columns: place * ClosedBars.VALUES,
    }));

    return (block, out) => {
      for (const { closed, endAfter, columns } of frames) {
        closed.fold(block, delay, market.interval, endAfter, out.slice(columns, columns + ClosedBars.VALUES));
      }
    };
  },
};

/** Where the slice of `width` milliseconds ends that an instant lies in. */
function endOfSlice(clock: ZoneClock, width: number): (start: number) => number {
  return (start) => {
    const shift = clock.offsetAt(start) % HOUR_MS;
    return (Math.floor((start + shift) / width) + 1) * width - shift;
  };
}

/** Where the local date ends that an instant lies in: 23 to 25 hours after it began. */
function endOfLocalDay(clock: ZoneClock): (start: number) => number {
  return (start) => clock.toUtc((Math.floor((start + clock.offsetAt(start)) / DAY_MS) + 1) * DAY_MS);
}
