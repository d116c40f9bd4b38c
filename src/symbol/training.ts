import { BarHash } from '../bars/bar-hash';
import { type Bars, sliceBars } from '../bars/bars';
import { DAY_MS } from '../bars/market';
import { FeatureEngineer } from '../features/feature-engineer';
import { sketchesAgree, updateSketch } from '../features/history-sketch';
import type { TrainingOutcome } from '../models/ml-model-trainer';
import type { FeatureMatrix } from '../trees/feature-matrix';
import { getNewDataSinceLastUpdate } from '../updates/incremental-update-strategy';
import type { SymbolJob, TrainingWindowOption } from './job';
import { type FetchedBars, fetchAfter, fetchHistory } from './symbol-bars';

/** An engine, and the bars that it has still to fold. */
export interface TrainingStart {
  /** Fresh, or as it was before the bars. */
  readonly engineer: FeatureEngineer;
  /** The bars after it; they reach back to the training window's beginning. */
  readonly fetched: FetchedBars;
  /** Index of the window's first bar among them. */
  readonly windowStart: number;
}

/** Models, and what they stand on. */
export interface TrainedSymbol {
  /** Models and figures. */
  readonly outcome: TrainingOutcome;
  /** The engine after the newest bar. */
  readonly engineer: FeatureEngineer;
  /** Timestamps of the training window's bars, one a row of the matrix. */
  readonly timestamp: Float64Array;
  /** State of the engine before the window; null if the window is the whole history. */
  readonly windowState: Uint8Array | null;
}

/**
 * Finds the bars for a retraining: those of the training window, which nobody stores, from the source again. The feature state before the
 * previous training's window is stored, so that the features of the window are those of the whole history, to the bit.
 *
 * @param job - the run
 * @param stored - the stored engine
 * @param storedWindow - the stored state before the previous training's window; null if there is none
 * @param newest - timestamp of the newest bar of the run, milliseconds UTC
 * @param signal - aborts
 * @returns engine and bars
 * @throws TickerforestError `NO_BARS` if the source has forgotten what is needed; and as {@link collectBars}
 */
export async function startOfRetraining(
  job: SymbolJob,
  stored: FeatureEngineer,
  storedWindow: Uint8Array | null,
  newest: number,
  signal: AbortSignal,
): Promise<TrainingStart> {
  const window = job.options.trainingWindow;
  if (window !== undefined && storedWindow !== null) {
    const engineer = FeatureEngineer.restore(storedWindow);
    const fetched = await fetchAfter(job, engineer, stored, newest, signal);
    const windowStart = findWindow(window, engineer, fetched.bars);
    if (windowStart !== null) return { engineer, fetched, windowStart };
    // the window has been made longer since: only the whole history reaches back far enough
  }
  return freshStart(job, await fetchHistory(job, stored, newest, false, signal));
}

/**
 * @param job - the run
 * @param fetched - the whole history
 * @returns a fresh engine before all of it
 */
export function freshStart(job: SymbolJob, fetched: FetchedBars): TrainingStart {
  const engineer = new FeatureEngineer(fetched.market);
  return { engineer, fetched, windowStart: findWindow(job.options.trainingWindow, engineer, fetched.bars) ?? 0 };
}

/**
 * Whether the bars of a retraining are those that were folded when they were new. This looks at all of them, where the check of every update
 * looks at the newest few.
 *
 * @param start - engine and bars of the retraining
 * @param stored - the stored engine
 * @returns hashes of the stored history, and of the same stretch as the source has it now; how many bars were compared; and whether they
 * differ by more than noise
 */
export function compareHistory(
  start: TrainingStart,
  stored: FeatureEngineer,
): { storedHash: string; sourceHash: string; bars: number; isRewritten: boolean } {
  const { bars } = start.fetched;
  const known = sliceBars(bars, 0, bars.length - getNewDataSinceLastUpdate(bars, stored.history.lastTimestamp).length);
  const hash = BarHash.resume(start.engineer.history.barHash);
  hash.update(known);
  const sketch = start.engineer.historySketch;
  updateSketch(sketch, known);
  const storedHash = stored.history.barHash;
  const isRewritten = storedHash !== hash.hex && !sketchesAgree(stored.historySketch, sketch);
  return { storedHash, sourceHash: hash.hex, bars: known.length, isRewritten };
}

/**
 * Folds all bars and trains on those of the window.
 *
 * @param job - the run
 * @param start - engine and bars
 * @param signal - aborts
 * @returns models, figures, and the engine after the newest bar
 * @throws TickerforestError as {@link MLModelTrainer.train}
 */
export async function trainOnWindow(
  job: SymbolJob,
  { engineer, fetched, windowStart }: TrainingStart,
  signal: AbortSignal,
): Promise<TrainedSymbol> {
  const { bars } = fetched;
  if (windowStart > 0) await fold(job, engineer, sliceBars(bars, 0, windowStart), false, signal);
  const before = engineer.history.bars;
  const windowState = before > 0 ? engineer.save() : null;
  const window = sliceBars(bars, windowStart, bars.length);
  const matrix = await fold(job, engineer, window, true, signal);
  const longest = engineer.features.reduce((most, spec) => (spec.model && !spec.gaps ? Math.max(most, spec.warmup) : most), 0);
  const { timestamp, close } = window;
  const outcome = await job.watch.measure(
    'train',
    () =>
      job.trainer.train(
        { matrix, timestamp, close, warmup: Math.max(0, longest - before), featureSet: engineer.hash },
        { onProgress: (event) => job.progress.training(event), clock: () => performance.now(), signal },
      ),
    () => window.length,
  );
  return { outcome, engineer, timestamp, windowState };
}

function fold(job: SymbolJob, engineer: FeatureEngineer, bars: Bars, matrix: boolean, signal: AbortSignal): Promise<FeatureMatrix> {
  return job.watch.measure(
    'features',
    () => engineer.update(bars, { matrix, onProgress: (event) => job.progress.features(event), signal }),
    () => bars.length,
  );
}

/** Index of the window's first bar among an engine's next bars; null if the window begins before them. */
function findWindow(window: TrainingWindowOption | undefined, engineer: FeatureEngineer, bars: Bars): number | null {
  const { bars: before, lastTimestamp } = engineer.history;
  if (window === undefined) return before === 0 ? 0 : null;
  if ('bars' in window) {
    const start = bars.length - window.bars;
    return start >= 0 ? start : before === 0 ? 0 : null;
  }
  const from = bars.timestamp[bars.length - 1] - window.days * DAY_MS;
  const start = bars.timestamp.findIndex((time) => time >= from);
  return start > 0 || before === 0 || lastTimestamp < from ? start : null;
}
