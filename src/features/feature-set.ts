import { createHash } from 'node:crypto';
import type { Market } from '../bars/market';
import { bollinger } from './bollinger';
import { calendar } from './calendar';
import type { FeatureFamily, FeatureSpec } from './family';
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

/** Every family, in the order in which it runs and is shown. */
export const FEATURE_FAMILIES: readonly FeatureFamily[] = [
  movingAverages,
  bollinger,
  rsi,
  macd,
  rangeAndTrend,
  volume,
  momentum,
  statistics,
  risk,
  volatility,
  timeframes,
  regime,
  calendar,
];

/** Raise it when a feature's meaning changes without its specification changing: old checkpoints are then rebuilt. */
const ENGINE_VERSION = 2;

/**
 * @param market - whose bars; daily bars have no multi-timeframe features, for example
 * @returns every feature, in the order of the families
 */
export function featureSpecs(market: Market): readonly FeatureSpec[] {
  return FEATURE_FAMILIES.flatMap((family) => family.features(market));
}

/**
 * Identifies what the engine computes. A checkpoint or model of another hash cannot be used.
 *
 * @param market - whose bars
 * @returns 16 hexadecimal digits
 */
export function featureSetHash(market: Market): string {
  const specs = featureSpecs(market).map(({ name, warmup, model }) => [name, warmup, model]);
  return createHash('sha256')
    .update(JSON.stringify([ENGINE_VERSION, market, specs]))
    .digest('hex')
    .slice(0, 16);
}
