import { type Bars, checkBars } from '../bars/bars';
import { DAY_MS, type Market } from '../bars/market';
import { ZoneClock } from '../bars/time-zone';
import { invalidOption } from '../options/checks';
import { checkArgument } from '../options/description';
import { wholeMarket } from '../options/market-table';
import { inOneGo, type Steps, stepsOver } from '../waiting';
import { checkedEndSteps } from './ends';
import type { Labels } from './target';

/** How far apart two neighbours inside a label may be: milliseconds between their timestamps, or 'session': the label ends on the day on which it begins. */
export type MaxGap = number | 'session';

/**
 * What to do about labels that span a night, a weekend or a hole. By default they stay: whoever asks for a forecast at the last bar before a night gets one,
 * and it would be of a kind that the model has neither learnt nor been judged by. What such labels do to the figures is told by splitting these
 * ({@link spansGap}), not by leaving rows out unasked. Set it if you hold no position over night.
 */
export interface GapOptions {
  /**
   * Largest distance of two neighbours inside a label; rows whose label spans a larger one have none. Milliseconds, at least a bar's length, or 'session': a
   * label ends on the day, in the market's time zone, on which it begins (bars shorter than a day only). Default: none, every label stays.
   */
  readonly maxGap?: MaxGap | undefined;
}

/** Neighbours further apart than so many bars' lengths have a hole between them; of daily bars that is more than a long weekend. */
const HOLE_BARS = 5;
/** Neighbours on two days of a market that closes have a night between them, if they are further apart than so many bars' lengths. */
const NIGHT_BARS = 1.5;

/**
 * Takes away the labels that span a larger gap than they may.
 *
 * @param labels - of the bars; changed in place
 * @param bars - oldest first
 * @param market - whose bars
 * @param maxGap - what is allowed; undefined: everything
 * @param target - name of the target, for messages
 * @returns the labels
 * @throws TickerforestError `INVALID_OPTION` if it would leave no label at all: a gap shorter than a bar, or 'session' with bars of a day or longer
 */
export function* withoutGaps(labels: Labels, bars: Bars, market: Market, maxGap: MaxGap | undefined, target: string): Steps<Labels> {
  if (maxGap === undefined) return labels;
  const gaps = yield* countGaps(bars, market, maxGap, target);
  const { value, end } = labels;
  yield* stepsOver(bars.length, (from, to) => {
    for (let t = from; t < to; t++) {
      if (end[t] >= 0 && gaps[end[t]] > gaps[t]) {
        value[t] = Number.NaN;
        end[t] = -1;
      }
    }
  });
  return labels;
}

/**
 * @param bars - oldest first
 * @param market - whose bars
 * @param maxGap - what is allowed
 * @param target - name of the target, for messages
 * @returns for each row the number of larger gaps before it: between rows a and b lies one if theirs differ
 * @throws TickerforestError `INVALID_OPTION` as {@link withoutGaps}
 */
export function* countGaps({ timestamp, length }: Bars, market: Market, maxGap: MaxGap, target: string): Steps<Int32Array> {
  const { interval } = market;
  if (maxGap === 'session') {
    if (interval >= DAY_MS) {
      throw invalidOption(
        `maxGap 'session' of ${target} leaves no label of bars of a day or longer, which never end on the day they begin; leave it out, or give milliseconds`,
      );
    }
    const day = yield* daysOf(timestamp, market);
    return yield* countWhere(length, (i) => day[i] !== day[i - 1]);
  }
  if (maxGap < interval) {
    throw invalidOption(`maxGap ${maxGap} of ${target} is shorter than a bar (${interval} milliseconds) and leaves no label; raise it`);
  }
  return yield* countWhere(length, (i) => timestamp[i] - timestamp[i - 1] > maxGap);
}

/**
 * Which labels span a hole: two neighbours inside them are further apart than five bars' lengths, or, in a market that closes and with bars shorter
 * than a day, lie on two days with bars missing between them (a night, even where bars are so long that it is few of them). Weekends and single holidays are no
 * holes of daily bars. Errors and returns of such labels are of another size: figures are told with them and without.
 *
 * @param bars - oldest first
 * @param labels - of these bars
 * @param market - whose bars
 * @returns 1 for a row whose label spans a hole, else 0; 0 for a row without label
 * @throws TickerforestError `INVALID_OPTION` for what is no bars, labels of them, or market
 */
export function spansGap(bars: Bars, labels: Labels, market: Market): Uint8Array {
  return inOneGo(spansGapSteps(bars, labels, market));
}

/**
 * {@link spansGap} in steps.
 *
 * @param bars - oldest first
 * @param labels - of these bars
 * @param market - whose bars
 * @returns the same
 * @throws TickerforestError as {@link spansGap}
 */
export function* spansGapSteps(bars: Bars, labels: Labels, market: Market): Steps<Uint8Array> {
  checkBars(bars);
  const { timestamp, length } = bars;
  const end = yield* checkedEndSteps(labels, 'spansGap', length);
  const whole = checkArgument(market, wholeMarket, 'market', 'spansGap');
  const { interval, session } = whole;
  const hasNights = interval < DAY_MS && (session.open > 0 || session.close < 1440);
  const day = hasNights ? yield* daysOf(timestamp, whole) : undefined;
  const holes = yield* countWhere(length, (i) => {
    const distance = timestamp[i] - timestamp[i - 1];
    return distance > HOLE_BARS * interval || (day !== undefined && day[i] !== day[i - 1] && distance > NIGHT_BARS * interval);
  });
  const spans = new Uint8Array(length);
  yield* stepsOver(length, (from, to) => {
    for (let t = from; t < to; t++) if (end[t] >= 0 && holes[end[t]] > holes[t]) spans[t] = 1;
  });
  return spans;
}

/** For each row how many rows, up to and with it, fulfil a condition; row 0 has no neighbour before it. */
function* countWhere(length: number, isOne: (row: number) => boolean): Steps<Int32Array> {
  const counts = new Int32Array(length);
  yield* stepsOver(length, (from, to) => {
    for (let i = Math.max(1, from); i < to; i++) counts[i] = counts[i - 1] + (isOne(i) ? 1 : 0);
  });
  return counts;
}

/** Bars that are dated between two steps: the database of time zones is asked for each day. */
const DATED_ROWS = 4_096;

/** The local date of each bar's start, as days since 1970. */
function* daysOf(timestamp: Float64Array, { timeZone, stamp, interval }: Market): Steps<Int32Array> {
  const clock = new ZoneClock(timeZone);
  const delay = stamp === 'end' ? interval : 0;
  const days = new Int32Array(timestamp.length);
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const start = timestamp[i] - delay;
      days[i] = Math.floor((start + clock.offsetAt(start)) / DAY_MS);
    }
  };
  yield* stepsOver(days.length, fill, DATED_ROWS);
  return days;
}
