import { inject } from 'vitest';

/** Which suite runs: `npm test`, `npm run test:long`, or `npm run fuzz`. */
export type Suite = 'quick' | 'long' | 'fuzz';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Which suite runs. */
    suite: Suite;
  }
}

/** The suite that runs now. */
export const SUITE = inject('suite');

/**
 * How often a law or a fuzz test is tried.
 *
 * @param quick - in the quick suite; what takes at most some seconds
 * @param long - in the long suite
 * @returns one of them; in the fuzz suite the number that FUZZ_RUNS says, else ten times as many as in the long one
 */
export function runs(quick: number, long: number): number {
  if (SUITE !== 'fuzz') return SUITE === 'quick' ? quick : long;
  const given = process.env.FUZZ_RUNS;
  if (given === undefined || given === '') return 10 * long;
  if (!/^[1-9]\d*$/.test(given)) throw new Error(`FUZZ_RUNS is '${given}', not how often each fuzz test is tried`);
  return Number(given);
}
