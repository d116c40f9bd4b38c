import type { FeatureFamily } from '../features/family';
import type { ModelSet } from '../models/model';
import { checkOptions } from '../options/description';
import { PREDICT_SYMBOL } from '../options/symbol-tables';
import type { ProfileStore } from '../stores/contract';
import { GuardedStore } from '../stores/guarded-store';
import { explainedPrediction } from './explained-forecast';
import { type Prediction, predictionOf, readForecaster } from './prediction';

/** What {@link predictSymbol} is given. */
export interface PredictSymbolOptions {
  /** A symbol that {@link trainSymbol} has stored. */
  readonly symbol: string;
  /** The store. */
  readonly store: ProfileStore;
  /** The list that the symbol was trained with; needed only if some of it is your own. Default: what is stored. */
  readonly features?: readonly FeatureFamily[] | undefined;
  /** Models of your own kinds, which read what is stored of them. Models that come with this package need not be given. Default: none. */
  readonly models?: ModelSet | undefined;
  /**
   * Whether to tell which features moved the forecasts most: of each model so many, or 5. A number is 1 to 1,000. It reads the models' covers, and such a forecast prints as a table. Default false.
   */
  readonly explain?: boolean | number | undefined;
  /** Aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Forecasts from what is stored: the newest row of features through the models. No source is asked.
 *
 * @param options - symbol and store
 * @returns the forecasts
 * @throws TickerforestError `INVALID_OPTION` naming option and value, `UNKNOWN_SYMBOL` if nothing is stored, `MODEL_UNUSABLE` if what is stored is of another version or damaged, `ABORTED`
 * @example
 * ```ts
 * const { explanations } = await predictSymbol({ symbol: 'AAPL', store, explain: 10 });
 * ```
 */
export async function predictSymbol(options: PredictSymbolOptions): Promise<Prediction> {
  const { symbol, store, features, models, explain = false, signal } = checkOptions(options, PREDICT_SYMBOL, 'predictSymbol');
  const withCovers = explain !== false;
  const stored = await readForecaster(new GuardedStore(store, signal), symbol, { features, models, call: 'predictSymbol', withCovers });
  const row = stored.engineer.latestRow;
  const prediction = predictionOf(stored, row, stored.engineer.history.lastTimestamp);
  if (!withCovers) return prediction;
  return explainedPrediction(prediction, { models: stored.models, covers: stored.covers, row, explain, signal });
}
