import fc from 'fast-check';
import { allocateBars, type Bars } from '../src/bars/bars';

const MINUTE = 60_000;

/** A small linear congruential generator (Numerical Recipes' constants): the same numbers everywhere, for test data only. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How {@link randomBars} behaves. */
export interface RandomBarOptions {
  readonly seed?: number;
  /** Milliseconds; default one minute. */
  readonly interval?: number;
  /** Time of the first bar; default a Monday's 09:30 in New York. */
  readonly start?: number;
  /** Typical size of a return; default 0.001. */
  readonly volatility?: number;
  /** Share of bars that are left out; default 0. */
  readonly missing?: number;
}

/** A random walk with high, low and volume to match, some flat stretches and some bars without volume. */
export function randomBars(length: number, options: RandomBarOptions = {}): Bars {
  const { seed = 1, interval = MINUTE, start = Date.UTC(2024, 2, 4, 14, 30), volatility = 0.001, missing = 0 } = options;
  const next = uniform(seed);
  const bars = allocateBars(length);
  let close = 100;
  let time = start;
  for (let i = 0; i < length; i++) {
    const flat = next() < 0.03;
    const open = close;
    close = flat ? close : close * (1 + (next() + next() + next() - 1.5) * volatility * 2);
    const reach = flat ? 0 : Math.abs(close) * volatility * next();
    bars.timestamp[i] = time;
    bars.open[i] = open;
    bars.close[i] = close;
    bars.high[i] = Math.max(open, close) + reach;
    bars.low[i] = Math.min(open, close) - reach * next();
    bars.volume[i] = next() < 0.05 ? 0 : Math.floor(next() * 10_000);
    time += interval;
    while (next() < missing) time += interval;
  }
  return bars;
}

/** Bars that no market would send but validation lets through: jumps by orders of magnitude, flat runs, volumes from 0 to 1e12, gaps of years. */
export function wildBars(length: number): fc.Arbitrary<Bars> {
  const jump = fc.oneof(
    { weight: 4, arbitrary: fc.constant(1) },
    { weight: 6, arbitrary: fc.double({ min: 0.99, max: 1.01, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(1e-4, 1e4, 0.5, 2, 0.05, 7) },
  );
  const bar = fc.record({
    jump,
    up: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.02, noNaN: true })),
    down: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.02, noNaN: true })),
    volume: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 100_000 }),
      fc.constant(1e12),
      fc.double({ min: 1e-8, max: 1, noNaN: true }),
    ),
    gap: fc.oneof(
      { weight: 12, arbitrary: fc.constant(1) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 2_000 }) },
      { weight: 1, arbitrary: fc.constant(900_000) },
    ),
  });
  return fc.array(bar, { minLength: length, maxLength: length }).map((steps) => {
    const bars = allocateBars(steps.length);
    let close = 100;
    let time = Date.UTC(2024, 2, 8, 14, 30);
    steps.forEach((step, i) => {
      const open = close;
      close = Math.min(1e9, Math.max(1e-6, close * step.jump));
      bars.timestamp[i] = time;
      bars.open[i] = open;
      bars.close[i] = close;
      bars.high[i] = Math.max(open, close) * (1 + step.up);
      bars.low[i] = Math.min(open, close) * (1 - step.down);
      bars.volume[i] = step.volume;
      time += step.gap * MINUTE;
    });
    return bars;
  });
}
