import { bollinger } from './bollinger';
import { calendar } from './calendar';
import type { FeatureFamily } from './family';
import { macd } from './macd';
import { momentum } from './momentum';
import { movingAverages } from './moving-averages';
import { rangeAndTrend } from './range-and-trend';
import { regime } from './regime';
import { risk } from './risk';
import { rsi } from './rsi';
import { statistics } from './statistics';
import { timeframes } from './timeframes';
import { volatility } from './volatility';
import { volume } from './volume';

type Maker = (parameters: object) => FeatureFamily;

/** The families of {@link standardFeatures} by their stored names, in the order in which they run and are shown. Stored states are made of them, so none comes or goes. */
const STANDARD = new Map<string, Maker>([
  ['moving_averages', movingAverages],
  ['bollinger', bollinger],
  ['rsi', rsi],
  ['macd', macd],
  ['range_and_trend', rangeAndTrend],
  ['volume', volume],
  ['momentum', momentum],
  ['statistics', statistics],
  ['risk', risk],
  ['volatility', volatility],
  ['timeframes', timeframes],
  ['regime', regime],
  ['calendar', calendar],
]);

/** Every family of this library by its stored name. An indicator more is a file, and a line after the standard ones. */
export const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([...STANDARD]);

let standard: readonly FeatureFamily[] | undefined;
let original: readonly FeatureFamily[] | undefined;

/**
 * The features that are computed unless others are asked for: the standard families with their default parameters. Add to the list, or leave out of it:
 * `[...standardFeatures(), rsi({ periods: [2] })]`.
 *
 * @returns a new list
 * @example
 * ```ts
 * const withoutVolume = standardFeatures().filter(({ name }) => name !== 'volume');
 * await trainSymbol({ symbol: 'SPX', source: csvBars('spx.csv'), store, features: withoutVolume });
 * ```
 */
export function standardFeatures(): FeatureFamily[] {
  standard ??= [...STANDARD.values()].map((make) => make({}));
  return [...standard];
}

/**
 * The features of the first release: as {@link standardFeatures}, but bars of an hour have no features of weeks and months, and bars of a day none of longer bars at all. For
 * bars shorter than an hour both are the same.
 *
 * @returns a new list
 */
export function originalFeatures(): FeatureFamily[] {
  original ??= standardFeatures().map((family) =>
    family.name === 'timeframes' ? timeframes({ lengths: ['5m', '15m', '60m', '1d'] }) : family,
  );
  return [...original];
}
