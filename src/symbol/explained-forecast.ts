import { ownError } from '../errors';
import { explain } from '../explain/explain';
import { loadModelCovers } from '../models/cover-file';
import type { TrainedModel } from '../models/trained-model';
import { minute, printedAs, type Row, type Sheet, short, signed } from '../printed';
import type { TreeEnsemble } from '../trees/ensemble';

/** A feature, and by how much it moved a forecast. */
export interface ExplainedFeature {
  /** Its name. */
  readonly feature: string;
  /** Its value at the newest bar, as models see it; NaN is missing. */
  readonly value: number;
  /** By how much it moved the forecast, in the explanation's unit. */
  readonly contribution: number;
}

/** What moved a model's forecast, or why nobody knows. */
export type ForecastExplanation =
  | {
      /** It is known. */
      readonly status: 'explained';
      /** What is divided among the features: the forecast, or its log odds; see `unit` of an `Explanation`. */
      readonly unit: 'forecast' | 'log_odds';
      /** What is forecast if no feature is known. Base, contributions and `others` sum to the forecast, in its unit. */
      readonly base: number;
      /** Those that moved it most, the strongest first. */
      readonly features: readonly ExplainedFeature[];
      /** What all other features contribute together. */
      readonly others: number;
    }
  | {
      /** It is not. */
      readonly status: 'unavailable';
      /** Why, and what to do. */
      readonly reason: string;
    };

/** Whose forecasts are explained. */
interface Explained {
  readonly models: Readonly<Record<string, TrainedModel>>;
  /** The file of their covers. */
  readonly covers: Uint8Array | null;
  /** Features of the newest bar. */
  readonly row: Float32Array;
  /** How many features are told of each model. */
  readonly most: number;
  readonly signal: AbortSignal | undefined;
}

/** How many features are told, if nobody says. */
const TOLD = 5;

/**
 * @param prediction - what the models forecast
 * @param given - models, covers, row, and how many features are to be told
 * @returns the same with what moved the forecast of each model; it prints as a table
 * @throws TickerforestError `ABORTED`
 */
export async function explainedPrediction<T extends PrintedForecast>(
  prediction: T,
  { explain: most, ...given }: Omit<Explained, 'most'> & { readonly explain: true | number },
): Promise<T & { readonly explanations: Readonly<Record<string, ForecastExplanation>> }> {
  const explanations = await explainedForecasts({ ...given, most: most === true ? TOLD : most });
  return printedAs({ ...prediction, explanations }, explainedTable);
}

async function explainedForecasts({ models, covers, row, most, signal }: Explained): Promise<Record<string, ForecastExplanation>> {
  const explanations: Record<string, ForecastExplanation> = {};
  for (const [key, model] of Object.entries(models)) {
    try {
      explanations[key] = await explainedForecast(key, model, covers, row, most, signal);
    } catch (cause) {
      const own = ownError(cause);
      if (own === null || own.code === 'ABORTED') throw cause;
      explanations[key] = { status: 'unavailable', reason: own.message };
    }
  }
  return explanations;
}

async function explainedForecast(
  key: string,
  model: TrainedModel,
  covers: Uint8Array | null,
  row: Float32Array,
  most: number,
  signal: AbortSignal | undefined,
): Promise<ForecastExplanation> {
  const trees = model.ensemble && coveredTrees(key, model, covers);
  if (typeof trees === 'string') return { status: 'unavailable', reason: trees };
  const { features, unit, base, contributions } = await explain(model, row, { trees, signal });
  const ranked = Array.from(contributions[0], (contribution, i) => ({ feature: features[i], value: row[i], contribution })).sort(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution),
  );
  const others = ranked.slice(most).reduce((sum, { contribution }) => sum + contribution, 0);
  return { status: 'explained', unit, base, features: ranked.slice(0, most), others };
}

/** The trees with their covers, or why there are none. */
function coveredTrees(key: string, model: TrainedModel, covers: Uint8Array | null): TreeEnsemble | string {
  if (covers === null) return `no covers are stored of its trees, as by older releases; ${AGAIN}`;
  try {
    return loadModelCovers(covers, { [key]: model })[key];
  } catch (cause) {
    const own = ownError(cause);
    if (own === null) throw cause;
    return `the stored covers of its trees cannot be used (${own.message}); ${AGAIN}`;
  }
}

const AGAIN = 'train again: trainSymbol({ retrain: true })';

/** What a forecast is printed of. */
interface PrintedForecast {
  readonly asOf: Date;
  readonly modelVersion: string;
  readonly predictedReturn: Readonly<Record<string, number>>;
  readonly probabilities: Readonly<Record<string, number>>;
  readonly targets: Readonly<Record<string, string>>;
  readonly explanations?: Readonly<Record<string, ForecastExplanation>>;
}

/** Each model, and what moved its forecast. */
function explainedTable({ asOf, modelVersion, predictedReturn, probabilities, targets, explanations = {} }: PrintedForecast): Sheet {
  const rows = Object.entries(explanations).flatMap(([key, explanation]): Row[] => {
    const forecast = predictedReturn[key] ?? probabilities[key];
    return [['model', `${key}: ${short(forecast)}, ${targets[key]}`], ...explanationRows(explanation)];
  });
  return { title: `forecast after ${minute(asOf)}, models ${modelVersion}`, rows };
}

function explanationRows(explanation: ForecastExplanation): Row[] {
  if (explanation.status === 'unavailable') return [['', `not explained: ${explanation.reason}`, 2]];
  const { unit, base, features, others } = explanation;
  const what = unit === 'log_odds' ? 'log odds' : 'a base';
  return [
    ['', `from ${what} of ${short(base)} by`],
    ...features.map(
      ({ feature, value, contribution }): Row => ['', `${signed(contribution).padEnd(LONGEST)} ${feature} = ${short(value)}`],
    ),
    ['', `${signed(others).padEnd(LONGEST)} all others`],
  ];
}

/** Columns of the longest contribution: '-1.23e-10'. */
const LONGEST = 10;
