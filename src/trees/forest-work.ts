import type { SharedMemory } from '../kernels/web-assembly';
import type { Turns } from '../waiting';
import type { Bins } from './bins';
import type { GrownTree } from './ensemble';
import { type Growth, growTree } from './grower';
import { drawSample } from './sampling';
import { openWorkspace, type WorkspaceLayout } from './workspace';

/** The trees of a forest: any number of threads claims them, and each tree is the same, whoever grows it. */
export interface ForestTask {
  /** Which task it is. */
  readonly kind: 'forest';
  /** Scratch, one a thread. */
  readonly workspaces: readonly WorkspaceLayout[];
  /** When nodes are split. */
  readonly growth: Growth;
  /** Which rows a tree sees. */
  readonly sampling: 'bootstrap' | 'all';
  /** Subtracted from the target. */
  readonly centre: number;
  /** Seed of all randomness. */
  readonly seed: number;
  /** How many trees. */
  readonly trees: number;
}

/**
 * Grows those trees of a forest that this thread claims.
 *
 * @param task - the forest
 * @param on - bins and memory
 * @param member - number of the thread, for its scratch
 * @param claim - gives the next number, to this thread alone
 * @param turns - gives way
 * @param onTree - told each tree
 * @throws TickerforestError `ABORTED`
 */
export async function growForest(
  task: ForestTask,
  on: { readonly bins: Bins; readonly memory: SharedMemory },
  member: number,
  claim: () => number,
  turns: Turns,
  onTree: (tree: number, grown: GrownTree) => void,
): Promise<void> {
  const { workspaces, growth, sampling, centre, seed, trees } = task;
  const layout = workspaces[member];
  // one that joins late, when memory was had for fewer
  if (layout === undefined) return;
  const workspace = openWorkspace(layout, on.bins, on.memory);
  for (let tree = claim(); tree < trees; tree = claim()) {
    on.bins.kernels.seedStream(workspace.random, seed, tree);
    const sample = await drawSample(workspace, { kind: sampling }, centre, turns);
    onTree(tree, await growTree(workspace, sample, growth, turns));
    if (turns.isOver) await turns.giveWay();
  }
}
