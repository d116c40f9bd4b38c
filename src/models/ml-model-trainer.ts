import { type Bars, checkBars } from '../bars/bars';
import type { Market } from '../bars/market';
import type { Warning } from '../bars/warnings';
import { throwIfAborted } from '../errors';
import { invalidOption, isPromise, whole } from '../options/checks';
import { checkColumns } from '../options/columns';
import { checkArgument, checkOptions, readSafely } from '../options/description';
import { callGiven } from '../options/given-function';
import { interval as barLength } from '../options/market-table';
import { isBuiltInModel } from '../options/model-check';
import { HOLD_OUT, TRAINER, TRAINING_DATA, TRAINING_HOOKS } from '../options/model-tables';
import { checkedWeights } from '../targets/checked-weights';
import { nextReturn } from '../targets/returns';
import { identityOf, type Target, type TargetIdentity } from '../targets/target';
import type { SampleWeights } from '../targets/weights';
import { described } from '../text';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import { targetOf } from './candidates';
import type { HeldOutForecasts, ModelMetrics } from './evaluation';
import type { HoldOutOptions } from './hold-out';
import type { Model, ModelParameters, ModelSet } from './model';
import { isReadByOthers } from './model-file';
import { type ModelsOption, modelsFor, resolveModels } from './standard-models';
import type { TrainedModel } from './trained-model';
import { parametersOf, Training, type TrainingStart } from './training';
import { assertWithinLimits, hasRoomForBoth, type TrainingLimits } from './training-limits';
import type { TrainingProgress } from './training-work';

/** Options of {@link MLModelTrainer}. */
export interface MLModelTrainerOptions extends HoldOutOptions {
  /** What is forecast. Default: what the data say ({@link TrainingData.target}), else {@link nextReturn}. Models that forecast a class forecast its {@link direction}, unless they have a target of their own. */
  readonly target?: Target | undefined;
  /** Models by names of your choice, or changes to the parameters of the three standard ones. Default: {@link standardModels}. */
  readonly models?: ModelsOption | undefined;
  /**
   * How much each row counts when models learn: `uniqueness`, `timeDecay`, a `product`, or your own (of `tickerforest/targets`). Figures count every row the same. Default: what the data say
   * ({@link TrainingData.sampleWeights}), else `equalWeights`.
   */
  readonly weights?: SampleWeights | undefined;
  /** Beyond what work and memory a training is refused before it begins. Default: see {@link TrainingLimits}. */
  readonly limits?: TrainingLimits | undefined;
  /** Seed of all randomness, a whole number from 0 to 2^32 - 1. Default 1. The same seed and rows give the same bytes. */
  readonly seed?: number | undefined;
  /**
   * Threads beside the calling one that compute features, grow trees and forecast; 0: the calling thread does all. The result is the same, to the byte, for any number. 0 to 64. Default: as many as the
   * machine has cores (`os.availableParallelism()`), and 0 for a training of less than about 0.2 seconds; small ones at the same time count together. Models of your own learn on the calling thread.
   */
  readonly threads?: number | undefined;
}

/** All that decides what a training makes of its rows. Stored with its models, hence snake_case. */
export interface TrainingSettings {
  /** Seed of all randomness. */
  readonly seed: number;
  /** Share of the rows that is held out. */
  readonly test_fraction: number;
  /** Rows left out between training and test beyond the horizon. */
  readonly embargo: number;
  /** Each model's parameters, under scikit-learn's names. */
  readonly parameters: Readonly<Record<string, ModelParameters>>;
  /** Each model's kind. Absent in documents of older releases. */
  readonly types?: Readonly<Record<string, string>>;
  /** What each model forecasts. Absent in documents of older releases. */
  readonly targets?: Readonly<Record<string, TargetIdentity>>;
  /** How much each row counted; null: all the same. Absent in documents of older releases, which knew no other. */
  readonly weights?: TargetIdentity | null;
}

/** What models are trained on: a {@link Dataset}, or what it is made of. */
export interface TrainingData {
  /** One row per bar, in time order. */
  readonly matrix: FeatureMatrix;
  /** The bars, one per row. */
  readonly bars: Bars;
  /** Whose bars. */
  readonly market: Market;
  /** Rows until every base feature has a value; see {@link FeatureEngineer.warmup}. */
  readonly warmup: number;
  /** Identifies how the features were made; a model remembers it and refuses others. */
  readonly featureSet: string;
  /** What is forecast, unless the trainer has a target of its own. Default: {@link nextReturn}. */
  readonly target?: Target | undefined;
  /** How much each row counts, unless the trainer has weights of its own. Default `equalWeights`. */
  readonly sampleWeights?: SampleWeights | undefined;
}

/** Rows, or columns. */
const count = whole({ from: 0, to: 2 ** 32 });

/** How training is watched. */
export interface TrainingHooks {
  /** Called after every step of a model: every tree. What it throws ends the training. */
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** Aborts; heard within some milliseconds. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds of any clock, for `training_time_ms`; absent: that is null. */
  readonly clock?: (() => number) | undefined;
}

/** The models and what is known of them. */
export interface TrainingOutcome {
  /** The models, by name. */
  readonly models: Readonly<Record<string, TrainedModel>>;
  /** Their figures, as stored in the ML profile. */
  readonly metrics: ModelMetrics;
  /** What was forecast for the held-out rows, by model, by hold-out models: the same, trained on the earlier rows only. */
  readonly heldOut: Readonly<Record<string, HeldOutForecasts>>;
  /** Rows trained on: from the first to the last of any model. */
  readonly rows: RowRange;
  /** What people should know of it: that there were no worker threads, and models that cannot but forecast the same of every bar. */
  readonly warnings: readonly Warning[];
}

/**
 * Trains models, and of each a hold-out model: the same, trained on the earlier rows only, to be judged on the later ones.
 * Pure: no clock of its own, no randomness beyond the seed.
 *
 * @example
 * ```ts
 * const dataset = await prepareDataset({ source: csvBars('aapl.csv.gz'), exchange: 'NASDAQ' });
 * const trainer = new MLModelTrainer({ models: { forest: randomForestRegressor({ trees: 200 }) }, testFraction: 0.3 });
 * const { metrics, models } = await trainer.train(dataset);
 * ```
 */
export class MLModelTrainer {
  readonly #models: ModelSet;
  readonly #target: Target | undefined;
  readonly #weights: SampleWeights | undefined;
  readonly #limits: TrainingLimits;
  readonly #seed: number;
  readonly #threads: number | undefined;
  readonly #split: { readonly testFraction: number; readonly embargo: number };

  /**
   * A trainer with these settings; it keeps nothing between trainings.
   *
   * @param options - models, target, weights, seed, and how much is held out
   * @throws TickerforestError `INVALID_OPTION` naming the option and its value
   */
  constructor(options: MLModelTrainerOptions = {}) {
    const {
      seed = TRAINER.seed.default,
      threads,
      target,
      models,
      weights,
      limits = {},
      testFraction = HOLD_OUT.testFraction.default,
      embargo = HOLD_OUT.embargo.default,
    } = checkOptions(options, TRAINER, 'MLModelTrainer');
    this.#models = resolveModels(models);
    for (const [key, model] of Object.entries(this.#models)) {
      if (!isBuiltInModel(model) && isReadByOthers(model))
        throw invalidOption(`models.${key}.type is '${model.type}', as a model of this library's is called; give it a type of its own`);
    }
    this.#target = target;
    this.#weights = weights && checkedWeights(weights);
    this.#limits = limits;
    this.#seed = seed;
    this.#threads = threads;
    this.#split = { testFraction, embargo };
    // a target that the data bring is not known yet
    if (target !== undefined) for (const [key, model] of Object.entries(this.#models)) targetOf(key, model, target);
  }

  /** The models that it trains, by name. Parameters of the standard ones depend on the bars: see {@link MLModelTrainer.settingsFor}. */
  get models(): ModelSet {
    return this.#models;
  }

  /**
   * @param interval - of the bars, milliseconds
   * @returns what this trainer's models of such bars are made by, defaults included
   * @throws TickerforestError `INVALID_OPTION` for what is no length of a bar
   */
  settingsFor(interval: number): TrainingSettings {
    checkArgument(interval, barLength, 'interval', 'MLModelTrainer.settingsFor');
    const models = Object.entries(modelsFor(this.#models, interval));
    const each = <T>(of: (model: Model, key: string) => T) => Object.fromEntries(models.map(([key, model]) => [key, of(model, key)]));
    return {
      seed: this.#seed,
      test_fraction: this.#split.testFraction,
      embargo: this.#split.embargo,
      parameters: each((model) => parametersOf(model, this.#seed)),
      types: each(({ type }) => type),
      targets: each((model, key) => identityOf(targetOf(key, model, this.#target ?? nextReturn()))),
      weights: this.#weights === undefined || this.#weights.name === 'equal' ? null : identityOf(this.#weights),
    };
  }

  /**
   * Refuses a training that would take too much; {@link MLModelTrainer.train} does so itself, this tells before there are features.
   *
   * @param rows - rows of the matrix, 0 or more
   * @param features - features of a row, 0 or more
   * @param interval - of the bars, milliseconds
   * @throws TickerforestError `WORK_TOO_LARGE` beyond the limits, with the figures; `INVALID_OPTION` for what is no such number
   */
  checkWork(rows: number, features: number, interval: number): void {
    for (const [name, value] of Object.entries({ rows, features })) checkArgument(value, count, name, 'MLModelTrainer.checkWork');
    checkArgument(interval, barLength, 'interval', 'MLModelTrainer.checkWork');
    assertWithinLimits(modelsFor(this.#models, interval), { rows, features, testFraction: this.#split.testFraction }, this.#limits);
  }

  /**
   * @param given - features and bars, row by row
   * @param watch - progress, abort, clock
   * @returns models and metrics
   * @throws TickerforestError `TOO_FEW_BARS`, `CONSTANT_PRICES`, `MODEL_FAILED`, `WORK_TOO_LARGE`, `INVALID_OPTION` or `ABORTED`
   */
  async train(given: TrainingData, watch: TrainingHooks = {}): Promise<TrainingOutcome> {
    const data = checkOptions(trainingPart(given), TRAINING_DATA, 'MLModelTrainer.train');
    const { clock, ...watched } = checkOptions(watch, TRAINING_HOOKS, 'MLModelTrainer.train');
    const hooks: TrainingHooks = { ...watched, ...(clock && { clock: () => timeOn(clock) }) };
    const { bars, market, matrix } = data;
    checkBars(bars);
    checkColumns({ 'bars.close': bars.close }, matrix.rows);
    throwIfAborted(hooks.signal, 'training');
    this.checkWork(matrix.rows, matrix.columns.length, market.interval);
    const training = await this.#begin({ ...data, names: matrix.names, rows: matrix.rows }, hooks);
    try {
      await training.checkTold(
        readSafely('MLModelTrainer.train', () => ({ labels: Reflect.get(given, 'labels'), rows: Reflect.get(given, 'rows') })),
      );
      return await training.finish(matrix);
    } finally {
      training.dispose();
    }
  }

  /**
   * Begins a training whose features are there later, so that labels are known when the first of them comes: see {@link Training.openColumns}.
   *
   * @internal
   * @param data - what is known already
   * @param hooks - progress, abort, clock
   * @returns the training, to be finished or disposed of
   * @throws TickerforestError as {@link MLModelTrainer.train}
   */
  begin(data: TrainingStart, hooks: TrainingHooks): Promise<Training> {
    this.checkWork(data.rows, data.names.length, data.market.interval);
    return this.#begin(data, hooks);
  }

  #begin(data: TrainingStart, hooks: TrainingHooks): Promise<Training> {
    const models = modelsFor(this.#models, data.market.interval);
    const size = { rows: data.rows, features: data.names.length, testFraction: this.#split.testFraction };
    const recipe = {
      ...{ models, seed: this.#seed, threads: this.#threads, split: this.#split },
      hasRoomForBoth: hasRoomForBoth(models, size, this.#limits),
    };
    return Training.begin({ ...recipe, target: this.#target, weights: this.#weights }, data, hooks);
  }
}

/** What a clock of the caller's says. */
function timeOn(clock: () => number): number {
  const time = callGiven('clock', 'during training', clock);
  if (typeof time !== 'number' || !Number.isFinite(time)) throw invalidOption(`clock must return milliseconds, not ${described(time)}`);
  return time;
}

/** A dataset has more than training needs. */
function trainingPart(given: TrainingData): TrainingData {
  return readSafely('MLModelTrainer.train', () => {
    if (typeof given !== 'object' || given === null || Array.isArray(given) || isPromise(given)) return given;
    const { matrix, bars, market, warmup, featureSet, target, sampleWeights } = given;
    return { matrix, bars, market, warmup, featureSet, target, sampleWeights };
  });
}
