import { NEGLIGIBLE } from '../features/negligible';
import { Ema, WilderAverage } from '../features/recursions';
import { bars, type FormulaFunction, stepOf } from './formula-function';
import { type Column, type PlanNode, type Step, type StepPlace, waitFor } from './plan';
import { FROM_ZERO, negative, type Range, sum as sumOf } from './ranges';
import { difference, type Unit, word } from './units';

/** Larger numbers are not taken into averages, whose sums might overflow. */
const LARGEST = 1e290;
const isTaken = (value: number): boolean => Math.abs(value) <= LARGEST;

type Derived = readonly [unit: Unit, range: Range];

/** A function of a series and a number of bars that waits for so many more. */
function waiting(
  usage: string,
  wait: (n: number) => number,
  reach: (n: number) => number,
  derive: (inputs: readonly PlanNode[]) => Derived,
  make: (place: StepPlace, n: number) => Step,
  implied: readonly string[] = [],
  series = 1,
): FormulaFunction {
  return {
    usage,
    takes: [...Array.from({ length: series }, () => 'series' as const), bars(1)],
    implied,
    plan: (inputs, [n]) => {
      const waited = waitFor(inputs);
      const [unit, range] = derive(inputs);
      return {
        facts: { ...waited, unit, range, warmup: waited.warmup + wait(n) },
        reach: reach(n),
        make: (place) => make(place, n),
      };
    },
  };
}

const itself = (n: number): number => n;
const one = (): number => 1;
const sameAs = ([{ facts }]: readonly PlanNode[]): Derived => [facts.unit, facts.range];

const lag = waiting('lag(x, n)', itself, itself, sameAs, ({ inputs: [x], out }, n) =>
  stepOf((_first, length) => {
    for (let i = 0; i < length; i++) out.block[i] = x.values[x.at + i - n];
  }),
);

const delta = waiting(
  'delta(x, n)',
  itself,
  itself,
  ([{ facts }]) => [difference(facts.unit, facts.unit, false), sumOf(facts.range, negative(facts.range))],
  ({ inputs: [x], out }, n) =>
    stepOf((_first, length) => {
      for (let i = 0; i < length; i++) out.block[i] = x.block[i] - x.values[x.at + i - n];
    }),
);

const ema = waiting(
  'ema(x, n)',
  (n) => n - 1,
  () => 0,
  sameAs,
  ({ inputs: [x], out, state }, n) => {
    const average = new Ema(state.slots(Ema.SLOTS), n);
    return stepOf((_first, length) => {
      for (let i = 0; i < length; i++) out.block[i] = isTaken(x.block[i]) ? average.next(x.block[i]) : Number.NaN;
    });
  },
);

const atr = waiting(
  'atr(n)',
  itself,
  one,
  ([, , { facts }]) => [facts.unit, FROM_ZERO],
  ({ inputs: [high, low, close], out, state }, n) => {
    const average = new WilderAverage(state.slots(WilderAverage.SLOTS), n);
    return stepOf((_first, length) => {
      for (let i = 0; i < length; i++) {
        const [top, bottom, previous] = [high.block[i], low.block[i], close.values[close.at + i - 1]];
        const range = Math.max(top - bottom, Math.abs(top - previous), Math.abs(bottom - previous));
        out.block[i] = isTaken(range) ? average.next(range) : Number.NaN;
      }
    });
  },
  ['high', 'low', 'close'],
  3,
);

const rsi = waiting(
  'rsi(n) or rsi(x, n)',
  itself,
  one,
  () => [word('percent'), [0, 100]],
  ({ inputs: [x], out, state }, n) => {
    const gain = new WilderAverage(state.slots(WilderAverage.SLOTS), n);
    const loss = new WilderAverage(state.slots(WilderAverage.SLOTS), n);
    return stepOf((_first, length) => {
      for (let i = 0; i < length; i++) out.block[i] = strength(x, i, gain, loss);
    });
  },
  ['close'],
);

/** As `rsi` of the library has it: 50 where nothing moves. */
function strength(x: Column, i: number, gain: WilderAverage, loss: WilderAverage): number {
  const value = x.block[i];
  const change = value - x.values[x.at + i - 1];
  if (!isTaken(change)) return Number.NaN;
  const up = gain.next(change > 0 ? change : 0);
  const movement = up + loss.next(change < 0 ? -change : 0);
  return movement <= Math.abs(value) * NEGLIGIBLE ? 50 : 100 * (up / movement);
}

/** Functions that look at bars before, or remember all of them. */
export const RECURSIVE: ReadonlyMap<string, FormulaFunction> = new Map([
  ['lag', lag],
  ['delta', delta],
  ['ema', ema],
  ['atr', atr],
  ['rsi', rsi],
]);
