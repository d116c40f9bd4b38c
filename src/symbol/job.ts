import { arrayBars, type BarRows } from '../bars/array-source';
import type { BarSource } from '../bars/bar-source';
import type { Bars } from '../bars/bars';
import type { JudgementOptions } from '../bars/collect-bars';
import { DAY_MS, type MarketOptions, marketFrom } from '../bars/market';
import type { FeatureFamily } from '../features/family';
import { featureSetOf } from '../features/feature-set';
import { standardFeatures } from '../features/standard-features';
import { MLModelTrainer, type MLModelTrainerOptions } from '../models/ml-model-trainer';
import { invalidOption } from '../options/checks';
import { checkOptions } from '../options/description';
import { TRAIN_SYMBOL } from '../options/symbol-tables';
import type { BarStore } from '../stores/bar-store';
import type { ProfileStore } from '../stores/contract';
import { GuardedStore } from '../stores/guarded-store';
import type { RetrainOptions } from '../updates/retrain-policy';
import { type Progress, ProgressReporter } from './progress';
import { Stopwatch } from './stopwatch';

/** The newest part of a history, that models are trained on: so many bars, or all bars of so many days before the newest. */
export type TrainingWindowOption =
  | {
      /** How many bars, 1 or more. */
      readonly bars: number;
    }
  | {
      /** How many days, above 0. */
      readonly days: number;
    };

/** What {@link trainSymbol} is given. */
export interface TrainSymbolOptions extends MarketOptions, JudgementOptions, MLModelTrainerOptions, RetrainOptions {
  /** Which symbol, spelled as the source spells it. */
  readonly symbol: string;
  /** Where its bars are: a source such as {@link csvBars}, rows, or {@link Bars}. */
  readonly source: BarSource | BarRows | Bars;
  /** Where profiles are kept: {@link directoryProfileStore}, {@link memoryProfileStore}, `mongoProfileStore`, or your own. */
  readonly store: ProfileStore;
  /**
   * Where bars are kept: {@link directoryBarStore}, {@link memoryBarStore}, `mongoBarStore`, or your own. The source is then asked for new bars and a few known ones only;
   * retrainings and rebuilds read what is kept. Default: nowhere; they ask the source for all bars again.
   */
  readonly bars?: BarStore | undefined;
  /** Only so many years before now, above 0. Default: all. Read when a symbol is created; later, what is stored stays, unless `rebuild` says otherwise. */
  readonly historyYears?: number | undefined;
  /** Only bars from this time on. Default: all. Read when a symbol is created; later, what is stored stays, unless `rebuild` says otherwise. */
  readonly from?: Date | undefined;
  /** Only bars up to this time. Default: all. */
  readonly to?: Date | undefined;
  /**
   * What is computed of the bars: `[...standardFeatures(), rsi({ periods: [2] }), mine]`. With other features than before everything is computed anew, from kept bars without
   * asking the source. Default {@link standardFeatures}.
   */
  readonly features?: readonly FeatureFamily[] | undefined;
  /** Length of a bar, milliseconds. Default: the most frequent distance between the first bars. */
  readonly interval?: number | undefined;
  /** What the company profile should say about the company: plain JSON values and Dates. Default: what is stored. */
  readonly fundamentals?: Readonly<Record<string, unknown>> | undefined;
  /** Whether warnings are errors (`STRICT`): the run ends before anything is trained or stored. Default false. */
  readonly strict?: boolean | undefined;
  /** Whether models are trained, whatever the retrain policy says, also without new bars. Default false. */
  readonly retrain?: boolean | undefined;
  /** Whether to begin anew from what the source has now, even if that is less than what is stored: the one consent to a shorter history. Default false. */
  readonly rebuild?: boolean | undefined;
  /**
   * Stored bars that every update reads again and compares with what the source says now, 5 to 10,000. The fold can go back so far, so that corrections among them need no
   * rebuild. Default: a day's bars, at least 64.
   */
  readonly overlapBars?: number | undefined;
  /** What an update does about bars before the compared ones: 'ignore' leaves them out and counts them, 'reject' throws. Default 'ignore'. */
  readonly oldBars?: 'ignore' | 'reject' | undefined;
  /** What models are trained on. Without kept bars a retraining asks the source for this part again, and for no more. Default: the whole history. */
  readonly trainingWindow?: TrainingWindowOption | undefined;
  /** How long other workers leave the symbol alone if this process dies, milliseconds, 1,000 to 86,400,000. Default 60,000. */
  readonly leaseDuration?: number | undefined;
  /** The time that counts as now: bars that end later are still forming, and the age of models is counted up to it. Default: the current time. */
  readonly now?: Date | undefined;
  /** Called with percent, stage and message. What it throws, and what a promise of it rejects with, is ignored. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Aborts; the store is as it was. */
  readonly signal?: AbortSignal | undefined;
}

/** One run of {@link trainSymbol}: what was asked for, checked and completed. */
export interface SymbolJob {
  /** As the caller gave them, checked and copied: nothing that is undefined, and a store that is safe to wait for. */
  readonly options: TrainSymbolOptions;
  /** The source, also of rows and columns. */
  readonly source: BarSource;
  /** What is computed. */
  readonly features: readonly FeatureFamily[];
  /** The time of the run. */
  readonly now: Date;
  /** Length of the lease, milliseconds. */
  readonly leaseDuration: number;
  /** Tells the caller. */
  readonly progress: ProgressReporter;
  /** Measures the stages. */
  readonly watch: Stopwatch;
  /** Trains the models. */
  readonly trainer: MLModelTrainer;
}

/**
 * @param given - what the caller of {@link trainSymbol} gave
 * @returns the job
 * @throws TickerforestError `INVALID_OPTION` naming the option and its value, before anything is read
 */
export function createJob(given: TrainSymbolOptions): SymbolJob {
  const options = checkOptions(given, TRAIN_SYMBOL, 'trainSymbol');
  const { source, from, to, now = new Date(), interval, target, models, weights, limits, seed, threads, testFraction, embargo } = options;
  if (from !== undefined && to !== undefined && from > to) {
    throw invalidOption(`from ${from.toISOString()} is after to ${to.toISOString()}`);
  }
  const features = options.features ?? standardFeatures();
  // names that clash are refused before anything is read
  featureSetOf(marketFrom(interval ?? DAY_MS, options), features);
  return {
    options: { ...options, store: new GuardedStore(options.store, options.signal) },
    source: 'fetch' in source ? source : arrayBars(source),
    features,
    now,
    leaseDuration: options.leaseDuration ?? TRAIN_SYMBOL.leaseDuration.default,
    progress: new ProgressReporter(options.onProgress),
    watch: new Stopwatch(),
    trainer: new MLModelTrainer({ target, models, weights, limits, seed, threads, testFraction, embargo }),
  };
}
