import type { SharedMemory } from '../kernels/web-assembly';
import type { Team } from '../threads/team';
import type { Turns } from '../waiting';
import { Arena } from './arena';
import type { Bins } from './bins';
import type { GrownTree } from './ensemble';
import { type Growth, growTree } from './grower';
import { predictTree } from './prediction';
import { drawSample, type Sampling } from './sampling';
import { type HelperLayout, TeamWork } from './team-work';
import { openWorkspace, type WorkspaceLayout } from './workspace';

/** The trees of a boosting: one after the other, as each learns what those before it left over. */
export interface BoostingTask {
  /** Which task it is. */
  readonly kind: 'boosting';
  /** Scratch; its target holds what is left over. */
  readonly workspace: WorkspaceLayout;
  /** Scratch of threads that help, by their numbers; none: the leader, number 0, is alone. */
  readonly helpers: readonly HelperLayout[];
  /** Where scratch that is needed now and then begins. */
  readonly free: number;
  /** When nodes are split. */
  readonly growth: Omit<Growth, 'leafValue'>;
  /** Which rows a tree sees. */
  readonly sampling: Sampling;
  /** Of log loss: address of f64 by row number, the log odds, and of u8, the classes of the range; null: squared error. */
  readonly odds: { readonly column: number; readonly classes: number } | null;
  /** Seed of all randomness. */
  readonly seed: number;
  /** How many trees. */
  readonly trees: number;
  /** Factor on each tree. */
  readonly learningRate: number;
}

/**
 * Grows all trees.
 *
 * @param task - the boosting
 * @param on - bins and memory
 * @param turns - gives way
 * @param onTree - told each tree, in order
 * @param team - threads that help
 * @throws TickerforestError `ABORTED`
 */
export async function boost(
  task: BoostingTask,
  { bins, memory }: { readonly bins: Bins; readonly memory: SharedMemory },
  turns: Turns,
  onTree: (tree: number, grown: GrownTree) => void,
  team?: Team,
): Promise<void> {
  const { growth, sampling, odds, seed, trees, learningRate } = task;
  const { kernels } = bins;
  const workspace = openWorkspace(task.workspace, bins, memory);
  const { range, target } = workspace;
  const shared = team && new TeamWork(team, workspace, task.helpers, memory);
  const arena = new Arena(memory, task.free);
  // what the trees' steps are added to: the log odds, or taken from what is left over itself
  const { column, sign } = odds === null ? { column: target, sign: -1 } : { column: odds.column, sign: 1 };
  const refresh = async () => {
    if (odds === null) return;
    const first = range.from * 8;
    if (shared) return shared.residuals(column + first, odds.classes, range.to - range.from, target + first);
    await turns.forRuns(range.to - range.from, (from, to) => {
      const row = (range.from + from) * 8;
      kernels.logisticResiduals(column + row, odds.classes + from, to - from, target + row);
    });
  };
  await refresh();
  for (let tree = 0; tree < trees; tree++) {
    kernels.seedStream(workspace.random, seed, tree);
    const sample = await drawSample(workspace, sampling, 0, turns, shared);
    const leaves: { rows: number; from: number; to: number; step: number }[] = [];
    const leafValue = odds === null ? undefined : kernels.newtonStep;
    const onLeaf = (rows: number, from: number, to: number, step: number) => leaves.push({ rows, from, to, step: learningRate * step });
    const { value, ...rest } = await growTree(workspace, sample, { ...growth, leafValue }, turns, onLeaf, shared);
    const grown = { ...rest, value: value.map((step) => learningRate * step) };
    if (sampling.kind === 'all') {
      for (const { rows, from, to, step } of leaves) {
        if (shared) shared.addToRows(column, rows, from, to, sign * step);
        else await turns.forRuns(to - from, (start, end) => kernels.addToRows(column, rows, from + start, from + end, sign * step));
      }
    } else {
      // rows that this tree has not seen learn from it as well
      const steps = { ...grown, value: grown.value.map((step) => sign * step) };
      await predictTree(steps, bins, arena, range, column + range.from * 8, turns);
    }
    await refresh();
    onTree(tree, grown);
    if (turns.isOver) await turns.giveWay();
  }
}
