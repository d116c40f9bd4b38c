import type { Bars } from '../bars/bars';
import { type Market, MINUTE_MS } from '../bars/market';
import { invalidOption } from '../options/checks';
import { checkOptions } from '../options/description';
import { HORIZON_RETURN, NEXT_RETURN } from '../options/target-tables';
import { type Steps, stepsOver } from '../waiting';
import { builtInTarget } from './define-target';
import { type GapOptions, type MaxGap, withoutGaps } from './holes';
import { type Labels, noLabels, type Target } from './target';

/** How far ahead {@link horizonReturn} looks: so many bars, or so many minutes, not both. */
export interface HorizonOptions extends GapOptions {
  /** Bars ahead, 1 to 10,000. */
  readonly bars?: number | undefined;
  /** Minutes ahead, by the timestamps, at least a bar's length. */
  readonly minutes?: number | undefined;
}

/**
 * The return of the next bar, close(t + 1) / close(t) - 1: the default target. The interval of row t is [t, t + 1]; the newest row has no label.
 *
 * @param options - see {@link GapOptions}
 * @returns the target 'next_return'
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 * @example
 * nextReturn({ maxGap: 'session' }) // minutes that end on the day they begin
 */
export function nextReturn(options: GapOptions = {}): Target {
  const { maxGap } = checkOptions(options, NEXT_RETURN, 'nextReturn');
  const facts = {
    name: 'next_return',
    parameters: { max_gap: maxGap ?? null },
    kind: 'regression',
    description: `return of the next bar${gapInWords(maxGap)}`,
  } as const;
  return builtInTarget(facts, function* (bars, market) {
    return yield* withoutGaps(yield* returnsOver(bars, 1), bars, market, maxGap, facts.name);
  });
}

/**
 * The return over a longer horizon, close(end) / close(t) - 1, of closes that somebody who gets the forecast at the close of bar t could have traded at.
 *
 * - `{ bars: n }`: the interval of row t is [t, t + n]; the last n rows have no label.
 * - `{ minutes: n }`: it ends with the first bar that is stamped n minutes after bar t or later. If that minute has no bar, the next bar there is ends it, however late:
 *   over a night it is the first bar of the next day. With `maxGap` it is late by less than that, or there is no label. Rows after which no such bar follows have none.
 *
 * @param options - `bars` or `minutes`, and {@link GapOptions}
 * @returns the target 'horizon_return'
 * @throws TickerforestError `INVALID_OPTION` naming option and value, or if both or neither horizon is given; when it labels, for minutes that are less than a bar
 * @example
 * horizonReturn({ minutes: 30, maxGap: 'session' })
 */
export function horizonReturn(options: HorizonOptions): Target {
  const { bars: count, minutes, maxGap } = checkOptions(options, HORIZON_RETURN, 'horizonReturn');
  if ((count === undefined) === (minutes === undefined)) {
    const given = count === undefined ? 'neither' : 'both';
    throw invalidOption(
      `horizonReturn takes bars or minutes, and was given ${given}: horizonReturn({ bars: 5 }) or horizonReturn({ minutes: 30 })`,
    );
  }
  const facts = {
    name: 'horizon_return',
    parameters: { bars: count ?? null, minutes: minutes ?? null, max_gap: maxGap ?? null },
    kind: 'regression',
    description: `return over the next ${count === undefined ? counted(minutes ?? 0, 'minute') : counted(count, 'bar')}${gapInWords(maxGap)}`,
  } as const;
  return builtInTarget(facts, function* (bars, market) {
    const labels = yield* count === undefined ? returnsAfter(bars, market, minutes ?? 0) : returnsOver(bars, count);
    return yield* withoutGaps(labels, bars, market, maxGap, facts.name);
  });
}

/**
 * @param maxGap - what a target was given
 * @returns the end of its description
 */
export function gapInWords(maxGap: MaxGap | undefined): string {
  if (maxGap === undefined) return '';
  return maxGap === 'session' ? ', within a day' : `, without gaps of more than ${counted(maxGap / MINUTE_MS, 'minute')}`;
}

/**
 * @param count - how many
 * @param unit - of what, in the singular
 * @returns '1 bar', '5 bars'
 */
export function counted(count: number, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

function* returnsOver({ close, length }: Bars, horizon: number): Steps<Labels> {
  const labels = yield* noLabels(length);
  yield* stepsOver(length - horizon, (from, to) => {
    for (let t = from; t < to; t++) setReturn(labels, close, t, t + horizon);
  });
  return labels;
}

function* returnsAfter({ close, timestamp, length }: Bars, { interval }: Market, minutes: number): Steps<Labels> {
  const horizon = minutes * MINUTE_MS;
  if (horizon < interval) {
    throw invalidOption(
      `minutes ${minutes} of horizon_return is less than a bar (${interval / MINUTE_MS} minutes); give more, or bars: horizonReturn({ bars: 1 })`,
    );
  }
  const labels = yield* noLabels(length);
  let end = 1;
  yield* stepsOver(length, (from, to) => {
    for (let t = from; t < to; t++) {
      while (end < length && timestamp[end] - timestamp[t] < horizon) end++;
      if (end < length) setReturn(labels, close, t, end);
    }
  });
  return labels;
}

/** Prices so far apart that their ratio is no number make no label. */
function setReturn({ value, end }: Labels, close: Float64Array, from: number, to: number): void {
  const ratio = close[to] / close[from] - 1;
  if (!Number.isFinite(ratio)) return;
  value[from] = ratio;
  end[from] = to;
}
