import { BLOCK_BARS } from '../features/family';
import { clamp } from '../features/moments';
import { NEGLIGIBLE } from '../features/negligible';
import { rollingMean } from '../features/windows';
import { bars, type FormulaFunction, stepOf, windowed } from './formula-function';
import { waitFor } from './plan';
import { ANY, type Range, UNIT } from './ranges';
import { product, type Unit, word } from './units';

/** Sums over a window of pairs: squared deviations of each, and products of both. */
type PairResult = (xx: number, yy: number, xy: number, n: number) => number;

const flat = (mean: number, n: number): number => n * (NEGLIGIBLE * mean) * (NEGLIGIBLE * mean);

/** A function of two series; sums run from the oldest to the newest. Without deviation of either it is 0. */
function paired(usage: string, unit: (a: Unit, b: Unit) => Unit, range: Range, result: PairResult): FormulaFunction {
  return {
    usage,
    takes: ['series', 'series', bars(2)],
    plan: (inputs, [n]) => {
      const wait = waitFor(inputs);
      return {
        facts: { ...wait, unit: unit(inputs[0].facts.unit, inputs[1].facts.unit), range, warmup: wait.warmup + n - 1 },
        reach: n - 1,
        make: ({ inputs: [x, y], out: { block: out } }) => {
          const [xMean, yMean] = [new Float64Array(BLOCK_BARS), new Float64Array(BLOCK_BARS)];
          return stepOf((first, length) => {
            rollingMean(x.values, x.at, length, first, n, xMean);
            rollingMean(y.values, y.at, length, first, n, yMean);
            for (let i = 0; i < length; i++) {
              const [xStart, yStart] = [x.at + i + 1 - n, y.at + i + 1 - n];
              let xx = 0;
              let yy = 0;
              let xy = 0;
              for (let k = 0; k < n; k++) {
                const dx = x.values[xStart + k] - xMean[i];
                const dy = y.values[yStart + k] - yMean[i];
                xx += dx * dx;
                yy += dy * dy;
                xy += dx * dy;
              }
              out[i] = Number.isNaN(xy) ? xy : xx <= flat(xMean[i], n) || yy <= flat(yMean[i], n) ? 0 : result(xx, yy, xy, n);
            }
          });
        },
      };
    },
  };
}

/** Least squares of the last n values on the numbers of their bars. */
type LineResult = (slope: number, xx: number, tx: number, newest: number, n: number) => number;

/** Sum of squared deviations of 0 to n - 1 from their mean. */
const timeSquares = (n: number): number => (n * (n * n - 1)) / 12;

/** A figure of the line through a window; sums run from the oldest to the newest. Without deviation it is 0. */
function line(usage: string, unit: (unit: Unit) => Unit, range: Range, from: number, result: LineResult): FormulaFunction {
  return windowed({
    usage,
    from,
    unit,
    range: () => range,
    run: (values, at, out, n) => {
      const mean = new Float64Array(BLOCK_BARS);
      const middle = (n - 1) / 2;
      const squares = timeSquares(n);
      return (first, length) => {
        rollingMean(values, at, length, first, n, mean);
        for (let i = 0; i < length; i++) {
          const start = at + i + 1 - n;
          let xx = 0;
          let tx = 0;
          for (let k = 0; k < n; k++) {
            const deviation = values[start + k] - mean[i];
            xx += deviation * deviation;
            tx += (k - middle) * deviation;
          }
          out[i] = xx <= flat(mean[i], n) ? 0 : result(tx / squares, xx, tx, values[at + i] - mean[i], n);
        }
      };
    },
  });
}

const same = (unit: Unit): Unit => unit;
const ratio = (): Unit => word('ratio');

/** Functions of two series, and of the line through one. */
export const REGRESSION: ReadonlyMap<string, FormulaFunction> = new Map([
  ['corr', paired('corr(x, y, n)', ratio, [-1, 1], (xx, yy, xy) => clamp(xy / Math.sqrt(xx * yy), -1, 1))],
  [
    'cov',
    paired(
      'cov(x, y, n)',
      (a, b) => product(a, b, 1),
      ANY,
      (_xx, _yy, xy, n) => xy / (n - 1),
    ),
  ],
  ['slope', line('slope(x, n)', same, ANY, 2, (slope) => slope)],
  ['rsquare', line('rsquare(x, n)', ratio, UNIT, 3, (_slope, xx, tx, _newest, n) => clamp((tx * tx) / (xx * timeSquares(n)), 0, 1))],
  ['resi', line('resi(x, n)', same, ANY, 3, (slope, _xx, _tx, newest, n) => newest - slope * ((n - 1) / 2))],
]);
