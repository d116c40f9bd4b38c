import type { Progress } from '../../src/symbol/progress';
import { threadClock } from './thread-time';

/** What a run is doing, in the order of a first training. */
export const STAGES = [
  'read what is stored',
  'fetch',
  'judgement',
  'features',
  'preparing (bins)',
  'regression forest',
  'classification forest',
  'gradient boosting',
  'forecasts',
  'scores, files, profiles',
  'store',
] as const;
/** One of them. */
export type Stage = (typeof STAGES)[number];

/** The longest time that a stage kept the thread to itself. */
export interface LongestBlock {
  /** Milliseconds between two turns of the event loop. */
  readonly milliseconds: number;
  /** Most milliseconds that a processor worked for the thread between two turns: what would be left if no other process were in the way. */
  readonly processor: number;
}

/** How long a stage lasted, and how long it kept the thread at most. */
export interface StageBlocks {
  /** Milliseconds from its first moment to its last. */
  readonly milliseconds: number;
  /** Its longest block. */
  readonly longest: LongestBlock;
  /** Blocks of more than 50 ms. */
  readonly long: number;
}

/**
 * @param progress - a report of a run
 * @returns the stage that begins with it; undefined: the one before goes on
 */
export function stageOf({ stage, message }: Progress): Stage | undefined {
  switch (stage) {
    case 'initializing':
      return 'read what is stored';
    case 'date_range':
      return 'fetch';
    case 'fetching':
      return /^Batch (\d+)\/\1,/.test(message) ? 'judgement' : 'fetch';
    case 'retrieved':
      return undefined;
    case 'features':
      return 'features';
    case 'training':
      return stageOfTraining(message);
    case 'storing':
    case 'done':
      return 'store';
  }
}

function stageOfTraining(message: string): Stage | undefined {
  if (/tree (\d+)\/\1$/.test(message)) {
    return message.startsWith('gradient boosting') ? 'scores, files, profiles' : 'forecasts';
  }
  return STAGES.find((stage) => message.includes(stage)) ?? 'preparing (bins)';
}

const clock = threadClock();

/** Measures, from one turn of the event loop to the next, how long a run keeps the thread. */
export class BlockWatch {
  readonly #times = new Map<Stage, { milliseconds: number; longest: LongestBlock; long: number }>();
  #stage: Stage = 'read what is stored';
  #entered = performance.now();
  #turn = performance.now();
  #processor = clock();
  /** Stages since the last turn, and how long each has lasted. */
  #sinceTurn: { stage: Stage; milliseconds: number }[] = [];
  #isRunning = true;

  constructor() {
    const look = () => {
      if (!this.#isRunning) return;
      this.#look();
      setImmediate(look);
    };
    setImmediate(look);
  }

  /** What the run is doing now. */
  get stage(): Stage {
    return this.#stage;
  }

  /** @param progress - a report of the run */
  enter(progress: Progress): void {
    const next = stageOf(progress);
    if (next === undefined || next === this.#stage) return;
    const now = performance.now();
    this.#record(this.#stage).milliseconds += now - this.#entered;
    this.#sinceTurn.push({ stage: this.#stage, milliseconds: now - Math.max(this.#turn, this.#entered) });
    this.#stage = next;
    this.#entered = now;
  }

  /** @returns what was measured, when the run has ended */
  finish(): ReadonlyMap<Stage, StageBlocks> {
    this.#look();
    this.#isRunning = false;
    this.#record(this.#stage).milliseconds += performance.now() - this.#entered;
    return this.#times;
  }

  #look(): void {
    const now = performance.now();
    const milliseconds = now - this.#turn;
    const parts = [...this.#sinceTurn, { stage: this.#stage, milliseconds: now - Math.max(this.#turn, this.#entered) }];
    const { stage } = parts.reduce((most, part) => (part.milliseconds > most.milliseconds ? part : most));
    const record = this.#record(stage);
    const processor = clock() - this.#processor;
    record.longest = {
      milliseconds: Math.max(record.longest.milliseconds, milliseconds),
      processor: Math.max(record.longest.processor, processor),
    };
    if (milliseconds > 50) record.long++;
    this.#sinceTurn = [];
    this.#turn = performance.now();
    this.#processor = clock();
  }

  #record(stage: Stage) {
    const known = this.#times.get(stage);
    if (known !== undefined) return known;
    const record = { milliseconds: 0, longest: { milliseconds: 0, processor: 0 }, long: 0 };
    this.#times.set(stage, record);
    return record;
  }
}
