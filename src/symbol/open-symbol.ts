import { arrayBars, type BarRow } from '../bars/array-source';
import type { BarSource } from '../bars/bar-source';
import type { Bars } from '../bars/bars';
import { TickerforestError } from '../errors';
import { featureChanges } from '../features/feature-changes';
import { featureSetOf } from '../features/feature-set';
import { MLModelTrainer } from '../models/ml-model-trainer';
import type { ModelSet } from '../models/model';
import { invalidOption, isPromise } from '../options/checks';
import { checkOptions } from '../options/description';
import { OPEN_SYMBOL, SESSION_COMMIT, SESSION_EXPLAIN } from '../options/symbol-tables';
import { GuardedStore } from '../stores/guarded-store';
import { described, quoted } from '../text';
import { explainedPrediction } from './explained-forecast';
import type { TrainSymbolOptions } from './job';
import { LiveBars } from './live-bar';
import { type Forecaster, type Prediction, predictionOf, readForecaster } from './prediction';
import { sessionSource, together } from './session-source';
import { isDense } from './stored-span';
import { type TrainSymbolResult, trainSymbol } from './train-symbol';

/** What {@link openSymbol} is given: the options with which {@link trainSymbol} was called, so that a commit is the same update. */
export interface OpenSymbolOptions
  extends Omit<TrainSymbolOptions, 'source' | 'features' | 'to' | 'now' | 'retrain' | 'rebuild' | 'signal' | 'onProgress'> {
  /**
   * Where its older bars are: a commit compares them, and a training that is due reads them where none are kept. Default: what is stored, and the bars given to `next`; without
   * kept bars a training that is due is then not possible: new bars are taken in, and the models stay.
   */
  readonly source?: TrainSymbolOptions['source'] | undefined;
  /** The list that the symbol was trained with; needed only if some of it is your own. Default: what is stored. */
  readonly features?: TrainSymbolOptions['features'];
  /**
   * Whether `session.explain` can be asked which features moved a forecast most: of each model so many, or 5. A number is 1 to 1,000. The models' covers are then read as well, and
   * the rows of forecasts are kept as long as the forecasts are. Default false.
   */
  readonly explain?: boolean | number | undefined;
}

/** What {@link SymbolSession.commit} is given; each as in {@link trainSymbol}. */
export interface SessionCommitOptions extends Pick<TrainSymbolOptions, 'now' | 'retrain' | 'signal' | 'onProgress'> {}

/** What {@link SymbolSession.explain} is given. */
export interface SessionExplainOptions {
  /** Aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What a forecast was made of. */
interface Forecast extends Pick<Forecaster, 'models' | 'covers'> {
  readonly row: Float32Array;
}

/** A symbol in live use, opened by {@link openSymbol}. */
export class SymbolSession {
  /** Whose bars it takes. */
  readonly symbol: string;
  readonly #options: OpenSymbolOptions;
  readonly #models: ModelSet;
  readonly #source: BarSource | undefined;
  #stored: Forecaster;
  #live: LiveBars;
  /** Bars that were folded and are not stored, one each. */
  #uncommitted: Bars[] = [];
  #committing: Promise<unknown> = Promise.resolve();
  /** Of what can be explained. */
  readonly #forecasts = new WeakMap<object, Forecast>();

  /**
   * Made by {@link openSymbol}.
   *
   * @param options - checked
   * @param models - the caller's, completed
   * @param stored - what is stored
   */
  constructor(options: OpenSymbolOptions, models: ModelSet, stored: Forecaster) {
    const { symbol, source } = options;
    this.symbol = symbol;
    this.#options = options;
    this.#models = models;
    this.#source = source === undefined || 'fetch' in source ? source : arrayBars(source);
    this.#stored = stored;
    this.#live = new LiveBars(symbol, stored.engineer, isDense(stored.engineer));
  }

  /** Time of the newest bar that it has folded. */
  get asOf(): Date {
    return new Date(this.#stored.engineer.history.lastTimestamp);
  }

  /** How many bars were given to {@link SymbolSession.next} and are not stored yet. */
  get uncommitted(): number {
    return this.#uncommitted.length;
  }

  /**
   * Takes in a complete bar, and forecasts. Nothing is stored before {@link SymbolSession.commit}; the forecasts are to the bit those that an update with this bar would lead to.
   *
   * @param bar - the bar, later than the last one
   * @returns the forecasts
   * @throws TickerforestError `INVALID_BARS` naming field and value, or the distance to the last bar, `INVALID_OPTION` for what is no bar, `FEATURE_FAILED` if a feature of your own
   *   throws: the session is then as it was. `MODEL_FAILED` if a model of your own throws, or forecasts no number: the bar was taken in.
   */
  next(bar: BarRow): Prediction {
    const { engineer } = this.#stored;
    const one = this.#live.read(bar, engineer, this.#uncommitted.length, 'session.next');
    const row = engineer.next(one);
    this.#uncommitted.push(one);
    return this.#forecast(row, one.timestamp[0]);
  }

  /**
   * Forecasts as if a bar that is still forming were complete. Nothing is kept of it.
   *
   * @param formingBar - the bar as it is now
   * @returns what {@link SymbolSession.next} would return
   * @throws TickerforestError as {@link SymbolSession.next}
   */
  preview(formingBar: BarRow): Prediction {
    const { engineer } = this.#stored;
    const one = this.#live.read(formingBar, engineer, this.#uncommitted.length, 'session.preview');
    return this.#forecast(engineer.preview(one), one.timestamp[0]);
  }

  #forecast(row: Float32Array, asOf: number): Prediction {
    const prediction = predictionOf(this.#stored, row, asOf);
    const { models, covers } = this.#stored;
    if (isExplained(this.#options)) this.#forecasts.set(prediction, { models, covers, row });
    return prediction;
  }

  /**
   * Tells which features moved a forecast most, as `predictSymbol({ explain })` does. It may be asked later, too: what counts are the bar and the models of the forecast, whatever has come since.
   *
   * @param forecast - what {@link SymbolSession.next} or {@link SymbolSession.preview} of this session returned
   * @param options - abort
   * @returns the forecast with `explanations`
   * @throws TickerforestError `INVALID_OPTION` if {@link openSymbol} was not given `explain`, or for what is no forecast of this session, which a copy is not either; `ABORTED`
   * @example
   * ```ts
   * const session = await openSymbol({ symbol: 'AAPL', store, explain: 3 });
   * stream.on('bar', async (bar) => console.log(await session.explain(session.next(bar))));
   * ```
   */
  async explain(forecast: Prediction, options: SessionExplainOptions = {}): Promise<Prediction> {
    const { signal } = checkOptions(options, SESSION_EXPLAIN, 'session.explain');
    const { explain = false } = this.#options;
    if (explain === false)
      throw invalidOption('session.explain needs what openSymbol reads only if it is told to: openSymbol({ explain: true })');
    const known = this.#forecasts.get(forecast);
    if (known === undefined) {
      const advice = isPromise(forecast) ? ': await it' : '; give what next or preview of this session returned, not a copy of it';
      throw invalidOption(`session.explain takes a forecast, not ${described(forecast)}${advice}`);
    }
    return explainedPrediction(forecast, { ...known, explain, signal });
  }

  /**
   * Hands the bars given to {@link SymbolSession.next} to the normal update: judged, stored, models trained if that is due. The session goes on from what is stored then; after an
   * error it is as it was, and can commit again. Bars that are given to it meanwhile are the next commit's. A bar that ends after now, by the clock, is not stored yet and stays for the next commit.
   *
   * @param options - clock, retraining, progress and abort
   * @returns as {@link trainSymbol}
   * @throws TickerforestError as {@link trainSymbol}
   */
  async commit(options: SessionCommitOptions = {}): Promise<TrainSymbolResult> {
    const given = checkOptions(options, SESSION_COMMIT, 'session.commit');
    const bars = [...this.#uncommitted];
    const result = this.#committing.then(() => this.#commit(given, bars));
    // the next one waits for this one, however it ends
    this.#committing = result.catch(() => {});
    return result;
  }

  async #commit(given: SessionCommitOptions, bars: readonly Bars[]): Promise<TrainSymbolResult> {
    const { features, bars: kept, explain: _, ...options } = this.#options;
    // somebody else may have stored more since
    const before = await readSession(this.#options, this.#models);
    const { market, history, recentBars, families } = before.engineer;
    const since = before.anchor?.bars;
    const newest = since !== undefined && since.length > recentBars.length ? since : recentBars;
    const fresh = together(after(bars, history.lastTimestamp));
    const now = given.now?.getTime() ?? Date.now();
    const result = await trainSymbol({
      ...{ ...options, ...given, bars: kept, features: features ?? families },
      source: sessionSource({ newest, isWhole: newest.length === history.bars, market, source: this.#source, kept, now }, fresh),
    });
    const stored = await readSession(this.#options, this.#models);
    const left = after(this.#uncommitted, stored.engineer.history.lastTimestamp);
    for (const bar of left) stored.engineer.next(bar);
    this.#stored = stored;
    this.#uncommitted = left;
    this.#live = new LiveBars(this.symbol, stored.engineer, isDense(stored.engineer));
    return result;
  }
}

function after(bars: readonly Bars[], time: number): Bars[] {
  return bars.filter(({ timestamp }) => timestamp[0] > time);
}

/**
 * Opens a stored symbol for live use: forecasts on bars as they come, in well under a millisecond, by the same fold as every update.
 *
 * @param options - symbol and store, and whatever else {@link trainSymbol} is called with for it
 * @returns the session; nothing has to be closed
 * @throws TickerforestError `INVALID_OPTION` naming option and value, `UNKNOWN_SYMBOL` if nothing is stored, `MODEL_UNUSABLE` if what is stored is of another version, damaged, or made with other
 *   features than those given
 * @example
 * ```ts
 * const session = await openSymbol({ symbol: 'AAPL', ...directoryStores('profiles') });
 * stream.on('bar', (bar, isComplete) => console.log(isComplete ? session.next(bar) : session.preview(bar)));
 * stream.on('close', () => session.commit());
 * ```
 */
export async function openSymbol(options: OpenSymbolOptions): Promise<SymbolSession> {
  const checked = checkOptions(options, OPEN_SYMBOL, 'openSymbol');
  const { target, models, seed, testFraction, embargo } = checked;
  const trainer = new MLModelTrainer({ target, models, seed, testFraction, embargo });
  return new SymbolSession(checked, trainer.models, await readSession(checked, trainer.models));
}

function isExplained({ explain = false }: OpenSymbolOptions): boolean {
  return explain !== false;
}

async function readSession(options: OpenSymbolOptions, models: ModelSet): Promise<Forecaster> {
  const { symbol, store, features } = options;
  const reading = { features, models, call: 'openSymbol', withCovers: isExplained(options) };
  const stored = await readForecaster(new GuardedStore(store, undefined), symbol, reading);
  const { engineer } = stored;
  if (features !== undefined && featureSetOf(engineer.market, features).hash !== engineer.hash) {
    const changes = featureChanges(engineer.families, features, engineer.market) ?? 'computed otherwise';
    throw new TickerforestError(
      'MODEL_UNUSABLE',
      `${quoted(symbol)} was trained with other features: ${changes}; call trainSymbol with these first`,
    );
  }
  return stored;
}
