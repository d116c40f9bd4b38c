import { DAY_MS, type Market, MINUTE_MS, resolveMarket } from '../bars/market';
import type { FeatureFamily, FeatureSpec } from '../features/family';
import { standardFeatures } from '../features/standard-features';

/** A feature of this library, as formulas name it. */
export interface BuiltInFeature {
  /** The family that it is of. */
  readonly family: FeatureFamily;
  /** Its column. */
  readonly column: number;
  /** What it is. */
  readonly spec: FeatureSpec;
}

/** The features that formulas may name, by name. */
export type BuiltInFeatures = ReadonlyMap<string, BuiltInFeature>;

/** Markets of all kinds: what features there are depends on the length of bars and on sessions. */
const KINDS: readonly (() => Market)[] = [
  () => resolveMarket(MINUTE_MS, { exchange: 'NYSE' }),
  () => resolveMarket(5 * MINUTE_MS),
  () => resolveMarket(60 * MINUTE_MS),
  () => resolveMarket(DAY_MS, { exchange: 'NYSE' }),
];

let anywhere: BuiltInFeatures | undefined;
const perMarket = new WeakMap<Market, BuiltInFeatures>();

/** @returns every standard feature of any market, for a look at a formula before there is one */
export function featuresAnywhere(): BuiltInFeatures {
  anywhere ??= new Map(KINDS.flatMap((kind) => [...featuresOf(kind())]));
  return anywhere;
}

/**
 * @param market - whose bars
 * @returns every standard feature of it
 */
export function featuresOf(market: Market): BuiltInFeatures {
  const known = perMarket.get(market);
  if (known !== undefined) return known;
  const features = new Map(
    standardFeatures().flatMap((family) =>
      family.features(market).map((spec, column): [string, BuiltInFeature] => [spec.name, { family, column, spec }]),
    ),
  );
  perMarket.set(market, features);
  return features;
}
