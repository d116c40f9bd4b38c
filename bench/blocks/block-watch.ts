import type { Progress } from '../../src/symbol/progress';
import { type Stage, stageOf } from './stage';
import { threadClock } from './thread-time';

/** The longest time that a stage kept the thread to itself. */
export interface LongestBlock {
  /** Milliseconds between two turns of the event loop. */
  readonly milliseconds: number;
  /** Most milliseconds that a processor worked for the thread between two turns: what would be left if no other process were in the way. */
  readonly processor: number;
  /** When that one began and ended, by `performance.now`. */
  readonly from: number;
  readonly to: number;
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

const clock = threadClock();
/** Milliseconds between two looks; taken off what is measured. */
const PAUSE = 1;

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
      // a timer, as a service has them: turns without a pause would take a core from the threads that train
      setTimeout(look, PAUSE);
    };
    setTimeout(look, PAUSE);
  }

  /** Leaves out what was before. */
  begin(): void {
    this.#times.clear();
    this.#sinceTurn = [];
    this.#entered = performance.now();
    this.#turn = this.#entered;
    this.#processor = clock();
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
    const milliseconds = Math.max(0, now - this.#turn - PAUSE);
    const parts = [...this.#sinceTurn, { stage: this.#stage, milliseconds: now - Math.max(this.#turn, this.#entered) }];
    const { stage } = parts.reduce((most, part) => (part.milliseconds > most.milliseconds ? part : most));
    const record = this.#record(stage);
    const processor = clock() - this.#processor;
    const { longest } = record;
    const most = processor > longest.processor ? { processor, from: this.#turn, to: now } : longest;
    record.longest = { ...most, milliseconds: Math.max(longest.milliseconds, milliseconds) };
    if (milliseconds > 50) record.long++;
    this.#sinceTurn = [];
    this.#turn = performance.now();
    this.#processor = clock();
  }

  #record(stage: Stage) {
    const known = this.#times.get(stage);
    if (known !== undefined) return known;
    const record = { milliseconds: 0, longest: { milliseconds: 0, processor: 0, from: 0, to: 0 }, long: 0 };
    this.#times.set(stage, record);
    return record;
  }
}
