import { type Bars, copyBars, sliceBars } from '../bars/bars';
import type { FeatureEngineer } from '../features/feature-engineer';
import type { FeatureProgress } from '../features/feature-update';
import type { TrainingOutcome } from '../models/ml-model-trainer';
import { invalidOption } from '../options/checks';
import type { FeatureMatrix } from '../trees/feature-matrix';
import { type Anchor, anchorAfter } from '../updates/anchor';
import type { FoldStart } from './fold-start';
import type { SymbolJob } from './job';
import { newestOf, overlapLength } from './stored-span';

/** What folding has left, beside the engine. */
export interface Folded {
  /** The anchor after the newest bar. */
  readonly anchor: Anchor;
  /** What models are trained on; null: none are. */
  readonly training: TrainingRows | null;
}

/** A training window, as features. */
interface TrainingRows {
  /** A row a bar. */
  readonly matrix: FeatureMatrix;
  /** The window's bars. */
  readonly window: Bars;
  /** State of the engine before the window; null if the window is the whole history. */
  readonly windowState: Uint8Array | null;
  /** Rows until every base feature has a value. */
  readonly warmup: number;
}

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
  const matrix = windowStart === null ? null : engineer.allocateMatrix(bars.length - windowStart);
  // with enough bars the anchor is among them, and nothing of the one before is needed
  let anchor = anchorAt < 0 ? anchorAfter(start.anchor, start.state, bars, overlap) : start.anchor;
  let windowState: Uint8Array | null = null;
  let at = 0;
  for (const stop of [...new Set([windowStart ?? 0, Math.max(0, anchorAt), bars.length])].sort((a, b) => a - b)) {
    const place =
      matrix !== null && windowStart !== null && at >= windowStart ? { into: { matrix, row: at - windowStart } } : { matrix: false };
    const onProgress = (event: FeatureProgress) => job.progress.features(event);
    if (stop > at) await engineer.update(sliceBars(bars, at, stop), { ...place, onProgress, signal });
    at = stop;
    const { bars: folded, barHash } = engineer.history;
    const state = folded > 0 && (at === windowStart || at === anchorAt) ? engineer.save() : null;
    if (at === windowStart) windowState = state;
    if (at === anchorAt) anchor = { state, before: folded, hash: barHash, bars: copyBars(newestOf(bars, overlap)), next: null };
  }
  if (matrix === null || windowStart === null) return { anchor, training: null };
  return {
    anchor,
    training: { matrix, window: sliceBars(bars, windowStart, bars.length), windowState, warmup: Math.max(0, engineer.warmup - before) },
  };
}

/**
 * @param job - the run
 * @param rows - what to train on
 * @param engineer - what has made the features
 * @param signal - aborts
 * @returns models and figures
 * @throws TickerforestError as {@link MLModelTrainer.train}
 */
export function trainModels(
  job: SymbolJob,
  { matrix, window, warmup }: TrainingRows,
  { market, hash }: FeatureEngineer,
  signal: AbortSignal,
): Promise<TrainingOutcome> {
  return job.watch.measure(
    'train',
    () =>
      job.trainer.train(
        { matrix, bars: window, market, warmup, featureSet: hash },
        { onProgress: (event) => job.progress.training(event), clock: () => performance.now(), signal },
      ),
    () => window.length,
  );
}
