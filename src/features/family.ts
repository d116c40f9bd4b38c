import type { Bars } from '../bars/bars';
import type { Market } from '../bars/market';
import { settledFamily } from '../options/feature-list';
import type { FoldState } from './fold-state';

/**
 * The most bars that a fold is given at once. Results never depend on it; a live bar is a block of one. Every series of an engine has room for
 * a block, so a larger one makes short updates dear: their memory is what they mostly cost.
 */
export const BLOCK_BARS = 1024;

/** The six groups of the statistical profile. */
export type FeatureGroup =
  | 'technical_indicators'
  | 'statistical_features'
  | 'risk_metrics'
  | 'volatility_features'
  | 'multi_timeframe'
  | 'regime_features';

/** One feature: what it is called, what it measures, and whether models see it. */
export interface FeatureSpec {
  /** Unique snake_case name, as it stands in stored documents: 'rsi_14'. */
  readonly name: string;
  /** Where the statistical profile shows it. */
  readonly group: FeatureGroup;
  /** What one is one of: 'price', 'ratio', 'percent', 'shares', 'minutes', 'ATRs', ... */
  readonly unit: string;
  /** Smallest and largest value that is possible, infinities included. */
  readonly range: readonly [number, number];
  /** Bars before the first value: the feature is NaN on bars 0 to warmup - 1 and never after, unless `gaps` is set. */
  readonly warmup: number;
  /** Whether the value is free of price level and goes into the model matrix. */
  readonly model: boolean;
  /**
   * Set where bars do not tell when the first value comes, as for 'RSI on closed days of minute bars': NaN until then, never after; `warmup`
   * is then the least it can be.
   */
  readonly gaps?: true;
}

/** Some consecutive bars on their way through a fold. */
export interface BarBlock extends Bars {
  /** Number of bars folded before this block: the absolute number of its first bar, from 0. */
  readonly first: number;
}

/**
 * Folds one block: reads `block`, continues from the family's state, writes feature j of the block's bar i to `out[j][i]`.
 * `out` has one column a feature, each of at least `block.length`.
 */
export type BlockFold = (block: BarBlock, out: readonly Float64Array[]) => void;

/**
 * A feature family: some features, and the one fold that computes them for batch, update and live bar alike. It is a value: `rsi({ periods: [7] })`, or one of
 * your own, see {@link defineFeature}. What it is called, its version and its parameters identify it, never the text of its functions.
 */
export interface FeatureFamily {
  /** What it is called where it is stored: lower case, digits and underscores, 'rsi'. */
  readonly name: string;
  /** What people see while it runs: 'moving averages'. */
  readonly title: string;
  /** To be raised when the values change though name and parameters do not; whole, 1 or more. */
  readonly version: number;
  /** All parameters, defaults included, as plain JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The features for a market, in the order of the fold's columns. May be empty, as session features are for daily bars. */
  features(market: Market): readonly FeatureSpec[];
  /**
   * A fold at its beginning. Everything that outlives a block is allocated from `state`, in an order that depends on market and parameters only; a family keeps
   * nothing between blocks besides.
   */
  fold(market: Market, state: FoldState): BlockFold;
}

const BUILT_IN = new WeakSet<FeatureFamily>();

/**
 * @param family - one of this library's, whose fold keeps the rules
 * @returns the family, frozen
 */
export function builtIn(family: FeatureFamily): FeatureFamily {
  BUILT_IN.add(family);
  return settledFamily(family);
}

/**
 * @param family - a family
 * @returns whether it is one of this library's; folds of others get buffers of their own, and their values are checked
 */
export function isBuiltIn(family: FeatureFamily): boolean {
  return BUILT_IN.has(family);
}
