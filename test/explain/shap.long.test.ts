import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import {
  extraTreesClassifier,
  gradientBoostingClassifier,
  gradientBoostingRegressor,
  MLModelTrainer,
  prepareDataset,
  randomForestClassifier,
  randomForestRegressor,
  sampleBars,
} from '../../src/index';
import { explain } from '../../src/research';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import { treesOf } from '../models/trees-of';
import { pythonWith } from '../python';

const SCRIPT = fileURLToPath(new URL('../../scripts/python/shap_values.py', import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), 'tickerforest-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const python = pythonWith(['shap'], scratch);

/** The trees as shap takes them. */
function exported({ feature, threshold, missingLeft, left, value, cover, treeOffsets, base, divisor }: TreeEnsemble) {
  if (cover === null) throw new Error('no covers');
  const trees = Array.from(treeOffsets.subarray(0, -1), (root, tree) => {
    const nodes = Array.from({ length: treeOffsets[tree + 1] - root }, (_, i) => root + i);
    const child = (side: (node: number) => number) => nodes.map((node) => (left[node] === 0 ? -1 : left[node] - root + side(node)));
    return {
      children_left: child(() => 0),
      children_right: child(() => 1),
      children_default: child((node) => 1 - missingLeft[node]),
      features: nodes.map((node) => (left[node] === 0 ? -1 : feature[node])),
      thresholds: nodes.map((node) => (threshold[node] === Number.POSITIVE_INFINITY ? 'inf' : threshold[node])),
      values: nodes.map((node) => value[node] / divisor),
      node_sample_weight: nodes.map((node) => cover[node]),
    };
  });
  return { trees, base_offset: base };
}

const dataset = await prepareDataset({ source: sampleBars() });
const models = {
  forest: randomForestRegressor({ trees: 20 }),
  up: randomForestClassifier({ trees: 20 }),
  extra: extraTreesClassifier({ trees: 20 }),
  boosting: gradientBoostingRegressor(),
  odds: gradientBoostingClassifier(),
};

it.skipIf(python === undefined)("Python's shap says the same of every kind of trees, missing values included", async () => {
  // holes where the training rows had none and where they had some: both sides of missing values are gone to
  const { rows: length, names } = dataset.matrix;
  const columns = dataset.matrix.columns.map((column, feature) =>
    column.map((value, row) => ((row * 31 + feature * 17) % 11 === 0 ? Number.NaN : value)),
  );
  const matrix = { rows: length, names, columns };
  const trained = (await new MLModelTrainer({ models }).train({ ...dataset, matrix })).models;
  const rows = { from: 1_000, to: 1_100 };
  const asked = Array.from({ length: rows.to - rows.from }, (_, i) => columns.map((column) => column[rows.from + i]));
  const input = JSON.stringify({
    rows: asked,
    models: Object.fromEntries(Object.entries(trained).map(([key, model]) => [key, exported(treesOf(model))])),
  });
  const printed = execFileSync(python ?? '', [SCRIPT], { encoding: 'utf8', input, maxBuffer: 1e9, stdio: ['pipe', 'pipe', 'ignore'] });
  const told: Record<string, { base: number; values: number[][] }> = JSON.parse(printed);
  for (const [key, model] of Object.entries(trained)) {
    const { left, missingLeft } = treesOf(model);
    for (const wanted of [0, 1])
      expect(
        missingLeft.some((side, node) => side === wanted && left[node] !== 0),
        key,
      ).toBe(true);
    const { base, contributions } = await explain(model, matrix, { rows });
    let worst = Math.abs(told[key].base - base);
    let largest = 0;
    for (const [row, values] of told[key].values.entries()) {
      for (const [feature, value] of values.entries()) {
        worst = Math.max(worst, Math.abs(value - contributions[row][feature]));
        largest = Math.max(largest, Math.abs(value));
      }
    }
    expect(told[key].values, key).toHaveLength(asked.length);
    expect(largest, key).toBeGreaterThan(1e-4);
    expect(worst, key).toBeLessThan(1e-6 * largest);
  }
});
