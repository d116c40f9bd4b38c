import { BinnedMatrix } from '../../src/trees/binned-matrix';
import type { BinMapper } from '../../src/trees/binning';
import { BINNING_BYTES, fillBins } from '../../src/trees/binning-work';
import { ColumnCutter } from '../../src/trees/column-cutter';
import type { FeatureMatrix, RowRange } from '../../src/trees/feature-matrix';
import { giveRoom, takeRoom } from '../../src/trees/rooms';
import { Turns } from '../../src/waiting';

// What `binMatrix` does at once, in two steps and on one thread: an oracle, and the way to bin a matrix by the thresholds of another.

/** Chooses thresholds by the values of some rows. */
export async function fitBinMapper({ names, columns }: FeatureMatrix, range: RowRange, maxBins?: number): Promise<BinMapper> {
  const cutter = new ColumnCutter(maxBins);
  const cuts = [];
  for (const column of columns) cuts.push(await cutter.cut(column, range, new Turns()));
  return { names, thresholds: cuts.map(({ thresholds }) => thresholds), ranges: cuts.map((one) => one.range) };
}

/** Bins every row by thresholds, perhaps of other rows. */
export async function binBy({ rows, columns }: FeatureMatrix, thresholds: BinMapper): Promise<BinnedMatrix> {
  const room = takeRoom();
  const { arena, kernels } = room;
  const bins = arena.allocate(rows * columns.length);
  const mark = arena.mark();
  const scratch = arena.allocate(BINNING_BYTES);
  const on = { kernels, memory: arena.memory };
  for (const [feature, values] of columns.entries())
    await fillBins(values, thresholds.thresholds[feature], bins + feature * rows, on, scratch, new Turns());
  arena.release(mark);
  return BinnedMatrix.of({ room, rows, thresholds, columns: bins, onDispose: giveRoom }, {});
}
