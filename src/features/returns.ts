import { windowMemory } from './window-memory';

/**
 * Log returns of neighbouring closes, ln(close / close before). They add up over time, and a fall weighs as much as the rise that undoes it.
 *
 * @param closes - closes with at least one past value
 * @param at - index of the block's first bar in `closes`
 * @param count - bars in the block
 * @param first - absolute number of the block's first bar; bar 0 has no return: NaN
 * @param out - written on `[outAt, outAt + count)`
 * @param outAt - index of the block's first bar in `out`
 */
export function logReturns(closes: Float64Array, at: number, count: number, first: number, out: Float64Array, outAt: number): void {
  for (let i = 0; i < count; i++) out[outAt + i] = closes[at + i] / closes[at + i - 1];
  windowMemory().logarithms(out, outAt, count);
  // the logarithm of NaN is not NaN
  if (first === 0 && count > 0) out[outAt] = Number.NaN;
}

/**
 * Simple returns of neighbouring closes, close / close before - 1: what a holder earns. Parameters as in {@link logReturns}.
 */
export function simpleReturns(closes: Float64Array, at: number, count: number, out: Float64Array, outAt: number): void {
  for (let i = 0; i < count; i++) out[outAt + i] = closes[at + i] / closes[at + i - 1] - 1;
}
