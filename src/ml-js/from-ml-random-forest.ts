import { targetFacts } from '../models/model-header';
import { TrainedModel } from '../models/trained-model';
import { fittedTrees } from '../models/tree-file';
import { checkOptions, readSafely } from '../options/description';
import { FROM_ML } from '../options/ml-js-tables';
import { direction } from '../targets/direction';
import { nextReturn } from '../targets/returns';
import type { Target } from '../targets/target';
import { described } from '../text';
import { assembleEnsemble, type TreeEnsemble } from '../trees/ensemble';
import { type ReadForest, readForest, tooDeep, unusable } from './reading';

/** Options of {@link fromMlRandomForest}. */
export interface FromMlOptions {
  /** Names of the columns that it was trained on, in their order: the JSON knows neither names nor how many there are. */
  readonly featureNames: readonly string[];
  /** What the model is to be called: letters, digits and underscores. Default 'ml_js'. */
  readonly name?: string | undefined;
  /** What it forecasts. Default: {@link nextReturn}, of a classifier its {@link direction}. */
  readonly target?: Target | undefined;
}

/**
 * Takes over a model of ml-random-forest or ml-cart: the same forecasts, to the bit for rows of single-precision numbers, without those packages, in the file format
 * and at the speed of this library.
 *
 * A `RandomForestClassifier` forecasts the share of its trees that vote for class 1; above one half it is the class that its `predict` gives. A
 * `DecisionTreeClassifier` forecasts the share of class 1 in the leaf. Missing values go right at every split, as they do there.
 *
 * @param model - the model, what its `toJSON` gave, or that as text: of `RandomForestRegression` (of the mean), `RandomForestClassifier`, `DecisionTreeRegression` or
 * `DecisionTreeClassifier` (classes 0 and 1)
 * @param options - names of its columns; see {@link FromMlOptions}
 * @returns a model like those that `MLModelTrainer` returns; its importances are 0 and it has no node covers, which the JSON does not tell
 * @throws TickerforestError `MODEL_UNUSABLE` for what is damaged, or cannot be taken over: a median of trees, more than two classes, a tree deeper than 64, one trained on missing
 * values; `INVALID_OPTION` naming the option and its value
 * @example
 * ```ts
 * const model = fromMlRandomForest(await readFile('forest.json', 'utf8'), { featureNames: ['rsi_14', 'atr_percent'] });
 * const forecasts = await model.predict(dataset);
 * ```
 */
export function fromMlRandomForest(model: object | string, options: FromMlOptions): TrainedModel {
  const { featureNames, name = FROM_ML.name.default, target } = checkOptions(options, FROM_ML, 'fromMlRandomForest');
  const forest = readForest(parsed(model), featureNames.length);
  const { task, isTree, trees } = forest;
  const ownTarget = target ?? (task === 'regression' ? nextReturn() : direction());
  if (ownTarget.kind !== task) throw unusable(`it is a ${task}, and its target is the ${ownTarget.description}, a ${ownTarget.kind}`);
  return new TrainedModel(
    {
      ...{ key: name, task, featureNames, featureSet: 'ml-js', target: targetFacts(ownTarget) },
      type: `${isTree ? 'MlCart' : 'MlRandomForest'}${task === 'regression' ? 'Regression' : 'Classifier'}`,
      parameters: { n_estimators: trees.length },
    },
    fittedTrees(ensembleOf(forest, featureNames.length)),
  );
}

function ensembleOf({ task, trees }: ReadForest, features: number): TreeEnsemble {
  const grown = trees.map((nodes) => ({ ...nodes, gains: new Float64Array(), cover: new Uint32Array(nodes.left.length) }));
  const model = { task, features, link: 'identity', base: 0, divisor: trees.length } as const;
  return { ...assembleEnsemble(grown, model, () => new Float64Array(features)), cover: null };
}

/** A model of theirs becomes plain JSON, of which nothing is anybody's. */
function parsed(model: object | string): unknown {
  if (typeof model !== 'string' && (typeof model !== 'object' || model === null))
    throw unusable(`it is ${described(model)}; give the model, what its toJSON gave, or that as text`);
  const text = typeof model === 'string' ? model : textOf(model);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable('it is no JSON', cause);
  }
}

function textOf(model: object): string {
  return readSafely('fromMlRandomForest: model', () => {
    try {
      return String(JSON.stringify(model));
    } catch (cause) {
      // each level costs it some stack, and ml-cart grows trees of any depth unless it is told otherwise
      if (cause instanceof RangeError) throw unusable(tooDeep('it'), cause);
      // circles and bigints
      if (cause instanceof TypeError) throw unusable('it cannot be written as JSON, see cause', cause);
      throw cause;
    }
  });
}
