/** What a stage of a run took. */
export interface StageTiming {
  /** What was done: 'fetch', 'keep', 'features', 'train', 'profiles', 'store'. */
  readonly stage: 'fetch' | 'keep' | 'features' | 'train' | 'profiles' | 'store';
  /** Milliseconds that it took. */
  readonly milliseconds: number;
  /** Bars that went through it. */
  readonly bars: number;
}

/** Measures stages with one clock. */
export class Stopwatch {
  readonly #timings: StageTiming[] = [];

  /** What has been measured so far, in order. */
  get timings(): readonly StageTiming[] {
    return this.#timings;
  }

  /**
   * @param stage - what is being done
   * @param work - does it; a stage that throws is not recorded
   * @param bars - how many bars went through it, given the result
   * @returns what `work` returned
   */
  async measure<T>(stage: StageTiming['stage'], work: () => Promise<T> | T, bars: (result: T) => number): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.#timings.push({ stage, milliseconds: performance.now() - started, bars: bars(result) });
    return result;
  }
}
