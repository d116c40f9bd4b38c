import { tell } from '../options/listener';

/** How far it is. */
export interface ExplainProgress {
  /** Share of the work that is done, 0 to 1, never falling. */
  readonly fraction: number;
}

/** Milliseconds between two reports. */
const PAUSE = 100;

/** Tells a listener how far the work is, not too often; a listener that throws does not end the work. */
export class ProgressTeller {
  readonly #listener: ((progress: ExplainProgress) => void) | undefined;
  #last = performance.now();

  /** @param listener - the caller's `onProgress`, if any; what it throws, and what a promise of it rejects with, is ignored */
  constructor(listener: ((progress: ExplainProgress) => void) | undefined) {
    this.#listener = listener;
  }

  /** @param fraction - share of the work that is done, 0 to 1; 1 is always told */
  tell(fraction: number): void {
    const now = performance.now();
    if (this.#listener === undefined || (fraction < 1 && now - this.#last < PAUSE)) return;
    this.#last = now;
    tell(this.#listener, { fraction });
  }
}
