import type { FeatureGroup } from '../features/family';
import type { FeatureEngineer } from '../features/feature-engineer';
import type { Summary } from '../features/summary';
import { SCHEMA_VERSION, type StatisticalProfile } from './documents';

/**
 * @param symbol - the symbol
 * @param engineer - the feature engine after the newest bar
 * @param now - time of the run
 * @param before - the stored profile, or null for a new symbol
 * @returns every feature's newest value and history, by group
 */
export function statisticalProfile(
  symbol: string,
  engineer: FeatureEngineer,
  now: Date,
  before: StatisticalProfile | null,
): StatisticalProfile {
  const group = (name: FeatureGroup): Record<string, Summary> =>
    Object.fromEntries(engineer.features.filter((spec) => spec.group === name).map((spec) => [spec.name, engineer.summary(spec.name)]));
  return {
    symbol,
    profile_type: 'statistical',
    schema_version: SCHEMA_VERSION,
    revision: before?.revision ?? 0,
    last_updated: now,
    created_at: before?.created_at ?? now,
    features: {
      technical_indicators: group('technical_indicators'),
      statistical_features: group('statistical_features'),
      risk_metrics: group('risk_metrics'),
      volatility_features: group('volatility_features'),
      multi_timeframe: group('multi_timeframe'),
      regime_features: group('regime_features'),
    },
    status: 'ready',
  };
}
