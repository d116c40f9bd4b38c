import { throwIfAborted } from '../errors';
import type { Task } from '../trees/ensemble';
import type { EnsembleFit, EnsembleSet, ToldOfEnsembles } from '../trees/ensembles-work';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';
import type { TreesRecipe } from '../trees/recipe';
import type { TreeThreads } from '../trees/threads';
import { Turns } from '../waiting';
import { type FitPlan, type FittedOne, type LearningRows, weightsOf } from './fitting';
import { assertForecasts } from './own-model';
import { fittedTrees } from './tree-file';

/** Most values of a small training: about a second of one core with the standard models. */
const MOST_VALUES = 2 ** 20;
/** Most that it may take, nanoseconds of one core: with many trees there is enough for several threads. */
const MOST_WORK = 5e9;

/**
 * @param rows - of a training
 * @param features - of a row
 * @param work - estimate of what it takes, nanoseconds of one core
 * @returns whether one thread may do all of it: its steps are so short that a message for each would cost as much as it gains
 */
export function isSmall(rows: number, features: number, work: number): boolean {
  return rows * features <= MOST_VALUES && work <= MOST_WORK;
}

/** A model, and what it is to learn and to forecast. */
export interface SmallFit extends LearningRows {
  /** Its name. */
  readonly key: string;
  /** What it forecasts. */
  readonly task: Task;
  /** What it grows. */
  readonly recipe: TreesRecipe;
  /** Seed of all randomness. */
  readonly seed: number;
  /** Rows to forecast. */
  readonly forecast: RowRange;
  /** Hears of every tree. */
  readonly onStep: (done: number, total: number) => void;
}

/** Models that share thresholds. */
export interface SmallStep {
  /** Rows by whose values these are chosen. */
  readonly known: RowRange;
  /** The models. */
  readonly fits: readonly SmallFit[];
  /** Hears that rows are made ready. */
  readonly onPreparing: () => void;
}

/**
 * Trains the models of a small training in one thread, which is not the calling one.
 *
 * @param matrix - features
 * @param steps - what is fitted on it, in order
 * @param threads - those of which one does it
 * @param hooks - abort and clock
 * @returns a list a step: the same, to the byte, as if they had been fitted one after the other here
 * @throws TickerforestError `ABORTED`, `WORKER_FAILED`, and what the engine and the listeners throw
 */
export async function fitInOneThread(
  matrix: FeatureMatrix,
  steps: readonly SmallStep[],
  threads: TreeThreads,
  { signal, clock }: FitPlan['hooks'],
): Promise<FittedOne[][]> {
  steps[0].onPreparing();
  const turns = new Turns(signal, 'training');
  const sets: EnsembleSet[] = [];
  for (const { known, fits } of steps) sets.push({ known, fits: await Promise.all(fits.map((fit) => toBeSent(fit, turns))) });

  const places = steps.flatMap(({ fits }, step) => fits.map((fit) => ({ fit, step })));
  const results: FittedOne[][] = steps.map(() => []);
  let began = 0;
  let told = 0;
  let milliseconds: number | null = null;
  const onTold = (message: ToldOfEnsembles) => {
    const { fit, step } = places[message.fit];
    if ('ensemble' in message) {
      results[step].push({ fitted: fittedTrees(message.ensemble), forecasts: message.forecasts, milliseconds });
      if (results[step].length === steps[step].fits.length) steps[step + 1]?.onPreparing();
      return;
    }
    const { grown } = message;
    if (grown === 0) {
      told = 0;
      began = clock?.() ?? 0;
    }
    // growth is told now and then; a listener hears of every tree
    while (told < grown) {
      fit.onStep(++told, fit.recipe.trees);
      throwIfAborted(signal, 'training');
    }
    if (grown === fit.recipe.trees) milliseconds = clock === undefined ? null : clock() - began;
  };
  await threads.trainEnsembles({ matrix, sets }, signal, onTold);
  for (const [step, { fits }] of steps.entries())
    for (const [at, { key, task, forecast }] of fits.entries())
      await assertForecasts(key, task, results[step][at].forecasts, forecast.from, turns);
  return results;
}

async function toBeSent({ recipe, seed, forecast, ...rows }: SmallFit, turns: Turns): Promise<EnsembleFit> {
  const weights = await weightsOf(rows, turns);
  return { recipe, label: rows.labels.value, learnt: { seed, rows: rows.train, weights }, forecast };
}
