import { TrainedModel } from '../models/trained-model';
import { invalidOption } from '../options/checks';
import { checkOptions, readSafely } from '../options/description';
import { TO_ML } from '../options/ml-js-tables';
import { described, quoted } from '../text';
import type { TreeEnsemble } from '../trees/ensemble';
import type { MlBaseJson, MlClassifierJson, MlLeaf, MlNode, MlRegressionJson, MlTreeJson } from './json';
import { float64Above } from './neighbours';

/** Options of {@link toMlRandomForest}. */
export interface ToMlOptions {
  /**
   * What about missing values, which go right at every split there. 'refuse': a model that sends any of them left, as most do, is refused. 'none': the rows will have none. 'doubled': every row
   * holds its features twice, the second time with `-Infinity` for what is missing: `[...row, ...row.map((value) => (Number.isNaN(value) ? -Infinity : value))]`. Default 'refuse'.
   */
  readonly missing?: 'refuse' | 'none' | 'doubled' | undefined;
  /**
   * What it is to predict. 'forecast': a `RandomForestRegression` that predicts what the model does, of a classification the probability of class 1. 'log_odds': the same of a boosted
   * classification, as its log odds. 'votes': a `RandomForestClassifier`, which predicts the class that most trees vote for. Default 'forecast'.
   */
  readonly output?: 'forecast' | 'log_odds' | 'votes' | undefined;
}

/**
 * A model of trees as JSON that ml-random-forest reads, so that a service that has it predicts with our models, equal to 1e-12: `RandomForestRegression.load(json)`. Each of
 * `json.baseModel.estimators` is what `DecisionTreeRegression.load` of ml-cart reads.
 *
 * Rows are to be single-precision numbers, as our features are (`Math.fround`), in the order of `model.featureNames`, without infinities. Needs no package: what is returned is plain JSON.
 *
 * @param model - a trained or loaded model of trees
 * @param options - missing values, and what is to be predicted; see {@link ToMlOptions}
 * @returns what `RandomForestRegression.load` reads, with the output 'votes' `RandomForestClassifier.load`
 * @throws TickerforestError `INVALID_OPTION` for a model that is not made of trees or cannot be told so: missing values that go left, log odds that would have to become probabilities,
 * votes of what does not vote; the message says which option decides
 * @example
 * ```ts
 * await writeFile('forest.json', JSON.stringify(toMlRandomForest(models.regression_rf, { missing: 'none' })));
 * ```
 */
export function toMlRandomForest(
  model: TrainedModel,
  options?: ToMlOptions & { readonly output?: 'forecast' | 'log_odds' | undefined },
): MlRegressionJson;
export function toMlRandomForest(model: TrainedModel, options: ToMlOptions & { readonly output: 'votes' }): MlClassifierJson;
export function toMlRandomForest(model: TrainedModel, options: ToMlOptions = {}): MlRegressionJson | MlClassifierJson {
  const { missing = TO_ML.missing.default, output = TO_ML.output.default } = checkOptions(options, TO_ML, 'toMlRandomForest');
  const ensemble = ensembleOf(model);
  const { task, link } = ensemble;
  if (missing === 'refuse' && ensemble.missingLeft.includes(1)) {
    throw invalidOption(
      `model ${quoted(model.key)} sends missing values left at some splits, and ml-random-forest sends them right; give missing: 'none' if your rows have none, ` +
        "or missing: 'doubled' for rows that hold each feature twice",
    );
  }
  if (output === 'forecast' && link === 'logit')
    throw invalidOption(
      `model ${quoted(model.key)} makes its probability of log odds, which ml-random-forest cannot; give output: 'log_odds' and apply 1 / (1 + Math.exp(-x))`,
    );
  if (output === 'log_odds' && link !== 'logit') throw invalidOption(`model ${quoted(model.key)} has no log odds; give output: 'forecast'`);
  if (output === 'votes' && (task !== 'classification' || link === 'logit'))
    throw invalidOption(
      `the trees of model ${quoted(model.key)} do not vote; give output: '${link === 'logit' ? 'log_odds' : 'forecast'}'`,
    );
  if (output === 'votes')
    return { name: 'RFClassifier', baseModel: baseOf(ensemble, missing === 'doubled', true, (value) => [[1 - value, value]]) };
  const trees = ensemble.treeOffsets.length - 1;
  // the mean of the trees is base + sum / divisor; of a forest each leaf stays what it is, to the bit
  const factor = trees / ensemble.divisor;
  const selection = { selectionMethod: 'mean', selectionMethos: 'mean' } as const;
  return {
    ...{ name: 'RFRegression', ...selection },
    baseModel: baseOf(ensemble, missing === 'doubled', false, (value) => ensemble.base + value * factor),
  };
}

function ensembleOf(model: TrainedModel): TreeEnsemble {
  const given: unknown = model;
  if (!readSafely('toMlRandomForest: model', () => given instanceof TrainedModel))
    throw invalidOption(`model must be a TrainedModel, as trainSymbol and loadModel return them, not ${described(given)}`);
  if (model.ensemble === undefined) throw invalidOption(`model ${quoted(model.key)} is a ${model.type}, which is not made of trees`);
  return model.ensemble;
}

function baseOf(
  ensemble: TreeEnsemble,
  isDoubled: boolean,
  isClassifier: boolean,
  leaf: (value: number) => MlLeaf['distribution'],
): MlBaseJson {
  const { features, treeOffsets } = ensemble;
  const n = isDoubled ? 2 * features : features;
  const columns = Array.from({ length: n }, (_, at) => at);
  const treeOptions = {
    ...{ kind: isClassifier ? 'classifier' : 'regression', gainFunction: isClassifier ? 'gini' : 'regression', splitFunction: 'mean' },
    ...{ minNumSamples: 1, maxDepth: 64 },
  };
  const estimators = Array.from(treeOffsets.subarray(0, -1), (root, tree): MlTreeJson => {
    const rootNode = nodesOf(ensemble, root, treeOffsets[tree + 1], isDoubled, leaf);
    return { name: isClassifier ? 'DTClassifier' : 'DTRegression', options: treeOptions, root: rootNode };
  });
  return {
    ...{ indexes: estimators.map(() => columns), n, replacement: false, maxFeatures: n, nEstimators: estimators.length, treeOptions },
    ...{ isClassifier, seed: 1, estimators, useSampleBagging: true, noOOB: true },
  };
}

/** Children come after their parent: one pass backwards, in which both are there already. */
function nodesOf(
  { features, feature, threshold, missingLeft, left, value }: TreeEnsemble,
  from: number,
  to: number,
  isDoubled: boolean,
  leaf: (value: number) => MlLeaf['distribution'],
): MlNode {
  const nodes: MlNode[] = [];
  for (let node = to - 1; node >= from; node--) {
    const child = left[node];
    nodes[node - from] =
      child === 0
        ? { distribution: leaf(value[node]) }
        : {
            splitColumn: feature[node] + (isDoubled && missingLeft[node] === 1 ? features : 0),
            splitValue: float64Above(threshold[node]),
            gain: 1,
            left: nodes[child - from],
            right: nodes[child + 1 - from],
          };
  }
  return nodes[0];
}
