import { TrainedModel } from '../../src/models/trained-model';
import { fittedTrees } from '../../src/models/tree-file';
import type { TreeEnsemble } from '../../src/trees/ensemble';

/** The trees of a model that is made of trees. */
export function treesOf({ key, ensemble }: TrainedModel): TreeEnsemble {
  if (ensemble === undefined) throw new Error(`${key} is not made of trees`);
  return ensemble;
}

/** The same model with other trees. */
export function withTrees(model: TrainedModel, ensemble: TreeEnsemble): TrainedModel {
  return new TrainedModel(model, fittedTrees(ensemble));
}
