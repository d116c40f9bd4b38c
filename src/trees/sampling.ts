import type { Turns } from '../waiting';
import { sumOf } from './training';
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

/** Rows at a time. Magnitudes are added by runs, and these in order, so the sum does not depend on who made which. */
const RUN = 65_536;

/**
 * Draws the rows of a tree and packs each one's weight and fixed-point target into 64 bits.
 * The scale is the largest power of two that cannot overflow: with n draws, the mean magnitude of the target is worth at
 * least 2^61 / n^2 / 4 steps (2^17 for 1.9 M rows). Trees choose their splits by these; their leaf values use the target itself.
 *
 * @param workspace - scratch; its random stream has been started
 * @param sampling - which rows
 * @param centre - subtracted from the target before it is rounded
 * @param turns - gives way
 * @returns what is now in `workspace.rows` and `workspace.packed`
 * @throws TickerforestError `ABORTED`
 */
export async function drawSample(workspace: Workspace, sampling: Sampling, centre: number, turns: Turns): Promise<Sample> {
  const { binned, range, random, rows, packed, views } = workspace;
  const { kernels } = binned;
  const count = range.to - range.from;
  if (sampling.kind === 'bootstrap') {
    kernels.clear(workspace.weights, count * 2);
    await turns.forRuns(count, (from, to) => kernels.drawWithReplacement(random, to - from, count, workspace.weights));
  }
  if (sampling.kind === 'subset') {
    let wanted = sampling.rows;
    await turns.forRuns(count, (from, to) => {
      wanted = kernels.drawSubset(random, from, to, count, wanted, workspace.weights);
    });
  }
  const weightsAt = (row: number) => (sampling.kind === 'all' ? 0 : workspace.weights + row * 2);
  const target = workspace.target + range.from * 8;

  let magnitude = 0;
  for (let start = 0; start < count; start += RUN) {
    magnitude += kernels.absoluteSum(target + start * 8, weightsAt(start), Math.min(RUN, count - start), centre);
    if (turns.isOver) await turns.giveWay();
  }
  const countBits = 32 - Math.clz32(sampling.kind === 'subset' ? sampling.rows : count);
  const scale = powerOfTwoBelow(2 ** (61 - countBits), magnitude);
  let listed = 0;
  let total = 0n;
  for (let start = 0; start < count; start += RUN) {
    const here = packed + listed * 8;
    const first = range.from + start;
    const size = Math.min(RUN, count - start);
    const more = kernels.packRows(target + start * 8, weightsAt(start), first, size, centre, scale, countBits, rows + listed * 4, here);
    kernels.sumPacked(here, more, views.total.byteOffset);
    total += views.total[0];
    listed += more;
    if (turns.isOver) await turns.giveWay();
  }
  return { rows: listed, countBits, scale, total };
}

/**
 * A round number near the middle of the target, to subtract before it is rounded to fixed point. It is a multiple of a power of two
 * of the size of the deviations: whole numbers stay whole, and a target around 0 is left as it is.
 *
 * @param target - at least one number, finite
 * @param mean - their mean
 * @param turns - gives way
 * @returns the centre
 * @throws TickerforestError `ABORTED`
 */
export async function chooseCentre(target: Float64Array, mean: number, turns: Turns): Promise<number> {
  const deviation = (await sumOf(target, (value) => Math.abs(value - mean), turns)) / target.length;
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
