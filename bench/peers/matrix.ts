import { existsSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { csvBars, prepareDataset } from '../../src/index';
import { randomBars } from '../../test/generated-bars';

const REAL_BARS = fileURLToPath(new URL('../../../shared/data/btcusd-1min-2015-2019.csv.gz', import.meta.url));
const GENERATED = 200_000;
const TRAINED = 0.8;
const BLOCK = 4_096;

/** What the files of an exported matrix hold. */
export interface MatrixFacts {
  readonly rows: number;
  readonly features: number;
  /** Rows that are trained on; the others are judged. */
  readonly trainRows: number;
}

/** The bars that a bench works on. */
export interface BenchBars {
  /** A file that is there; null: generated ones. */
  readonly file: string | null;
  /** How many are generated. */
  readonly count: number;
}

/**
 * @param file - as given; undefined: the shared file, if it is there
 * @param bars - as given: how many are generated; undefined: only where there is no file
 * @returns which bars
 */
export function benchBars(file: string | undefined, bars: string | undefined): BenchBars {
  const known = file ?? (bars === undefined && existsSync(REAL_BARS) ? REAL_BARS : null);
  return { file: known, count: bars === undefined ? GENERATED : Number(bars) };
}

/**
 * Writes the matrix that this library's own models are trained on: `x.f32` row after row, `y.f32` the next bar's return, and `meta.json`.
 *
 * @param bars - which
 * @param folder - is made
 * @returns what was written
 */
export async function exportMatrix({ file, count }: BenchBars, folder: string): Promise<MatrixFacts> {
  const { matrix, labels, rows } = await prepareDataset(file === null ? { bars: randomBars(count) } : { source: csvBars(file) });
  const features = matrix.columns.length;
  const facts = { rows: rows.to - rows.from, features, trainRows: Math.floor(TRAINED * (rows.to - rows.from)) };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'meta.json'), JSON.stringify(facts));
  await writeFile(join(folder, 'y.f32'), Float32Array.from(labels.value.subarray(rows.from, rows.to)));
  const x = await open(join(folder, 'x.f32'), 'w');
  try {
    for (let from = rows.from; from < rows.to; from += BLOCK) {
      const to = Math.min(rows.to, from + BLOCK);
      const block = new Float32Array((to - from) * features);
      for (const [feature, column] of matrix.columns.entries()) {
        for (let row = from; row < to; row++) block[(row - from) * features + feature] = column[row];
      }
      await x.write(block);
    }
  } finally {
    await x.close();
  }
  return facts;
}
