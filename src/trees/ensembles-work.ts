import { buffersOf } from '../threads/messages';
import { binMatrix } from './binned-columns';
import type { TreeEnsemble } from './ensemble';
import type { FeatureMatrix, RowRange } from './feature-matrix';
import { predictBinned } from './prediction';
import { growTrees, type LearntRows, type TreesRecipe } from './recipe';

/** An ensemble to be trained, and rows that it is to forecast. */
export interface EnsembleFit {
  /** How. */
  readonly recipe: TreesRecipe;
  /** One label a row of the matrix. */
  readonly label: Float64Array;
  /** What it learns from. */
  readonly learnt: LearntRows;
  /** What it forecasts. */
  readonly forecast: RowRange;
}

/** Ensembles that share thresholds, one after the other. */
export interface EnsembleSet {
  /** Rows by whose values thresholds are chosen. */
  readonly known: RowRange;
  /** The ensembles. */
  readonly fits: readonly EnsembleFit[];
}

/** All ensembles of a small training, from numbers to forecasts: one thread does it all, so that many such trainings go a thread each. */
export interface EnsemblesTask {
  /** Which task it is. */
  readonly kind: 'ensembles';
  /** The numbers. */
  readonly matrix: FeatureMatrix;
  /** What is trained on them, in order. */
  readonly sets: readonly EnsembleSet[];
}

/** How far an ensemble is; 0 trees: it begins. */
export interface ToldGrowth {
  /** Which one: they are counted through all sets. */
  readonly fit: number;
  /** Trees so far. */
  readonly grown: number;
}

/** An ensemble that is done. */
export interface ToldEnsemble {
  /** Which one. */
  readonly fit: number;
  /** Its trees. */
  readonly ensemble: TreeEnsemble;
  /** What it forecasts of the rows that it was to. */
  readonly forecasts: Float64Array;
}

/** What is told of such a task. */
export type ToldOfEnsembles = ToldGrowth | ToldEnsemble;

/** How often growth is told, milliseconds: a message for every tree would cost the thread that hears it as much as the rest of its part. */
const TOLD_EACH = 20;

/**
 * Trains all ensembles of a task.
 *
 * @param task - what is to be trained
 * @param signal - aborts
 * @param tell - hears of it, with the buffers that are to be handed over
 * @throws TickerforestError as {@link binMatrix}, {@link growTrees}, {@link predictBinned}
 */
export async function trainEnsembles(
  { matrix, sets }: Omit<EnsemblesTask, 'kind'>,
  signal: AbortSignal,
  tell: (told: ToldOfEnsembles, moved?: readonly ArrayBuffer[]) => void,
): Promise<void> {
  let fit = 0;
  for (const { known, fits } of sets) {
    const binned = await binMatrix(matrix, known, { signal });
    try {
      for (const { recipe, label, learnt, forecast } of fits) {
        const own = fit++;
        tell({ fit: own, grown: 0 });
        let toldAt = performance.now();
        const onTree = (grown: number, of: number) => {
          const now = performance.now();
          if (grown < of && now - toldAt < TOLD_EACH) return;
          toldAt = now;
          tell({ fit: own, grown });
        };
        const ensemble = await growTrees(recipe, binned, label, learnt, { onTree, signal });
        const forecasts = new Float64Array(forecast.to - forecast.from).fill(Number.NaN);
        await predictBinned(ensemble, binned, forecast, forecasts, signal);
        tell({ fit: own, ensemble, forecasts }, buffersOf([...Object.values(ensemble), forecasts]));
      }
    } finally {
      binned.dispose();
    }
  }
}
