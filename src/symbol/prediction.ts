import { TickerforestError } from '../errors';
import type { FeatureFamily } from '../features/family';
import type { FeatureEngineer } from '../features/feature-engineer';
import type { ModelSet } from '../models/model';
import type { TrainedModel } from '../models/trained-model';
import type { MlProfile } from '../profiles/documents';
import type { ProfileStore } from '../stores/contract';
import { quoted } from '../text';
import type { Task } from '../trees/ensemble';
import type { ForecastExplanation } from './explained-forecast';
import { readStoredSymbol, type StoredSymbol } from './stored-symbol';

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
  /** What moved the forecast of each model, by name; only of {@link predictSymbol} if it was asked to explain, and of {@link SymbolSession.explain}. */
  readonly explanations?: Readonly<Record<string, ForecastExplanation>>;
}

/** A stored symbol that can be forecast. */
export interface Forecaster extends StoredSymbol {
  /** The feature engine after the newest stored bar. */
  readonly engineer: FeatureEngineer;
  /** The models. */
  readonly models: Readonly<Record<string, TrainedModel>>;
  /** What is stored of them. */
  readonly ml: MlProfile;
}

/** What a stored symbol is read with. */
interface ForecasterOptions {
  /** The caller's list; default: what is stored. */
  readonly features: readonly FeatureFamily[] | undefined;
  /** Models of the caller's. */
  readonly models: ModelSet | undefined;
  /** The function that the caller has called, for messages. */
  readonly call: string;
  /** Whether the models' covers are read, too. */
  readonly withCovers?: boolean;
}

/**
 * @param store - where to look
 * @param symbol - the symbol
 * @param options - features and models of the caller's
 * @returns what is stored
 * @throws TickerforestError `UNKNOWN_SYMBOL` if nothing is, `MODEL_UNUSABLE` if it is of another version or damaged, or the store's own errors
 */
export async function readForecaster(store: ProfileStore, symbol: string, options: ForecasterOptions): Promise<Forecaster> {
  const { features, models: own, call, withCovers } = options;
  const stored = await readStoredSymbol(store, symbol, { features, models: own, isProven: true, withCovers });
  const { engineer, models, ml, revision, lacksFeatures, modelsProblem } = stored;
  if (revision === 0) throw new TickerforestError('UNKNOWN_SYMBOL', `nothing is stored of ${quoted(symbol)}; call trainSymbol first`);
  if (engineer === null || models === null || ml === null) {
    throw new TickerforestError(
      'MODEL_UNUSABLE',
      lacksFeatures.length > 0
        ? `the stored models of ${quoted(symbol)} see features of your own, ${lacksFeatures.join(', ')}; give the list that they were trained with: ${call}({ symbol, store, features })`
        : modelsProblem !== null
          ? `the stored models of ${quoted(symbol)} cannot be used: ${modelsProblem.message}`
          : `the stored models of ${quoted(symbol)} cannot be used by this release; call trainSymbol again`,
      { cause: modelsProblem ?? undefined },
    );
  }
  return { ...stored, engineer, models, ml };
}

/**
 * @param stored - whose models
 * @param row - features of the newest bar
 * @param asOf - its timestamp, milliseconds UTC
 * @returns what the models forecast
 */
export function predictionOf({ models, ml }: Pick<Forecaster, 'models' | 'ml'>, row: Float32Array, asOf: number): Prediction {
  const all = Object.entries(models);
  const ofTask = (task: Task) =>
    Object.fromEntries(all.flatMap(([key, model]) => (model.task === task ? [[key, model.predictRow(row)]] : [])));
  const probabilities: Readonly<Record<string, number>> = ofTask('classification');
  const [probabilityUp = null] = Object.values(probabilities);
  return {
    asOf: new Date(asOf),
    predictedReturn: ofTask('regression'),
    direction: probabilityUp === null ? null : probabilityUp > 0.5 ? 'up' : 'down',
    probabilityUp,
    probabilities,
    targets: Object.fromEntries(all.map(([key, { target }]) => [key, target.description])),
    modelVersion: ml.model_version,
  };
}
