import type { FeatureMatrix } from '../src/trees/feature-matrix';
import { uniform } from '../test/generated-bars';

/** Features, and what is forecast of them. */
export interface TrainingData {
  readonly matrix: FeatureMatrix;
  /** A return a row. */
  readonly target: Float64Array;
  /** 1 where it is above 0, else 0. */
  readonly direction: Float64Array;
}

/**
 * @param rows - how many
 * @param features - of each
 * @returns seeded data of market data's kind: features of slow and of fast memory, a target that is nearly all noise
 */
export function trainingData(rows: number, features: number): TrainingData {
  const next = uniform(1);
  // the sum of four uniform numbers is normal enough
  const noise = () => next() + next() + next() + next() - 2;
  const columns = Array.from({ length: features }, (_, feature) => {
    const memory = 1 - 1 / (1 + (feature % 12) ** 2);
    let value = 0;
    const column = new Float32Array(new SharedArrayBuffer(rows * Float32Array.BYTES_PER_ELEMENT));
    for (let row = 0; row < rows; row++) {
      value = memory * value + noise();
      column[row] = value;
    }
    return column;
  });
  const target = new Float64Array(rows);
  for (let row = 0; row < rows; row++) target[row] = 1e-3 * (noise() + 0.05 * Math.sign(columns[3 % features][row]));
  const matrix = { rows, names: columns.map((_, feature) => `feature_${feature}`), columns };
  return { matrix, target, direction: target.map((value) => (value > 0 ? 1 : 0)) };
}
