import type { Market } from '../bars/market';
import type { BarBlock, FeatureFamily } from '../features/family';
import type { FoldState } from '../features/fold-state';
import type { Range } from './ranges';
import type { Unit } from './units';

/** What is known of a value before any bar is seen. */
export interface Facts {
  /** What one is one of. */
  readonly unit: Unit;
  /** Smallest and largest value that is possible. */
  readonly range: Range;
  /** Bars before the first value. */
  readonly warmup: number;
  /** Whether bars do not tell when the first value comes. */
  readonly gaps: boolean;
  /** A number of the formula: which. */
  readonly literal?: number;
}

/** Values of a block's bars, with values of bars before: that of bar i is `values[at + i]`. Each is finite, or NaN: no value. */
export interface Column {
  /** Past values, then the block's. */
  readonly values: Float64Array;
  /** Where the block's values begin, which is how many past ones there are. */
  readonly at: number;
  /** The block's values alone. */
  readonly block: Float64Array;
}

/** What a step may work on. */
export interface StepPlace {
  /** Values that it reads. */
  readonly inputs: readonly Column[];
  /** Values that it writes. */
  readonly out: Column;
  /** Where its memory is. */
  readonly state: FoldState;
  /** Whose bars. */
  readonly market: Market;
  /** Columns of a built-in family, which is run once for all that read it: {@link FamilyColumns}. */
  readonly columnsOf: (family: FeatureFamily) => FamilyColumns;
}

/** A built-in family within a formula. */
export interface FamilyColumns {
  /** Runs it for a block, once. */
  readonly fold: (block: BarBlock) => void;
  /** What it wrote, a column a feature. */
  readonly columns: readonly Float64Array[];
}

/** Computes one value of every bar of a block. */
export type Step = (block: BarBlock) => void;

/** One value of a formula: how it is computed of others. */
export interface PlanNode {
  /** The same for values that are the same. */
  readonly key: string;
  /** What is known of it. */
  readonly facts: Facts;
  /** What it is computed of. */
  readonly inputs: readonly PlanNode[];
  /** How many past values of each input it reads. */
  readonly reach: number;
  /** Makes the step. Infinities that it writes are made NaN after it. */
  readonly make: (place: StepPlace) => Step;
}

/**
 * @param inputs - values
 * @returns bars before all of them are there, and whether bars tell
 */
export function waitFor(inputs: readonly PlanNode[]): Pick<Facts, 'warmup' | 'gaps'> {
  return {
    warmup: inputs.reduce((most, { facts }) => Math.max(most, facts.warmup), 0),
    gaps: inputs.some(({ facts }) => facts.gaps),
  };
}
