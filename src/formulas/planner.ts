import type { TickerforestError } from '../errors';
import type { Check } from '../options/checks';
import { quoted } from '../text';
import type { BuiltInFeatures } from './built-in-features';
import { ELEMENTWISE } from './elementwise-functions';
import type { FormulaFunction, Planned } from './formula-function';
import type { Vocabulary } from './grammar';
import { binary, MOST_POWER, power, unary } from './operators';
import type { PlanNode } from './plan';
import { ANY, FROM_ZERO } from './ranges';
import { RECURSIVE } from './recursive-functions';
import { REGRESSION } from './regression-functions';
import { ROLLING } from './rolling-functions';
import type { Syntax } from './syntax';
import { type FormulaText, formulaError } from './tokens';
import { LITERAL, unitFrom } from './units';

/** Columns of a bar, and what one is one of. */
const COLUMNS = { open: 'price', high: 'price', low: 'price', close: 'price', volume: 'shares' } as const;
type ColumnName = keyof typeof COLUMNS;

const isColumn = (name: string): name is ColumnName => Object.hasOwn(COLUMNS, name);

/** Every function that formulas may call. */
export const FUNCTIONS: ReadonlyMap<string, FormulaFunction> = new Map([...RECURSIVE, ...ROLLING, ...REGRESSION, ...ELEMENTWISE]);

/** What is often meant by another number of values. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ['min', '; the smaller of two is where(x < y, x, y)'],
  ['max', '; the larger of two is where(x > y, x, y)'],
]);

/**
 * @param features - the built-in features
 * @returns all names that formulas may use
 */
export function vocabularyOf(features: BuiltInFeatures): Vocabulary {
  return {
    series: new Set([...Object.keys(COLUMNS), ...features.keys()]),
    functions: new Map([...FUNCTIONS].map(([name, { usage }]) => [name, usage])),
  };
}

/** Values that one or more formulas are computed of; what several need is there once. */
export class Planner {
  readonly #nodes = new Map<string, PlanNode>();
  readonly #features: BuiltInFeatures;

  /** @param features - those that the market has */
  constructor(features: BuiltInFeatures) {
    this.#features = features;
  }

  /** All values, each after those that it is computed of. */
  get nodes(): readonly PlanNode[] {
    return [...this.#nodes.values()];
  }

  /**
   * @param formula - a formula
   * @param syntax - its tree
   * @returns its value
   * @throws TickerforestError `INVALID_OPTION` naming the character and what was expected
   */
  plan(formula: FormulaText, syntax: Syntax): PlanNode {
    switch (syntax.kind) {
      case 'number':
        return this.#literal(syntax.value);
      case 'name':
        return isColumn(syntax.name) ? this.#column(syntax.name) : this.#feature(formula, syntax.name, syntax.at);
      case 'unary': {
        const number = numberIn(syntax);
        if (number !== undefined) return this.#literal(number);
        const operand = this.plan(formula, syntax.operand);
        return this.#node(syntax.operator, [operand], [], () => unary(syntax.operator, operand));
      }
      case 'binary': {
        const { operator } = syntax;
        const left = this.plan(formula, syntax.left);
        if (operator === '^') {
          const exponent = numberIn(syntax.right);
          if (exponent === undefined || !Number.isInteger(exponent) || Math.abs(exponent) > MOST_POWER) {
            throw formulaError(
              formula,
              syntax.right.at,
              `a whole exponent from -${MOST_POWER} to ${MOST_POWER} (a root is sqrt(x))`,
              'another',
            );
          }
          return this.#node('^', [left], [exponent], () => power(left, exponent));
        }
        const right = this.plan(formula, syntax.right);
        return this.#node(operator, [left, right], [], () => binary(operator, [left, right]));
      }
      case 'call':
        return this.#call(formula, syntax);
    }
  }

  #call(formula: FormulaText, { name, args, at }: Syntax & { readonly kind: 'call' }): PlanNode {
    const called = FUNCTIONS.get(name);
    if (called === undefined) throw formulaError(formula, at, 'a function', quoted(name));
    const { takes, implied = [], usage } = called;
    const isShort = implied.length > 0 && args.length === takes.length - implied.length;
    if (!isShort && args.length !== takes.length) throw formulaError(formula, at, usage, `${name} of ${args.length}`);
    const inputs: PlanNode[] = isShort ? implied.filter(isColumn).map((column) => this.#column(column)) : [];
    const numbers: number[] = [];
    const left = isShort ? takes.slice(implied.length) : takes;
    left.forEach((argument, i) => {
      if (argument === 'series') inputs.push(this.plan(formula, args[i]));
      else numbers.push(numberOf(formula, args[i], argument, `in ${usage}${HINTS.get(name) ?? ''}`));
    });
    if (name === 'clip' && !(numbers[0] < numbers[1]))
      throw formulaError(formula, args[1].at, 'low below high in clip(x, low, high)', 'this');
    return this.#node(name, inputs, numbers, () => called.plan(inputs, numbers));
  }

  #node(name: string, inputs: readonly PlanNode[], numbers: readonly number[], make: () => Planned): PlanNode {
    return this.#once(`${name}(${[...inputs.map(({ key }) => key), ...numbers.map(String)].join(',')})`, inputs, make);
  }

  #once(key: string, inputs: readonly PlanNode[], make: () => Planned): PlanNode {
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    const planned = make();
    const [low, high] = planned.facts.range;
    const isKnown = !Number.isNaN(low) && !Number.isNaN(high);
    const node: PlanNode = { key, inputs, ...planned, facts: { ...planned.facts, range: isKnown ? [low, high] : ANY } };
    this.#nodes.set(key, node);
    return node;
  }

  #literal(value: number): PlanNode {
    return this.#once(String(value), [], () => ({
      facts: { unit: LITERAL, range: [value, value], warmup: 0, gaps: false, literal: value },
      reach: 0,
      make:
        ({ out }) =>
        ({ length }) => {
          out.block.fill(value, 0, length);
        },
    }));
  }

  #column(name: ColumnName): PlanNode {
    return this.#once(name, [], () => ({
      facts: { unit: unitFrom(COLUMNS[name], false), range: FROM_ZERO, warmup: 0, gaps: false },
      reach: 0,
      make:
        ({ out }) =>
        (block) => {
          out.block.set(block[name]);
        },
    }));
  }

  #feature(formula: FormulaText, name: string, at: number): PlanNode {
    const feature = this.#features.get(name);
    if (feature === undefined) throw formulaError(formula, at, 'a feature that bars of this length have', quoted(name));
    const { family, column, spec } = feature;
    return this.#once(name, [], () => ({
      facts: { unit: unitFrom(spec.unit, spec.model), range: spec.range, warmup: spec.warmup, gaps: spec.gaps === true },
      reach: 0,
      make: ({ out, columnsOf }) => {
        const { fold, columns } = columnsOf(family);
        return (block) => {
          fold(block);
          out.block.set(columns[column].subarray(0, block.length));
        };
      },
    }));
  }
}

/** @returns the number that is written, with its sign; undefined for anything else */
function numberIn(syntax: Syntax): number | undefined {
  if (syntax.kind === 'number') return syntax.value;
  if (syntax.kind === 'unary' && syntax.operator === '-' && syntax.operand.kind === 'number') return 0 - syntax.operand.value;
  return undefined;
}

function numberOf(formula: FormulaText, syntax: Syntax, check: Check<number>, where: string): number {
  const value = numberIn(syntax);
  const wrong = (found: string): TickerforestError => formulaError(formula, syntax.at, `${check.wanted} ${where}`, found);
  if (value === undefined) throw wrong('something to be computed');
  try {
    return check.read(value, { call: 'formula', name: 'n' });
  } catch {
    throw wrong(String(value));
  }
}
