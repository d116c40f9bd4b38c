import type { Workspace } from './workspace';

/** Which rows a tree is grown on. */
export type Sampling =
  /** As many draws as there are rows, with replacement. */
  | { readonly kind: 'bootstrap' }
  /** So many rows, without replacement. */
  | { readonly kind: 'subset'; readonly rows: number }
  /** Every row once. */
  | { readonly kind: 'all' };

/** The rows of one tree, listed in the workspace in row order with their packed values. */
export interface Sample {
  /** How many rows are listed. */
  readonly rows: number;
  /** Low bits of a packed value that hold the weight. */
  readonly countBits: number;
  /** Power of two that the centred target was multiplied by before it was rounded to a whole number. */
  readonly scale: number;
  /** Packed total of all rows listed. */
  readonly total: bigint;
}

/** Rows whose magnitudes are added in one run; runs are added in order, so the sum does not depend on who made which. */
const RUN = 65_536;

/**
 * Draws the rows of a tree and packs each one's weight and fixed-point target into 64 bits.
 * The scale is the largest power of two that cannot overflow: with n draws, the mean magnitude of the target is worth at
 * least 2^61 / n^2 / 4 steps (2^17 for 1.9 M rows). Trees choose their splits by these; their leaf values use the target itself.
 *
 * @param workspace - scratch; its random stream has been started
 * @param sampling - which rows
 * @param centre - subtracted from the target before it is rounded
 * @returns what is now in `workspace.rows` and `workspace.packed`
 */
export function drawSample(workspace: Workspace, sampling: Sampling, centre: number): Sample {
  const { binned, range, random, rows, packed, views } = workspace;
  const { kernels } = binned;
  const count = range.to - range.from;
  if (sampling.kind === 'bootstrap') kernels.drawWithReplacement(random, count, workspace.weights);
  if (sampling.kind === 'subset') kernels.drawSubset(random, count, sampling.rows, workspace.weights);
  const weights = sampling.kind === 'all' ? 0 : workspace.weights;
  const target = workspace.target + range.from * 8;

  let magnitude = 0;
  for (let start = 0; start < count; start += RUN) {
    const own = weights === 0 ? 0 : weights + start * 2;
    magnitude += kernels.absoluteSum(target + start * 8, own, Math.min(RUN, count - start), centre);
  }
  const countBits = 32 - Math.clz32(sampling.kind === 'subset' ? sampling.rows : count);
  const scale = powerOfTwoBelow(2 ** (61 - countBits), magnitude);
  const listed = kernels.packRows(target, weights, range.from, count, centre, scale, countBits, rows, packed);
  kernels.sumPacked(packed, listed, views.total.byteOffset);
  return { rows: listed, countBits, scale, total: views.total[0] };
}

/**
 * A round number near the middle of the target, to subtract before it is rounded to fixed point. It is a multiple of a power of two
 * of the size of the deviations: whole numbers stay whole, and a target around 0 is left as it is.
 *
 * @param target - at least one number, finite
 * @param mean - their mean
 * @returns the centre
 */
export function chooseCentre(target: Float64Array, mean: number): number {
  const deviation = target.reduce((sum, value) => sum + Math.abs(value - mean), 0) / target.length;
  if (deviation === 0) return mean;
  const unit = 2 * powerOfTwoAtMost(deviation);
  return Math.round(mean / unit) * unit;
}

// The largest power of two whose product with `magnitude` is at most `limit`; 1 for no magnitude.
function powerOfTwoBelow(limit: number, magnitude: number): number {
  if (magnitude === 0) return 1;
  const power = powerOfTwoAtMost(Math.min(limit / magnitude, 2 ** 1000));
  // the quotient may have been rounded up
  return power * magnitude > limit ? power / 2 : power;
}

// A double without its fraction bits; no logarithm, whose last bit is not the same everywhere.
function powerOfTwoAtMost(value: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  bits.setUint32(0, bits.getUint32(0) & 0x7ff00000);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}
