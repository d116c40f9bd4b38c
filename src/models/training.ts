import { noWorkers, unsaid, type Warning } from '../bars/warnings';
import { throwIfAborted } from '../errors';
import { readSafely } from '../options/description';
import { printedAs } from '../printed';
import { checkedWeights } from '../targets/checked-weights';
import { labelBarsInTurns } from '../targets/define-target';
import { spansGapSteps } from '../targets/holes';
import { nextReturn } from '../targets/returns';
import type { Labels, Target } from '../targets/target';
import type { SampleWeights } from '../targets/weights';
import { letCollectorWork } from '../threads/collector';
import { threadsFor } from '../threads/process-pool';
import { BinnedColumns, binMatrix, isNoMemory } from '../trees/binned-columns';
import type { BinnedMatrix } from '../trees/binned-matrix';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import type { TreesRecipe } from '../trees/recipe';
import { TreeThreads } from '../trees/threads';
import { inTurns, Turns } from '../waiting';
import { type Candidate, candidatesFor } from './candidates';
import { assertUnchanged, type ToldRows } from './dataset-check';
import { type Evaluated, heldOutForecasts, modelMetrics } from './evaluation';
import { countLearnt, type FitPlan, type FittedOne, fitOne, type LearningRows, sharedBins } from './fitting';
import type { TrainingData, TrainingHooks, TrainingOutcome } from './ml-model-trainer';
import type { Model, ModelParameters, ModelSet } from './model';
import { targetFacts } from './model-header';
import { heldOutTable, trainingTable } from './printed-models';
import { recipeOf, SharedBins } from './shared-bins';
import { fitInOneThread, isSmall, type SmallStep } from './small-training';
import { TrainedModel } from './trained-model';
import { assertFewRows } from './training-limits';
import { labelledRows, type TrainingRows } from './training-rows';
import { constantForecasts, trainingWarnings } from './training-warnings';
import { TrainingWork } from './training-work';

/** What a trainer makes of data. */
export interface TrainingRecipe {
  /** The models, by name. */
  readonly models: ModelSet;
  /** What they forecast; undefined: what the data say. */
  readonly target: Target | undefined;
  /** How much each row counts; undefined: what the data say. */
  readonly weights: SampleWeights | undefined;
  /** Seed of all randomness. */
  readonly seed: number;
  /** Threads beside the calling one; undefined: what the machine has, for a training that is worth it. */
  readonly threads: number | undefined;
  /** How much is held out. */
  readonly split: { readonly testFraction: number; readonly embargo: number };
  /** Whether there is memory for the bins of hold-out models and of models at the same time. */
  readonly hasRoomForBoth: boolean;
}

/** What is known of the data before there are features. */
export interface TrainingStart extends Omit<TrainingData, 'matrix'> {
  /** Names of the features, in order. */
  readonly names: readonly string[];
  /** Rows of the matrix to come, one a bar. */
  readonly rows: number;
}

/** What the engine's memory can address, bytes. */
const MOST_BYTES = 2 ** 32;
/** Of a value that is binned as it comes: by column, and what makes the models' bins of those of the hold-out models. */
const BYTES_A_VALUE = 2;
/** Of a value before it is binned: families come in side by side, so perhaps of all. */
const BYTES_OF_NUMBER = 4;
/** Of a row while a forest grows in some threads. */
const BYTES_A_ROW = 256;

/** Calls the caller's listener. */
type Tell = (call: () => void) => void;

/** Trainings that have begun and are neither finished nor disposed of. */
const underWay = new Set<Training>();

/** A training that has its labels, and needs features: as a matrix, or a few columns at a time. To be disposed of, whatever becomes of it. */
export class Training {
  readonly #recipe: TrainingRecipe;
  readonly #data: TrainingStart;
  readonly #hooks: TrainingHooks;
  readonly #turns: Turns;
  readonly #candidates: readonly Candidate[];
  /** What each of them grows; null: one is no tree model of this library's, and needs the numbers themselves. */
  readonly #recipes: readonly TreesRecipe[] | null;
  readonly #warnings: Warning[];
  readonly #work: TrainingWork;
  /** Rows that may be looked at for thresholds, of the hold-out models and of the models. */
  readonly #known: { readonly holdOut: RowRange; readonly all: RowRange };
  #columns: BinnedColumns | undefined;

  private constructor(recipe: TrainingRecipe, data: TrainingStart, hooks: TrainingHooks, turns: Turns, candidates: readonly Candidate[]) {
    this.#recipe = recipe;
    this.#data = data;
    this.#hooks = hooks;
    this.#turns = turns;
    this.#candidates = candidates;
    const recipes = candidates.flatMap(({ model }) => recipeOf(model) ?? []);
    this.#recipes = recipes.length < candidates.length ? null : recipes;
    const counted = recipe.weights ?? data.sampleWeights;
    this.#warnings = trainingWarnings(candidates, counted === undefined || counted.name === 'equal');
    this.#work = new TrainingWork(candidates, data.names.length, hooks.onProgress);
    const sets = candidates.map(({ set }) => set);
    const from = Math.min(...sets.map(({ rows }) => rows.from));
    this.#known = {
      // the training rows of all: the test rows' distribution is not known then
      holdOut: { from, to: Math.min(...sets.map(({ train }) => train.to)) },
      all: { from, to: Math.max(...sets.map(({ rows }) => rows.to)) },
    };
  }

  /**
   * @param recipe - what is to be trained
   * @param data - bars, market, names of the features
   * @param hooks - progress, abort, clock
   * @returns the training
   * @throws TickerforestError `TOO_FEW_BARS`, `CONSTANT_PRICES`, `INVALID_OPTION`, `MODEL_FAILED`, `WORK_TOO_LARGE`, `ABORTED`
   */
  static async begin(recipe: TrainingRecipe, data: TrainingStart, hooks: TrainingHooks): Promise<Training> {
    const turns = new Turns(hooks.signal, 'training');
    const run = recipe.target ?? data.target ?? nextReturn();
    const training = new Training(recipe, data, hooks, turns, await candidatesFor(recipe.models, run, data, recipe.split, turns));
    training.#checkRows();
    underWay.add(training);
    return training;
  }

  /**
   * Looks at what a dataset says of its rows and labels, where models forecast its target, or a direction of that.
   *
   * @param told - of the dataset
   * @throws TickerforestError `INVALID_OPTION` if they are not what is trained on: they have been changed, and would be disregarded
   */
  async checkTold(told: ToldRows): Promise<void> {
    const { bars, market, warmup, target = nextReturn() } = this.#data;
    const isUsed = this.#recipe.target === undefined && this.#candidates.some(({ model }) => model.target === undefined);
    if ((told.labels === undefined && told.rows === undefined) || !isUsed) return;
    const known = this.#candidates.find((candidate) => candidate.target === target)?.set;
    const labels = known?.labels ?? (await labelBarsInTurns(target, bars, market, this.#turns));
    const rows = known?.rows ?? (await inTurns(labelledRows(labels, warmup, target), this.#turns)).rows;
    readSafely('MLModelTrainer.train', () => {
      assertUnchanged(told, labels, rows);
    });
  }

  /**
   * What takes columns a few at a time, bins them at once for the hold-out models and for the models, and keeps no number: a matrix of 1.87 million rows and 95 features takes 677 MiB.
   *
   * @returns the place for columns; null if a model learns from the numbers themselves, bins of both kinds were too many, or another thread is to do all: finish with a matrix
   * @throws TickerforestError `INVALID_OPTION` if the memory cannot be had
   */
  async openColumns(): Promise<BinnedColumns | null> {
    const { names, rows } = this.#data;
    if (this.#isForOneThread || this.#recipes === null) return null;
    // what comes after the numbers, bins by row among it, takes their place
    const after = names.length + BYTES_A_ROW;
    if (rows * (BYTES_A_VALUE * names.length + Math.max(BYTES_OF_NUMBER * names.length, after)) > MOST_BYTES) return null;
    const { holdOut, all } = this.#known;
    const options = { signal: this.#hooks.signal, threads: await this.#threads() };
    // the collector, which is made to look now, takes most of a turn
    if (this.#turns.isOver) await this.#turns.giveWay();
    this.#columns = new BinnedColumns(names, rows, { known: holdOut, later: all }, options);
    return this.#columns;
  }

  /**
   * @param matrix - features; null: all columns were given to what {@link openColumns} has opened
   * @returns models and figures
   * @throws TickerforestError `MODEL_FAILED`, `INVALID_OPTION`, `ABORTED`, `WORKER_FAILED`
   */
  async finish(matrix: FeatureMatrix | null): Promise<TrainingOutcome> {
    const { names, rows: count, bars, market, featureSet } = this.#data;
    const { all: rows } = this.#known;
    const [holdOuts, final] = await this.#fitModels(matrix);
    const forecasts = final.map((one) => one.forecasts);
    this.#warnings.push(...constantForecasts(this.#candidates, forecasts, this.#warnings));
    const turns = this.#turns;
    // the collector takes most of a turn, and what follows is no less
    await turns.giveWay();
    await letCollectorWork(count * names.length, this.#hooks.signal);
    await turns.giveWay();

    const models: Record<string, TrainedModel> = {};
    const metrics: Record<string, TrainingOutcome['metrics'][string]> = {};
    const heldOut: Record<string, TrainingOutcome['heldOut'][string]> = {};
    const holes = new Map<TrainingRows, Uint8Array>();
    for (const [at, { key, model, target, set }] of this.#candidates.entries()) {
      const { type, task } = model;
      const parameters = parametersOf(model, this.#recipe.seed);
      const facts = { key, type, task, parameters, target: targetFacts(target), featureNames: names, featureSet };
      models[key] = new TrainedModel(facts, final[at].fitted);
      const gaps = holes.get(set) ?? (await inTurns(spansGapSteps(bars, set.labels, market), turns));
      holes.set(set, gaps);
      if (turns.isOver) await turns.giveWay();
      const evaluated: Evaluated = {
        set,
        timestamp: bars.timestamp,
        holes: gaps,
        forecasts: final[at].forecasts,
        holdOut: holdOuts[at].forecasts,
      };
      metrics[key] = await modelMetrics(facts, evaluated, final[at].milliseconds, turns);
      heldOut[key] = printedAs(await heldOutForecasts(evaluated, turns), heldOutTable);
    }
    return printedAs({ models, metrics, heldOut, rows, warnings: this.#warnings }, trainingTable);
  }

  /** It is over: gives the memory of columns back, where no model has. */
  dispose(): void {
    underWay.delete(this);
    this.#columns?.dispose();
  }

  get #isSmall(): boolean {
    return isSmall(this.#data.rows, this.#data.names.length, this.#work.total);
  }

  /** Whether it is small and there are others: it then goes a thread, where alone its trees would be grown by all of them. */
  get #isForOneThread(): boolean {
    return underWay.size > 1 && this.#isSmall;
  }

  /** Trains the hold-out models, and the models. */
  async #fitModels(matrix: FeatureMatrix | null): Promise<readonly FittedOne[][]> {
    const inOneThread = matrix && (await this.#fitInOneThread(matrix));
    if (inOneThread !== null) return inOneThread;
    const { names, rows } = this.#data;
    const numbers = matrix ?? { rows, names, columns: [] };
    this.#work.preparing();
    const both = (await this.#canBeSideBySide()) ? await this.#bothBins(numbers) : null;
    if (both !== null) return this.#fitSideBySide(numbers, both);
    const { holdOut, all } = this.#known;
    const heldOut = await this.#fitAll(numbers, this.#binsOf(numbers, holdOut), 'hold_out', this.#hooks);
    this.#work.preparing();
    return [heldOut, await this.#fitAll(numbers, this.#binsOf(numbers, all), 'training', this.#hooks)];
  }

  /** Bins of which those of the hold-out models are disposed of before those of the models are made. */
  #binsOf(matrix: FeatureMatrix, known: RowRange): SharedBins {
    const columns = this.#columns;
    return columns === undefined
      ? sharedBins(matrix, known, this.#hooks.signal, () => this.#threads())
      : new SharedBins(() => columns.next());
  }

  /** Whether hold-out models are trained beside the models: two threads have more to do between two models, or at the end of one, where they would wait for each other. */
  async #canBeSideBySide(): Promise<boolean> {
    if (!this.#recipe.hasRoomForBoth || this.#recipes === null) return false;
    const threads = await this.#threads();
    return threads !== undefined && threads.count > 1 && threads.areAll;
  }

  /** Bins of both kinds at the same time; null: there is not the memory. */
  async #bothBins(matrix: FeatureMatrix): Promise<readonly [BinnedMatrix, BinnedMatrix] | null> {
    if (this.#columns !== undefined) return this.#columns.both();
    const options = { signal: this.#hooks.signal, threads: await this.#threads() };
    const early = await binMatrix(matrix, this.#known.holdOut, options);
    try {
      return [early, await binMatrix(matrix, this.#known.all, options)];
    } catch (error) {
      early.dispose();
      if (isNoMemory(error)) return null;
      throw error;
    }
  }

  /** The first that fails ends the other, and is what is thrown. */
  async #fitSideBySide(matrix: FeatureMatrix, [early, later]: readonly [BinnedMatrix, BinnedMatrix]): Promise<readonly FittedOne[][]> {
    const { signal } = this.#hooks;
    const failed = new AbortController();
    const hooks = { ...this.#hooks, signal: signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]) };
    const errors: unknown[] = [];
    const fail = (error: unknown) => {
      errors.push(error);
      failed.abort();
    };
    // what a listener throws is the first to be known here, before the work that it ends has ended
    const tell: Tell = (call) => {
      throwIfAborted(failed.signal, 'training');
      try {
        call();
      } catch (error) {
        fail(error);
        throw error;
      }
    };
    const train = async (binned: BinnedMatrix, step: 'hold_out' | 'training') => {
      try {
        const bins = new SharedBins(() => Promise.resolve(binned));
        await bins.get();
        return await this.#fitAll(matrix, bins, step, hooks, tell);
      } catch (error) {
        fail(error);
        return [];
      }
    };
    const fitted = await Promise.all([train(early, 'hold_out'), train(later, 'training')]);
    if (errors.length > 0) throw errors[0];
    return fitted;
  }

  /** Trains all on some rows and forecasts others, out of one binned matrix that is gone afterwards. */
  async #fitAll(
    matrix: FeatureMatrix,
    bins: SharedBins,
    step: 'hold_out' | 'training',
    hooks: FitPlan['hooks'],
    tell: Tell = (call) => call(),
  ): Promise<FittedOne[]> {
    try {
      const fitted: FittedOne[] = [];
      for (const candidate of this.#candidates) {
        const { key, model } = candidate;
        const onStep = (done: number, total: number) => tell(() => this.#work.report(step, key, done, total));
        const plan = { matrix, bins, seed: this.#recipe.seed, ...this.#rowsOf(candidate, step), onStep, hooks };
        fitted.push(await fitOne(key, model, plan));
      }
      return fitted;
    } finally {
      await bins.dispose();
    }
  }

  /** The same of both kinds of rows in another thread; null: it is not for one thread, or there is none. */
  async #fitInOneThread(matrix: FeatureMatrix): Promise<FittedOne[][] | null> {
    const recipes = this.#recipes;
    if (!this.#isForOneThread || recipes === null) return null;
    // what is not worth a thread's start on its own may be together with the other small ones
    const small = [...underWay].filter((one) => one.#isSmall);
    const threads = await this.#threads(small.reduce((sum, one) => sum + one.#work.total, 0));
    if (threads === undefined) return null;
    const work = this.#work;
    const plan = (step: 'hold_out' | 'training', known: RowRange): SmallStep => ({
      known,
      fits: this.#candidates.map((candidate, at) => ({
        ...{ key: candidate.key, task: candidate.model.task, recipe: recipes[at], seed: this.#recipe.seed },
        ...this.#rowsOf(candidate, step),
        onStep: (done, total) => work.report(step, candidate.key, done, total),
      })),
      onPreparing: () => work.preparing(),
    });
    const steps = [plan('hold_out', this.#known.holdOut), plan('training', this.#known.all)];
    return fitInOneThread(matrix, steps, threads, this.#hooks);
  }

  /** What a model is fitted on, and what it then forecasts. */
  #rowsOf({ set }: Candidate, step: 'hold_out' | 'training'): LearningRows & Pick<FitPlan, 'forecast'> {
    const { rows, bars, market, sampleWeights } = this.#data;
    const weights = this.#recipe.weights ?? (sampleWeights && checkedWeights(sampleWeights));
    const weigh = weights && ((labels: Labels) => weights.weigh(labels, bars, market));
    const { labels, train, bar, rowsTrained, test } = set;
    if (step === 'hold_out') return { labels, weigh, train, before: bar, learnt: rowsTrained, forecast: test };
    return { labels, weigh, train: set.rows, before: rows, learnt: set.labelled, forecast: set.rows };
  }

  /** The models learn from more than their hold-out models, which would be trained in vain. */
  #checkRows(): void {
    for (const candidate of this.#candidates) {
      const { key, model } = candidate;
      if (model.maxRows === undefined) continue;
      for (const step of ['training', 'hold_out'] as const) assertFewRows(key, model, countLearnt(this.#rowsOf(candidate, step)));
    }
  }

  #threads(work = this.#work.total): Promise<TreeThreads | undefined> {
    const count = threadsFor(this.#recipe.threads, work);
    return TreeThreads.of(count, (reason) => {
      this.#warnings.push(...unsaid([noWorkers(reason)], this.#warnings));
    });
  }
}

/**
 * @param model - a model
 * @param seed - of the training
 * @returns its parameters as they are stored
 */
export function parametersOf({ parameters }: Model, seed: number): ModelParameters {
  return { ...parameters, random_state: seed };
}
