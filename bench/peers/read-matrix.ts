import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MatrixFacts } from './matrix';

const BLOCK = 4_096;

/** A matrix that bench/peers/matrix.ts wrote, and the two targets. */
export interface ReadMatrix extends MatrixFacts {
  /** Names of the features. */
  readonly names: readonly string[];
  /** Theirs, a column each. */
  readonly columns: readonly Float32Array[];
  /** The next bar's return. */
  readonly returns: Float64Array;
  /** 1 where that is above 0, else 0. */
  readonly ups: Float64Array;
}

/**
 * @param folder - where the files are
 * @returns what they hold
 */
export async function readMatrix(folder: string): Promise<ReadMatrix> {
  const facts: MatrixFacts = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'));
  const columns = await readColumns(folder, facts);
  const bytes = await readFile(join(folder, 'y.f32'));
  const returns = Float64Array.from(new Float32Array(bytes.buffer, bytes.byteOffset, facts.rows));
  const ups = returns.map((value) => (value > 0 ? 1 : 0));
  return { ...facts, names: columns.map((_, feature) => `feature_${feature}`), columns, returns, ups };
}

async function readColumns(folder: string, { rows, features }: MatrixFacts): Promise<Float32Array[]> {
  const columns = Array.from({ length: features }, () => new Float32Array(new SharedArrayBuffer(rows * Float32Array.BYTES_PER_ELEMENT)));
  const file = await open(join(folder, 'x.f32'));
  const block = new Float32Array(BLOCK * features);
  const bytes = new Uint8Array(block.buffer);
  for (let from = 0; from < rows; from += BLOCK) {
    const count = Math.min(BLOCK, rows - from);
    let at = 0;
    while (at < count * features * 4) at += (await file.read(bytes, at, count * features * 4 - at)).bytesRead;
    for (const [feature, column] of columns.entries()) {
      for (let row = 0; row < count; row++) column[from + row] = block[row * features + feature];
    }
  }
  await file.close();
  return columns;
}
