import type { FeatureFamily } from '../features/family';
import { formulaFamily } from './formula-family';

/** Bars of the windows. */
const WINDOWS = [5, 10, 20, 30, 60];

/** Figures of one bar. `vwap` is not in bars; the mean of the four prices stands for it. */
const OF_A_BAR: Readonly<Record<string, string>> = {
  kmid: '(close - open) / open',
  klen: '(high - low) / open',
  kmid2: '(close - open) / (high - low)',
  kup: '(high - where(open > close, open, close)) / open',
  kup2: '(high - where(open > close, open, close)) / (high - low)',
  klow: '(where(open < close, open, close) - low) / open',
  klow2: '(where(open < close, open, close) - low) / (high - low)',
  ksft: '(2 * close - high - low) / open',
  ksft2: '(2 * close - high - low) / (high - low)',
  open0: 'open / close',
  high0: 'high / close',
  low0: 'low / close',
  vwap0: '(open + high + low + close) / 4 / close',
};

const gains = (x: string) => `where(delta(${x}, 1) > 0, delta(${x}, 1), 0)`;
const losses = (x: string) => `where(delta(${x}, 1) < 0, -delta(${x}, 1), 0)`;
const moves = (x: string) => `abs(delta(${x}, 1))`;
const flow = 'abs(close / lag(close, 1) - 1) * volume';

/** Figures of a window of n bars. */
const OF_A_WINDOW: Readonly<Record<string, (n: number) => string>> = {
  roc: (n) => `lag(close, ${n}) / close`,
  ma: (n) => `sma(close, ${n}) / close`,
  std: (n) => `std(close, ${n}) / close`,
  beta: (n) => `slope(close, ${n}) / close`,
  rsqr: (n) => `rsquare(close, ${n})`,
  resi: (n) => `resi(close, ${n}) / close`,
  max: (n) => `max(high, ${n}) / close`,
  min: (n) => `min(low, ${n}) / close`,
  qtlu: (n) => `quantile(close, ${n}, 0.8) / close`,
  qtld: (n) => `quantile(close, ${n}, 0.2) / close`,
  // their rank counts from 1 to n, equal ones have the mean of theirs
  rank: (n) => `(rank(close, ${n}) * ${n - 1} + 1) / ${n}`,
  rsv: (n) => `(close - min(low, ${n})) / (max(high, ${n}) - min(low, ${n}))`,
  // their index counts from 1, the oldest bar, to n
  imax: (n) => `(${n} - argmax(high, ${n})) / ${n}`,
  imin: (n) => `(${n} - argmin(low, ${n})) / ${n}`,
  imxd: (n) => `(argmin(low, ${n}) - argmax(high, ${n})) / ${n}`,
  corr: (n) => `corr(close, log(volume + 1), ${n})`,
  cord: (n) => `corr(close / lag(close, 1), log(volume / lag(volume, 1) + 1), ${n})`,
  cntp: (n) => `sma(close > lag(close, 1), ${n})`,
  cntn: (n) => `sma(close < lag(close, 1), ${n})`,
  cntd: (n) => `sma(close > lag(close, 1), ${n}) - sma(close < lag(close, 1), ${n})`,
  sump: (n) => `sum(${gains('close')}, ${n}) / sum(${moves('close')}, ${n})`,
  sumn: (n) => `sum(${losses('close')}, ${n}) / sum(${moves('close')}, ${n})`,
  sumd: (n) => `(sum(${gains('close')}, ${n}) - sum(${losses('close')}, ${n})) / sum(${moves('close')}, ${n})`,
  vma: (n) => `sma(volume, ${n}) / volume`,
  vstd: (n) => `std(volume, ${n}) / volume`,
  wvma: (n) => `std(${flow}, ${n}) / sma(${flow}, ${n})`,
  vsump: (n) => `sum(${gains('volume')}, ${n}) / sum(${moves('volume')}, ${n})`,
  vsumn: (n) => `sum(${losses('volume')}, ${n}) / sum(${moves('volume')}, ${n})`,
  vsumd: (n) => `(sum(${gains('volume')}, ${n}) - sum(${losses('volume')}, ${n})) / sum(${moves('volume')}, ${n})`,
};

/**
 * The texts of {@link alpha158}, by name, in Qlib's order.
 *
 * @returns 158 names, each with its formula
 */
export function alpha158Formulas(): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(OF_A_BAR),
    ...Object.entries(OF_A_WINDOW).flatMap(([name, text]) => WINDOWS.map((n): [string, string] => [`${name}${n}`, text(n)])),
  ]);
}

/**
 * The 158 features of Microsoft's Qlib (`Alpha158` of `qlib/contrib/data/loader.py`) as formulas, under its names in lower case: `kmid`, `roc5`, `vsumd60`. All are free of the
 * level of prices and volumes, and all go into the models. Needs mathjs, as {@link formula} does. They are one family, and share what they have in common.
 *
 * Bars have no volume-weighted price: `vwap0` is made of the mean of the four prices. Qlib adds 1e-12 to divisors that may be 0; here there is no value on such a bar, which is 0.
 * Windows that are not full have no value here, where Qlib makes do with fewer bars. docs/formulas.md has the whole list of differences.
 *
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` if mathjs is not installed
 * @example
 * ```ts
 * const features = [...standardFeatures(), alpha158()];
 * ```
 */
export function alpha158(): FeatureFamily {
  return formulaFamily({
    name: 'alpha158',
    title: 'Alpha158',
    version: 1,
    parameters: Object.freeze({ otherwise: 0 }),
    formulas: [...alpha158Formulas()].map(([name, text]) => ({ name, text, group: 'technical_indicators' })),
    otherwise: 0,
  });
}
