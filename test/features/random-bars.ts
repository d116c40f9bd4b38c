import { allocateBars, type Bars } from '../../src/bars/bars';
import { MINUTE_MS } from '../../src/bars/market';
import { START } from './run-family';

/**
 * Numbers in [0, 1): the upper bits of the 32-bit linear congruential generator with the constants of Numerical Recipes.
 *
 * @param seed - any integer; equal seeds, equal numbers
 */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** How {@link randomBars} walks. */
export interface Walk {
  readonly count: number;
  readonly seed: number;
  /** Milliseconds from a bar to the next, given a random number; default: always a minute. */
  readonly gap?: (random: number) => number;
  /** First timestamp; default {@link START}. */
  readonly start?: number;
}

/** A random walk whose bars open away from the close before, jump now and then, and sometimes do not move. */
export function randomBars({ count, seed, gap = () => MINUTE_MS, start = START }: Walk): Bars {
  const random = randomNumbers(seed);
  const bars = allocateBars(count);
  let timestamp = start;
  let price = 50;
  for (let i = 0; i < count; i++) {
    const jump = random() < 0.02 ? 0.9 + 0.2 * random() : 1;
    const open = price * jump * (1 + 0.001 * (random() - 0.5));
    const still = random() < 0.1;
    price = still ? open : open * (1 + 0.01 * (random() - 0.495));
    bars.timestamp[i] = timestamp;
    bars.open[i] = open;
    bars.high[i] = Math.max(open, price) * (still ? 1 : 1 + 0.003 * random());
    bars.low[i] = Math.min(open, price) * (still ? 1 : 1 - 0.003 * random());
    bars.close[i] = price;
    bars.volume[i] = random() < 0.1 ? 0 : Math.floor(1000 * random());
    timestamp += gap(random());
  }
  return bars;
}

/** The `count` values that end with value i. */
export function lastValues(values: Float64Array | readonly number[], i: number, count: number): number[] {
  return Array.from(values.slice(i + 1 - count, i + 1));
}
