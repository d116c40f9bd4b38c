import type { Reading } from '../bars/reading';
import { storedMarket } from '../bars/stored-market';
import type { FeatureEngineer } from '../features/feature-engineer';
import {
  type CompanyProfile,
  type HistoryRewrite,
  type LastUpdate,
  type PerformanceMetrics,
  type RejectedBars,
  type RiskMetrics,
  SCHEMA_VERSION,
  type StoredWarning,
} from './documents';

const YEAR_MS = 365.25 * 86_400_000;
/** Shorter histories are not annualised: a good week would show as thousands of percent. */
const SHORTEST_TO_ANNUALISE_MS = 30 * 86_400_000;

/** What the bars do not say, kept as it is. */
export interface CompanyFacts {
  /** The symbol. */
  readonly symbol: string;
  /** Exchange name, or null. */
  readonly exchange: string | null;
  /** Plain JSON values and Dates. */
  readonly fundamentals: Readonly<Record<string, unknown>>;
  /** Bars that validation dropped, over the whole history. */
  readonly rejected: RejectedBars;
  /** How the source was read, or null. */
  readonly reading: Reading | null;
  /** What was assumed, mended or left out, over the whole history. */
  readonly warnings: readonly StoredWarning[];
  /** What this run does. */
  readonly lastUpdate: LastUpdate;
  /** The newest rewriting of stored bars, or null. */
  readonly lastRewrite: HistoryRewrite | null;
}

/**
 * @param facts - what the caller knows
 * @param engineer - the feature engine after the newest bar
 * @param now - time of the run
 * @param before - the stored profile, or null for a new symbol
 * @returns the company profile
 */
export function companyProfile(facts: CompanyFacts, engineer: FeatureEngineer, now: Date, before: CompanyProfile | null): CompanyProfile {
  const history = engineer.history;
  const indicators = engineer.features.filter((spec) => spec.group === 'technical_indicators');
  return {
    symbol: facts.symbol,
    profile_type: 'company',
    schema_version: SCHEMA_VERSION,
    revision: before?.revision ?? 0,
    last_updated: now,
    created_at: before?.created_at ?? now,
    exchange: facts.exchange,
    fundamental_data: facts.fundamentals,
    raw_data: {
      points: history.bars,
      first_bar: new Date(history.firstTimestamp),
      last_bar: new Date(history.lastTimestamp),
      interval_ms: engineer.market.interval,
      market: storedMarket(engineer.market),
      gaps: { count: history.gaps, longest_ms: history.longestGap },
      rejected_bars: facts.rejected,
      has_volume: history.zeroVolumeBars < history.bars,
      reading: facts.reading,
      warnings: facts.warnings,
    },
    technical_indicators: Object.fromEntries(indicators.map((spec) => [spec.name, engineer.latest(spec.name)])),
    ...performanceAndRisk(engineer),
    last_update: facts.lastUpdate,
    last_rewrite: facts.lastRewrite,
  };
}

/** Figures of the price over the whole history; returns are annualised by the bars a year that the history really has. */
function performanceAndRisk(engineer: FeatureEngineer): { performance_metrics: PerformanceMetrics; risk_metrics: RiskMetrics } {
  const history = engineer.history;
  const returns = engineer.returns;
  const elapsed = history.lastTimestamp - history.firstTimestamp;
  const barsAYear = elapsed >= SHORTEST_TO_ANNUALISE_MS ? (returns.count * YEAR_MS) / elapsed : null;
  const annualise = (deviation: number | null) => (deviation === null || barsAYear === null ? null : deviation * Math.sqrt(barsAYear));
  const per = (value: number | null, risk: number | null) => (value === null || risk === null || risk === 0 ? null : value / risk);

  const totalReturn = history.lastClose / history.firstClose - 1;
  const annualReturn = barsAYear === null ? null : (1 + totalReturn) ** (YEAR_MS / elapsed) - 1;
  const meanReturn = returns.mean === null || barsAYear === null ? null : returns.mean * barsAYear;
  const volatility = annualise(returns.std);
  const downside = annualise(returns.count > 0 ? Math.sqrt(history.downsideSquares / returns.count) : null);
  const tailMean = engineer.lowerTailReturn(0.05);
  return {
    performance_metrics: {
      total_return: totalReturn,
      annualised_return: annualReturn,
      annualised_volatility: volatility,
      sharpe: per(meanReturn, volatility),
      best_return: returns.max,
      worst_return: returns.min,
      up_fraction: returns.count > 0 ? history.upBars / returns.count : null,
    },
    risk_metrics: {
      max_drawdown: history.maxDrawdown,
      current_drawdown: 1 - history.lastClose / history.peak,
      var_95: returns.quantiles === null ? null : -returns.quantiles.p05,
      cvar_95: tailMean === null ? null : -tailMean,
      downside_deviation: downside,
      sortino: per(meanReturn, downside),
      calmar: per(annualReturn, history.maxDrawdown),
    },
  };
}
