import { isDeepStrictEqual } from 'node:util';
import { arrayBars, type BarRows } from '../bars/array-source';
import type { BarSource } from '../bars/bar-source';
import { type Bars, sliceBars } from '../bars/bars';
import type { JudgementOptions } from '../bars/collect-bars';
import { BadBarCount, type BadBars } from '../bars/judgement/values';
import { DAY_MS, type MarketOptions, marketFrom } from '../bars/market';
import type { Reading } from '../bars/reading';
import { noWorkers, unsaid, type Warning } from '../bars/warnings';
import { ownError, TickerforestError } from '../errors';
import type { FeatureFamily, FeatureSpec } from '../features/family';
import { FeatureEngineer } from '../features/feature-engineer';
import { featureSetOf } from '../features/feature-set';
import { standardFeatures } from '../features/standard-features';
import type { TrainingData } from '../models/ml-model-trainer';
import { labelledRows } from '../models/training-rows';
import { invalidOption } from '../options/checks';
import { PREPARE_DATASET } from '../options/dataset-table';
import { checkOptions } from '../options/description';
import { barTime, counted, duration, printedAs, type Row, type Sheet } from '../printed';
import type { BarStore } from '../stores/bar-store';
import { checkedWeights } from '../targets/checked-weights';
import { labelBarsInTurns } from '../targets/define-target';
import { nextReturn } from '../targets/returns';
import type { Labels, Target } from '../targets/target';
import type { SampleWeights } from '../targets/weights';
import { quoted } from '../text';
import type { RowRange } from '../trees/feature-matrix';
import { type IgnoredBars, NOTHING_IGNORED } from '../updates/incremental-update-strategy';
import { inTurns, Turns } from '../waiting';
import { askSource, earliestWanted, type FetchedBars } from './ask-source';
import { type BarColumn, DatasetColumns, type DatasetRow } from './dataset-columns';
import { KeptHistory } from './kept-history';
import { type Progress, ProgressReporter } from './progress';
import { strictly } from './run-warnings';
import { Stopwatch } from './stopwatch';

/** What {@link prepareDataset} is given: `source` or `bars`, and nothing else that must be there. */
export interface PrepareDatasetOptions extends MarketOptions, JudgementOptions {
  /** Where the bars are: a source such as {@link csvBars}, rows, or {@link Bars}. Default: `bars` has them. */
  readonly source?: BarSource | BarRows | Bars | undefined;
  /** Instead of a source: a {@link BarStore}, whose kept bars of `symbol` are taken as they are, or {@link Bars} in memory, which are judged like a source's. */
  readonly bars?: BarStore | Bars | undefined;
  /**
   * Which symbol; only a source or store of several symbols needs it. These are vendors, and files with a column of symbols; rows, Bars and files of one series do not look
   * at it. Default 'dataset'.
   */
  readonly symbol?: string | undefined;
  /** What is computed of the bars. Default {@link standardFeatures}. */
  readonly features?: readonly FeatureFamily[] | undefined;
  /** What is to be forecast. Default {@link nextReturn}. */
  readonly target?: Target | undefined;
  /** How much each row counts when models learn, such as `uniqueness` of `tickerforest/targets`. Default `equalWeights`. */
  readonly weights?: SampleWeights | undefined;
  /** Features that {@link Dataset.column} gives in full precision, also such as models do not see: `['sma_20']`. 8 bytes a bar each. Default none. */
  readonly columns?: readonly string[] | undefined;
  /** Length of a bar, milliseconds. Default: the most frequent distance between the first bars. */
  readonly interval?: number | undefined;
  /** Only so many years before now, above 0. Default: all. */
  readonly historyYears?: number | undefined;
  /** Only bars from this time on. Default: all. */
  readonly from?: Date | undefined;
  /** Only bars up to this time. Default: all. */
  readonly to?: Date | undefined;
  /** Threads beside the calling one that read a large CSV file and compute features; 0: the calling thread does all. 0 to 64, default as in {@link trainSymbol}. */
  readonly threads?: number | undefined;
  /** Whether warnings are errors (`STRICT`). Default false. */
  readonly strict?: boolean | undefined;
  /** The time that counts as now: bars that end later are still forming, and left out. Default: the current time. */
  readonly now?: Date | undefined;
  /** Called with percent, stage and message. What it throws, and what a promise of it rejects with, is ignored. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Bars, features and labels, one row a bar, oldest first. It is what {@link MLModelTrainer.train} and {@link TrainedModel.predict} take, and what a notebook plots.
 * `console.log` shows a short table of it.
 */
export interface Dataset extends TrainingData {
  /** What is to be forecast. */
  readonly target: Target;
  /** The label of every row, and the row of the last bar that it looks at. */
  readonly labels: Labels;
  /** From the first row with features to the last one with a label: what models are trained on and judged by. */
  readonly rows: RowRange;
  /**
   * How much each row counts if models learn from all of `rows`, one a row, 0 outside and where there is no label; null: all the same. To look at: the trainer asks
   * `sampleWeights`, as a row counts differently where others are held out.
   */
  readonly weights: Float64Array | null;
  /** Every feature that was computed, also such as models do not see. */
  readonly features: readonly FeatureSpec[];
  /** Bad bars by reason; none unless `badBars: 'drop'`. */
  readonly rejected: BadBars;
  /** Bars that were left out. */
  readonly ignored: IgnoredBars;
  /** How the source was read, where it says so. */
  readonly reading: Reading | undefined;
  /** What was assumed, mended or left out without being told to. */
  readonly warnings: readonly Warning[];

  /**
   * @param name - 'label' or a column of the bars: 'timestamp', 'close'
   * @returns one value a row; a row without label has NaN
   */
  column(name: BarColumn | 'label'): Float64Array;
  /**
   * @param name - a column of the bars, 'label', or a feature: one that models see, or one of option `columns`
   * @returns one value a row, NaN where there is none: Float32 as models see it, Float64 for what option `columns` lists. It is no copy: do not change it
   * @throws TickerforestError `INVALID_OPTION` if there is no such column, or two of that name
   */
  column(name: string): Float32Array | Float64Array;

  /**
   * Rows as plain objects, for `console.table` and libraries that plot.
   *
   * @param names - columns, as {@link Dataset.column} takes them
   * @param rows - which rows. Default: all
   * @returns an object a row, its `timestamp` as a Date first
   * @throws TickerforestError `INVALID_OPTION` if there is no such column or row
   */
  table<Name extends string>(names: readonly Name[], rows?: RowRange): DatasetRow<Name>[];
}

/** What the source is asked for, if nobody says. */
const ANY_SYMBOL = 'dataset';

/**
 * Makes a dataset to experiment with: reads bars, judges them as {@link trainSymbol} does, computes features, and labels. Nothing is stored. Models that are trained on it
 * are to the byte those that `trainSymbol` would train.
 *
 * @param given - see {@link PrepareDatasetOptions}
 * @returns the dataset
 * @throws TickerforestError `INVALID_OPTION` naming option and value; `TOO_FEW_BARS` for fewer than 40 rows with features and label; `UNKNOWN_SYMBOL` if the bar store has
 *   none of the symbol; `STRICT`, `ABORTED`; and as {@link collectBars}
 * @example
 * ```ts
 * const dataset = await prepareDataset({ source: csvBars('aapl.csv.gz'), exchange: 'NASDAQ', target: horizonReturn({ bars: 5 }) });
 * console.table(dataset.table(['close', 'rsi_14', 'label'], { from: 1000, to: 1010 }));
 * const { models, heldOut } = await new MLModelTrainer({ models: { forest: randomForestRegressor() } }).train(dataset);
 * const forecasts = await models.forest.predict(dataset, dataset.rows);
 * ```
 */
export async function prepareDataset(given: PrepareDatasetOptions): Promise<Dataset> {
  const options = checkOptions(given, PREPARE_DATASET, 'prepareDataset');
  const { features = standardFeatures(), target = nextReturn(), interval, signal = new AbortController().signal } = options;
  const weights = options.weights && checkedWeights(options.weights);
  const origin = originOf(options);
  // names that clash are refused before anything is read
  featureSetOf(marketFrom(interval ?? DAY_MS, options), features);
  const progress = new ProgressReporter(options.onProgress);
  progress.report('initializing', 0, 'preparing a dataset');
  const { bars, market, rejected, ignored, reading, ...fetched } =
    'source' in origin
      ? await fetchBars(options, origin.source, progress, signal)
      : await keptBars(options, origin.store, origin.symbol, signal);
  const warnings: Warning[] = [];
  const warn = (more: readonly Warning[]) => {
    for (const warning of more) progress.warning(warning);
    if (options.strict === true && more.length > 0) throw strictly(more);
    warnings.push(...more);
  };
  warn(fetched.warnings);
  progress.report('retrieved', 1, `retrieved ${counted(bars.length, 'bar')}`);

  const engineer = new FeatureEngineer(market, features);
  if (engineer.modelFeatures.length === 0) {
    throw invalidOption('features: none of them is for the models; add one that does not depend on the price level, such as rsi()');
  }
  const columns = new DatasetColumns(engineer.features, options.columns ?? [], bars);
  const matrix = await engineer.update(bars, {
    onBlock: columns.isPrecise ? (specs, values, first, count) => columns.take(specs, values, first, count) : undefined,
    onProgress: (event) => progress.features(event),
    onNoWorkers: (reason) => warn(unsaid([noWorkers(reason)], warnings)),
    threads: options.threads,
    signal,
  });
  const turns = new Turns(signal, 'labelling');
  const labels = await labelBarsInTurns(target, bars, market, turns);
  const { rows } = await inTurns(labelledRows(labels, engineer.warmup, target), turns);
  columns.complete(matrix, labels);
  function column(name: BarColumn | 'label'): Float64Array;
  function column(name: string): Float32Array | Float64Array;
  function column(name: string): Float32Array | Float64Array {
    return columns.column(name);
  }
  const dataset: Dataset = {
    ...{ matrix, bars, market, warmup: engineer.warmup, featureSet: engineer.hash },
    ...{ target, labels, rows, features: engineer.features, rejected, ignored, reading, warnings },
    ...(weights && { sampleWeights: weights }),
    weights: weights === undefined ? null : weights.weigh(within(labels, rows), bars, market),
    column,
    table: columns.table.bind(columns),
  };
  progress.report('done', 1, `${counted(bars.length, 'row')} of ${counted(matrix.names.length, 'feature')}`);
  return printedAs(dataset, datasetTable);
}

/** Where the bars are: a source, or a store that keeps those of a symbol. */
type Origin = { readonly source: BarSource } | { readonly store: BarStore; readonly symbol: string };

function originOf({ source, bars, symbol }: PrepareDatasetOptions): Origin {
  if (source !== undefined && bars !== undefined) throw invalidOption('prepareDataset was given both source and bars; give one of them');
  if (source !== undefined) return { source: 'fetch' in source ? source : arrayBars(source) };
  if (bars === undefined) {
    throw invalidOption('prepareDataset needs source or bars: give source: csvBars(path), rows in order of time, or a bar store as bars');
  }
  if (!('read' in bars)) return { source: arrayBars(bars) };
  if (symbol === undefined) throw invalidOption('prepareDataset needs a symbol, as bars is a bar store: say whose bars are meant');
  return { store: bars, symbol };
}

async function fetchBars(
  options: PrepareDatasetOptions,
  source: BarSource,
  progress: ProgressReporter,
  signal: AbortSignal,
): Promise<FetchedBars> {
  const { symbol = ANY_SYMBOL, to, now = new Date(), interval } = options;
  const { exchange, timeZone, session, stamp } = options;
  const job = { options: { ...options, symbol }, source, now, progress, watch: new Stopwatch() };
  const expected = { market: { exchange, timeZone, session, stamp }, interval, isDense: false, after: null };
  try {
    return await askSource(job, { from: earliestWanted(job), to: to?.getTime() }, expected, signal);
  } catch (cause) {
    const own = ownError(cause);
    if (own?.code !== 'NO_BARS' || options.symbol !== undefined) throw cause;
    throw new TickerforestError('NO_BARS', `${own.message}; no symbol was given: if the source has several, say which with symbol`, {
      cause,
    });
  }
}

/** Bars of a store were judged before they were kept. */
async function keptBars(options: PrepareDatasetOptions, store: BarStore, symbol: string, signal: AbortSignal): Promise<FetchedBars> {
  const history = await KeptHistory.open(store, symbol, signal);
  if (history.kept === null) {
    throw new TickerforestError(
      'UNKNOWN_SYMBOL',
      `no bars of ${quoted(symbol)} are kept; call trainSymbol with this bar store first, or give a source`,
    );
  }
  const { market } = history.kept;
  const { to, now = new Date(), interval = market.interval, exchange, timeZone, session, stamp } = options;
  const said = exchange === undefined ? market : marketFrom(interval, { exchange });
  const asked = { interval, stamp: stamp ?? market.stamp, timeZone: timeZone ?? said.timeZone, session: session ?? said.session };
  if (!isDeepStrictEqual(asked, { ...market })) {
    throw invalidOption(
      `the kept bars of ${quoted(symbol)} are of another market than the options say; leave exchange, timeZone, session, stamp and interval out`,
    );
  }
  const all = await history.from(earliestWanted({ options: { ...options, symbol }, now }) ?? Number.NEGATIVE_INFINITY);
  const end = to === undefined ? all.length : all.timestamp.findLastIndex((time) => time <= to.getTime()) + 1;
  return {
    bars: sliceBars(all, 0, end),
    market,
    rejected: new BadBarCount().summary,
    ignored: { ...NOTHING_IGNORED, later: all.length - end },
    goesOn: end < all.length,
    reading: undefined,
    warnings: [],
  };
}

/** Labels of which only those of the rows are left: others are not trained on, and do not overlap with those that are. */
function within({ value, end }: Labels, { from, to }: RowRange): Labels {
  return {
    value: value.map((label, row) => (row >= from && row < to ? label : Number.NaN)),
    end: end.map((last, row) => (row >= from && row < to ? last : -1)),
  };
}

function datasetTable({ bars, market, matrix, target, rows, rejected, warnings }: Dataset): Sheet {
  const { length, timestamp } = bars;
  const time = (row: number) => barTime(new Date(timestamp[row]), market.interval);
  const title = `dataset of ${counted(length, 'row')}, bars of ${duration(market.interval)}`;
  const sheet: Row[] = [
    ['bars', `${time(0)} to ${time(length - 1)}`],
    ['features', `${matrix.names.length} that models see`],
    ['label', target.description],
    ['rows', `${rows.from} to ${rows.to - 1} to train on and judge by, ${time(rows.from)} to ${time(rows.to - 1)}`],
    ['rejected', rejected.total === 0 ? 'none' : counted(rejected.total, 'bar')],
    ['warnings', warnings.length === 0 ? 'none' : warnings.map(({ code }) => code).join(', ')],
  ];
  return { title, rows: sheet };
}
