import { Turns } from '../waiting';
import type { FittedModel, StoredModel } from './model';
import { unusable } from './model-header';

/** What was learnt: forecasts are the intercept and, for each feature that is not missing, (value - mean) / scale * coefficient. */
export interface Line {
  /** The forecast of a row whose features are all at their means. */
  readonly intercept: number;
  /** Mean of each feature. */
  readonly mean: Float64Array;
  /** What each feature is divided by: its deviation. */
  readonly scale: Float64Array;
  /** Of each standardised feature. */
  readonly coefficient: Float64Array;
}

/**
 * @param stored - what a `ridge` that has learnt saved
 * @returns a model that forecasts the same
 * @throws TickerforestError `MODEL_UNUSABLE` for what is no such model
 */
export function loadRidge({ array, features }: StoredModel): FittedModel {
  const own = (name: string, length: number, isPossible: (value: number) => boolean) => {
    const values = array(name);
    if (!(values instanceof Float64Array && values.length === length && values.every(isPossible)))
      throw unusable(`section '${name}' must be ${length} possible values`);
    return values;
  };
  // features are single-precision numbers: nothing that they are multiplied with here overflows
  const upTo = (most: number) => (value: number) => Math.abs(value) <= most;
  const [intercept] = own('intercept', 1, upTo(1e300));
  const mean = own('mean', features, upTo(1e39));
  const scale = own('scale', features, (value) => value >= 1e-60 && value <= 1e39);
  const coefficient = own('coefficient', features, upTo(1e150));
  return fittedLine({ intercept, mean, scale, coefficient });
}

/**
 * @param line - what was learnt
 * @returns the same as a model that can forecast and be saved
 */
export function fittedLine({ intercept, mean, scale, coefficient }: Line): FittedModel {
  const slope = coefficient.map((value, j) => value / scale[j]);
  const sum = coefficient.reduce((total, value) => total + Math.abs(value), 0);
  const addUp = (values: ArrayLike<number>, step: number, j: number, out: Float64Array) => {
    for (let i = 0; i < out.length; i++) {
      const value = values[step + i];
      if (Number.isFinite(value)) out[i] += (value - mean[j]) * slope[j];
    }
  };
  return {
    predict: async ({ matrix: { columns } }, { from, to }, out, signal) => {
      const turns = new Turns(signal, 'forecasting');
      out.fill(intercept);
      await turns.forRuns(to - from, (first, end) => {
        for (let j = 0; j < slope.length; j++) addUp(columns[j], from + first, j, out.subarray(first, end));
      });
    },
    predictRow: (row) => {
      const out = Float64Array.of(intercept);
      for (let j = 0; j < slope.length; j++) addUp(row, j, j, out);
      return out[0];
    },
    save: () => ({ facts: {}, arrays: { intercept: Float64Array.of(intercept), mean, scale, coefficient } }),
    linear: { intercept, mean, slope },
    ...(sum > 0 && { importance: coefficient.map((value) => Math.abs(value) / sum) }),
  };
}
