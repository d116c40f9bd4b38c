/** What formulas mean, once more and plainly: over whole series, one value after the other, in the order of summation that docs/formulas.md states. */
import { ln } from '../../src/logarithm';

export type Series = Float64Array;

const NONE = Number.NaN;

/** The value of each bar; what is no finite number is none. */
export function series(length: number, valueOn: (t: number) => number): Series {
  const values = new Float64Array(length);
  for (let t = 0; t < length; t++) {
    const value = valueOn(t);
    values[t] = Number.isFinite(value) ? value : NONE;
  }
  return values;
}

const at = (x: Series, t: number): number => (t < 0 ? NONE : x[t]);
const windowOf = (x: Series, t: number, n: number): number[] => Array.from({ length: n }, (_, k) => at(x, t - n + 1 + k));
const hasAll = (window: readonly number[]): boolean => !window.some(Number.isNaN);

/** Time is cut every n bars: the newer part is added from left to right, the older one from right to left, and then both. */
function total(x: Series, t: number, n: number): number {
  const piece = t - (t % n);
  let newer = at(x, piece);
  for (let k = piece + 1; k <= t; k++) newer += at(x, k);
  if (t % n === n - 1) return newer;
  let older = at(x, piece - 1);
  for (let k = piece - 2; k > t - n; k--) older += at(x, k);
  return older + newer;
}

const mean = (x: Series, t: number, n: number): number => total(x, t, n) / n;

/** Every fourth value by itself, and what is left beside the first of them; then both pairs. */
function squaresOf(x: Series, t: number, n: number): number {
  const centre = mean(x, t, n);
  const deviations = windowOf(x, t, n).map((value) => value - centre);
  const parts = [0, 0, 0, 0];
  const whole = n - (n % 4);
  for (let k = 0; k < n; k++) parts[k < whole ? k % 4 : 0] += deviations[k] * deviations[k];
  return parts[0] + parts[1] + (parts[2] + parts[3]);
}

/** Every second value by itself, and what is left beside the first of them. */
function powersOf(x: Series, t: number, n: number): readonly [squares: number, cubes: number, fourths: number] {
  const centre = mean(x, t, n);
  const sums = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  const whole = n - (n % 2);
  windowOf(x, t, n).forEach((value, k) => {
    const d = value - centre;
    const part = sums[k < whole ? k % 2 : 0];
    part[0] += d * d;
    part[1] += d * d * d;
    part[2] += d * d * (d * d);
  });
  return [sums[0][0] + sums[1][0], sums[0][1] + sums[1][1], sums[0][2] + sums[1][2]];
}

const noise = (centre: number, n: number): number => n * (1e-12 * centre) * (1e-12 * centre);
const isFlat = (squares: number, centre: number, n: number): boolean => squares <= noise(centre, n);
const within = (value: number, low: number, high: number): number => (value < low ? low : value > high ? high : value);

/** Exponential averages: the first n values that there are make the seed. */
function averaged(x: Series, n: number, next: (average: number, value: number) => number): Series {
  let count = 0;
  let average = 0;
  return series(x.length, (t) => {
    if (Number.isNaN(x[t])) return NONE;
    if (count === n) {
      average = next(average, x[t]);
      return average;
    }
    count++;
    average += x[t];
    if (count < n) return NONE;
    average /= n;
    return average;
  });
}

const wilder = (x: Series, n: number): Series => averaged(x, n, (average, value) => (average * (n - 1) + value) / n);

function extremeAge(x: Series, t: number, n: number, sign: number): number {
  const window = windowOf(x, t, n);
  if (!hasAll(window)) return NONE;
  const extreme = sign * Math.max(...window.map((value) => sign * value));
  return n - 1 - window.indexOf(extreme);
}

function pairOf(
  x: Series,
  y: Series,
  t: number,
  n: number,
): { readonly xx: number; readonly yy: number; readonly xy: number; readonly isFlat: boolean } {
  const [mx, my] = [mean(x, t, n), mean(y, t, n)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let k = t - n + 1; k <= t; k++) {
    const [dx, dy] = [at(x, k) - mx, at(y, k) - my];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return { xx, yy, xy, isFlat: !Number.isNaN(xy) && (isFlat(xx, mx, n) || isFlat(yy, my, n)) };
}

function lineOf(x: Series, t: number, n: number): { readonly slope: number; readonly r2: number; readonly residual: number } {
  const centre = mean(x, t, n);
  const time = (n * (n * n - 1)) / 12;
  let [xx, tx] = [0, 0];
  for (let k = 0; k < n; k++) {
    const d = at(x, t - n + 1 + k) - centre;
    xx += d * d;
    tx += (k - (n - 1) / 2) * d;
  }
  if (isFlat(xx, centre, n)) return { slope: 0, r2: 0, residual: 0 };
  const slope = tx / time;
  return { slope, r2: within((tx * tx) / (xx * time), 0, 1), residual: at(x, t) - centre - slope * ((n - 1) / 2) };
}

const over = (x: Series, valueOn: (t: number) => number): Series => series(x.length, valueOn);

/** Functions of one series and a number of bars. */
export const OF_WINDOW: Readonly<Record<string, { readonly from: number; readonly of: (x: Series, n: number) => Series }>> = {
  lag: { from: 1, of: (x, n) => over(x, (t) => at(x, t - n)) },
  delta: { from: 1, of: (x, n) => over(x, (t) => x[t] - at(x, t - n)) },
  sma: { from: 1, of: (x, n) => over(x, (t) => mean(x, t, n)) },
  sum: { from: 1, of: (x, n) => over(x, (t) => total(x, t, n)) },
  min: { from: 1, of: (x, n) => over(x, (t) => windowOf(x, t, n).reduce((a, b) => Math.min(a, b))) },
  max: { from: 1, of: (x, n) => over(x, (t) => windowOf(x, t, n).reduce((a, b) => Math.max(a, b))) },
  wma: {
    from: 1,
    of: (x, n) => over(x, (t) => windowOf(x, t, n).reduce((sum, value, k) => sum + (k + 1) * value, 0) / ((n * (n + 1)) / 2)),
  },
  ema: { from: 1, of: (x, n) => averaged(x, n, (average, value) => average + (value - average) * (2 / (n + 1))) },
  std: {
    from: 2,
    of: (x, n) => over(x, (t) => (isFlat(squaresOf(x, t, n), mean(x, t, n), n) ? 0 : Math.sqrt(squaresOf(x, t, n) / (n - 1)))),
  },
  var: { from: 2, of: (x, n) => over(x, (t) => (isFlat(squaresOf(x, t, n), mean(x, t, n), n) ? 0 : squaresOf(x, t, n) / (n - 1))) },
  zscore: {
    from: 2,
    of: (x, n) =>
      over(x, (t) => {
        const [squares, centre, most] = [squaresOf(x, t, n), mean(x, t, n), (n - 1) / Math.sqrt(n)];
        return isFlat(squares, centre, n) ? 0 : within((x[t] - centre) / Math.sqrt(squares / (n - 1)), -most, most);
      }),
  },
  skew: {
    from: 3,
    of: (x, n) =>
      over(x, (t) => {
        const [squares, cubes] = powersOf(x, t, n);
        const variance = squares / (n - 1);
        const value = ((n / ((n - 1) * (n - 2))) * cubes) / (variance * Math.sqrt(variance));
        return isFlat(squares, mean(x, t, n), n) ? 0 : within(value, -Math.sqrt(n), Math.sqrt(n));
      }),
  },
  kurt: {
    from: 4,
    of: (x, n) =>
      over(x, (t) => {
        const [squares, , fourths] = powersOf(x, t, n);
        const variance = squares / (n - 1);
        const scale = (n * (n + 1)) / ((n - 1) * (n - 2) * (n - 3));
        const value = (scale * fourths) / (variance * variance) - (3 * (n - 1) * (n - 1)) / ((n - 2) * (n - 3));
        return isFlat(squares, mean(x, t, n), n) ? 0 : within(value, (-2 * (n - 1)) / (n - 3), n);
      }),
  },
  argmin: { from: 1, of: (x, n) => over(x, (t) => extremeAge(x, t, n, -1)) },
  argmax: { from: 1, of: (x, n) => over(x, (t) => extremeAge(x, t, n, 1)) },
  rank: {
    from: 2,
    of: (x, n) =>
      over(x, (t) => {
        const others = windowOf(x, t, n).slice(0, -1);
        const count = (is: (value: number) => boolean) => others.filter(is).length;
        return hasAll([...others, x[t]]) ? (2 * count((value) => value < x[t]) + count((value) => value === x[t])) / (2 * (n - 1)) : NONE;
      }),
  },
  slope: { from: 2, of: (x, n) => over(x, (t) => lineOf(x, t, n).slope) },
  rsquare: { from: 3, of: (x, n) => over(x, (t) => lineOf(x, t, n).r2) },
  resi: { from: 3, of: (x, n) => over(x, (t) => lineOf(x, t, n).residual) },
  rsi: {
    from: 1,
    of: (x, n) => {
      const change = over(x, (t) => x[t] - at(x, t - 1));
      const up = wilder(
        over(x, (t) => (change[t] > 0 ? change[t] : change[t] * 0)),
        n,
      );
      const down = wilder(
        over(x, (t) => (change[t] < 0 ? -change[t] : change[t] * 0)),
        n,
      );
      return over(x, (t) => (up[t] + down[t] <= Math.abs(x[t]) * 1e-12 ? 50 : 100 * (up[t] / (up[t] + down[t]))));
    },
  },
};

/** Functions of two series and a number of bars. */
export const OF_PAIR: Readonly<Record<string, (x: Series, y: Series, n: number) => Series>> = {
  corr: (x, y, n) =>
    over(x, (t) => {
      const pair = pairOf(x, y, t, n);
      return pair.isFlat ? 0 : within(pair.xy / Math.sqrt(pair.xx * pair.yy), -1, 1);
    }),
  cov: (x, y, n) =>
    over(x, (t) => {
      const pair = pairOf(x, y, t, n);
      return pair.isFlat ? 0 : pair.xy / (n - 1);
    }),
};

/** Type 7: linear between neighbours. */
export function quantile(x: Series, n: number, share: number): Series {
  return over(x, (t) => {
    const window = windowOf(x, t, n).sort((a, b) => a - b);
    if (!hasAll(window)) return NONE;
    const below = Math.floor(share * (n - 1));
    return window[below] + (window[Math.min(below + 1, n - 1)] - window[below]) * (share * (n - 1) - below);
  });
}

/** Wilder's average of the true range. */
export function atr(high: Series, low: Series, close: Series, n: number): Series {
  const ranges = over(close, (t) => {
    const before = at(close, t - 1);
    return Math.max(high[t] - low[t], Math.abs(high[t] - before), Math.abs(low[t] - before));
  });
  return wilder(ranges, n);
}

/** Functions of one value. */
export const OF_VALUE: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  sign: Math.sign,
  sqrt: Math.sqrt,
  log: (x) => (x >= 2 ** -1022 ? ln(x) : NONE),
};

const truth = (x: number, y: number, is: boolean): number => (Number.isNaN(x) || Number.isNaN(y) ? NONE : Number(is));

/** What stands between two values. */
export const OF_TWO: Readonly<Record<string, (x: number, y: number) => number>> = {
  '+': (x, y) => x + y,
  '-': (x, y) => x - y,
  '*': (x, y) => x * y,
  '/': (x, y) => x / y,
  '<': (x, y) => truth(x, y, x < y),
  '>': (x, y) => truth(x, y, x > y),
  '<=': (x, y) => truth(x, y, x <= y),
  '>=': (x, y) => truth(x, y, x >= y),
  '==': (x, y) => truth(x, y, x === y),
  '!=': (x, y) => truth(x, y, x !== y),
  and: (x, y) => truth(x, y, x !== 0 && y !== 0),
  or: (x, y) => truth(x, y, x !== 0 || y !== 0),
};

/** A power by multiplication from the left. */
export function power(x: number, exponent: number): number {
  let result = x * 0 + 1;
  for (let k = 0; k < Math.abs(exponent); k++) result *= x;
  return exponent < 0 ? 1 / result : result;
}
