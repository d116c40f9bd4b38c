/**
 * Which parameters of the three standard models are better out of sample than those of the first release (50 trees, leaves of one row). The tables of docs/models.md.
 *
 *     npx tsx bench/defaults.ts check|search minutes|days [folder of data, default ../shared/data]
 *
 * Each series is forecast walk-forward: its last half in five blocks, each by models that learnt from all rows before it whose labels end before it. `search` goes through
 * a grid with few trees: parameters are chosen on one half of the series (A) and checked on the other (B), then the other way round, and what either half chose is
 * confirmed with the standard 50 trees. Last, since the defaults were chosen with both halves in sight, `check` compares them with the first release's on A, B and
 * series that no choice was made on (C). `search` of minutes takes a quarter of an hour, the others some minutes.
 *
 * Figures: 'skill' is 1 - error / error of a forecast that knows nothing (squared error and the mean of the training rows; of the classifier log loss and their share of
 * rises): above 0 is better than that. 'order' is the rank correlation of forecasts and returns, of the classifier the area under the curve - 0.5. 'right' is the
 * share of directions forecast right less that of the training rows' more frequent one. Each is the median over all folds of all series of a half. 'in session' is
 * the skill on labels that span no night or hole. 'better' counts the folds in which the skill is above that of the first release's parameters.
 */
import { join } from 'node:path';
import { type Bars, sliceBars } from '../src/bars/bars';
import { DAY_MS, MINUTE_MS } from '../src/bars/market';
import {
  type Changes,
  collectBars,
  csvBars,
  type Dataset,
  direction,
  type ForestParameters,
  gradientBoostingRegressor,
  type Model,
  prepareDataset,
  randomForestClassifier,
  randomForestRegressor,
  standardModels,
} from '../src/index';
import { fitOne, sharedBins } from '../src/models/fitting';
import { areaUnderCurve, classificationScores, logLoss, majorityAccuracy } from '../src/models/metrics';
import { modelsFor } from '../src/models/standard-models';
import type { BoostingParameters } from '../src/models/tree-models';
import { originalModels } from '../src/research';
import { spansGap } from '../src/targets/holes';

/** A and B: halves to choose on; C: nothing was chosen by. */
const PARTS = ['A', 'B', 'C'] as const;
type Part = (typeof PARTS)[number];

interface Series {
  readonly half: Part;
  readonly file: string;
  readonly symbol: string;
  readonly exchange: string;
  readonly stamp?: 'end';
  readonly sort?: true;
  /** First bar. Default: as many bars as are wanted, from the end. */
  readonly from?: number;
  /** Most bars. */
  readonly most?: number;
}

const MOST_BARS = 50_000;
const WEEK = { file: 'us-stocks-1min-2019-02-descending', exchange: 'NASDAQ', stamp: 'end', sort: true } as const;
const DAILY = { file: 'us-stocks-daily-1999-2021', exchange: 'NYSE' } as const;

const SERIES: Readonly<Record<'minutes' | 'days', readonly Series[]>> = {
  minutes: [
    { half: 'A', file: 'btcusd-1min-2015-2019', symbol: 'BTCUSD', exchange: 'CRYPTO', from: 400_000 },
    { half: 'A', file: 'btcusd-1min-2015-2019', symbol: 'BTCUSD', exchange: 'CRYPTO', from: 1_600_000 },
    { half: 'A', file: 'sw-1min-2024-gaps', symbol: 'SW', exchange: 'NYSE' },
    { half: 'A', symbol: 'AAPL', ...WEEK },
    { half: 'B', file: 'spy-1min-2024-2025', symbol: 'SPY', exchange: 'NYSE', from: 0 },
    { half: 'B', file: 'spy-1min-2024-2025', symbol: 'SPY', exchange: 'NYSE' },
    { half: 'B', file: 'spy-1min-2025-07-dirty', symbol: 'SPY', exchange: 'NYSE' },
    { half: 'B', file: 'nifty-1min-2016-07-duplicates', symbol: 'NIFTY', exchange: 'NSE', stamp: 'end', sort: true },
    ...[700_000, 1_000_000, 1_300_000].map(
      (from) => ({ half: 'C', file: 'btcusd-1min-2015-2019', symbol: 'BTCUSD', exchange: 'CRYPTO', from }) as const,
    ),
    ...['AMZN', 'GLD', 'MSFT', 'MU', 'QQQ', 'TSLA'].map((symbol) => ({ half: 'C', symbol, ...WEEK }) as const),
  ],
  days: [
    ...['AAPL', 'BA', 'C', 'DIS', 'GE', 'IBM', 'NFLX', 'TSLA'].map((symbol) => ({ half: 'A', symbol, ...DAILY }) as const),
    { half: 'A', symbol: 'WMT', ...DAILY, most: 750 },
    ...['AMZN', 'ETSY', 'JPM', 'KO', 'MSFT', 'NVDA', 'PG', 'XOM'].map((symbol) => ({ half: 'B', symbol, ...DAILY }) as const),
    { half: 'B', symbol: 'INTC', ...DAILY, most: 750 },
    ...['AIG', 'BAC', 'CCL', 'F', 'GOOGL', 'JNJ', 'MNST', 'NDAQ', 'SPGI', 'UAL'].map(
      (symbol) => ({ half: 'C', symbol, ...DAILY }) as const,
    ),
    { half: 'C', symbol: 'OTIS', ...DAILY },
  ],
};

/** The last half of a series is forecast in so many blocks. */
const FOLDS = 5;
const SEED = 1;
const FEW_TREES = 20;
const TREES = 50;

type Kind = 'regression_rf' | 'classification_rf' | 'regression_gb';
const KINDS: readonly Kind[] = ['regression_rf', 'classification_rf', 'regression_gb'];
type Parameters = Changes<ForestParameters> | Changes<BoostingParameters>;

const LEAVES = [5, 20, 50, 100, 200, 500];
const leaf = (minSamplesLeaf: number) => ({ minSamplesLeaf });
const FOREST_GRID: readonly Changes<ForestParameters>[] = [
  {},
  ...LEAVES.map(leaf),
  ...[4, 6].flatMap((maxDepth) => [{ maxDepth }, { maxDepth, ...leaf(50) }, { maxDepth, ...leaf(200) }]),
];
const OTHER_FEATURES = [1, 20, 50, 200, 500].map(leaf);

/** What is compared; the first of each is the first release's. */
const GRID: Readonly<Record<Kind, readonly Parameters[]>> = {
  regression_rf: [
    ...FOREST_GRID,
    ...OTHER_FEATURES.map((one) => ({ ...one, maxFeatures: 'sqrt' })),
    ...OTHER_FEATURES.map((one) => ({ ...one, maxFeatures: 32 })),
    { ...leaf(200), maxFeatures: 'sqrt', bootstrap: false },
  ],
  classification_rf: [
    ...FOREST_GRID,
    ...OTHER_FEATURES.map((one) => ({ ...one, maxFeatures: 'all' })),
    { ...leaf(200), maxFeatures: 4 },
    { ...leaf(200), bootstrap: false },
  ],
  regression_gb: [
    {},
    ...LEAVES.map(leaf),
    ...[1, 50, 200].flatMap((least) => [
      { ...leaf(least), learningRate: 0.05 },
      { ...leaf(least), learningRate: 0.02 },
      { ...leaf(least), learningRate: 0.01 },
      { ...leaf(least), trees: 20 },
      { ...leaf(least), learningRate: 0.02, maxDepth: 2 },
    ]),
    { ...leaf(200), learningRate: 0.02, trees: 100 },
  ],
};

interface Figures {
  readonly skill: number;
  readonly inSession: number;
  readonly order: number;
  readonly right: number;
}

/** Figures by candidate, then by fold of all series of a half. */
type Scores = Readonly<Record<Part, Map<string, Figures[]>>>;

/** Models to compare, by kind and name. */
type Candidates = ReadonlyMap<Kind, ReadonlyMap<string, Model>>;

/** The first release's parameters. */
const FIRST = 'first release';

const nameOf = (parameters: Parameters) => {
  const words = Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
  return words.length === 0 ? FIRST : words.join(', ');
};

function modelOf(kind: Kind, parameters: Parameters, trees: number): Model {
  if (kind === 'regression_gb') return gradientBoostingRegressor(parameters);
  const all = { ...parameters, trees };
  return kind === 'regression_rf' ? randomForestRegressor(all) : randomForestClassifier(all);
}

function candidatesOf(grid: ReadonlyMap<Kind, readonly Parameters[]>, trees: number): Candidates {
  const models = (kind: Kind, list: readonly Parameters[]) => new Map(list.map((one) => [nameOf(one), modelOf(kind, one, trees)] as const));
  return new Map([...grid].map(([kind, list]) => [kind, models(kind, list)] as const));
}

async function datasetOf(series: Series, folder: string, all: Map<string, Bars>): Promise<Dataset> {
  const { file, symbol, exchange, stamp, sort, most = MOST_BARS } = series;
  const key = `${file} ${symbol}`;
  const source = csvBars(join(folder, `${file}.csv.gz`), sort ? { order: 'sort' } : {});
  const bars = all.get(key) ?? (await collectBars(source, { symbol }, { badBars: 'drop' })).bars;
  all.set(key, bars);
  const from = series.from ?? Math.max(0, bars.length - most);
  const slice = sliceBars(bars, from, Math.min(bars.length, from + most));
  return prepareDataset({ bars: slice, exchange, ...(stamp && { stamp }) });
}

/** Figures of every candidate in every fold of a series. */
async function score(dataset: Dataset, candidates: Candidates): Promise<Map<string, Figures[]>> {
  const { matrix, bars, market, rows, labels } = dataset;
  const ups = direction().label(bars, market);
  const gaps = spansGap(bars, labels, market);
  const figures = new Map<string, Figures[]>();
  const first = rows.from + Math.floor((rows.to - rows.from) / 2);
  for (let fold = 0; fold < FOLDS; fold++) {
    const at = (share: number) => first + Math.floor((share * (rows.to - first)) / FOLDS);
    const test = { from: at(fold), to: at(fold + 1) };
    // the label of a row ends one bar later: that of the last row before the test looks at its first bar
    const train = { from: rows.from, to: test.from - 1 };
    const bins = sharedBins(matrix, train, undefined);
    for (const [kind, models] of candidates) {
      for (const [name, model] of models) {
        const own = model.task === 'regression' ? labels : ups;
        const plan = { matrix, bins, labels: own, weigh: undefined, seed: SEED, train, before: test.from, learnt: train.to - train.from };
        const { forecasts } = await fitOne(kind, model, { ...plan, forecast: test, onStep: () => {}, hooks: {} });
        const of = ({ from, to }: { from: number; to: number }) => own.value.subarray(from, to);
        const all = { known: of(train), actual: of(test), forecasts };
        const inside = all.actual.map((_, i) => gaps[test.from + i]);
        const within = (values: Float64Array) => values.filter((_, i) => inside[i] === 0);
        const skill = model.task === 'regression' ? errorSkill : likelihoodSkill;
        const one: Figures = {
          skill: skill(all),
          inSession: skill({ known: all.known, actual: within(all.actual), forecasts: within(forecasts) }),
          order: model.task === 'regression' ? rankCorrelation(all.actual, forecasts) : areaUnderCurve(all.actual, forecasts) - 0.5,
          right: rightness(ups.value.subarray(train.from, train.to), ups.value.subarray(test.from, test.to), forecasts, model),
        };
        const key = `${kind}|${name}`;
        figures.set(key, [...(figures.get(key) ?? []), one]);
      }
    }
    await bins.dispose();
  }
  return figures;
}

interface Forecast {
  readonly known: Float64Array;
  readonly actual: Float64Array;
  readonly forecasts: Float64Array;
}

const mean = (values: Float64Array) => values.reduce((sum, one) => sum + one, 0) / values.length;

function errorSkill({ known, actual, forecasts }: Forecast): number {
  const constant = mean(known);
  const error = (of: (row: number) => number) => actual.reduce((sum, one, row) => sum + (one - of(row)) ** 2, 0);
  return 1 - error((row) => forecasts[row]) / error(() => constant);
}

function likelihoodSkill({ known, actual, forecasts }: Forecast): number {
  return 1 - logLoss(actual, forecasts) / logLoss(actual, new Float64Array(actual.length).fill(mean(known)));
}

function rightness(known: Float64Array, actual: Float64Array, forecasts: Float64Array, { task }: Model): number {
  const probability = task === 'classification' ? forecasts : forecasts.map((one) => (one > 0 ? 1 : 0));
  return classificationScores(actual, probability).accuracy - majorityAccuracy(known, actual);
}

function rankCorrelation(a: Float64Array, b: Float64Array): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const product = (one: Float64Array, other: Float64Array) => one.reduce((sum, rank, i) => sum + (rank - middle) * (other[i] - middle), 0);
  const spread = Math.sqrt(product(x, x) * product(y, y));
  return spread > 0 ? product(x, y) / spread : 0;
}

/** Equal values share their mean rank. */
function ranks(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((i, j) => values[i] - values[j]);
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let i = from; i < to; i++) result[order[i]] = (from + to - 1) / 2;
    from = to;
  }
  return result;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2;
}

function medianOf(figures: readonly Figures[], which: keyof Figures): number {
  return median(figures.map((one) => one[which]));
}

async function compare(datasets: ReadonlyMap<Series, Dataset>, candidates: Candidates): Promise<Scores> {
  const scores: Scores = { A: new Map(), B: new Map(), C: new Map() };
  for (const [{ half, symbol }, dataset] of datasets) {
    const started = performance.now();
    for (const [key, folds] of await score(dataset, candidates)) scores[half].set(key, [...(scores[half].get(key) ?? []), ...folds]);
    console.error(`${symbol}: ${dataset.bars.length} bars, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  return scores;
}

const percent = (share: number) => (100 * share).toFixed(2);

function print(candidates: Candidates, scores: Scores): void {
  const columns = ['skill %', 'in session %', 'order %', 'right %', 'better'];
  const parts = PARTS.filter((part) => scores[part].size > 0);
  for (const [kind, models] of candidates) {
    const trees = [...models.values()][0].parameters.n_estimators;
    console.log(`\n| ${kind}, ${trees} trees | ${parts.flatMap((part) => columns.map((one) => `${part}: ${one}`)).join(' | ')} |`);
    console.log(`|---|${'---|'.repeat(parts.length * columns.length)}`);
    for (const name of models.keys()) {
      const cells = parts.flatMap((part) => {
        const own = scores[part].get(`${kind}|${name}`) ?? [];
        const before = scores[part].get(`${kind}|${FIRST}`) ?? [];
        const better = own.filter(({ skill }, i) => skill > before[i].skill).length;
        const medians = (['skill', 'inSession', 'order', 'right'] as const).map((which) => percent(medianOf(own, which)));
        return [...medians, `${better} of ${own.length}`];
      });
      console.log(`| ${name} | ${cells.join(' | ')} |`);
    }
  }
}

function bestOf(kind: Kind, half: Part, scores: Scores): Parameters {
  const skill = (parameters: Parameters) => medianOf(scores[half].get(`${kind}|${nameOf(parameters)}`) ?? [], 'skill');
  return GRID[kind].reduce((best, one) => (skill(one) > skill(best) ? one : best));
}

async function search(datasets: ReadonlyMap<Series, Dataset>): Promise<void> {
  const all = candidatesOf(new Map(KINDS.map((kind) => [kind, GRID[kind]])), FEW_TREES);
  const searched = await compare(datasets, all);
  print(all, searched);
  const chosen = new Map(
    KINDS.map((kind) => {
      const [A, B] = [bestOf(kind, 'A', searched), bestOf(kind, 'B', searched)];
      console.log(`\n${kind}: A chooses ${nameOf(A)}; B chooses ${nameOf(B)}`);
      return [kind, [{}, A, B]] as const;
    }),
  );
  const few = candidatesOf(chosen, TREES);
  print(few, await compare(datasets, few));
}

/** The defaults beside the first release's. */
async function check(datasets: ReadonlyMap<Series, Dataset>, interval: number): Promise<void> {
  const [now, before] = [modelsFor(standardModels(), interval), originalModels()];
  const both = (kind: Kind) =>
    new Map([
      [FIRST, before[kind]],
      ['defaults', now[kind]],
    ]);
  const candidates: Candidates = new Map(KINDS.map((kind) => [kind, both(kind)]));
  print(candidates, await compare(datasets, candidates));
}

async function main(what: 'check' | 'search', which: 'minutes' | 'days', folder: string): Promise<void> {
  const all = new Map<string, Bars>();
  const datasets = new Map<Series, Dataset>();
  const wanted = SERIES[which].filter(({ half }) => what === 'check' || half !== 'C');
  for (const series of wanted) datasets.set(series, await datasetOf(series, folder, all));
  all.clear();
  if (what === 'search') await search(datasets);
  else await check(datasets, which === 'days' ? DAY_MS : MINUTE_MS);
}

const [what, which, folder = '../shared/data'] = process.argv.slice(2);
if ((what === 'check' || what === 'search') && (which === 'minutes' || which === 'days')) await main(what, which, folder);
else console.log('usage: npx tsx bench/defaults.ts check|search minutes|days [FOLDER]');
