import type { Bars } from '../bars/bars';
import type { Market } from '../bars/market';
import { type Steps, stepsOver } from '../waiting';

/** A value that JSON holds as it is: numbers are finite, nothing is a Date. */
export type PlainJson = null | boolean | number | string | readonly PlainJson[] | { readonly [key: string]: PlainJson };

/** What a model learns to forecast: how a label is made for every bar. Identity is name, version and parameters, never a function's text. */
export interface Target {
  /** Name as it is stored, in snake_case: 'next_return'. */
  readonly name: string;
  /** Whole number from 1 on, raised when the same parameters give other labels. */
  readonly version: number;
  /** All parameters, defaults included, under their stored names; a target within a target is `{ name, version, parameters }`. */
  readonly parameters: Readonly<Record<string, PlainJson>>;
  /** 'regression': labels are any finite number; 'classification': labels are 0 or 1. */
  readonly kind: 'regression' | 'classification';
  /** What is forecast, in words for people: 'return of the next bar'. */
  readonly description: string;
  /**
   * Makes the labels of all bars. Pure: the same bars and market give the same labels.
   *
   * @param bars - oldest first
   * @param market - whose bars
   * @returns one label a bar
   * @throws TickerforestError `INVALID_OPTION` for parameters that do not fit the market
   */
  label(bars: Bars, market: Market): Labels;
}

/** Labels of bars, one a row. The label of row t is made of the bars from t to `end[t]` and of no later one: an interval of time. */
export interface Labels {
  /** What is to be forecast at the close of the row's bar; NaN: the row has no label. In a classification 0 or 1. */
  readonly value: Float64Array;
  /** Row of the last bar that the label looks at, after the row itself; -1 without label. */
  readonly end: Int32Array;
}

/** The label of one row. */
export interface Label {
  /** What is to be forecast, finite; in a classification 0 or 1. */
  readonly value: number;
  /** Row of the last bar that the label looks at, after the row itself. */
  readonly end: number;
}

/** All of a target but the function: what is stored with a model. */
export type TargetFacts = Omit<Target, 'label'>;

/** What identifies a target, as plain JSON. */
export interface TargetIdentity {
  /** See {@link Target.name}. */
  readonly name: string;
  /** See {@link Target.version}. */
  readonly version: number;
  /** See {@link Target.parameters}. */
  readonly parameters: Readonly<Record<string, PlainJson>>;
}

/**
 * @param value - any target, or weights
 * @returns what identifies it, as it stands in documents and in the parameters of what is made of it
 */
export function identityOf({ name, version, parameters }: TargetIdentity): TargetIdentity & { readonly [key: string]: PlainJson } {
  return { name, version, parameters };
}

/**
 * @param rows - how many
 * @returns as many rows without a label, to be filled; in steps, as memory that is written to for the first time takes a while
 */
export function* noLabels(rows: number): Steps<Labels> {
  const value = new Float64Array(rows);
  const end = new Int32Array(rows);
  yield* stepsOver(rows, (from, to) => {
    value.fill(Number.NaN, from, to);
    end.fill(-1, from, to);
  });
  return { value, end };
}
