import { isBuiltInModel } from '../options/model-check';
import type { BinnedMatrix } from '../trees/binned-matrix';
import type { TreesRecipe } from '../trees/recipe';
import type { Model, ModelRows } from './model';

/** Rows whose bins tree models of one training share. */
export interface SharedRows extends ModelRows {
  /** The same rows, binned. */
  readonly bins: SharedBins;
}

/**
 * @param rows - rows of a matrix
 * @returns whether they are binned already, or will be for all
 */
export function areShared(rows: ModelRows): rows is SharedRows {
  return 'bins' in rows && rows.bins instanceof SharedBins;
}

/** What functions that fit models out of bins alone grow. */
const recipes = new WeakMap<object, TreesRecipe>();

/**
 * @param model - a model whose `fit` and whose `predict` look at nothing but bins, where rows are shared
 * @param recipe - what its `fit` grows
 * @returns the model
 */
export function fittedFromBins(model: Model, recipe: TreesRecipe): Model {
  recipes.set(model.fit, recipe);
  return model;
}

/**
 * @param model - a model
 * @returns what it grows out of bins, which are all that it needs; null: it needs more, or is no model of this library's
 */
export function recipeOf(model: Model): TreesRecipe | null {
  return isBuiltInModel(model) ? (recipes.get(model.fit) ?? null) : null;
}

/** The bins that tree models of one training share: made when the first of them asks. */
export class SharedBins {
  readonly #make: () => Promise<BinnedMatrix>;
  #binned: Promise<BinnedMatrix> | undefined;

  /** @param make - makes them; given, as who only forecasts makes none */
  constructor(make: () => Promise<BinnedMatrix>) {
    this.#make = make;
  }

  /** @returns the binned rows */
  get(): Promise<BinnedMatrix> {
    this.#binned ??= this.#make();
    return this.#binned;
  }

  /** Gives the memory back. Nothing may be at work on it. */
  async dispose(): Promise<void> {
    const binned = await this.#binned?.catch(() => undefined);
    binned?.dispose();
  }
}
