import { checkOptions } from '../options/description';
import { MODELS } from '../options/model-tables';
import type { Model, ModelSet } from './model';
import {
  type BoostingParameters,
  type Changes,
  type ForestParameters,
  gradientBoostingRegressor,
  randomForestClassifier,
  randomForestRegressor,
} from './tree-models';

/** Changes to the parameters of the three standard models; what is absent keeps its default. */
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

/**
 * The three models that are trained if nobody says otherwise: `regression_rf`, `classification_rf` and `regression_gb`.
 *
 * @param changes - changes to their parameters
 * @returns the models, to be added to or taken from
 * @throws TickerforestError `INVALID_OPTION` naming the parameter and its value
 * @example
 * ```ts
 * const models = { ...standardModels(), mine: randomForestRegressor({ minSamplesLeaf: 200 }) };
 * ```
 */
export function standardModels(
  changes: StandardModelOptions = {},
): Readonly<Record<'regression_rf' | 'classification_rf' | 'regression_gb', Model>> {
  const { regression_rf, classification_rf, regression_gb } = checkOptions(changes, MODELS, 'standardModels');
  return {
    regression_rf: randomForestRegressor(regression_rf),
    classification_rf: randomForestClassifier(classification_rf),
    regression_gb: gradientBoostingRegressor(regression_gb),
  };
}

/**
 * @param given - what the caller asks for, checked; undefined: nothing in particular
 * @returns the models that are trained
 */
export function resolveModels(given: ModelsOption = {}): ModelSet {
  return isModelSet(given) ? given : standardModels(given);
}

function isModelSet(given: ModelsOption): given is ModelSet {
  const models: readonly unknown[] = Object.values(given);
  return models.some((model) => typeof model === 'object' && model !== null && 'fit' in model);
}
