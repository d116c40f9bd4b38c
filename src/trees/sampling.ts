import { TickerforestError } from '../errors';
import type { Turns } from '../waiting';
import type { RowRun } from './row-weights';
import type { TeamWork } from './team-work';
import { sumOf } from './training';
import type { Workspace } from './workspace';

/** Which rows a tree is grown on. */
export type Sampling =
  /** As many draws as rows are present, with replacement. */
  | { readonly kind: 'bootstrap' }
  /** So many rows, without replacement. */
  | { readonly kind: 'subset'; readonly rows: number }
  /** Every row that is present, once. */
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

/** Largest total weight that a packed value can count. */
const MOST_DRAWN = 2 ** 31;

/**
 * Draws the rows of a tree and packs each one's weight and fixed-point target into 64 bits. Only rows that are present are drawn; a row's weight is how often
 * it was drawn, times its own weight (scikit-learn before 1.9 does the same; since then it draws rows in proportion to their weights, which comes to the same on average).
 * The scale is the largest power of two that cannot overflow: with rows that weigh n together, the mean magnitude of the target is worth at
 * least 2^61 / n^2 / 4 steps (2^17 for 1.9 M rows of weight 1). Trees choose their splits by these; their leaf values use the target itself.
 *
 * @param workspace - scratch; its random stream has been started
 * @param sampling - which rows
 * @param centre - subtracted from the target before it is rounded
 * @param turns - gives way
 * @param team - other threads, which take part where every row is there once
 * @returns what is now in `workspace.rows` and `workspace.packed`
 * @throws TickerforestError `ABORTED`; `INVALID_OPTION` if heavy rows were drawn so often that they cannot be counted any more
 */
export async function drawSample(workspace: Workspace, sampling: Sampling, centre: number, turns: Turns, team?: TeamWork): Promise<Sample> {
  const { binned, range, random, rows, packed, views, own } = workspace;
  const { kernels } = binned;
  const { present, runs } = own;
  if (sampling.kind === 'bootstrap') {
    kernels.clear(workspace.draws, present * 2);
    await turns.forRuns(present, (from, to) => kernels.drawWithReplacement(random, to - from, present, workspace.draws));
  }
  if (sampling.kind === 'subset') {
    let wanted = sampling.rows;
    await turns.forRuns(present, (from, to) => {
      wanted = kernels.drawSubset(random, from, to, present, wanted, workspace.draws);
    });
  }
  const drawsOf = ({ presentBefore }: RowRun) => (sampling.kind === 'all' ? 0 : workspace.draws + presentBefore * 2);
  const weightsOf = ({ from }: RowRun) => (own.address === 0 ? 0 : own.address + from * 2);
  const target = workspace.target + range.from * 8;

  if (team?.isWorthPassing(present) && sampling.kind === 'all' && own.address === 0) {
    const countBits = bitsOf(present);
    const scale = scaleFor(countBits, team.magnitude(target, present, centre));
    const total = team.pack(target, { count: present, first: range.from, centre, scale, countBits });
    return { rows: present, countBits, scale, total };
  }
  let weight = sampling.kind === 'subset' ? sampling.rows : present;
  if (own.address !== 0) weight = 0;
  let magnitude = 0;
  for (const run of runs) {
    const size = run.to - run.from;
    magnitude += kernels.absoluteSum(target + run.from * 8, drawsOf(run), weightsOf(run), size, centre);
    if (own.address !== 0) weight += kernels.totalWeight(drawsOf(run), weightsOf(run), size);
    if (turns.isOver) await turns.giveWay();
  }
  if (weight >= MOST_DRAWN)
    throw new TickerforestError('INVALID_OPTION', `the rows drawn weigh ${weight} together, 2^31 or more; give smaller weights`);
  const countBits = bitsOf(weight);
  const scale = scaleFor(countBits, magnitude);
  let listed = 0;
  let total = 0n;
  for (const run of runs) {
    const here = packed + listed * 8;
    const size = run.to - run.from;
    const first = range.from + run.from;
    const more = kernels.packRows(
      target + run.from * 8,
      drawsOf(run),
      weightsOf(run),
      first,
      size,
      centre,
      scale,
      countBits,
      rows + listed * 4,
      here,
    );
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
 * @param target - numbers, finite where a row is present
 * @param mean - their mean
 * @param weights - of the rows, summing to `total`; undefined: each weighs 1
 * @param total - above 0
 * @param turns - gives way
 * @returns the centre
 * @throws TickerforestError `ABORTED`
 */
export async function chooseCentre(
  target: Float64Array,
  mean: number,
  weights: Uint16Array | Uint8Array | undefined,
  total: number,
  turns: Turns,
): Promise<number> {
  const deviation = (await sumOf(target, weights, (value) => Math.abs(value - mean), turns)) / total;
  if (deviation === 0) return mean;
  const unit = 2 * powerOfTwoAtMost(deviation);
  return Math.round(mean / unit) * unit;
}

function bitsOf(weight: number): number {
  return 32 - Math.clz32(weight);
}

function scaleFor(countBits: number, magnitude: number): number {
  return powerOfTwoBelow(2 ** (61 - countBits), magnitude);
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
