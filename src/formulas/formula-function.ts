import { type Check, whole } from '../options/checks';
import { WINDOW_BARS } from '../options/limits';
import { type Facts, type PlanNode, type Step, type StepPlace, waitFor } from './plan';
import type { Range } from './ranges';
import type { Unit } from './units';

/** What a function of formulas takes at one place: any value, or a number that is written there. */
export type Argument = 'series' | Check<number>;

/** A value of a function, but for what it is made of. */
export type Planned = Pick<PlanNode, 'facts' | 'reach' | 'make'>;

/** A function that formulas may call. */
export interface FormulaFunction {
  /** How it is called: 'sma(x, n)'. */
  readonly usage: string;
  /** What it takes, in order. */
  readonly takes: readonly Argument[];
  /** Columns that are put before what is given, where that is too little: those of `atr(14)`. */
  readonly implied?: readonly string[];
  /** What its value is, of values and numbers that are as they must be. */
  readonly plan: (inputs: readonly PlanNode[], numbers: readonly number[]) => Planned;
}

/**
 * @param from - the least
 * @returns a number of bars that is written in a formula
 */
export function bars(from: number): Check<number> {
  return whole({ ...WINDOW_BARS, from }, 'a whole number of bars');
}

/** Writes one value of a block's bars. */
export type Run = (first: number, length: number) => void;

/** A function of the last n values of a series. */
export interface Windowed {
  /** How it is called. */
  readonly usage: string;
  /** Fewest bars. */
  readonly from: number;
  /** Numbers that it takes after the bars. */
  readonly numbers?: readonly Check<number>[];
  /** Unit of its value. */
  readonly unit: (unit: Unit) => Unit;
  /** Range of its value. */
  readonly range: (range: Range, n: number) => Range;
  /** Makes what computes it: `values[at + i]` is the series on the block's bar i, its result goes to `out[i]`. */
  readonly run: (values: Float64Array, at: number, out: Float64Array, n: number, number: number) => Run;
}

/**
 * @param about - the function
 * @returns it, to be called by formulas: its value is there once the window is full
 */
export function windowed({ usage, from, numbers = [], unit, range, run }: Windowed): FormulaFunction {
  return {
    usage,
    takes: ['series', bars(from), ...numbers],
    plan: (inputs, [n, number]) => {
      const [{ facts }] = inputs;
      return {
        facts: { ...waitFor(inputs), unit: unit(facts.unit), range: range(facts.range, n), warmup: facts.warmup + n - 1 },
        reach: n - 1,
        make: ({ inputs: [{ values, at }], out }) => stepOf(run(values, at, out.block, n, number)),
      };
    },
  };
}

/**
 * @param run - computes a block
 * @returns the step
 */
export function stepOf(run: Run): Step {
  return ({ first, length }) => run(first, length);
}

/**
 * @param inputs - values
 * @param unit - of the result
 * @param range - of the result
 * @returns what is known of a value that is computed of others on the same bar
 */
export function sameBar(inputs: readonly PlanNode[], unit: Unit, range: Range): Facts {
  return { ...waitFor(inputs), unit, range };
}

/**
 * @param inputs - a value
 * @param unit - of the result
 * @param range - of the result
 * @param f - what is done with each number; NaN is passed on
 * @returns the value that f makes of each
 */
export function mapped(inputs: readonly PlanNode[], unit: Unit, range: Range, f: (x: number) => number): Planned {
  return {
    facts: sameBar(inputs, unit, range),
    reach: 0,
    make: ({ inputs: [{ block: x }], out: { block: out } }: StepPlace) =>
      stepOf((_first, length) => {
        for (let i = 0; i < length; i++) out[i] = f(x[i]);
      }),
  };
}
