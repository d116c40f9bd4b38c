import type { Summary } from '../features/summary';
import type { HoldOutRange } from '../models/evaluation';
import { type CompanyProfile, type MlProfile, SCHEMA_VERSION, type StatisticalProfile } from '../profiles/documents';
import type { CheckpointUpdate, SymbolCommit } from '../stores/contract';

const NOW = new Date('2025-03-04T05:06:07.089Z');
const CREATED = new Date(-1);

/** Symbols that a careless store mixes up, hides or lets escape from its folder. */
export const ODD_SYMBOLS = [
  ...['BRK.B', '^GSPC', 'a/b', 'a\\b', '..', '.', '.hidden', 'dot.', 'AAPL', 'aapl', 'Aapl', 'aAPL', 'CON', 'con', 'nul.x', 'COM1'],
  ...['%41', '=a', '%', 'EURUSD=X', 'BTC-USD', 'BTC/USDT:USDT', 'x y', '*?"<>|:', 'é', 'e\u0301', '株式', '🚀.', '__proto__', '$x', '-'],
];

const base = { schema_version: SCHEMA_VERSION, revision: 0, last_updated: NOW, created_at: CREATED };

/**
 * @param symbol - whose
 * @param points - any number, to tell versions apart
 * @returns a company profile whose fundamentals hold every value that stores get wrong
 */
export function sampleCompany(symbol: string, points: number): CompanyProfile {
  return {
    ...base,
    symbol,
    profile_type: 'company',
    exchange: null,
    fundamental_data: {
      numbers: [0, -0, Number.NaN, Infinity, -Infinity, 1 / 3, 5e-324, 1.7976931348623157e308, 2 ** 31, 2 ** 53, 2 ** 63, -(2 ** 63), 1e21],
      dates: [new Date(0), new Date(-8.64e15), new Date(8.64e15), NOW],
      text: 'Überschuß "quoted" \u2028 株 🚀 \u0000',
      nested: { empty: {}, list: [[], [null, true, false]], 'dotted.key': -0, '': 1 },
    },
    raw_data: {
      points,
      first_bar: CREATED,
      last_bar: NOW,
      interval_ms: 60_000,
      gaps: { count: 1, longest_ms: 1e9 },
      rejected_bars: { total: 1, by_reason: { duplicate: 1 } },
      has_volume: true,
      reading: { format: 'csv', delimiter: ',', columns: { timestamp: 'Date', close: 2 } },
      warnings: [{ code: 'repeated_bars', message: 'one bar came twice', count: 1, first_bar: new Date(1_000) }],
    },
    technical_indicators: { rsi_14: 50, sma_200: null },
    performance_metrics: {
      total_return: -0,
      annualised_return: null,
      annualised_volatility: 0.1,
      sharpe: Number.NaN,
      best_return: Infinity,
      worst_return: -0.5,
      up_fraction: 0.5,
    },
    risk_metrics: {
      max_drawdown: 0.5,
      current_drawdown: 0,
      var_95: 0.01,
      cvar_95: 0.02,
      downside_deviation: 0.1,
      sortino: null,
      calmar: null,
    },
    last_update: {
      action: 'create_new_profile',
      at: NOW,
      new_bars: points,
      from: CREATED,
      to: NOW,
      gap: null,
      history_check: { verdict: 'not_checked', compared_bars: 0, stored_hash: null, source_hash: null },
      revised_bars: null,
      rebuild: [],
      repairs: [],
      ignored_bars: { old: 0, later: 0, forming: 1, live: 0, repeated: 1 },
      efficiency: {
        bars_folded: points,
        bars_in_history: points,
        share_saved: -0,
        milliseconds: 12.5,
        stages: [{ stage: 'fetch', milliseconds: 1.5 }],
      },
    },
    last_rewrite: null,
  };
}

/**
 * @param symbol - whose
 * @param version - any text, to tell versions apart
 * @returns an ML profile
 */
export function sampleMl(symbol: string, version: string): MlProfile {
  const facts = {
    parameters: { n_estimators: 50, bootstrap: true, max_features: null },
    parameters_hash: '0123456789ab',
    target: { name: 'next_return', version: 1, parameters: { max_gap: null }, description: 'return of the next bar' },
    rows_trained: 900,
    training_time_ms: 12.5,
  };
  const range: HoldOutRange = { scheme: 'hold_out', rows_trained: 700, rows_tested: 199, purged: 1, test_from: CREATED, test_to: NOW };
  const errors = { mse: 1e-6, rmse: 1e-3, r2: -0.01 };
  const regression = {
    ...errors,
    ...facts,
    walk_forward: { ...errors, ...range, naive_mse: 1e-6, skill: -0, ic: 0.02, without_gap: null, across_gap: null },
  };
  const quality = { accuracy: 0.6, precision: 0.6, recall: 0.5, f1: 0.55 };
  return {
    ...base,
    symbol,
    profile_type: 'ml',
    models: {
      models_trained: ['regression_rf', 'classification_rf', 'regression_gb'],
      metrics: {
        regression_rf: { ...regression, model_type: 'RandomForestRegressor' },
        classification_rf: {
          ...quality,
          ...facts,
          model_type: 'RandomForestClassifier',
          walk_forward: { ...quality, ...range, naive_accuracy: 0.5, auc: 0.51, log_loss: 0.69 },
        },
        regression_gb: { ...regression, model_type: 'GradientBoostingRegressor' },
      },
    },
    feature_names: ['rsi_14', 'roc_5'],
    training_window: { from: CREATED, to: NOW, rows: 900 },
    status: 'trained',
    model_version: version,
    trained_at: NOW,
    last_retrain_decision: {
      retrain: true,
      reasons: ['there are no models yet'],
      inputs: { bars: 1, ok: true, of: null },
      decided_at: NOW,
    },
    bars_since_training: 0,
  };
}

/**
 * @param symbol - whose
 * @param latest - any number, to tell versions apart
 * @returns a statistical profile
 */
export function sampleStatistical(symbol: string, latest: number): StatisticalProfile {
  const quantiles = { p01: -0, p05: 1, p25: 2, p50: 3, p75: 4, p95: 5, p99: Number.NaN };
  const summary: Summary = { latest, count: 7, mean: 3, std: 2, skewness: -0, kurtosis: Infinity, min: -Infinity, max: 5, quantiles };
  return {
    ...base,
    symbol,
    profile_type: 'statistical',
    features: {
      technical_indicators: { rsi_14: summary },
      statistical_features: { log_return: { ...summary, latest: null, quantiles: null } },
      risk_metrics: {},
      volatility_features: {},
      multi_timeframe: {},
      regime_features: { trend: summary },
    },
    status: 'ready',
  };
}

/**
 * @param length - how many bytes
 * @param seed - which bytes
 * @returns bytes of all values, the same for the same seed
 */
export function sampleBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let x = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x;
  }
  return bytes;
}

/**
 * @param symbol - whose
 * @param baseRevision - what it is based on
 * @param mark - number that is in every part, to tell commits apart
 * @param models - the models, each or all 'unchanged'
 * @returns a commit of all parts
 */
export function sampleCommit(
  symbol: string,
  baseRevision: number,
  mark: number,
  models: CheckpointUpdate['models'] = { regression_rf: sampleBytes(2000, mark), regression_gb: sampleBytes(1000, mark + 1) },
): SymbolCommit & Required<Pick<SymbolCommit, 'company' | 'ml' | 'statistical' | 'checkpoint'>> {
  return {
    symbol,
    baseRevision,
    company: sampleCompany(symbol, mark),
    ml: sampleMl(symbol, `version ${mark}`),
    statistical: sampleStatistical(symbol, mark),
    checkpoint: { state: sampleBytes(3000, mark + 2), models },
  };
}
