import type { CompiledModule, SharedMemory } from '../kernels/web-assembly';
import type { BinningTask, ShiftingTask, TranspositionTask } from './binning-work';
import type { BinsLayout } from './bins';
import type { BoostingTask } from './boosting-work';
import type { ColumnCuts } from './column-cutter';
import type { GrownTree } from './ensemble';
import type { EnsemblesTask, ToldOfEnsembles } from './ensembles-work';
import type { ForestTask } from './forest-work';
import type { PredictionTask } from './prediction-work';

/** What every task is sent with. */
export interface OnMemory {
  /** Memory of the bins and of all scratch. */
  readonly memory: SharedMemory;
  /** The hot loops. */
  readonly module: CompiledModule;
}

/** Work on bins that are there: trees are grown, or walked. */
export type OnBins = (ForestTask | BoostingTask | PredictionTask) & {
  /** Where the bins are. */
  readonly bins: BinsLayout;
};

/** What any number of threads does together on one memory. */
export type TreeWork = OnBins | BinningTask | ShiftingTask | TranspositionTask;

/** The same as it is sent. */
export type SharedTask = OnMemory & TreeWork;

/** All that a worker of the tree engine can be sent: work on memory that others see as well, or a task that it does alone, with memory of its own. */
export type TreeTask = SharedTask | EnsemblesTask;

/** What it tells: a tree, by its number. */
export interface ToldTree {
  /** Number of the tree, from 0. */
  readonly tree: number;
  /** Its nodes. */
  readonly grown: GrownTree;
}

/** What it tells: where a column was cut. */
export interface ToldColumn {
  /** Number of the column among those of the task. */
  readonly column: number;
  /** Its thresholds, and the later ones if there are any. */
  readonly cuts: readonly ColumnCuts[];
}

/** What a worker of the tree engine tells. */
export type Told = ToldTree | ToldColumn | ToldOfEnsembles;
