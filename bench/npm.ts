/**
 * What two packages of npm need for what this library does, on made-up data, in this process, one thread.
 *
 *     npm run bench:npm -- [--rows 1000] [--bars 1854961]
 *
 * A forest of 50 trees of depth 10 over 40 features by ml-random-forest, whose time grows with the square of the rows (1,000 take a minute or two); and
 * one pass of Bollinger bands by technicalindicators, against every feature that the feature engine has.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { RandomForestRegression } from 'ml-random-forest';
import technicalindicators from 'technicalindicators';
import { resolveMarket } from '../src/bars/market';
import { FeatureEngineer } from '../src/features/feature-engineer';
import { binMatrix } from '../src/trees/binned-columns';
import { trainForest } from '../src/trees/forest';
import { randomBars, uniform } from '../test/generated-bars';

const FEATURES = 40;
const TREES = 50;

const { values: given } = parseArgs({
  options: { rows: { type: 'string', default: '1000' }, bars: { type: 'string', default: '1854961' } },
});
const rows = Number(given.rows);
const length = Number(given.bars);

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

console.log(`${availableParallelism()} cores, 1 used, node ${process.version}`);

const next = uniform(1);
const columns = Array.from({ length: FEATURES }, () => new Float32Array(rows).map(() => next() - 0.5));
const target = new Float64Array(rows).map((_, row) => (columns[0]?.[row] ?? 0) + next() - 0.5);
const matrix = { rows, names: columns.map((_, f) => `feature_${f}`), columns };
const ours = await seconds(async () => {
  const binned = await binMatrix(matrix, { from: 0, to: rows });
  await trainForest(binned, target, { task: 'regression', trees: TREES });
});
const theirs = await seconds(() => {
  const training = Array.from({ length: rows }, (_, row) => columns.map((column) => column[row] ?? 0));
  new RandomForestRegression({
    nEstimators: TREES,
    seed: 1,
    maxFeatures: 1,
    replacement: false,
    useSampleBagging: true,
    noOOB: true,
    treeOptions: { maxDepth: 10 },
  }).train(training, Array.from(target));
});
console.log(
  `${TREES} trees, ${rows} rows x ${FEATURES} features: tickerforest ${ours.toFixed(2)} s, ml-random-forest ${theirs.toFixed(1)} s`,
);

const bars = randomBars(length);
const engineer = new FeatureEngineer(resolveMarket(60_000));
const features = await seconds(() => engineer.update(bars, { matrix: false }));
const values = Array.from(bars.close);
const bollinger = await seconds(() => technicalindicators.BollingerBands.calculate({ period: 20, stdDev: 2, values }));
console.log(
  `${length} bars: tickerforest ${features.toFixed(1)} s for ${engineer.features.length} features, technicalindicators ${bollinger.toFixed(1)} s for one Bollinger pass`,
);
