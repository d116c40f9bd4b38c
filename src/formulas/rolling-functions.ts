import { BLOCK_BARS } from '../features/family';
import { clamp, rollingMoments } from '../features/moments';
import { NEGLIGIBLE } from '../features/negligible';
import { rollingMax, rollingMean, rollingMin, rollingSquares, rollingSum } from '../features/windows';
import { number } from '../options/checks';
import { type FormulaFunction, type Windowed, windowed } from './formula-function';
import type { Range } from './ranges';
import { power, type Unit, word } from './units';

const same = (unit: Unit): Unit => unit;
const sameRange = (range: Range): Range => range;
const scratch = () => new Float64Array(BLOCK_BARS);

/** What the windows of `windows.ts` have in common: sums and extremes, in its fixed order. */
const plain = (usage: string, rolling: typeof rollingSum, range: Windowed['range']): FormulaFunction =>
  windowed({
    usage,
    from: 1,
    unit: same,
    range,
    run: (values, at, out, n) => (first, length) => rolling(values, at, length, first, n, out),
  });

/** Deviations of at most 1e-12 of the mean are the rounding of a flat window, and none. */
const isFlat = (squares: number, mean: number, n: number): boolean => {
  const noise = NEGLIGIBLE * mean;
  return squares <= n * noise * noise;
};

/** What is made of a window's mean and squared deviations. */
const spread = (
  usage: string,
  unit: Windowed['unit'],
  range: Windowed['range'],
  result: (squares: number, n: number, value: number, mean: number) => number,
): FormulaFunction =>
  windowed({
    usage,
    from: 2,
    unit,
    range,
    run: (values, at, out, n) => {
      const [mean, squares] = [scratch(), scratch()];
      return (first, length) => {
        rollingMean(values, at, length, first, n, mean);
        rollingSquares(values, at, length, n, mean, squares);
        for (let i = 0; i < length; i++) out[i] = isFlat(squares[i], mean[i], n) ? 0 : result(squares[i], n, values[at + i], mean[i]);
      };
    },
  });

/** How many sample standard deviations one of n values can lie from their mean: n - 1 equal ones and it. */
const mostDeviations = (n: number): number => (n - 1) / Math.sqrt(n);

/** Bias-corrected skewness or excess kurtosis, see `statistics`. */
const shape = (usage: string, from: number, range: (n: number) => Range, result: ShapeOf): FormulaFunction =>
  windowed({
    usage,
    from,
    unit: () => word('number'),
    range: (_range, n) => range(n),
    run: (values, at, out, n) => {
      const mean = scratch();
      const sums = { squares: scratch(), cubes: scratch(), fourths: scratch() };
      const [low, high] = range(n);
      const of = result(n);
      return (first, length) => {
        rollingMean(values, at, length, first, n, mean);
        rollingMoments(values, at, length, n, mean, sums);
        for (let i = 0; i < length; i++) {
          const variance = sums.squares[i] / (n - 1);
          out[i] = isFlat(sums.squares[i], mean[i], n) ? 0 : clamp(of(variance, sums.cubes[i], sums.fourths[i]), low, high);
        }
      };
    },
  });

type ShapeOf = (n: number) => (variance: number, cubes: number, fourths: number) => number;

const skewness: ShapeOf = (n) => {
  const scale = n / ((n - 1) * (n - 2));
  return (variance, cubes) => (scale * cubes) / (variance * Math.sqrt(variance));
};

const kurtosis: ShapeOf = (n) => {
  const scale = (n * (n + 1)) / ((n - 1) * (n - 2) * (n - 3));
  const normal = (3 * (n - 1) * (n - 1)) / ((n - 2) * (n - 3));
  return (variance, _cubes, fourths) => (scale * fourths) / (variance * variance) - normal;
};

/** Bars since the extreme, the oldest of equals. */
const since = (usage: string, isBeyond: (value: number, extreme: number) => boolean): FormulaFunction =>
  windowed({
    usage,
    from: 1,
    unit: () => word('bars'),
    range: (_range, n) => [0, n - 1],
    run: (values, at, out, n) => (_first, length) => {
      for (let i = 0; i < length; i++) {
        const end = at + i;
        let extreme = values[end + 1 - n];
        let place = end + 1 - n;
        for (let k = place + 1; k <= end; k++) {
          const value = values[k];
          // a value that is none makes the window none
          if (Number.isNaN(value)) extreme = value;
          else if (isBeyond(value, extreme)) {
            extreme = value;
            place = k;
          }
        }
        out[i] = Number.isNaN(extreme) ? extreme : end - place;
      }
    },
  });

const weighted = windowed({
  usage: 'wma(x, n)',
  from: 1,
  unit: same,
  range: sameRange,
  run: (values, at, out, n) => {
    const weights = (n * (n + 1)) / 2;
    return (_first, length) => {
      for (let i = 0; i < length; i++) {
        const before = at + i - n;
        let total = 0;
        for (let k = 1; k <= n; k++) total += k * values[before + k];
        out[i] = total / weights;
      }
    };
  },
});

const rank = windowed({
  usage: 'rank(x, n)',
  from: 2,
  unit: () => word('ratio'),
  range: () => [0, 1],
  run: (values, at, out, n) => (_first, length) => {
    for (let i = 0; i < length; i++) {
      const end = at + i;
      const newest = values[end];
      let halves = 0;
      for (let k = end + 1 - n; k < end; k++) {
        const value = values[k];
        if (value < newest) halves += 2;
        else if (value === newest) halves++;
        else if (Number.isNaN(value)) halves = value;
      }
      out[i] = Number.isNaN(newest) ? newest : halves / (2 * (n - 1));
    }
  },
});

const quantile = windowed({
  usage: 'quantile(x, n, p)',
  from: 1,
  numbers: [number({ from: 0, to: 1 }, 'a share')],
  unit: same,
  range: sameRange,
  run: (values, at, out, n, share) => {
    const sorted = new SortedWindow(n);
    const place = share * (n - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, n - 1);
    return (_first, length) => {
      sorted.fill(values.subarray(at + 1 - n, at));
      for (let i = 0; i < length; i++) {
        if (i > 0) sorted.remove(values[at + i - n]);
        sorted.add(values[at + i]);
        const low = sorted.values[below];
        out[i] = sorted.size < n ? Number.NaN : low + (sorted.values[above] - low) * (place - below);
      }
    };
  },
});

/** Values in order, with room for a window; NaN is left out. */
class SortedWindow {
  readonly values: Float64Array;
  size = 0;

  constructor(room: number) {
    this.values = new Float64Array(room);
  }

  /** @param values - all that are to be there; a live bar fills it anew, which one by one would take as many steps as the window's square */
  fill(values: Float64Array): void {
    this.size = 0;
    for (const value of values) if (!Number.isNaN(value)) this.values[this.size++] = value;
    this.values.subarray(0, this.size).sort();
  }

  add(value: number): void {
    if (Number.isNaN(value)) return;
    const { values } = this;
    let place = this.size++;
    for (; place > 0 && values[place - 1] > value; place--) values[place] = values[place - 1];
    values[place] = value;
  }

  /** @param value - one that was added */
  remove(value: number): void {
    if (Number.isNaN(value)) return;
    const { values } = this;
    let place = this.#find(value);
    this.size--;
    for (; place < this.size; place++) values[place] = values[place + 1];
  }

  /** @returns where the first value stands that is not smaller */
  #find(value: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.values[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Functions of the last n values of one series. */
export const ROLLING: ReadonlyMap<string, FormulaFunction> = new Map([
  ['sma', plain('sma(x, n)', rollingMean, sameRange)],
  ['sum', plain('sum(x, n)', rollingSum, ([low, high], n) => [n * low, n * high])],
  ['min', plain('min(x, n)', rollingMin, sameRange)],
  ['max', plain('max(x, n)', rollingMax, sameRange)],
  ['wma', weighted],
  [
    'std',
    spread(
      'std(x, n)',
      same,
      ([low, high]) => [0, high - low],
      (squares, n) => Math.sqrt(squares / (n - 1)),
    ),
  ],
  [
    'var',
    spread(
      'var(x, n)',
      (unit) => power(unit, 2),
      ([low, high]) => [0, (high - low) ** 2],
      (squares, n) => squares / (n - 1),
    ),
  ],
  [
    'zscore',
    spread(
      'zscore(x, n)',
      () => word('standard deviations'),
      (_range, n) => [-mostDeviations(n), mostDeviations(n)],
      (squares, n, value, mean) => clamp((value - mean) / Math.sqrt(squares / (n - 1)), -mostDeviations(n), mostDeviations(n)),
    ),
  ],
  ['skew', shape('skew(x, n)', 3, (n) => [-Math.sqrt(n), Math.sqrt(n)], skewness)],
  ['kurt', shape('kurt(x, n)', 4, (n) => [(-2 * (n - 1)) / (n - 3), n], kurtosis)],
  ['argmin', since('argmin(x, n)', (value, extreme) => value < extreme)],
  ['argmax', since('argmax(x, n)', (value, extreme) => value > extreme)],
  ['rank', rank],
  ['quantile', quantile],
]);
