import { type Bars, copyBars, sliceBars } from '../bars/bars';
import { noWorkers, type Warning } from '../bars/warnings';
import type { ColumnTaker } from '../features/feature-columns';
import type { FeatureEngineer } from '../features/feature-engineer';
import type { FeatureProgress } from '../features/feature-update';
import type { TrainingOutcome } from '../models/ml-model-trainer';
import type { Training } from '../models/training';
import { invalidOption } from '../options/checks';
import type { FeatureMatrix } from '../trees/feature-matrix';
import { type Anchor, anchorAfter } from '../updates/anchor';
import { Turns } from '../waiting';
import type { FoldStart } from './fold-start';
import type { SymbolJob } from './job';
import { newestOf, overlapLength } from './stored-span';

/** What folding has left, beside the engine. */
export interface Folded {
  /** The anchor after the newest bar. */
  readonly anchor: Anchor;
  /** What models are trained on; null: none are. */
  readonly training: TrainingRows | null;
  /** What people should know: that there were no worker threads. */
  readonly told: readonly Warning[];
}

/** What is trained on a window. */
interface TrainingRows {
  /** The training, with the place for its features; or why it cannot be begun, which is told when its turn comes. */
  readonly begun: BegunTraining;
  /** The window's bars. */
  readonly window: Bars;
  /** State of the engine before the window; null if the window is the whole history. */
  readonly windowState: Uint8Array | null;
}

/** Features go to what takes columns as they come, or to a matrix of a row a bar. */
type BegunTraining =
  | { readonly training: Training; readonly columns: ColumnTaker; readonly matrix: null }
  | { readonly training: Training; readonly columns: null; readonly matrix: FeatureMatrix }
  | { readonly failure: unknown };

/**
 * Folds bars into an engine. On the way it takes down the states that later runs go on from: before the training window, and before the newest bars.
 *
 * @param job - the run
 * @param start - engine and bars
 * @param signal - aborts
 * @returns the anchor, and the rows to train on
 */
export function foldBars(job: SymbolJob, start: FoldStart, signal: AbortSignal): Promise<Folded> {
  return job.watch.measure(
    'features',
    () => foldInPieces(job, start, signal),
    () => start.bars.length,
  );
}

async function foldInPieces(job: SymbolJob, { engineer, bars, windowStart, ...start }: FoldStart, signal: AbortSignal): Promise<Folded> {
  const overlap = overlapLength(job, engineer.market);
  const anchorAt = bars.length - overlap;
  const before = engineer.history.bars + (windowStart ?? 0);
  if (windowStart !== null && engineer.modelFeatures.length === 0) {
    throw invalidOption('features: none of them is for the models; add one that does not depend on the price level, such as rsi()');
  }
  // with enough bars the anchor is among them, and nothing of the one before is needed
  let anchor = anchorAt < 0 ? anchorAfter(start.anchor, start.state, bars, overlap) : start.anchor;
  const window = windowStart === null ? null : sliceBars(bars, windowStart, bars.length);
  const begun = window && (await beginTraining(job, window, Math.max(0, engineer.warmup - before), engineer, signal));
  const { columns, matrix } = begun !== null && 'training' in begun ? begun : { columns: null, matrix: null };
  const onProgress = (event: FeatureProgress) => job.progress.features(event);
  let told: readonly Warning[] = [];
  const onNoWorkers = (reason: Error) => {
    told = [noWorkers(reason)];
  };
  const options = { threads: job.options.threads, onProgress, onNoWorkers, signal };
  /** Folds bars from `at` up to `stop`. */
  const fold = (at: number, stop: number): Promise<unknown> => {
    const next = sliceBars(bars, at, stop);
    if (windowStart !== null && at >= windowStart && matrix !== null)
      return engineer.update(next, { ...options, into: { matrix, row: at - windowStart } });
    // the first piece of the window gives the columns whole
    if (at === windowStart && columns !== null) return engineer.updateColumns(next, columns, sliceBars(bars, stop, bars.length), options);
    return engineer.update(next, { ...options, matrix: false });
  };
  let windowState: Uint8Array | null = null;
  let at = 0;
  const turns = new Turns(signal, 'computing features');
  try {
    for (const stop of [...new Set([windowStart ?? 0, Math.max(0, anchorAt), bars.length])].sort((a, b) => a - b)) {
      if (stop > at) await fold(at, stop);
      if (turns.isOver) await turns.giveWay();
      at = stop;
      const { bars: folded, barHash } = engineer.history;
      const state = folded > 0 && (at === windowStart || at === anchorAt) ? engineer.save() : null;
      if (at === windowStart) windowState = state;
      if (at === anchorAt) anchor = { state, before: folded, hash: barHash, bars: copyBars(newestOf(bars, overlap)), next: null };
    }
  } catch (error) {
    if (begun !== null && 'training' in begun) begun.training.dispose();
    throw error;
  }
  return { anchor, training: begun && window && { begun, window, windowState }, told };
}

/** Labels need no features, and tell which rows' values may be looked at for thresholds: with them columns can be binned as they come. */
async function beginTraining(
  job: SymbolJob,
  window: Bars,
  warmup: number,
  engineer: FeatureEngineer,
  signal: AbortSignal,
): Promise<BegunTraining> {
  const { market, hash, modelFeatures: names } = engineer;
  let training: Training | undefined;
  try {
    training = await job.trainer.begin(
      { names, rows: window.length, bars: window, market, warmup, featureSet: hash },
      { onProgress: (event) => job.progress.training(event), clock: () => performance.now(), signal },
    );
    const columns = await training.openColumns();
    return columns === null ? { training, columns, matrix: engineer.allocateMatrix(window.length) } : { training, columns, matrix: null };
  } catch (failure) {
    training?.dispose();
    return { failure };
  }
}

/**
 * @param job - the run
 * @param rows - what to train on
 * @returns models and figures
 * @throws TickerforestError as {@link MLModelTrainer.train}
 */
export function trainModels(job: SymbolJob, { begun, window }: TrainingRows): Promise<TrainingOutcome> {
  return job.watch.measure(
    'train',
    async () => {
      if ('failure' in begun) throw begun.failure;
      try {
        return await begun.training.finish(begun.matrix);
      } finally {
        begun.training.dispose();
      }
    },
    () => window.length,
  );
}
