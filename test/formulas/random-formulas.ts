import type { Bars } from '../../src/bars/bars';
import { atr, OF_PAIR, OF_TWO, OF_VALUE, OF_WINDOW, power, quantile, type Series, series } from './naive-series';

/** Values that formulas name, of every bar. */
export type Named = (name: string) => Series;

/** A formula, and what it means. */
export interface RandomFormula {
  readonly text: string;
  /** How tightly its outermost operator binds: 0 `?:`, 1 or, 2 and, 3 comparisons, 4 + -, 5 * /, 6 signs, 7 ^, 8 all else. */
  readonly binding: number;
  /** Whether some of its values are not looked at on some bars. */
  readonly chooses: boolean;
  readonly values: (named: Named, length: number) => Series;
}

/** Built-in features that random formulas name: some of a family together, one with a long warm-up, one of longer bars. */
export const NAMED_FEATURES = ['rsi_14', 'rsi_7', 'atr_14_percent', 'return_std_20', 'close_zscore_20', 'bollinger_percent_b', 'sma_50'];

const COLUMNS = ['open', 'high', 'low', 'close', 'volume'];
const NUMBERS = ['0', '1', '2', '0.5', '100', '1e-6', '.25', '3e2'];
const BINDING: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  '<': 3,
  '>': 3,
  '<=': 3,
  '>=': 3,
  '==': 3,
  '!=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
};

/**
 * @param next - gives random numbers in [0, 1)
 * @param depth - operators and functions within each other, at most
 * @returns a formula of at least one column
 */
export function randomFormula(next: () => number, depth: number): RandomFormula {
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  const pick = <T>(of: readonly T[]): T => of[whole(0, of.length - 1)];
  const space = () => pick(['', ' ', ' ', ' ', '\n ', '\t']);
  const atom = (text: string, values: RandomFormula['values'], chooses = false): RandomFormula => ({ text, binding: 8, chooses, values });
  /** In parentheses where it binds less tightly than it must, and sometimes where it does not. */
  const bound = (one: RandomFormula, least: number): string => (one.binding < least || next() < 0.1 ? `(${space()}${one.text})` : one.text);

  const leaf = (): RandomFormula => {
    const kind = next();
    if (kind < 0.15) {
      const text = pick(NUMBERS);
      return atom(text, (_named, length) => series(length, () => Number(text)));
    }
    const name = kind < 0.3 ? pick(NAMED_FEATURES) : pick(COLUMNS);
    return atom(name, (named) => named(name));
  };

  const called = (
    name: string,
    args: readonly RandomFormula[],
    numbers: readonly string[],
    values: RandomFormula['values'],
  ): RandomFormula =>
    atom(
      `${name}${space()}(${[...args.map(({ text }) => text), ...numbers].join(`,${space()}`)})`,
      values,
      args.some(({ chooses }) => chooses),
    );

  const make = (left: number): RandomFormula => {
    if (left === 0) return leaf();
    const below = () => make(whole(0, left - 1));
    const kind = next();
    if (kind < 0.3) {
      const operator = pick(Object.keys(OF_TWO));
      const [x, y] = [below(), below()];
      const binding = BINDING[operator];
      // comparisons are not chained, and what stands to the right of - and / binds more tightly
      const text = `${bound(x, binding === 3 ? 4 : binding)}${operator.length > 1 ? ' ' : space()}${operator} ${bound(y, binding + 1)}`;
      return {
        text,
        binding,
        chooses: x.chooses || y.chooses,
        values: (named, length) => {
          const [a, b] = [x.values(named, length), y.values(named, length)];
          return series(length, (t) => OF_TWO[operator](a[t], b[t]));
        },
      };
    }
    if (kind < 0.6) {
      const name = pick(Object.keys(OF_WINDOW));
      const { from, of } = OF_WINDOW[name];
      const x = below();
      const n = whole(from, next() < 0.1 ? 130 : 25);
      return called(name, [x], [String(n)], (named, length) => of(x.values(named, length), n));
    }
    if (kind < 0.7) {
      const name = pick(Object.keys(OF_PAIR));
      const [x, y, n] = [below(), below(), whole(2, 30)];
      return called(name, [x, y], [String(n)], (named, length) => OF_PAIR[name](x.values(named, length), y.values(named, length), n));
    }
    if (kind < 0.78) {
      const name = pick(Object.keys(OF_VALUE));
      const x = below();
      return called(name, [x], [], (named, length) => x.values(named, length).map((value) => finite(OF_VALUE[name](value))));
    }
    if (kind < 0.82) {
      const [x, n, share] = [below(), whole(1, 30), pick(['0', '0.2', '0.5', '0.8', '1'])];
      return called('quantile', [x], [String(n), share], (named, length) => quantile(x.values(named, length), n, Number(share)));
    }
    if (kind < 0.85) {
      const n = whole(1, 30);
      const [name, args] = pick([
        ['atr', []],
        ['rsi', []],
      ] as const);
      return called(name, args, [String(n)], (named) =>
        name === 'atr' ? atr(named('high'), named('low'), named('close'), n) : OF_WINDOW.rsi.of(named('close'), n),
      );
    }
    if (kind < 0.88) {
      const x = below();
      return called('clip', [x], ['-1', '50'], (named, length) =>
        x.values(named, length).map((value) => (value < -1 ? -1 : value > 50 ? 50 : value)),
      );
    }
    if (kind < 0.93) {
      const [asked, x, y] = [below(), below(), below()];
      const values: RandomFormula['values'] = (named, length) => {
        const [c, a, b] = [asked, x, y].map((one) => one.values(named, length));
        return series(length, (t) => (Number.isNaN(c[t]) ? c[t] : c[t] !== 0 ? a[t] : b[t]));
      };
      if (next() < 0.5) return { ...called('where', [asked, x, y], [], values), chooses: true };
      return { text: `${bound(asked, 1)} ? ${bound(x, 1)} : ${bound(y, 0)}`, binding: 0, chooses: true, values };
    }
    const x = below();
    if (kind < 0.96) {
      const exponent = whole(-3, 3);
      const text = `${bound(x, 8)}${space()}^ ${exponent}`;
      return {
        text,
        binding: 7,
        chooses: x.chooses,
        values: (named, length) => x.values(named, length).map((value) => finite(power(value, exponent))),
      };
    }
    if (kind < 0.98)
      return {
        text: `-${bound(x, 6)}`,
        binding: 6,
        chooses: x.chooses,
        values: (named, length) => x.values(named, length).map((value) => -value),
      };
    const values: RandomFormula['values'] = (named, length) =>
      x.values(named, length).map((value) => (Number.isNaN(value) ? value : Number(value === 0)));
    return atom(`(not (${x.text}))`, values, x.chooses);
  };

  for (;;) {
    const one = make(depth);
    if (COLUMNS.some((name) => one.text.includes(name))) return one;
  }
}

const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

/** The columns and some features of bars, by name. */
export function namedOf(bars: Bars, features: ReadonlyMap<string, Series>): Named {
  const columns: Readonly<Record<string, Series>> = {
    open: bars.open,
    high: bars.high,
    low: bars.low,
    close: bars.close,
    volume: bars.volume,
  };
  return (name) => {
    const values = Object.hasOwn(columns, name) ? columns[name] : features.get(name);
    if (values === undefined) throw new Error(`no values of ${name}`);
    return values;
  };
}
