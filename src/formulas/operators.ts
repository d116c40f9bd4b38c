import { mapped, type Planned, sameBar, stepOf } from './formula-function';
import type { Facts, PlanNode, StepPlace } from './plan';
import { negative, power as powerRange, product as productRange, quotient, type Range, sum, UNIT } from './ranges';
import type { BinaryOperator } from './syntax';
import { difference, power as powerUnit, product, scaled, TRUTH, together, type Unit } from './units';

/** Numbers up to this keep a divisor from 0, and say nothing of a level of prices. */
const SMALL = 1e-6;
/** Exponents that a power may have, beside their negatives. */
export const MOST_POWER = 16;

type Loop = (x: Float64Array, y: Float64Array, out: Float64Array, length: number) => void;

/** A loop for each operator, so that each stays fast. */
const LOOPS: Readonly<Record<Exclude<BinaryOperator, '^'>, Loop>> = {
  '+': (x, y, out, length) => {
    for (let i = 0; i < length; i++) out[i] = x[i] + y[i];
  },
  '-': (x, y, out, length) => {
    for (let i = 0; i < length; i++) out[i] = x[i] - y[i];
  },
  '*': (x, y, out, length) => {
    for (let i = 0; i < length; i++) out[i] = x[i] * y[i];
  },
  '/': (x, y, out, length) => {
    for (let i = 0; i < length; i++) out[i] = x[i] / y[i];
  },
  '<': asked((x, y) => x < y),
  '>': asked((x, y) => x > y),
  '<=': asked((x, y) => x <= y),
  '>=': asked((x, y) => x >= y),
  '==': asked((x, y) => x === y),
  '!=': asked((x, y) => x !== y),
  and: asked((x, y) => x !== 0 && y !== 0),
  or: asked((x, y) => x !== 0 || y !== 0),
};

/** 1 or 0; none where one of both is none. */
function asked(isTrue: (x: number, y: number) => boolean): Loop {
  return (x, y, out, length) => {
    for (let i = 0; i < length; i++) out[i] = Number.isNaN(x[i]) || Number.isNaN(y[i]) ? Number.NaN : isTrue(x[i], y[i]) ? 1 : 0;
  };
}

/**
 * @param operator - the operator
 * @param inputs - what stands on both sides
 * @returns their result
 */
export function binary(operator: Exclude<BinaryOperator, '^'>, inputs: readonly [PlanNode, PlanNode]): Planned {
  const [unit, range] = derive(operator, inputs);
  const loop = LOOPS[operator];
  return {
    facts: sameBar(inputs, unit, range),
    reach: 0,
    make: ({ inputs: [x, y], out }: StepPlace) => stepOf((_first, length) => loop(x.block, y.block, out.block, length)),
  };
}

function derive(
  operator: Exclude<BinaryOperator, '^'>,
  [{ facts: a }, { facts: b }]: readonly [PlanNode, PlanNode],
): readonly [Unit, Range] {
  const isNothing = [a.literal, b.literal].some((literal) => literal !== undefined && Math.abs(literal) <= SMALL);
  switch (operator) {
    case '+':
      return [together(a.unit, b.unit, isNothing), sum(a.range, b.range)];
    case '-':
      return [difference(a.unit, b.unit, isNothing), sum(a.range, negative(b.range))];
    case '*':
      return [unitOfProduct(a, b), productRange(a.range, b.range)];
    case '/':
      return [b.literal === undefined ? product(a.unit, b.unit, -1) : scaled(a.unit, 1 / b.literal), quotient(a.range, b.range)];
    case 'and':
    case 'or':
      return [{ ...TRUTH, isLevel: a.unit.isLevel || b.unit.isLevel }, UNIT];
    case '<':
    case '>':
    case '<=':
    case '>=':
    case '==':
    case '!=':
      return [{ ...TRUTH, isLevel: difference(a.unit, b.unit, isNothing).isLevel }, UNIT];
  }
}

function unitOfProduct(a: Facts, b: Facts): Unit {
  if (b.literal !== undefined) return scaled(a.unit, b.literal);
  return a.literal === undefined ? product(a.unit, b.unit, 1) : scaled(b.unit, a.literal);
}

/**
 * @param operator - the operator
 * @param input - what it is before
 * @returns its result
 */
export function unary(operator: '-' | 'not', input: PlanNode): Planned {
  const { unit, range } = input.facts;
  if (operator === '-') return mapped([input], unit, negative(range), (x) => -x);
  return mapped([input], { ...TRUTH, isLevel: unit.isLevel }, UNIT, (x) => (Number.isNaN(x) ? x : x === 0 ? 1 : 0));
}

/**
 * A power, by multiplication from the left: every machine computes the same bits, which `Math.pow` does not promise.
 *
 * @param input - the base
 * @param exponent - whole, -{@link MOST_POWER} to {@link MOST_POWER}
 * @returns its power; of a negative exponent one over that of the positive one
 */
export function power(input: PlanNode, exponent: number): Planned {
  const { unit, range } = input.facts;
  const factors = Math.abs(exponent);
  return mapped([input], powerUnit(unit, exponent), powerRange(range, exponent), (x) => {
    let result = Number.isNaN(x) ? x : 1;
    for (let k = 0; k < factors; k++) result *= x;
    return exponent < 0 ? 1 / result : result;
  });
}
