import { type Bars, checkBars, sliceBars } from '../bars/bars';
import type { Market } from '../bars/market';
import { TickerforestError, throwIfAborted } from '../errors';
import { hushed, invalidOption, number, whole } from '../options/checks';
import { checkArgument, checkOptions } from '../options/description';
import { didYouMean } from '../options/did-you-mean';
import { featureList } from '../options/feature-list';
import { FEATURE_UPDATE } from '../options/feature-table';
import { callGiven } from '../options/given-function';
import { described } from '../text';
import type { FeatureMatrix } from '../trees/feature-matrix';
import { Turns } from '../waiting';
import { familiesOf, inMarket, madeWith, readCheckpoint, refusal, writeCheckpoint } from './checkpoint';
import { BLOCK_BARS, type FeatureFamily, type FeatureSpec } from './family';
import { foldFamily, type NextBars, type Targets } from './family-work';
import { featureChanges } from './feature-changes';
import { type ColumnTaker, FeatureColumns } from './feature-columns';
import { checkedMarket, featureSetOf } from './feature-set';
import { canShare, FeatureThreads } from './feature-threads';
import type { FeatureUpdateOptions } from './feature-update';
import { FoldState, restoreAll, saveAll, sizeOf } from './fold-state';
import { type PriceFacts, PriceHistory } from './price-history';
import { RunningFamilies, type RunningFamily } from './running-families';
import { standardFeatures } from './standard-features';
import { type Summary, SummaryFold } from './summary';

const SHARE = number({ above: 0, to: 1 });
const ROWS = whole({ from: 0, to: 2 ** 32 });
const COMPUTING = 'computing features';

const NO_MATRIX: FeatureMatrix = { rows: 0, names: [], columns: [] };

/**
 * The feature engine: one fold for history, update and live bar. However a series is cut into calls of {@link FeatureEngineer.update}, and
 * however often the engine is saved and restored in between, every value and the saved bytes are identical.
 *
 * Pure: it reads bars and its own state, nothing else.
 *
 * @example
 * ```ts
 * const { bars } = await collectBars(csvBars('aapl.csv.gz'), { symbol: 'AAPL' });
 * const engineer = new FeatureEngineer(resolveMarket(86_400_000, { exchange: 'NASDAQ' })); // daily bars
 * const matrix = await engineer.update(bars); // what models see: one Float32Array per feature
 * engineer.summary('rsi_14'); // newest value, and the history in a few numbers
 * const later = FeatureEngineer.restore(engineer.save()); // goes on from here with the next bars
 * ```
 */
export class FeatureEngineer {
  /** The market whose bars it reads. */
  readonly market: Market;
  /** The families, in the order in which they run. */
  readonly families: readonly FeatureFamily[];
  /** Every feature, in order. */
  readonly features: readonly FeatureSpec[];
  /** Names of the features in the model matrix, in column order. */
  readonly modelFeatures: readonly string[];
  /** Identifies the feature set and market; see `featureSetHash`. */
  readonly hash: string;
  readonly #isListed: boolean;
  readonly #families: RunningFamilies;
  readonly #summaries: SummaryFold;
  readonly #historyState = new FoldState();
  readonly #history: PriceHistory;
  #usable = true;

  /**
   * An engine that has seen no bar yet.
   *
   * @param market - whose bars; see {@link resolveMarket}
   * @param features - what it computes. Default {@link standardFeatures}
   * @throws TickerforestError `INVALID_OPTION` naming what is missing of the market or wrong, or two families that have a feature of one name; `FEATURE_FAILED` if a
   *   family of your own throws
   */
  constructor(market: Market, features: readonly FeatureFamily[] = standardFeatures()) {
    this.market = checkedMarket(market, 'FeatureEngineer');
    const set = featureSetOf(this.market, checkArgument(features, featureList, 'features', 'FeatureEngineer'));
    this.families = set.families;
    this.features = set.specs.flat();
    this.modelFeatures = this.features.filter((spec) => spec.model).map((spec) => spec.name);
    this.hash = set.hash;
    this.#isListed = set.isListed;
    this.#families = new RunningFamilies(set, this.market);
    this.#summaries = new SummaryFold(this.#families.columns);
    this.#history = new PriceHistory(this.#historyState, this.market.interval);
  }

  /** Facts about the bars folded so far. */
  get history(): PriceFacts {
    return this.#history.facts();
  }

  /** Bars until every feature that models see has a value, but for those whose first value no number of bars can tell. */
  get warmup(): number {
    return this.features.reduce((most, { model, gaps, warmup }) => (model && !gaps ? Math.max(most, warmup) : most), 0);
  }

  /** The newest bars folded, at most 64, oldest first: what an update compares with the source. */
  get recentBars(): Bars {
    return this.#history.recent();
  }

  /** What is kept of all bars folded, to be held against the same bars of another request. Bounded, some 16 kB. */
  get historySketch(): Float64Array {
    return this.#history.sketch();
  }

  /**
   * Folds the next bars.
   *
   * @param bars - valid bars (see {@link collectBars}), all later than those folded before; any number of them
   * @param given - progress, abort, and what to return
   * @returns the model matrix of these bars, `bars.length` rows by `modelFeatures.length` Float32 columns over shared memory, NaN during
   * warm-up; no columns with `matrix: false`
   * @throws TickerforestError `INVALID_OPTION` for what is no {@link Bars}, `INVALID_BARS` if the first bar is not later than the last one folded,
   *   `ABORTED` if the signal fires
   */
  async update(bars: Bars, given: FeatureUpdateOptions = {}): Promise<FeatureMatrix> {
    const options = checkOptions(given, FEATURE_UPDATE, 'FeatureEngineer.update');
    checkBars(bars);
    this.#assertUsable();
    this.#assertLater(bars);
    const { bars: folded } = this.history;
    const { into } = options;
    const isWanted = options.matrix !== false;
    const matrix = isWanted ? (into?.matrix ?? this.allocateMatrix(bars.length)) : NO_MATRIX;
    const row = into?.row ?? 0;
    if (matrix !== NO_MATRIX && !(row + bars.length <= matrix.rows && matrix.columns.length === this.modelFeatures.length)) {
      const has = `${matrix.rows} rows of ${matrix.columns.length} columns`;
      throw invalidOption(
        `into.matrix has ${has}; ${bars.length} rows of ${this.modelFeatures.length} are to be written from row ${row} on`,
      );
    }
    await this.#fold({ bars, first: folded, row }, new FeatureColumns(this.#families.list, matrix.columns), options);
    return isWanted ? matrix : { rows: bars.length, names: [], columns: [] };
  }

  /**
   * Folds the next bars, whose columns are taken as they are made, and not kept.
   *
   * @internal
   * @param bars - as for {@link FeatureEngineer.update}
   * @param taker - where each family's columns go, that models see
   * @param ahead - bars that follow, whose values the columns get as well; the engine stays as it is before them, and takes them in with a later call
   * @param options - progress, threads, and abort
   * @throws TickerforestError as {@link FeatureEngineer.update}
   */
  async updateColumns(bars: Bars, taker: ColumnTaker, ahead: Bars, options: Omit<FeatureUpdateOptions, 'matrix' | 'into'>): Promise<void> {
    this.#assertUsable();
    this.#assertLater(bars);
    const { bars: first } = this.history;
    const given = { taker, ahead: { bars: ahead, first: first + bars.length, at: bars.length } };
    await this.#fold({ bars, first, row: 0 }, new FeatureColumns(this.#families.list, [], given), options);
  }

  /** Families side by side where there are threads for them. */
  async #fold(next: NextBars, places: FeatureColumns, options: FeatureUpdateOptions): Promise<void> {
    const { bars, first } = next;
    const { list } = this.#families;
    const { threads: wanted, signal: callers, onProgress, onBlock, onNoWorkers } = options;
    const summaries = this.#summaries;
    const onDone = ({ specs, title }: RunningFamily, fraction: number) => {
      if (specs.length === 0) return;
      hushed(onProgress?.({ family: title, fraction }));
      throwIfAborted(callers, COMPUTING);
    };
    const foldHere = (family: RunningFamily, targets: Targets, turns: Turns) =>
      foldFamily(family, next, targets, summaries, turns, {
        onBlock: (block) => {
          if (onBlock === undefined || family.specs.length === 0) return;
          callGiven('onBlock', 'while it took features', () => onBlock(family.specs, family.out, block.first, block.length));
        },
        onDone: (fraction) => onDone(family, fraction),
      });
    const foldAll = async (families: readonly RunningFamily[], turns: Turns) => {
      for (const family of families) await places.fill(family, (targets) => foldHere(family, targets, turns));
      for (let from = 0; from < bars.length; from += BLOCK_BARS) {
        this.#history.update({ ...sliceBars(bars, from, Math.min(bars.length, from + BLOCK_BARS)), first: first + from });
        if (turns.isOver) await turns.giveWay();
      }
    };
    // an exception in the middle would leave some families ahead of others
    this.#usable = false;
    // other threads cannot show what they are at
    const threads = onBlock ? undefined : await FeatureThreads.of(wanted, list, this.market, bars, onNoWorkers);
    const rest = list.filter((family) => !threads?.families.includes(family));
    if (threads === undefined) await foldAll(rest, new Turns(callers, COMPUTING));
    else
      await threads.share(
        callers,
        (signal) => foldAll(rest, new Turns(signal, COMPUTING)),
        (family, signal) =>
          places.fill(family, (targets) =>
            canShare(targets)
              ? threads.fold(family, next, targets, { summaries, signal, during: COMPUTING, onDone })
              : foldHere(family, targets, new Turns(signal, COMPUTING)),
          ),
      );
    this.#usable = true;
  }

  /**
   * Folds one bar at once, as live use needs it: to the bit what {@link FeatureEngineer.update} makes of it. If a feature of your own throws, the engine is as it was.
   *
   * @param bar - one valid bar, later than those folded before
   * @returns its row of the model matrix, in column order; NaN where a feature has no value yet
   * @throws TickerforestError `INVALID_OPTION` for what is no {@link Bars} of one bar, `INVALID_BARS` if it is not later than the last one folded, `FEATURE_FAILED`
   */
  next(bar: Bars): Float32Array {
    this.#assertIsNext(bar);
    const { bars: first } = this.history;
    this.#families.foldBar({ ...bar, first });
    this.#families.values.forEach((value, column) => {
      this.#summaries.update(column, value, 1, first);
    });
    this.#history.update({ ...bar, first });
    return this.#foldedRow();
  }

  /**
   * What {@link FeatureEngineer.next} would return, of a bar that is still forming: the engine stays as it is.
   *
   * @param bar - as for {@link FeatureEngineer.next}
   * @returns its row of the model matrix
   * @throws TickerforestError as {@link FeatureEngineer.next}
   */
  preview(bar: Bars): Float32Array {
    this.#assertIsNext(bar);
    this.#families.previewBar({ ...bar, first: this.history.bars });
    return this.#foldedRow();
  }

  #assertIsNext(bar: Bars): void {
    checkBars(bar);
    if (bar.length !== 1) throw invalidOption(`bar holds ${bar.length} bars; give one`);
    this.#assertUsable();
    this.#assertLater(bar);
  }

  #assertLater({ length, timestamp }: Bars): void {
    const { bars: folded, lastTimestamp } = this.history;
    if (folded === 0 || length === 0 || timestamp[0] > lastTimestamp) return;
    throw new TickerforestError(
      'INVALID_BARS',
      `bar at ${timestamp[0]} is not later than the last one folded, ${lastTimestamp}; pass new bars only`,
    );
  }

  #foldedRow(): Float32Array {
    return Float32Array.from(this.features.flatMap((spec, index) => (spec.model ? [this.#families.values[index][0]] : [])));
  }

  /**
   * @param rows - number of rows, 0 or more
   * @returns a matrix for this engine's model features, to be filled in pieces by {@link FeatureEngineer.update}
   * @throws TickerforestError `INVALID_OPTION` for no such number, or if the memory cannot be had
   */
  allocateMatrix(rows: number): FeatureMatrix {
    checkArgument(rows, ROWS, 'rows', 'FeatureEngineer.allocateMatrix');
    const names = this.modelFeatures;
    try {
      return { rows, names, columns: names.map(() => new Float32Array(new SharedArrayBuffer(rows * Float32Array.BYTES_PER_ELEMENT))) };
    } catch (cause) {
      throw invalidOption(`there is no memory for a matrix of ${rows} rows x ${names.length} features; give fewer of either`, cause);
    }
  }

  /**
   * @param name - a feature's name
   * @returns its history and newest value
   * @throws TickerforestError `INVALID_OPTION` for a name that is not a feature of this market
   */
  summary(name: string): Summary {
    return this.#summaries.summary(this.#indexOf(name));
  }

  /**
   * @param name - a feature's name
   * @returns its value on the newest bar; null during warm-up
   * @throws TickerforestError `INVALID_OPTION` for a name that is not a feature of this market
   */
  latest(name: string): number | null {
    const value = this.#summaries.latest(this.#indexOf(name));
    return Number.isNaN(value) ? null : value;
  }

  /**
   * Mean of a feature's lowest values over the whole history: the expected shortfall, if it is a return.
   *
   * @param name - a feature's name
   * @param probability - share of the values that count as the lowest, above 0, at most 1
   * @returns their mean, within 1/16; null during warm-up
   * @throws TickerforestError `INVALID_OPTION` for a name that is not a feature of this market, or no such share
   */
  lowerTailMean(name: string, probability: number): number | null {
    checkArgument(probability, SHARE, 'probability', 'FeatureEngineer.lowerTailMean');
    return this.#summaries.lowerTailMean(this.#indexOf(name), probability);
  }

  /** The history of the simple return of a bar, also where that is no feature. */
  get returns(): Summary {
    return this.#summaries.summary(this.#families.returnColumn);
  }

  /**
   * The expected shortfall of a bar: mean of its lowest simple returns over the whole history, also where that return is no feature.
   *
   * @param probability - share of the returns that count as the lowest, above 0, at most 1
   * @returns their mean, within 1/16; null without returns
   * @throws TickerforestError `INVALID_OPTION` for no such share
   */
  lowerTailReturn(probability: number): number | null {
    checkArgument(probability, SHARE, 'probability', 'FeatureEngineer.lowerTailReturn');
    return this.#summaries.lowerTailMean(this.#families.returnColumn, probability);
  }

  #indexOf(name: string): number {
    const names = this.features.map((spec) => spec.name);
    const index = names.indexOf(name);
    if (index < 0) {
      const guess = typeof name === 'string' ? didYouMean(name, names) : '';
      throw invalidOption(`there is no feature ${described(name)}${guess}; FeatureEngineer.features lists them`);
    }
    return index;
  }

  /** The newest bar's row of the model matrix, in column order; NaN where a feature has no value yet. */
  get latestRow(): Float32Array {
    const row = this.features.flatMap((spec, index) => (spec.model ? [this.#summaries.latest(index)] : []));
    return Float32Array.from(row);
  }

  /**
   * The whole state as bytes: format version, feature set, bars folded, their hash, fold state, checksum.
   *
   * @returns a checkpoint for {@link FeatureEngineer.restore}; the same bars give the same bytes
   */
  save(): Uint8Array {
    this.#assertUsable();
    const { bars, lastTimestamp, barHash } = this.history;
    const { slots, counts } = this.#summaries.save();
    return writeCheckpoint(
      { featureSet: this.hash, market: this.market, bars, lastTimestamp, barHash },
      this.#isListed ? null : this.families,
      { state: saveAll(this.#states), summaries: slots, counts },
    );
  }

  /**
   * An engine that goes on where a saved one stopped.
   *
   * @param checkpoint - what {@link FeatureEngineer.save} returned
   * @param features - the list that it was made with. Default: what the checkpoint says, where all of it is this library's
   * @returns the engine
   * @throws TickerforestError `CHECKPOINT_UNUSABLE` for another format version, other features (it says which were added, removed or changed) or damaged bytes: fold the
   *   history again; `INVALID_OPTION` for no list of features
   */
  static restore(checkpoint: Uint8Array, features?: readonly FeatureFamily[]): FeatureEngineer {
    const { header, section } = readCheckpoint(checkpoint);
    const given = features && checkArgument(features, featureList, 'features', 'FeatureEngineer.restore');
    const engine = engineOf(header.market, (market) => given ?? familiesOf(header, market));
    if (engine === null) throw refusal('its header describes no market');
    if (engine.hash !== header.featureSet) {
      const changes = featureChanges(madeWith(header, engine.market), engine.families, engine.market);
      throw refusal(
        changes
          ? `made with other features: ${changes}`
          : `made for feature set ${described(header.featureSet)}, this release computes ${engine.hash}`,
      );
    }
    const state = section('state');
    const summaries = section('summaries');
    const counts = section('counts');
    const size = sizeOf(engine.#states);
    if (!(state instanceof Float64Array) || state.length !== size) throw refusal(`its state is not ${size} numbers long`);
    if (!(summaries instanceof Float64Array && counts instanceof Uint32Array && engine.#summaries.restore({ slots: summaries, counts })))
      throw refusal('its summaries do not fit the features');
    if (!restoreAll(engine.#states, state)) throw refusal('its state holds no numbers where there are always some');
    const wrong = engine.#history.wrongWith(header);
    if (wrong !== null) throw refusal(wrong);
    return engine;
  }

  get #states(): readonly FoldState[] {
    return [...this.#families.states, this.#historyState];
  }

  #assertUsable(): void {
    if (!this.#usable) {
      throw new TickerforestError(
        'CHECKPOINT_UNUSABLE',
        'this FeatureEngineer is in the middle of an update, or was interrupted there: await the update, restore, or make a new one',
      );
    }
  }
}

function engineOf(market: Market, features: (market: Market) => readonly FeatureFamily[]): FeatureEngineer | null {
  return inMarket(market, (whole) => new FeatureEngineer(whole, features(whole)));
}
