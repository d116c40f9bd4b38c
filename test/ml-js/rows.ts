import type { TrainedModel } from '../../src/models/trained-model';
import type { FeatureMatrix } from '../../src/trees/feature-matrix';
import { type Draw, smallModel } from '../models/small-model';
import { treesOf } from '../models/trees-of';

/** Rows that a model has most trouble with: its own thresholds, their neighbours, missing values. */
export function troublesomeRows(model: TrainedModel, draw: Draw, count: number, missing: boolean): Float32Array[] {
  const { features, threshold } = treesOf(model);
  const finite = [...threshold].filter(Number.isFinite);
  const value = () => {
    const kind = draw(missing ? 4 : 3);
    if (kind === 3) return Number.NaN;
    const one = finite.length === 0 || kind === 0 ? (draw(4001) - 2000) / 500 : finite[draw(finite.length)];
    // one unit in the last place of a Float32, up or down
    return kind === 1 ? one * (1 + (draw(3) - 1) * 2 ** -23) : one;
  };
  return Array.from({ length: count }, () => Float32Array.from({ length: features }, value));
}

/** A small model of the wanted kind. */
export function smallModelThat(draw: Draw, fits: (model: TrainedModel) => boolean): TrainedModel {
  for (;;) {
    const model = smallModel(draw);
    if (fits(model)) return model;
  }
}

/** Whether its probabilities come from log odds. */
export const isLogit = (model: TrainedModel) => treesOf(model).link === 'logit';

/** Rows as the packages take them. */
export function asLists(rows: readonly Float32Array[]): number[][] {
  return rows.map((row) => [...row]);
}

/** Rows that hold each feature twice, as docs/ml-js.md makes them. */
export function doubled(rows: readonly Float32Array[]): number[][] {
  return asLists(rows).map((row) => [...row, ...row.map((value) => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value))]);
}

/** Rows as a matrix. */
export function matrixOf(rows: readonly Float32Array[], names: readonly string[]): FeatureMatrix {
  return { rows: rows.length, names, columns: names.map((_, feature) => Float32Array.from(rows, (row) => row[feature])) };
}
