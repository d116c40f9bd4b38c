import { describe, expect, it } from 'vitest';
import { binMatrix } from '../../src/trees/binned-columns';
import { type ForestOptions, trainForest } from '../../src/trees/forest';
import { predictBinned } from '../../src/trees/prediction';
import { hashed, makeMatrix, makeTarget } from './matrices';
import { binBy, fitBinMapper } from './two-steps';

// In a large matrix, the rows of small nodes are copied together; in a small one they stay where they are. Rows outside the range make a matrix large, and nothing else.

const ROWS = 40_000;
const FEATURES = 16;
const LARGE = 530_000;

const small = makeMatrix(ROWS, FEATURES, (row, feature) => (feature === 3 && row % 9 === 0 ? Number.NaN : hashed(row, feature)));
const large = makeMatrix(LARGE, FEATURES, (row, feature) => small.columns[feature][row] ?? 0);
const number = makeTarget(ROWS, 0.5);
const side = number.map((value) => (value > 0.3 ? 1 : 0));
const weights = Uint16Array.from({ length: ROWS }, (_, row) => row % 4);

const FORESTS: Readonly<Record<string, ForestOptions>> = {
  'for classification': { task: 'classification', trees: 2 },
  'that is deep, with weights': { task: 'classification', trees: 1, weights, maxDepth: 14, minSamplesLeaf: 3 },
  'that looks at all features': { task: 'classification', trees: 1, maxFeatures: 'all' },
  'of random splits': { task: 'classification', trees: 1, splitter: 'random' },
  'for regression, with drawn features': { task: 'regression', trees: 2, maxFeatures: 5 },
  'for regression, of random splits, with weights': { task: 'regression', trees: 1, weights, maxFeatures: 3, splitter: 'random' },
  'for regression': { task: 'regression', trees: 1 },
};

describe('a forest whose small nodes have their rows copied together', async () => {
  const thresholds = await fitBinMapper(small, { from: 0, to: ROWS });
  const alone = await binBy(small, thresholds);
  const within = await binBy(large, thresholds);

  it.each(Object.keys(FORESTS))('is the same, to the bit, as one without: %s', async (name) => {
    const options = FORESTS[name];
    const target = options.task === 'regression' ? number : side;
    const first = await trainForest(alone, target, options);
    const longTarget = new Float64Array(LARGE);
    longTarget.set(target);
    const longWeights = new Uint16Array(LARGE);
    longWeights.set(weights);
    const again = await trainForest(within, longTarget, {
      ...options,
      rows: { from: 0, to: ROWS },
      weights: options.weights && longWeights,
    });
    expect(again).toEqual(first);
  });
});

describe('a leaf of a classification forest', () => {
  it('says which share of its rows is of class 1, as a pass over them would find', async () => {
    const binned = await binMatrix(small, { from: 0, to: ROWS });
    const model = await trainForest(binned, side, { task: 'classification', trees: 1, bootstrap: false, weights, minSamplesLeaf: 20 });
    const forecasts = new Float64Array(ROWS);
    await predictBinned(model, binned, { from: 0, to: ROWS }, forecasts);
    const leaves = new Map<number, { ones: number; weight: number }>();
    for (const [row, forecast] of forecasts.entries()) {
      const leaf = leaves.get(forecast) ?? { ones: 0, weight: 0 };
      leaves.set(forecast, { ones: leaf.ones + weights[row] * side[row], weight: leaf.weight + weights[row] });
    }
    expect(leaves.size).toBeGreaterThan(50);
    // leaves that say the same are taken together, which changes no share
    for (const [forecast, { ones, weight }] of leaves) expect(ones / weight).toBe(forecast);
  });
});
