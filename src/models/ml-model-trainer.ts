import { TickerforestError, throwIfAborted } from '../errors';
import { checkColumns } from '../options/columns';
import { checkOptions } from '../options/description';
import { TRAINER, TRAINING_DATA, TRAINING_HOOKS, WALK_FORWARD } from '../options/model-tables';
import { BinnedMatrix } from '../trees/binned-matrix';
import { fitBinThresholds } from '../trees/binning';
import { trainBoosting } from '../trees/boosting';
import type { TreeEnsemble } from '../trees/ensemble';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import { trainForest } from '../trees/forest';
import { predictBinned } from '../trees/prediction';
import { Turns } from '../waiting';
import {
  type ClassificationMetrics,
  evaluateClassification,
  evaluateRegression,
  type ModelFacts,
  type RegressionMetrics,
  type WalkForwardRange,
} from './evaluation';
import { directions, nextBarReturns, trainingRows } from './labels';
import { classificationScores, regressionScores } from './metrics';
import { type ForestParameters, MODEL_KEYS, type ModelKey, type ModelOptions, type ResolvedModels, resolveModels } from './model-options';
import { describeModel, type TrainedModel } from './trained-model';
import { type WalkForwardOptions, walkForwardSplit } from './walk-forward';

/** Options of {@link MLModelTrainer}. */
export interface MLModelTrainerOptions extends WalkForwardOptions {
  /** Changes to the models' parameters. */
  readonly models?: ModelOptions | undefined;
  /** Seed of all randomness, a whole number from 0 to 2^32 - 1. Default 1. The same seed and rows give the same bytes. */
  readonly seed?: number | undefined;
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
  readonly parameters: Readonly<Record<ModelKey, ModelFacts['parameters']>>;
}

/** What models are trained on. */
export interface TrainingData {
  /** One row per bar, in time order. */
  readonly matrix: FeatureMatrix;
  /** Timestamps of the bars, milliseconds UTC, one per row. */
  readonly timestamp: Float64Array;
  /** Closes of the bars, one per row. */
  readonly close: Float64Array;
  /** Rows until every base feature has a value; see {@link trainingRows}. */
  readonly warmup: number;
  /** Identifies how the features were made; a model remembers it and refuses others. */
  readonly featureSet: string;
}

/** Where training is. */
export interface TrainingProgress {
  /** What is going on. */
  readonly step: 'preparing' | 'walk_forward' | 'training';
  /** The model at work; absent while preparing. */
  readonly model?: ModelKey;
  /** Trees done, of this model and step. */
  readonly trees: number;
  /** Trees in all, of this model and step. */
  readonly ofTrees: number;
  /** Share of the whole work that is done, 0 to 1, never falling. */
  readonly fraction: number;
}

/** How training is watched. */
export interface TrainingHooks {
  /** Called after every tree. */
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  /** Aborts; heard within some milliseconds. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds of any clock, for `training_time_ms`; absent: that is null. */
  readonly clock?: (() => number) | undefined;
}

/** The three models and what is known of them. */
export interface TrainingOutcome {
  /** The models, by name. */
  readonly models: Readonly<Record<ModelKey, TrainedModel>>;
  /** Their figures, as stored in the ML profile. */
  readonly metrics: {
    /** Random forest for the return. */
    readonly regression_rf: RegressionMetrics;
    /** Random forest for the direction. */
    readonly classification_rf: ClassificationMetrics;
    /** Gradient boosting for the return. */
    readonly regression_gb: RegressionMetrics;
  };
  /** Rows trained on. */
  readonly rows: RowRange;
}

/** Rough cost of a tree beside the others', for an even progress bar. */
const TREE_COST: Readonly<Record<ModelKey, number>> = { regression_rf: 3, classification_rf: 2, regression_gb: 1 };

const TRAINING = 'training';

interface Labels {
  readonly returns: Float64Array;
  readonly directions: Float64Array;
}

/**
 * Trains the three models, and twins of them on the earlier rows only, to be judged on the later ones, which were held out.
 * Pure: no clock of its own, no randomness beyond the seed.
 *
 * @example
 * ```ts
 * const { bars } = await collectBars(csvBars('aapl.csv.gz'), { symbol: 'AAPL' });
 * const engineer = new FeatureEngineer(resolveMarket(86_400_000, { exchange: 'NASDAQ' })); // daily bars
 * const matrix = await engineer.update(bars);
 * const warmup = Math.max(...engineer.features.filter(({ model, gaps }) => model && !gaps).map((feature) => feature.warmup));
 * const trainer = new MLModelTrainer({ models: { regression_rf: { trees: 200 } }, testFraction: 0.3 });
 * const { metrics, models } = await trainer.train({
 *   matrix,
 *   timestamp: bars.timestamp,
 *   close: bars.close,
 *   warmup,
 *   featureSet: engineer.hash,
 * });
 * ```
 */
export class MLModelTrainer {
  readonly #models: ResolvedModels;
  readonly #seed: number;
  readonly #split: WalkForwardOptions;

  /**
   * A trainer with these settings; it keeps nothing between trainings.
   *
   * @param options - parameters, seed, and how much is held out
   * @throws TickerforestError `INVALID_OPTION` naming the option and its value
   */
  constructor(options: MLModelTrainerOptions = {}) {
    const { seed = TRAINER.seed.default, models, ...split } = checkOptions(options, TRAINER, 'MLModelTrainer');
    this.#models = resolveModels(models);
    this.#seed = seed;
    this.#split = split;
  }

  /** What this trainer's models are made by, defaults included. */
  get settings(): TrainingSettings {
    const { testFraction = WALK_FORWARD.testFraction.default, embargo = WALK_FORWARD.embargo.default } = this.#split;
    const parameters = (key: ModelKey) => describeModel(key, this.#models, this.#seed).parameters;
    return {
      seed: this.#seed,
      test_fraction: testFraction,
      embargo,
      parameters: {
        regression_rf: parameters('regression_rf'),
        classification_rf: parameters('classification_rf'),
        regression_gb: parameters('regression_gb'),
      },
    };
  }

  /**
   * @param given - features, timestamps and closes, row by row
   * @param watch - progress, abort, clock
   * @returns models and metrics
   * @throws TickerforestError `TOO_FEW_BARS`, `CONSTANT_PRICES`, `INVALID_OPTION` or `ABORTED`
   */
  async train(given: TrainingData, watch: TrainingHooks = {}): Promise<TrainingOutcome> {
    const data = checkOptions(given, TRAINING_DATA, 'MLModelTrainer.train');
    const hooks = checkOptions(watch, TRAINING_HOOKS, 'MLModelTrainer.train');
    checkColumns({ timestamp: data.timestamp, close: data.close }, data.matrix.rows);
    const rows = trainingRows(data.matrix.rows, data.warmup);
    const split = walkForwardSplit(rows, this.#split);
    throwIfAborted(hooks.signal, TRAINING);
    const turns = new Turns(hooks.signal, TRAINING);
    const returns = nextBarReturns(data.close);
    assertPricesMove(returns, rows, data.close);
    if (turns.isOver) await turns.giveWay();
    const labels: Labels = { returns, directions: directions(returns) };
    if (turns.isOver) await turns.giveWay();
    const range: WalkForwardRange = {
      scheme: 'hold_out',
      rows_trained: split.train.to - split.train.from,
      rows_tested: split.test.to - split.test.from,
      purged: split.purged,
      test_from: new Date(data.timestamp[split.test.from]),
      test_to: new Date(data.timestamp[split.test.to - 1]),
    };
    const work = this.#work(rows, split.train, hooks);

    // bins of the held-out twins come from their own training rows: the test rows' distribution is not known then
    const walkForward = await this.#fitAll(data.matrix, split.train, split.test, labels, 'walk_forward', work, hooks);
    const final = await this.#fitAll(data.matrix, rows, rows, labels, 'training', work, hooks);

    const facts = (key: ModelKey): ModelFacts => ({
      ...describeModel(key, this.#models, this.#seed),
      rows_trained: rows.to - rows.from,
      training_time_ms: final[key].milliseconds,
    });
    const actual = returns.subarray(rows.from, rows.to);
    const testReturns = returns.subarray(split.test.from, split.test.to);
    const regression = async (key: 'regression_rf' | 'regression_gb'): Promise<RegressionMetrics> => {
      const scores = regressionScores(actual, final[key].forecasts);
      if (turns.isOver) await turns.giveWay();
      return { ...scores, ...facts(key), walk_forward: evaluateRegression(testReturns, walkForward[key].forecasts, range) };
    };
    const ups = labels.directions;
    const classification = async (): Promise<ClassificationMetrics> => {
      const scores = classificationScores(ups.subarray(rows.from, rows.to), final.classification_rf.forecasts);
      if (turns.isOver) await turns.giveWay();
      const trained = ups.subarray(split.train.from, split.train.to);
      const tested = ups.subarray(split.test.from, split.test.to);
      const heldOut = await evaluateClassification(trained, tested, walkForward.classification_rf.forecasts, range, turns);
      return { ...scores, ...facts('classification_rf'), walk_forward: heldOut };
    };
    const model = (key: ModelKey): TrainedModel => ({
      key,
      parameters: describeModel(key, this.#models, this.#seed).parameters,
      featureNames: data.matrix.names,
      featureSet: data.featureSet,
      ensemble: final[key].ensemble,
    });
    return {
      models: {
        regression_rf: model('regression_rf'),
        classification_rf: model('classification_rf'),
        regression_gb: model('regression_gb'),
      },
      metrics: {
        regression_rf: await regression('regression_rf'),
        classification_rf: await classification(),
        regression_gb: await regression('regression_gb'),
      },
      rows,
    };
  }

  /** Trains all three on some rows and forecasts others, out of one binned matrix that is gone afterwards. */
  async #fitAll(
    matrix: FeatureMatrix,
    train: RowRange,
    forecast: RowRange,
    labels: Labels,
    step: 'walk_forward' | 'training',
    work: ProgressReport,
    hooks: TrainingHooks,
  ): Promise<Record<ModelKey, { ensemble: TreeEnsemble; forecasts: Float64Array; milliseconds: number | null }>> {
    work.report('preparing');
    const { signal } = hooks;
    const thresholds = await fitBinThresholds(matrix, train, { signal });
    const binned = await BinnedMatrix.create(matrix, thresholds, signal && { signal });
    try {
      const trainOne = async (key: ModelKey) => {
        const started = hooks.clock?.();
        const ensemble = await this.#fit(key, binned, labels, train, {
          onTree: (done, total) => work.report(step, key, done, total),
          ...(signal && { signal }),
        });
        const milliseconds = started === undefined || hooks.clock === undefined ? null : hooks.clock() - started;
        const forecasts = new Float64Array(forecast.to - forecast.from);
        await predictBinned(ensemble, binned, forecast, forecasts, signal);
        return { ensemble, forecasts, milliseconds };
      };
      return {
        regression_rf: await trainOne('regression_rf'),
        classification_rf: await trainOne('classification_rf'),
        regression_gb: await trainOne('regression_gb'),
      };
    } finally {
      binned.dispose();
    }
  }

  #fit(
    key: ModelKey,
    binned: BinnedMatrix,
    labels: Labels,
    rows: RowRange,
    hooks: { onTree: (done: number, total: number) => void; signal?: AbortSignal },
  ): Promise<TreeEnsemble> {
    const seed = this.#seed;
    // how many features there are depends on the market, which nobody knows when options are checked
    const forest = ({ maxFeatures, ...rest }: ForestParameters) => ({
      ...rest,
      maxFeatures: typeof maxFeatures === 'number' ? Math.min(maxFeatures, binned.features) : maxFeatures,
    });
    switch (key) {
      case 'regression_rf':
        return trainForest(binned, labels.returns, { ...forest(this.#models.regression_rf), task: 'regression', seed, rows }, hooks);
      case 'classification_rf':
        return trainForest(
          binned,
          labels.directions,
          { ...forest(this.#models.classification_rf), task: 'classification', seed, rows },
          hooks,
        );
      case 'regression_gb':
        return trainBoosting(binned, labels.returns, { ...this.#models.regression_gb, seed, rows }, hooks);
    }
  }

  #work(rows: RowRange, walkForward: RowRange, hooks: TrainingHooks): ProgressReport {
    const cost = (key: ModelKey) => this.#models[key].trees * TREE_COST[key];
    const share = (walkForward.to - walkForward.from) / (rows.to - rows.from);
    const total = MODEL_KEYS.reduce((sum, key) => sum + cost(key), 0) * (1 + share);
    let before = 0;
    let fraction = 0;
    return {
      report: (step, model, trees = 0, ofTrees = 0) => {
        if (model !== undefined) {
          const whole = (cost(model) * (step === 'walk_forward' ? share : 1)) / total;
          fraction = before + whole * (trees / ofTrees);
          if (trees === ofTrees) before = fraction;
        }
        hooks.onProgress?.({ step, ...(model && { model }), trees, ofTrees, fraction: Math.min(1, fraction) });
      },
    };
  }
}

interface ProgressReport {
  report(step: TrainingProgress['step'], model?: ModelKey, trees?: number, ofTrees?: number): void;
}

function assertPricesMove(returns: Float64Array, rows: RowRange, close: Float64Array): void {
  for (let t = rows.from; t < rows.to; t++) if (returns[t] !== 0) return;
  throw new TickerforestError(
    'CONSTANT_PRICES',
    `the close is ${close[rows.from]} on all ${rows.to - rows.from} training rows: there is nothing to learn; check the source's prices`,
  );
}
