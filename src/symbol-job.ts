import { arrayBars, type BarRows } from './bars/array-source';
import type { BarSource } from './bars/bar-source';
import type { Bars } from './bars/bars';
import { DAY_MS, type MarketOptions, resolveMarket } from './bars/market';
import { TickerforestError } from './errors';
import { RECENT_BARS } from './features/price-history';
import { GuardedStore } from './guarded-store';
import { MLModelTrainer, type MLModelTrainerOptions } from './models/ml-model-trainer';
import type { ProfileStore } from './profiles/profile-store';
import { type Progress, ProgressReporter } from './progress';
import { Stopwatch } from './stopwatch';
import type { RetrainOptions } from './updates/retrain-policy';

const FEWEST_COMPARED = 5;
const LEASE_MS = 60_000;

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
export interface TrainSymbolOptions extends MarketOptions, MLModelTrainerOptions, RetrainOptions {
  /** Which symbol, spelled as the source spells it. */
  readonly symbol: string;
  /** Where its bars are: a source such as {@link csvBars}, rows, or {@link Bars}. */
  readonly source: BarSource | BarRows | Bars;
  /** Where profiles are kept: {@link directoryProfileStore}, {@link memoryProfileStore}, `mongoProfileStore`, or your own. */
  readonly store: ProfileStore;
  /** Only so many years before now, above 0. Default: all. Read when a symbol is created or rebuilt; updates go on from what is stored. */
  readonly historyYears?: number;
  /** Only bars from this time on. Default: all. Read when a symbol is created or rebuilt. */
  readonly from?: Date;
  /** Only bars up to this time. Default: all. */
  readonly to?: Date;
  /** Length of a bar, milliseconds. Default: the most frequent distance between the first bars. */
  readonly interval?: number;
  /** What the company profile should say about the company: plain JSON values and Dates. Default: what is stored. */
  readonly fundamentals?: Readonly<Record<string, unknown>>;
  /** 'reject' refuses a source with bad bars, in one error that counts them; 'drop' leaves them out and reports them. Default 'reject'. */
  readonly badBars?: 'reject' | 'drop';
  /** Stored bars that every update reads again and compares with what the source says now, 5 to 64. Default 5. */
  readonly overlapBars?: number;
  /** What an update does about bars before the compared ones: 'ignore' leaves them out and counts them, 'reject' throws. Default 'ignore'. */
  readonly oldBars?: 'ignore' | 'reject';
  /** What models are trained on. A retraining asks the source for this part again, and for no more. Default: the whole history. */
  readonly trainingWindow?: TrainingWindowOption;
  /** How long other workers leave the symbol alone if this process dies, milliseconds, 1,000 to 86,400,000. Default 60,000. */
  readonly leaseDuration?: number;
  /** The time that counts as now. Default: the clock's. */
  readonly now?: Date;
  /** Called with percent, stage and message. What it throws, and what a promise of it rejects with, is ignored. */
  readonly onProgress?: (progress: Progress) => void;
  /** Aborts; the store is as it was. */
  readonly signal?: AbortSignal;
}

/** One run of {@link trainSymbol}: what was asked for, checked and completed. */
export interface SymbolJob {
  /** As the caller gave them, but for the store, which is safe to wait for. */
  readonly options: TrainSymbolOptions;
  /** The source, also of rows and columns. */
  readonly source: BarSource;
  /** The time of the run. */
  readonly now: Date;
  /** Stored bars to compare. */
  readonly overlapBars: number;
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
 * @param options - what the caller of {@link trainSymbol} gave
 * @returns the job
 * @throws TickerforestError `INVALID_OPTION` naming the option and its value, before anything is read
 */
export function createJob(options: TrainSymbolOptions): SymbolJob {
  const { symbol, source, from, to, now = new Date(), overlapBars = FEWEST_COMPARED, leaseDuration = LEASE_MS, trainingWindow } = options;
  if (typeof symbol !== 'string' || symbol.trim() === '') throw refusal(`symbol must be a text that is not empty, not '${symbol}'`);
  atLeast('historyYears', options.historyYears, 0, 'above');
  atLeast('minNewBars', options.minNewBars, 1);
  atLeast('maxModelAgeDays', options.maxModelAgeDays, 0);
  if (trainingWindow !== undefined) {
    const [name, value] = 'bars' in trainingWindow ? ['bars', trainingWindow.bars] : ['days', trainingWindow.days];
    atLeast(`trainingWindow.${name}`, value, name === 'bars' ? 1 : 0, name === 'bars' ? 'whole' : 'above');
  }
  if (!(Number.isInteger(overlapBars) && overlapBars >= FEWEST_COMPARED && overlapBars <= RECENT_BARS)) {
    throw refusal(`overlapBars must be a whole number from ${FEWEST_COMPARED} to ${RECENT_BARS}, not ${overlapBars}`);
  }
  if (!(leaseDuration >= 1_000 && leaseDuration <= DAY_MS)) {
    throw refusal(`leaseDuration must be 1,000 to ${DAY_MS} milliseconds, not ${leaseDuration}`);
  }
  for (const [name, date] of Object.entries({ from, to, now })) {
    if (date !== undefined && Number.isNaN(date.getTime())) throw refusal(`${name} is not a valid date`);
  }
  if (from !== undefined && to !== undefined && from > to) throw refusal(`from ${from.toISOString()} is after to ${to.toISOString()}`);
  resolveMarket(options.interval ?? DAY_MS, options);
  return {
    options: { ...options, store: new GuardedStore(options.store, options.signal) },
    source: 'fetch' in source ? source : arrayBars(source),
    now,
    overlapBars,
    leaseDuration,
    progress: new ProgressReporter(options.onProgress),
    watch: new Stopwatch(),
    trainer: new MLModelTrainer({
      ...(options.models && { models: options.models }),
      ...(options.seed !== undefined && { seed: options.seed }),
      ...(options.testFraction !== undefined && { testFraction: options.testFraction }),
      ...(options.embargo !== undefined && { embargo: options.embargo }),
    }),
  };
}

function atLeast(name: string, value: number | undefined, least: number, kind: 'above' | 'whole' | 'any' = 'any'): void {
  if (value === undefined) return;
  const fits = kind === 'above' ? value > least : value >= least && (kind === 'any' || Number.isInteger(value));
  const what = { above: `above ${least}`, whole: `a whole number, ${least} or more`, any: `${least} or more` }[kind];
  if (!fits) throw refusal(`${name} must be ${what}, not ${value}`);
}

function refusal(message: string): TickerforestError {
  return new TickerforestError('INVALID_OPTION', message);
}
