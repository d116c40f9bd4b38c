import { InferenceSession, Tensor } from 'onnxruntime-web';
import type { FeatureMatrix } from '../../src/trees/feature-matrix';

/** Rows one after the other, as the runtimes take them. */
export function rowByRow({ rows, columns }: FeatureMatrix): Float32Array {
  const values = new Float32Array(rows * columns.length);
  for (const [feature, column] of columns.entries())
    for (let row = 0; row < rows; row++) values[row * columns.length + feature] = column[row];
  return values;
}

/** What onnxruntime-web forecasts. */
export async function runtimeForecasts(file: Uint8Array, matrix: FeatureMatrix): Promise<Float64Array> {
  const session = await InferenceSession.create(file);
  const features = new Tensor('float32', rowByRow(matrix), [matrix.rows, matrix.columns.length]);
  const { forecast } = await session.run({ features });
  await session.release();
  if (!(forecast.data instanceof Float64Array)) throw new Error(`forecasts are ${forecast.type}`);
  return forecast.data;
}

/** The largest difference of two lists. */
export function mostApart(one: Float64Array, other: Float64Array): number {
  if (one.length !== other.length) throw new Error(`${one.length} forecasts beside ${other.length}`);
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);
}
