import { TickerforestError } from '../errors';
import type { FeatureFamily } from '../features/family';
import type { ModelSet } from '../models/model';
import { checkOptions } from '../options/description';
import { PREDICT_SYMBOL } from '../options/symbol-tables';
import type { ProfileStore } from '../stores/contract';
import { GuardedStore } from '../stores/guarded-store';
import type { Task } from '../trees/ensemble';
import { readStoredSymbol } from './stored-symbol';

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

/** The stored models' view of what follows the newest stored bar. */
export interface Prediction {
  /** Time of the newest bar that it rests on. */
  readonly asOf: Date;
  /** What the regression models forecast, by name: the next bar's simple return (0.001 is 0.1 %), unless another target was asked for. */
  readonly predictedReturn: Readonly<Record<string, number>>;
  /** 'up' if {@link Prediction.probabilityUp} is above one half; null without a classification model. */
  readonly direction: 'up' | 'down' | null;
  /** The first classification model's forecast: the probability that the next bar closes higher, 0 to 1, unless another target was asked for; null if there is none. */
  readonly probabilityUp: number | null;
  /** What the classification models forecast, by name: the probability of class 1 of their target, 0 to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** What each model forecasts, by name: 'return of the next bar'. */
  readonly targets: Readonly<Record<string, string>>;
  /** Version of the models, as in the ML profile. */
  readonly modelVersion: string;
}

/**
 * Forecasts from what is stored: the newest row of features through the models. No source is asked.
 *
 * @param options - symbol and store
 * @returns the forecasts
 * @throws TickerforestError `INVALID_OPTION` naming option and value, `UNKNOWN_SYMBOL` if nothing is stored, `MODEL_UNUSABLE` if what is stored is of another version or damaged
 */
export async function predictSymbol(options: PredictSymbolOptions): Promise<Prediction> {
  const { symbol, store, features, models: own } = checkOptions(options, PREDICT_SYMBOL, 'predictSymbol');
  const { engineer, models, ml, revision, lacksFeatures } = await readStoredSymbol(new GuardedStore(store, undefined), symbol, {
    ...{ features, models: own, isProven: true },
  });
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
  const all = Object.entries(models);
  const ofTask = (task: Task) =>
    Object.fromEntries(all.flatMap(([key, model]) => (model.task === task ? [[key, model.predictRow(row)]] : [])));
  const probabilities: Readonly<Record<string, number>> = ofTask('classification');
  const [probabilityUp = null] = Object.values(probabilities);
  return {
    asOf: new Date(engineer.history.lastTimestamp),
    predictedReturn: ofTask('regression'),
    direction: probabilityUp === null ? null : probabilityUp > 0.5 ? 'up' : 'down',
    probabilityUp,
    probabilities,
    targets: Object.fromEntries(all.map(([key, { target }]) => [key, target.description])),
    modelVersion: ml.model_version,
  };
}
