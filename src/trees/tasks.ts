import type { CompiledModule, SharedMemory } from '../kernels/web-assembly';
import type { BinsLayout } from './bins';
import type { BoostingTask } from './boosting-work';
import type { GrownTree } from './ensemble';
import type { ForestTask } from './forest-work';
import type { PredictionTask } from './prediction-work';

/** What trees are grown on, or walked for. */
export interface OnBins {
  /** Memory of the bins and of all scratch. */
  readonly memory: SharedMemory;
  /** The hot loops. */
  readonly module: CompiledModule;
  /** Where the bins are. */
  readonly bins: BinsLayout;
}

/** What a worker of the tree engine is sent. */
export type TreeTask = OnBins & (ForestTask | BoostingTask | PredictionTask);

/** What it tells: a tree, by its number. */
export interface ToldTree {
  /** Number of the tree, from 0. */
  readonly tree: number;
  /** Its nodes. */
  readonly grown: GrownTree;
}
