import { ln } from '../logarithm';
import { number } from '../options/checks';
import { type FormulaFunction, mapped, sameBar, stepOf } from './formula-function';
import { absolute, type Range, rising, union } from './ranges';
import { logarithm, power, together, word } from './units';

/** The smallest number that has all its digits; the logarithm needs them. */
const LEAST = 2 ** -1022;
const ANY_NUMBER = number({});

const log: FormulaFunction = {
  usage: 'log(x)',
  takes: ['series'],
  plan: (inputs) => {
    const [{ facts }] = inputs;
    const range = rising(facts.range, (x) => ln(Math.max(x, LEAST)), Number.NEGATIVE_INFINITY);
    return mapped(inputs, logarithm(facts.unit), range, (x) => (x >= LEAST ? ln(x) : Number.NaN));
  },
};

const clip: FormulaFunction = {
  usage: 'clip(x, low, high)',
  takes: ['series', ANY_NUMBER, ANY_NUMBER],
  plan: (inputs, [low, high]) => {
    const [{ facts }] = inputs;
    const bound = (x: number) => Math.min(Math.max(x, low), high);
    const range: Range = [bound(facts.range[0]), bound(facts.range[1])];
    // two bounds of a price are prices, and depend on its level
    const unit = together(facts.unit, { ...facts.unit, price: 0, shares: 0, word: '' }, low === 0 && high === 0);
    return mapped(inputs, unit, range, (x) => (x < low ? low : x > high ? high : x));
  },
};

/** A condition that is no value makes none; of the other two only the chosen one counts. */
const where: FormulaFunction = {
  usage: 'where(condition, x, y)',
  takes: ['series', 'series', 'series'],
  plan: (inputs) => {
    const [condition, yes, no] = inputs.map(({ facts }) => facts);
    const unit = together(yes.unit, no.unit, yes.literal === 0 || no.literal === 0);
    return {
      facts: sameBar(inputs, { ...unit, isLevel: unit.isLevel || condition.unit.isLevel }, union(yes.range, no.range)),
      reach: 0,
      make: ({ inputs: [asked, x, y], out: { block: out } }) =>
        stepOf((_first, length) => {
          for (let i = 0; i < length; i++) {
            const chosen = asked.block[i];
            out[i] = Number.isNaN(chosen) ? chosen : chosen !== 0 ? x.block[i] : y.block[i];
          }
        }),
    };
  },
};

/** Functions of values of the same bar. */
export const ELEMENTWISE: ReadonlyMap<string, FormulaFunction> = new Map([
  [
    'abs',
    {
      usage: 'abs(x)',
      takes: ['series'],
      plan: (inputs) => mapped(inputs, inputs[0].facts.unit, absolute(inputs[0].facts.range), Math.abs),
    },
  ],
  [
    'sign',
    {
      usage: 'sign(x)',
      takes: ['series'],
      plan: (inputs) => {
        const { unit, range } = inputs[0].facts;
        return mapped(inputs, { ...word('number'), isLevel: unit.isLevel }, [Math.sign(range[0]), Math.sign(range[1])], Math.sign);
      },
    },
  ],
  ['log', log],
  [
    'sqrt',
    {
      usage: 'sqrt(x)',
      takes: ['series'],
      plan: (inputs) => mapped(inputs, power(inputs[0].facts.unit, 0.5), rising(inputs[0].facts.range, Math.sqrt, 0), Math.sqrt),
    },
  ],
  ['clip', clip],
  ['where', where],
]);
