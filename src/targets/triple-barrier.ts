import type { Bars } from '../bars/bars';
import { checkOptions } from '../options/description';
import { TRIPLE_BARRIER } from '../options/target-tables';
import { type Steps, stepsOver } from '../waiting';
import { builtInTarget } from './define-target';
import { countGaps, type GapOptions } from './holes';
import { counted, gapInWords } from './returns';
import { type Labels, noLabels, type Target } from './target';
import { isUnit, type VolatilityOptions, volatilityOf, WINDOW } from './volatility';

/** The three barriers of {@link tripleBarrier}. */
export interface TripleBarrierOptions extends GapOptions, VolatilityOptions {
  /** How far above the close the upper barrier is, in units of the volatility of one bar, above 0, at most 1,000. */
  readonly up: number;
  /** How far below the close the lower barrier is, in the same unit. One that would be below a price of 0 is never touched. */
  readonly down: number;
  /** After how many bars time is up, 1 to 10,000. */
  readonly bars: number;
  /**
   * What a row is whose time is up before a barrier is touched: 'down' counts it as 0, so 1 means 'touches the upper barrier first' and 0 everything else;
   * 'sign' counts the return until then, 1 above 0; 'drop' leaves the row without a label. Dropping chooses rows by what happened after them, which nobody knows
   * when he forecasts, so figures of held-out rows look better than trading on them does. Default 'down'.
   */
  readonly expired?: 'down' | 'sign' | 'drop' | undefined;
}

/**
 * Which of two barriers the price touches first, as a classification: 1 the upper, 0 the lower (M. López de Prado, Advances in Financial Machine Learning, chapter 3).
 * Barriers lie `up` and `down` volatilities from the close of bar t, the volatility being the root mean square of the last `window` one-bar returns up to bar t.
 *
 * - Highs and lows touch, as orders resting at the barriers would be filled, not closes alone. A bar that opens at or beyond a barrier touches that one. A bar that touches
 *   both later counts as the lower: within a bar nobody knows the order, and the loss is the careful guess.
 * - The interval of row t ends with the bar that touches, or with bar t + `bars`.
 * - Rows have a label only if all of the next `bars` bars are there, without a larger gap than `maxGap` allows, also where a barrier is touched before: else, of rows
 *   before the end of the data or before a night, only those with quick touches would have one, and a model would learn that as if it could be known.
 * - The first `window` rows have none, nor have rows before which no price moved.
 *
 * @param options - see {@link TripleBarrierOptions}
 * @returns the target 'triple_barrier'
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 * @example
 * tripleBarrier({ up: 2, down: 2, bars: 30, maxGap: 'session' })
 */
export function tripleBarrier(options: TripleBarrierOptions): Target {
  const checked = checkOptions(options, TRIPLE_BARRIER, 'tripleBarrier');
  const { up, down, bars: count, window = WINDOW, expired = 'down', maxGap } = checked;
  const facts = {
    name: 'triple_barrier',
    parameters: { up, down, bars: count, window, expired, max_gap: maxGap ?? null },
    kind: 'classification',
    description:
      `whether the price rises by ${up} before it falls by ${down} times the volatility of ${window} bars, within ${counted(count, 'bar')}` +
      `${EXPIRED_IN_WORDS[expired]}${gapInWords(maxGap)}`,
  } as const;
  return builtInTarget(facts, function* (bars, market) {
    const gaps = maxGap === undefined ? undefined : yield* countGaps(bars, market, maxGap, facts.name);
    const volatility = yield* volatilityOf(bars, window);
    const path = yield* PricePath.of(bars);
    const labels = yield* noLabels(bars.length);
    const label = (t: number) => {
      if (!isUnit(volatility[t]) || (gaps !== undefined && gaps[t + count] > gaps[t])) return;
      const upper = bars.close[t] * (1 + up * volatility[t]);
      const lower = bars.close[t] * (1 - down * volatility[t]);
      const touch = path.firstTouch(t + 1, t + count, upper, lower);
      if (touch >= 0) set(labels, t, touch, path.isUpperFirst(touch, upper, lower));
      else if (expired !== 'drop') set(labels, t, t + count, expired === 'sign' && bars.close[t + count] > bars.close[t]);
    };
    const run = (from: number, to: number) => {
      for (let t = from; t < to; t++) label(t);
    };
    yield* stepsOver(bars.length - count, run, FOLLOWED_ROWS);
    return labels;
  });
}

/** Rows between two steps: the longest horizon takes about a microsecond a row. */
const FOLLOWED_ROWS = 4_096;

const EXPIRED_IN_WORDS = { down: '', sign: ', else the sign of the return', drop: ', if it does either' } as const;

function set({ value, end }: Labels, row: number, to: number, isUp: boolean): void {
  value[row] = isUp ? 1 : 0;
  end[row] = to;
}

/** Bars whose highest and lowest prices are known without a look at each. */
const BLOCK = 64;

/** Where prices of bars reach. */
class PricePath {
  readonly #open: Float64Array;
  readonly #high: Float64Array;
  readonly #low: Float64Array;
  readonly #blockHigh: Float64Array;
  readonly #blockLow: Float64Array;

  private constructor({ open, length }: Bars) {
    this.#open = open;
    this.#high = new Float64Array(length);
    this.#low = new Float64Array(length);
    const blocks = Math.ceil(length / BLOCK);
    this.#blockHigh = new Float64Array(blocks).fill(Number.NEGATIVE_INFINITY);
    this.#blockLow = new Float64Array(blocks).fill(Number.POSITIVE_INFINITY);
  }

  static *of(bars: Bars): Steps<PricePath> {
    const path = new PricePath(bars);
    yield* stepsOver(bars.length, (from, to) => path.#take(bars, from, to));
    return path;
  }

  #take({ open, high, low, close }: Bars, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      // open and close may stick out where a vendor rounds its adjusted prices
      this.#high[i] = Math.max(high[i], open[i], close[i]);
      this.#low[i] = Math.min(low[i], open[i], close[i]);
      const block = Math.floor(i / BLOCK);
      this.#blockHigh[block] = Math.max(this.#blockHigh[block], this.#high[i]);
      this.#blockLow[block] = Math.min(this.#blockLow[block], this.#low[i]);
    }
  }

  /** The first row from `from` to `to` that touches a barrier; -1 if none does. */
  firstTouch(from: number, to: number, upper: number, lower: number): number {
    let i = from;
    while (i <= to) {
      const block = i / BLOCK;
      if (Number.isInteger(block) && this.#blockHigh[block] < upper && this.#blockLow[block] > lower) {
        i += BLOCK;
        continue;
      }
      if (this.#high[i] >= upper || this.#low[i] <= lower) return i;
      i++;
    }
    return -1;
  }

  isUpperFirst(row: number, upper: number, lower: number): boolean {
    return this.#open[row] >= upper || this.#low[row] > lower;
  }
}
