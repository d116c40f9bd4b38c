import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { sigmoid } from '../../src/exponential';
import type { TreeEnsemble } from '../../src/trees/ensemble';
import { predictRow, predictRows } from '../../src/trees/prediction';
import { predictByKeys } from '../../src/trees/raw-rows';
import { Turns } from '../../src/waiting';
import { uniform } from '../generated-bars';

// The naive twin: one row, one tree after the other, a node at a time.

/** Values at which orders, signs and kinds of numbers change. */
const CORNERS = [0, -0, 1, -1, 1e-45, -1e-45, 3.4e38, -3.4e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];

function ensembleOf(next: () => number, features: number, trees: number, mostDepth: number): TreeEnsemble {
  const nodes: { feature: number; threshold: number; missingLeft: number; left: number; value: number }[] = [];
  const offsets = [0];
  const thresholds = CORNERS.filter((value) => !Number.isNaN(value));
  for (let tree = 0; tree < trees; tree++) {
    const open: { node: number; depth: number }[] = [{ node: nodes.length, depth: 0 }];
    const leaf = () => nodes.push({ feature: 0, threshold: 0, missingLeft: 0, left: 0, value: next() - 0.5 }) - 1;
    leaf();
    for (let one = open.shift(); one !== undefined; one = open.shift()) {
      if (one.depth >= mostDepth || next() < 0.2) continue;
      const threshold = next() < 0.5 ? Math.fround(next() - 0.5) : thresholds[Math.floor(next() * thresholds.length)];
      const left = leaf();
      leaf();
      nodes[one.node] = { feature: Math.floor(next() * features), threshold, missingLeft: next() < 0.5 ? 1 : 0, left, value: 0 };
      open.push({ node: left, depth: one.depth + 1 }, { node: left + 1, depth: one.depth + 1 });
    }
    offsets.push(nodes.length);
  }
  return {
    task: 'classification',
    features,
    link: next() < 0.5 ? 'logit' : 'identity',
    base: next(),
    divisor: trees,
    treeOffsets: Uint32Array.from(offsets),
    feature: Uint16Array.from(nodes, (node) => node.feature),
    threshold: Float32Array.from(nodes, (node) => node.threshold),
    missingLeft: Uint8Array.from(nodes, (node) => node.missingLeft),
    left: Uint32Array.from(nodes, (node) => node.left),
    value: Float64Array.from(nodes, (node) => node.value),
    importance: new Float64Array(features),
    cover: null,
  };
}

function matrixOf(next: () => number, features: number, rows: number) {
  const value = () => (next() < 0.3 ? CORNERS[Math.floor(next() * CORNERS.length)] : next() - 0.5);
  const columns = Array.from({ length: features }, () => Float32Array.from({ length: rows }, value));
  // NaNs that have a sign or a payload are missing as well
  new Uint32Array(columns[0].buffer).set([0xffffffff, 0xff800001, 0x7f800001].slice(0, rows));
  return { rows, names: columns.map((_, i) => `feature_${i}`), columns };
}

function naive(ensemble: TreeEnsemble, row: readonly number[]): number {
  const { treeOffsets, feature, threshold, missingLeft, left, value, link, base, divisor } = ensemble;
  let sum = 0;
  for (const root of treeOffsets.subarray(0, -1)) {
    let node = root;
    while (left[node] !== 0) {
      const raw = row[feature[node]];
      const goesLeft = Number.isNaN(raw) ? missingLeft[node] === 1 : raw <= threshold[node];
      node = goesLeft ? left[node] : left[node] + 1;
    }
    sum += value[node];
  }
  const forecast = base + sum / divisor;
  return link === 'logit' ? sigmoid(forecast) : forecast;
}

function oneByOne(ensemble: TreeEnsemble, columns: readonly Float32Array[], from: number, to: number): Float64Array {
  return Float64Array.from({ length: to - from }, (_, i) =>
    naive(
      ensemble,
      columns.map((column) => column[from + i]),
    ),
  );
}

describe('forecasts of raw values in JavaScript', () => {
  it('are those of a naive walk, to the bit, for any numbers and trees: a row by itself, and few rows of many nodes', async () => {
    let short = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        async (seed, features, trees, depth, count) => {
          const next = uniform(seed + 1);
          const ensemble = ensembleOf(next, features, trees, depth);
          const matrix = matrixOf(next, features, count + 3);
          const expected = oneByOne(ensemble, matrix.columns, 2, count + 2);
          const rows = Array.from(expected, (_, i) => Float32Array.from(matrix.columns, (column) => column[2 + i]));
          expect(Float64Array.from(rows, (row) => predictRow(ensemble, row))).toEqual(expected);
          const out = new Float64Array(count).fill(7);
          await predictRows(ensemble, matrix, { from: 2, to: count + 2 }, out);
          expect(out).toEqual(expected);
          if (count * trees * 2 < ensemble.left.length) short++;
        },
      ),
      { seed: 20_261_128, numRuns: 200 },
    );
    expect(short).toBeGreaterThan(30);
  });
});

describe('forecasts of raw values in WebAssembly', () => {
  it('are those of one row after the other, to the bit, for any numbers, rows and trees', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 9 }),
        fc.integer({ min: 1, max: 200 }),
        fc.nat({ max: 20 }),
        async (seed, features, trees, depth, count, from) => {
          const next = uniform(seed + 1);
          const ensemble = ensembleOf(next, features, trees, depth);
          const { columns, ...shape } = matrixOf(next, features, from + count + 3);
          const out = new Float64Array(count).fill(7);
          const range = { from, to: from + count };
          expect(await predictByKeys(ensemble, { columns, ...shape }, range, out, new Turns(undefined, 'forecasting'))).toBe(true);
          expect(out).toEqual(oneByOne(ensemble, columns, from, from + count));
        },
      ),
      { seed: 20_261_127, numRuns: 150 },
    );
  });

  it('go on from block to block, and for several callers at once', async () => {
    const next = uniform(5);
    // 2^16 values of 300 features are 208 rows
    const matrix = matrixOf(next, 300, 1_000);
    const models = Array.from({ length: 3 }, () => ensembleOf(next, 300, 8, 8));
    const outs = models.map(() => new Float64Array(1_000));
    const all = { from: 0, to: 1_000 };
    await Promise.all(models.map((model, i) => predictRows(model, matrix, all, outs[i])));
    for (const [i, model] of models.entries()) expect(outs[i]).toEqual(oneByOne(model, matrix.columns, 0, 1_000));
  });

  it('are made without it where a page forbids it', async () => {
    const next = uniform(6);
    const matrix = matrixOf(next, 5, 600);
    const model = ensembleOf(next, 5, 3, 6);
    const rows = { from: 0, to: 600 };
    const out = new Float64Array(600).fill(7);
    vi.resetModules();
    vi.stubGlobal('WebAssembly', undefined);
    try {
      const fresh = await import('../../src/trees/raw-rows');
      expect(await fresh.predictByKeys(model, matrix, rows, out, new Turns(undefined, 'forecasting'))).toBe(false);
      expect(new Set(out)).toEqual(new Set([7]));
      const { predictRows: predictThere } = await import('../../src/trees/prediction');
      await predictThere(model, matrix, rows, out);
      expect(out).toEqual(oneByOne(model, matrix.columns, 0, 600));
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
