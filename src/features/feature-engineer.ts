import { type Bars, checkBars, sliceBars } from '../bars/bars';
import { type Market, marketFrom } from '../bars/market';
import { decodeBinary, encodeBinary, type Section } from '../binary-file';
import { TickerforestError, throwIfAborted } from '../errors';
import { invalidOption, number } from '../options/checks';
import { checkArgument, checkOptions } from '../options/description';
import { didYouMean } from '../options/did-you-mean';
import { FEATURE_UPDATE } from '../options/feature-table';
import { wholeMarket } from '../options/market-table';
import { described } from '../text';
import type { FeatureMatrix } from '../trees/feature-matrix';
import { Turns } from '../waiting';
import { BLOCK_BARS, type BlockFold, type FeatureSpec } from './family';
import { FEATURE_FAMILIES, featureSetHash, featureSpecs } from './feature-set';
import { FoldState } from './fold-state';
import { type PriceFacts, PriceHistory } from './price-history';
import { type Summary, SummaryFold } from './summary';

const SHARE = number({ above: 0, to: 1 });
const MAGIC = 'TFCP';
const VERSION = 2;
/** Blocks between two reports of progress. */
const BLOCKS_A_REPORT = 128;
const COMPUTING = 'computing features';

/** What the families of all engines write to, one at a time: nothing here outlives a block. */
const blockColumns: Float64Array[] = [];

const NO_MATRIX: FeatureMatrix = { rows: 0, names: [], columns: [] };

/** Where {@link FeatureEngineer.update} is. */
export interface FeatureProgress {
  /** The family that is running: 'moving averages'. */
  readonly family: string;
  /** Its share of the bars that is done, 0 to 1. */
  readonly fraction: number;
}

/** What {@link FeatureEngineer.update} returns beside the new state, and how it is watched and ended. */
export interface FeatureUpdateOptions {
  /** Whether to return the rows of the model matrix. Default true; false saves 4 bytes a bar and feature where only profiles are wanted. */
  readonly matrix?: boolean | undefined;
  /** A matrix whose rows from `row` on are filled, so that a long one can be made in pieces; it is returned. Default: a new one. */
  readonly into?: MatrixPlace | undefined;
  /** Called for every family and every few thousand bars. */
  readonly onProgress?: ((progress: FeatureProgress) => void) | undefined;
  /**
   * Called with the full-precision values of every feature, model or not, a family and a block at a time. The columns are reused, by other
   * engines, too: copy what you keep. `columns[j][i]` is feature `specs[j]` on bar `first + i` (absolute number), i below `count`.
   */
  readonly onBlock?: ((specs: readonly FeatureSpec[], columns: readonly Float64Array[], first: number, count: number) => void) | undefined;
  /** Aborts between blocks; the engine cannot be used afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/** Where {@link FeatureEngineer.update} writes the rows of a matrix. */
export interface MatrixPlace {
  /** Made by {@link FeatureEngineer.allocateMatrix}. */
  readonly matrix: FeatureMatrix;
  /** Row of the first bar. */
  readonly row: number;
}

interface RunningFamily {
  readonly title: string;
  readonly specs: readonly FeatureSpec[];
  readonly firstFeature: number;
  readonly state: FoldState;
  readonly fold: BlockFold;
  readonly out: readonly Float64Array[];
}

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
  /** Every feature, in order. */
  readonly features: readonly FeatureSpec[];
  /** Names of the features in the model matrix, in column order. */
  readonly modelFeatures: readonly string[];
  /** Identifies the feature set and market; see {@link featureSetHash}. */
  readonly hash: string;
  readonly #families: readonly RunningFamily[];
  readonly #summaries: SummaryFold;
  readonly #historyState = new FoldState();
  readonly #history: PriceHistory;
  #usable = true;

  /**
   * An engine that has seen no bar yet.
   *
   * @param market - whose bars; see {@link resolveMarket}
   * @throws TickerforestError `INVALID_OPTION` naming what is missing of it or wrong
   */
  constructor(market: Market) {
    const { interval, ...rest } = checkArgument(market, wholeMarket, 'market', 'FeatureEngineer');
    this.market = marketFrom(interval, rest);
    this.features = featureSpecs(this.market);
    this.modelFeatures = this.features.filter((spec) => spec.model).map((spec) => spec.name);
    this.hash = featureSetHash(this.market);
    let firstFeature = 0;
    this.#families = FEATURE_FAMILIES.map((family) => {
      const specs = family.features(market);
      const state = new FoldState();
      while (blockColumns.length < specs.length) blockColumns.push(new Float64Array(BLOCK_BARS));
      const running: RunningFamily = {
        title: family.title,
        specs,
        firstFeature,
        state,
        fold: family.fold(market, state),
        out: blockColumns.slice(0, specs.length),
      };
      firstFeature += specs.length;
      return running;
    }).filter((family) => family.specs.length > 0);
    this.#summaries = new SummaryFold(this.features.length);
    this.#history = new PriceHistory(this.#historyState, market.interval);
  }

  /** Facts about the bars folded so far. */
  get history(): PriceFacts {
    return this.#history.facts();
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
    const { bars: folded, lastTimestamp } = this.history;
    if (folded > 0 && bars.length > 0 && !(bars.timestamp[0] > lastTimestamp)) {
      throw new TickerforestError(
        'INVALID_BARS',
        `bar at ${bars.timestamp[0]} is not later than the last one folded, ${lastTimestamp}; pass new bars only`,
      );
    }
    const { into } = options;
    const matrix = options.matrix === false ? NO_MATRIX : (into?.matrix ?? this.allocateMatrix(bars.length));
    const row = into?.row ?? 0;
    if (matrix !== NO_MATRIX && !(row + bars.length <= matrix.rows && matrix.columns.length === this.modelFeatures.length)) {
      const has = `${matrix.rows} rows of ${matrix.columns.length} columns`;
      throw invalidOption(
        `into.matrix has ${has}; ${bars.length} rows of ${this.modelFeatures.length} are to be written from row ${row} on`,
      );
    }
    const { names, columns } = matrix;
    const turns = new Turns(options.signal, COMPUTING);
    // an exception in the middle would leave some families ahead of others
    this.#usable = false;
    let column = 0;
    for (const family of this.#families) {
      const targets = family.specs.map((spec) => (spec.model && names.length > 0 ? columns[column++] : undefined));
      for (let from = 0, block = 1; from < bars.length; from += BLOCK_BARS, block++) {
        const to = Math.min(bars.length, from + BLOCK_BARS);
        this.#foldBlock(family, { ...sliceBars(bars, from, to), first: folded + from }, row + from, targets, options);
        if (block % BLOCKS_A_REPORT === 0 || to === bars.length) {
          options.onProgress?.({ family: family.title, fraction: to / bars.length });
          throwIfAborted(options.signal, COMPUTING);
        }
        if (turns.isOver) await turns.giveWay();
      }
    }
    for (let from = 0; from < bars.length; from += BLOCK_BARS) {
      this.#history.update({ ...sliceBars(bars, from, Math.min(bars.length, from + BLOCK_BARS)), first: folded + from });
      if (turns.isOver) await turns.giveWay();
    }
    this.#usable = true;
    return options.matrix === false ? { rows: bars.length, names: [], columns: [] } : matrix;
  }

  /**
   * @param rows - number of rows
   * @returns a matrix for this engine's model features, to be filled in pieces by {@link FeatureEngineer.update}
   */
  allocateMatrix(rows: number): FeatureMatrix {
    return {
      rows,
      names: this.modelFeatures,
      columns: this.modelFeatures.map(() => new Float32Array(new SharedArrayBuffer(rows * Float32Array.BYTES_PER_ELEMENT))),
    };
  }

  #foldBlock(
    family: RunningFamily,
    block: Bars & { first: number },
    at: number,
    targets: readonly (Float32Array | undefined)[],
    options: FeatureUpdateOptions,
  ): void {
    family.fold(block, family.out);
    family.state.advance(block.length);
    family.out.forEach((values, j) => {
      this.#summaries.update(family.firstFeature + j, values, block.length, block.first);
      targets[j]?.set(block.length === BLOCK_BARS ? values : values.subarray(0, block.length), at);
    });
    options.onBlock?.(family.specs, family.out, block.first, block.length);
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

  #indexOf(name: string): number {
    const index = this.features.findIndex((spec) => spec.name === name);
    if (index < 0) {
      const guess =
        typeof name === 'string'
          ? didYouMean(
              name,
              this.features.map((spec) => spec.name),
            )
          : '';
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
    const states = [...this.#families.map((family) => family.state), this.#historyState];
    const state = new Float64Array(states.reduce((size, part) => size + part.size, 0));
    let at = 0;
    for (const part of states) at = part.save(state, at);
    const { bars, lastTimestamp, barHash } = this.history;
    const { slots, counts } = this.#summaries.save();
    return encodeBinary(MAGIC, VERSION, {
      header: { featureSet: this.hash, market: this.market, bars, lastTimestamp, barHash },
      sections: new Map<string, Section>([
        ['state', state],
        ['summaries', slots],
        ['counts', counts],
      ]),
    });
  }

  /**
   * An engine that goes on where a saved one stopped.
   *
   * @param checkpoint - what {@link FeatureEngineer.save} returned
   * @returns the engine
   * @throws TickerforestError `CHECKPOINT_UNUSABLE` for another format version or feature set, or damaged bytes: fold the history again
   */
  static restore(checkpoint: Uint8Array): FeatureEngineer {
    const { header, section } = decodeBinary(checkpoint, MAGIC, VERSION, 'CHECKPOINT_UNUSABLE');
    const refuse = (reason: string) =>
      new TickerforestError('CHECKPOINT_UNUSABLE', `feature checkpoint: ${reason}; fold the history again`);
    if (!isCheckpointHeader(header)) throw refuse('its header names no market');
    const engine = engineerOf(header.market);
    if (engine === null) throw refuse('its header describes no market');
    if (engine.hash !== header.featureSet) throw refuse(`made for feature set ${header.featureSet}, this release computes ${engine.hash}`);
    const state = section('state');
    const summaries = section('summaries');
    const counts = section('counts');
    const states = [...engine.#families.map((family) => family.state), engine.#historyState];
    const size = states.reduce((sum, part) => sum + part.size, 0);
    if (!(state instanceof Float64Array) || state.length !== size) throw refuse(`its state is not ${size} numbers long`);
    if (!(summaries instanceof Float64Array && counts instanceof Uint32Array && engine.#summaries.restore(summaries, counts)))
      throw refuse('its summaries do not fit the features');
    let at = 0;
    for (const part of states) {
      const end = part.restore(state, at);
      if (end === null) throw refuse('its state holds no numbers where there are always some');
      at = end;
    }
    const wrong = engine.#history.wrongWith(header);
    if (wrong !== null) throw refuse(wrong);
    return engine;
  }

  #assertUsable(): void {
    if (!this.#usable) {
      throw new TickerforestError(
        'CHECKPOINT_UNUSABLE',
        'this FeatureEngineer was interrupted in the middle of an update; restore or make a new one',
      );
    }
  }
}

function engineerOf(market: Market): FeatureEngineer | null {
  try {
    return new FeatureEngineer(market);
  } catch (error) {
    if (error instanceof TickerforestError && error.code === 'INVALID_OPTION') return null;
    throw error;
  }
}

function isCheckpointHeader(
  header: unknown,
): header is { featureSet: string; market: Market; bars: number; lastTimestamp: number; barHash: string } {
  if (typeof header !== 'object' || header === null) return false;
  return ['featureSet', 'market', 'bars', 'lastTimestamp', 'barHash'].every((key) => Object.hasOwn(header, key));
}
