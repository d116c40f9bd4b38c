import type { FeatureFamily } from '../features/family';
import type { ModelSet } from '../models/model';
import { checkOptions } from '../options/description';
import { PREDICT_SYMBOL } from '../options/symbol-tables';
import type { ProfileStore } from '../stores/contract';
import { GuardedStore } from '../stores/guarded-store';
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
}

/**
 * Forecasts from what is stored: the newest row of features through the models. No source is asked.
 *
 * @param options - symbol and store
 * @returns the forecasts
 * @throws TickerforestError `INVALID_OPTION` naming option and value, `UNKNOWN_SYMBOL` if nothing is stored, `MODEL_UNUSABLE` if what is stored is of another version or damaged
 */
export async function predictSymbol(options: PredictSymbolOptions): Promise<Prediction> {
  const { symbol, store, features, models } = checkOptions(options, PREDICT_SYMBOL, 'predictSymbol');
  const stored = await readForecaster(new GuardedStore(store, undefined), symbol, { features, models, call: 'predictSymbol' });
  return predictionOf(stored, stored.engineer.latestRow, stored.engineer.history.lastTimestamp);
}
