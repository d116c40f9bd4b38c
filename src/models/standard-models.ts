import { DAY_MS } from '../bars/market';
import { checkOptions } from '../options/description';
import { MODELS, STANDARD } from '../options/model-tables';
import type { Model, ModelSet } from './model';
import {
  type BoostingParameters,
  type Changes,
  type ForestParameters,
  gradientBoostingRegressor,
  randomForestClassifier,
  randomForestRegressor,
} from './tree-models';

/** Changes to the parameters of the three standard models; what is absent keeps its default, which depends on the length of the bars: see {@link standardModels}. */
export interface StandardModelOptions {
  /** Random forest for the return. */
  readonly regression_rf?: Changes<ForestParameters> | undefined;
  /** Random forest for the direction. */
  readonly classification_rf?: Changes<ForestParameters> | undefined;
  /** Gradient boosting for the return. */
  readonly regression_gb?: Changes<BoostingParameters> | undefined;
}

/**
 * Which models are trained. Models by names of your choice: these and no others. Or, without any model, changes to the parameters of the three standard
 * ones: all three. Names are letters, digits and underscores, beginning with a letter, at most 64.
 */
export type ModelsOption = ModelSet | StandardModelOptions;

/** The three standard models, by their names. */
export type StandardModels = Readonly<Record<'regression_rf' | 'classification_rf' | 'regression_gb', Model>>;

/** Models whose parameters depend on the bars' interval: how they are made for one. */
const byInterval = new WeakMap<Model, (interval: number) => Model>();

/**
 * The three models that are trained if nobody says otherwise: `regression_rf`, `classification_rf` and `regression_gb`. Their parameters depend on the length of the bars, since
 * those that are good for minutes are not for days: large leaves and slow boosting, for days smaller leaves and shallow trees (docs/models.md has the figures, and
 * {@link originalModels} what was before). A trainer takes those of its bars; `parameters` shows those for bars shorter than a day.
 *
 * @param changes - changes to their parameters
 * @returns the models, to be added to or taken from
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { ...standardModels(), mine: randomForestRegressor({ minSamplesLeaf: 20 }) };
 * ```
 */
export function standardModels(changes: StandardModelOptions = {}): StandardModels {
  const { regression_rf, classification_rf, regression_gb } = checkOptions(changes, MODELS, 'standardModels');
  return {
    regression_rf: byBars<Changes<ForestParameters>>(randomForestRegressor, STANDARD.regression_rf, regression_rf),
    classification_rf: byBars<Changes<ForestParameters>>(randomForestClassifier, STANDARD.classification_rf, classification_rf),
    regression_gb: byBars<Changes<BoostingParameters>>(gradientBoostingRegressor, STANDARD.regression_gb, regression_gb),
  };
}

/**
 * The three models with the parameters of the first release, whatever the bars: forests of 50 trees of depth 10 and boosting of 50 trees of depth 3 at a learning rate of 0.1, all
 * with leaves of a single row. To the byte the models that it trained. They fit what they have seen far better than what they have not.
 *
 * @param changes - changes to their parameters
 * @returns the models, to be added to or taken from
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * await trainSymbol({ symbol, source, store, models: originalModels() });
 * ```
 */
export function originalModels(changes: StandardModelOptions = {}): StandardModels {
  const { regression_rf, classification_rf, regression_gb } = checkOptions(changes, MODELS, 'originalModels');
  return {
    regression_rf: randomForestRegressor(regression_rf),
    classification_rf: randomForestClassifier(classification_rf),
    regression_gb: gradientBoostingRegressor(regression_gb),
  };
}

/** Makes a model for bars shorter than a day, of which there is one for longer ones, too. */
function byBars<Parameters extends object>(
  make: (parameters: Parameters) => Model,
  { shorter, days }: { readonly shorter: Parameters; readonly days: Parameters },
  changes: Parameters | undefined,
): Model {
  const given = Object.entries(changes ?? {}).filter(([, value]) => value !== undefined);
  const own = (parameters: Parameters) => make({ ...parameters, ...Object.fromEntries(given) });
  const [model, ofDays] = [own(shorter), own(days)];
  byInterval.set(model, (interval) => (interval < DAY_MS ? model : ofDays));
  return model;
}

/**
 * @param models - models, as the caller gave them
 * @param interval - of the bars, milliseconds
 * @returns the models with the parameters for these bars
 */
export function modelsFor(models: ModelSet, interval: number): ModelSet {
  return Object.fromEntries(Object.entries(models).map(([key, model]) => [key, byInterval.get(model)?.(interval) ?? model]));
}

/**
 * @param given - what the caller asks for, checked; undefined: nothing in particular
 * @returns the models that are trained, for bars of any length: see {@link modelsFor}
 */
export function resolveModels(given: ModelsOption = {}): ModelSet {
  return isModelSet(given) ? given : standardModels(given);
}

function isModelSet(given: ModelsOption): given is ModelSet {
  const models: readonly unknown[] = Object.values(given);
  return models.some((model) => typeof model === 'object' && model !== null && 'fit' in model);
}
