import { TickerforestError } from '../errors';
import type { FeatureFamily } from '../features/family';
import { predict } from '../models/trained-model';
import { checkOptions } from '../options/description';
import { PREDICT_SYMBOL } from '../options/symbol-tables';
import type { ProfileStore } from '../stores/contract';
import { GuardedStore } from '../stores/guarded-store';
import { readStoredSymbol } from './stored-symbol';

/** What {@link predictSymbol} is given. */
export interface PredictSymbolOptions {
  /** A symbol that {@link trainSymbol} has stored. */
  readonly symbol: string;
  /** The store. */
  readonly store: ProfileStore;
  /** The list that the symbol was trained with; needed only if some of it is your own. Default: what is stored. */
  readonly features?: readonly FeatureFamily[] | undefined;
}

/** The stored models' view of the bar after the newest stored one. */
export interface Prediction {
  /** Time of the newest bar that it rests on. */
  readonly asOf: Date;
  /** Forecast simple return of the next bar by each regression model: 0.001 is 0.1 %. */
  readonly predictedReturn: {
    /** By the random forest. */
    readonly regression_rf: number;
    /** By gradient boosting. */
    readonly regression_gb: number;
  };
  /** 'up' if {@link Prediction.probabilityUp} is above one half. */
  readonly direction: 'up' | 'down';
  /** Forecast probability that the next bar closes higher, 0 to 1. */
  readonly probabilityUp: number;
  /** Version of the models, as in the ML profile. */
  readonly modelVersion: string;
}

/**
 * Forecasts the next bar from what is stored: the newest row of features through the three models. No source is asked.
 *
 * @param options - symbol and store
 * @returns the forecast
 * @throws TickerforestError `INVALID_OPTION` naming option and value, `UNKNOWN_SYMBOL` if nothing is stored, `MODEL_UNUSABLE` if what is stored is of another version or damaged
 */
export async function predictSymbol(options: PredictSymbolOptions): Promise<Prediction> {
  const { symbol, store, features } = checkOptions(options, PREDICT_SYMBOL, 'predictSymbol');
  const { engineer, models, ml, revision, lacksFeatures } = await readStoredSymbol(new GuardedStore(store, undefined), symbol, features);
  if (revision === 0) throw new TickerforestError('UNKNOWN_SYMBOL', `nothing is stored of '${symbol}'; call trainSymbol first`);
  if (engineer === null || models === null || ml === null) {
    throw new TickerforestError(
      'MODEL_UNUSABLE',
      lacksFeatures.length > 0
        ? `the stored models of '${symbol}' see features of your own, ${lacksFeatures.join(', ')}; give the list that they were trained with: predictSymbol({ symbol, store, features })`
        : `the stored models of '${symbol}' cannot be used by this release; call trainSymbol again`,
    );
  }
  const row = engineer.latestRow;
  const probabilityUp = predict(models.classification_rf, row);
  return {
    asOf: new Date(engineer.history.lastTimestamp),
    predictedReturn: { regression_rf: predict(models.regression_rf, row), regression_gb: predict(models.regression_gb, row) },
    direction: probabilityUp > 0.5 ? 'up' : 'down',
    probabilityUp,
    modelVersion: ml.model_version,
  };
}
