import type { Warning } from '../bars/warnings';
import type { FeatureProgress } from '../features/feature-update';
import type { TrainingProgress } from '../models/training-work';
import { tell } from '../options/listener';

/** What `trainSymbol` is doing. */
export type ProgressStage = 'initializing' | 'date_range' | 'fetching' | 'retrieved' | 'features' | 'training' | 'storing' | 'done';

/** One report to `onProgress`. */
export interface Progress {
  /** 0 to 100, never falling within a run. */
  readonly percent: number;
  /** What is going on. */
  readonly stage: ProgressStage;
  /** The same for people: 'Batch 3/12', 'Bollinger bands'. */
  readonly message: string;
  /** Present in a report that is about a warning; `message` is its sentence. All of them are also in the run's result. */
  readonly warning?: Warning;
}

/** Where each stage stands between 0 and 100 %: its first and last percent. */
const STAGES: Readonly<Record<ProgressStage, readonly [first: number, last: number]>> = {
  initializing: [0, 0],
  date_range: [10, 10],
  fetching: [10, 45],
  retrieved: [48, 48],
  features: [50, 68],
  training: [71, 75],
  storing: [85, 85],
  done: [100, 100],
};

/** Percent at which each feature family starts, by its title. */
const FAMILIES: Readonly<Record<string, number>> = {
  'moving averages': 52,
  'Bollinger bands': 54,
  RSI: 56,
  MACD: 58,
  'ATR and stochastic': 60,
  volume: 62,
  momentum: 63,
  'basic statistics': 64,
  'risk metrics': 65,
  volatility: 66,
  timeframes: 67,
  regime: 67.5,
  calendar: 67.8,
};

const MODEL_TITLES: ReadonlyMap<string, string> = new Map([
  ['regression_rf', 'regression forest'],
  ['classification_rf', 'classification forest'],
  ['regression_gb', 'gradient boosting'],
]);

/** How far a source has been read, as it says itself: not to be believed. */
interface ReadBatches {
  /** Number of the batch. */
  readonly batch: number;
  /** How many there will be. */
  readonly batches?: number;
  /** How much of the source has been read. */
  readonly fraction?: number;
  /** Good bars so far. */
  readonly bars: number;
}

/** Turns events of the steps into percent and message; keeps percent from falling and a broken listener from breaking the run. */
export class ProgressReporter {
  readonly #listener: ((progress: Progress) => void) | undefined;
  #percent = 0;
  #stage: ProgressStage = 'initializing';

  /** @param listener - the caller's `onProgress`, if any; what it throws, and what a promise of it rejects with, is ignored */
  constructor(listener: ((progress: Progress) => void) | undefined) {
    this.#listener = listener;
  }

  /**
   * @param stage - what is going on
   * @param fraction - its share that is done, 0 to 1
   * @param message - for people
   */
  report(stage: ProgressStage, fraction: number, message: string): void {
    const [first, last] = STAGES[stage];
    this.#emit(first + (last - first) * fraction, stage, message);
  }

  /** @param event - from `collectBars` */
  fetching({ batch, batches, fraction, bars }: ReadBatches): void {
    const number = isCount(batch) ? batch : null;
    const of = isCount(batches) && number !== null && number <= batches ? batches : null;
    const isShare = typeof fraction === 'number' && fraction >= 0 && fraction <= 1;
    // without a total, every batch covers a fifth of what is left of the bar
    const done = isShare ? fraction : of !== null && number !== null ? number / of : 1 - 0.8 ** (number ?? 1);
    const title = number === null ? 'Batch' : `Batch ${number}${of === null ? '' : `/${of}`}`;
    this.report('fetching', done, `${title}, ${bars.toLocaleString('en-US')} bar${bars === 1 ? '' : 's'}`);
  }

  /** @param event - from {@link FeatureEngineer.update} */
  features({ family, fraction }: FeatureProgress): void {
    const titles = Object.keys(FAMILIES);
    const next = titles[titles.indexOf(family) + 1];
    const first = FAMILIES[family] ?? STAGES.features[0];
    const last = next === undefined ? STAGES.features[1] : FAMILIES[next];
    this.#emit(first + (last - first) * fraction, 'features', family);
  }

  /** @param event - from {@link MLModelTrainer.train} */
  training({ step, model, unit, done, of, fraction }: TrainingProgress): void {
    const title = model === undefined ? 'preparing training' : `${MODEL_TITLES.get(model) ?? model}, ${unit} ${done}/${of}`;
    this.report('training', fraction, step === 'hold_out' ? `held-out check: ${title}` : title);
  }

  /** @param warning - told as it is, where the run stands */
  warning(warning: Warning): void {
    this.#emit(this.#percent, this.#stage, warning.message, warning);
  }

  #emit(percent: number, stage: ProgressStage, message: string, warning?: Warning): void {
    this.#stage = stage;
    if (percent > this.#percent) this.#percent = Math.min(100, percent);
    tell(this.#listener, { percent: this.#percent, stage, message, ...(warning && { warning }) });
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}
