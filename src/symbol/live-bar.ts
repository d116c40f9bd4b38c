import { types } from 'node:util';
import type { BarRow } from '../bars/array-source';
import { BAR_COLUMNS, type Bars, joinBars } from '../bars/bars';
import { findCloseBars, lengthInWords, snapStamps } from '../bars/judgement/spacing';
import { describeTime, LAST_DATE } from '../bars/judgement/values';
import { DAY_MS } from '../bars/market';
import { numberOf } from '../bars/row-values';
import { ZoneClock } from '../bars/time-zone';
import { timestampReader } from '../bars/timestamps';
import { TickerforestError } from '../errors';
import type { FeatureEngineer } from '../features/feature-engineer';
import { invalidOption, isPromise } from '../options/checks';
import { readSafely } from '../options/description';
import { described, quoted } from '../text';

const NUMBERS = ['open', 'high', 'low', 'close', 'volume'] as const;
/** No series jumps over so much: a count of another unit does. */
const FAR_MS = 30 * 365 * DAY_MS;
/** No date and time is longer. */
const LONGEST_TIME = 64;

/** Reads bars that come one by one, and holds each against those before it: nobody will mend them later, so what a run would move or leave out is refused. */
export class LiveBars {
  readonly #symbol: string;
  readonly #isDense: boolean;
  readonly #clock: ZoneClock;
  readonly #readText = timestampReader();

  /**
   * @param symbol - whose bars
   * @param engineer - the engine, for its market
   * @param isDense - whether the stored history has hardly a hole
   */
  constructor(symbol: string, { market }: FeatureEngineer, isDense: boolean) {
    this.#symbol = symbol;
    this.#isDense = isDense;
    this.#clock = new ZoneClock(market.timeZone);
  }

  /**
   * @param given - what the caller gave
   * @param engineer - has folded the bars before it
   * @param fresh - how many of these are not stored yet
   * @param call - the function that the caller has called, for messages
   * @returns one bar, its own memory
   * @throws TickerforestError `INVALID_OPTION` for what is no bar; `INVALID_BARS` naming field and value, or both lengths where it is too close to the one before
   */
  read(given: BarRow, engineer: FeatureEngineer, fresh: number, call: string): Bars {
    const bar = this.#valuesOf(given, call);
    this.#checkPlace(bar, engineer, fresh);
    return bar;
  }

  #valuesOf(given: unknown, call: string): Bars {
    const isLate = readSafely(`${call}: bar`, () => isPromise(given));
    if (typeof given !== 'object' || given === null || readSafely(`${call}: bar`, () => Array.isArray(given)) || isLate) {
      const advice = isLate ? ': await it' : '';
      throw invalidOption(`${call} takes a bar, { timestamp, open, high, low, close, volume }, not ${described(given)}${advice}`);
    }
    const read = (name: string): unknown => readSafely(`${call}: bar`, () => Reflect.get(given, name));
    if (BAR_COLUMNS.every((name) => read(name) === undefined)) {
      throw invalidOption(`${call} takes a bar, { timestamp, open, high, low, close, volume }, and was given none of these`);
    }
    const symbol = read('symbol');
    if (symbol !== undefined && symbol !== this.#symbol) {
      throw new TickerforestError('INVALID_BARS', `bar.symbol is ${described(symbol)}; this session is of ${quoted(this.#symbol)}`);
    }
    const values = new Float64Array(BAR_COLUMNS.length);
    const column = (index: number) => values.subarray(index, index + 1);
    values[0] = this.#timeOf(read('timestamp'));
    NUMBERS.forEach((name, index) => {
      values[1 + index] = checkedNumber(name, read(name));
    });
    const bar = { length: 1, timestamp: column(0), open: column(1), high: column(2), low: column(3), close: column(4), volume: column(5) };
    if (bar.high[0] < bar.low[0]) throw new TickerforestError('INVALID_BARS', `bar.high ${bar.high[0]} is below bar.low ${bar.low[0]}`);
    return bar;
  }

  #timeOf(value: unknown): number {
    const time = types.isDate(value) ? Date.prototype.getTime.call(value) : typeof value === 'string' ? this.#ofText(value) : value;
    if (typeof time === 'number' && Math.abs(time) <= LAST_DATE) return time;
    const wanted = 'a time: give milliseconds since 1970 UTC, a Date, or an ISO text';
    throw new TickerforestError('INVALID_BARS', `bar.timestamp is ${described(value)}, not ${wanted}`);
  }

  #ofText(text: string): number {
    return text.length > LONGEST_TIME ? Number.NaN : this.#readText(text.trim());
  }

  #checkPlace(bar: Bars, { market, recentBars }: FeatureEngineer, fresh: number): void {
    const { interval } = market;
    const [time] = bar.timestamp;
    const last = recentBars.timestamp[recentBars.length - 1];
    const refused = (what: string) => new TickerforestError('INVALID_BARS', `bar.timestamp ${describeTime(time)} ${what}`);
    const bars = `bars are ${lengthInWords(interval)} (${interval} ms)`;
    if (time <= last) {
      throw refused(`is ${last - time} ms before the last bar's, ${describeTime(last)}, and ${bars}: give bars in order, each once`);
    }
    if (time - last > FAR_MS) {
      throw refused(
        `is decades after the last bar's, ${describeTime(last)}: give milliseconds since 1970, not microseconds or nanoseconds`,
      );
    }
    const stamps = Float64Array.of(last, time);
    snapStamps(stamps, interval, last);
    if (stamps[1] !== time) {
      throw refused(
        `is ${Math.abs(time - stamps[1])} ms beside ${describeTime(stamps[1])}, where bars of this market stand: give that time`,
      );
    }
    const all = joinBars(recentBars, bar);
    const from = Math.max(1, all.length - 1 - fresh);
    const { live, moveLastTo } = findCloseBars(all, market, this.#clock, from, this.#isDense);
    if (live >= 0) {
      throw refused(`is ${time - last} ms after the last bar's, ${describeTime(last)}, and ${bars}: give complete bars of that length`);
    }
    if (moveLastTo !== undefined) {
      throw refused(`is not where the bars before have theirs: the day's would be ${describeTime(moveLastTo)}`);
    }
  }
}

function checkedNumber(name: (typeof NUMBERS)[number], value: unknown): number {
  const number = numberOf(value);
  const wrong = (what: string) => new TickerforestError('INVALID_BARS', `bar.${name} is ${described(value)}${what}`);
  if (number === undefined || !Number.isFinite(number)) {
    throw wrong(name === 'volume' ? ', not a number; give 0 if there is none' : ', not a finite number');
  }
  if (name === 'volume' ? number < 0 : number <= 0) throw wrong(name === 'volume' ? '; it is 0 or more' : '; prices are above 0');
  return number;
}
