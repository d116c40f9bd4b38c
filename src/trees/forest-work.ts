import type { SharedMemory } from '../kernels/web-assembly';
import type { Team } from '../threads/team';
import type { Turns } from '../waiting';
import type { Bins } from './bins';
import type { GrownTree } from './ensemble';
import { type Growth, growTree } from './grower';
import { drawSample } from './sampling';
import { type HelperLayout, helpTeam, TeamWork } from './team-work';
import { openWorkspace, type WorkspaceLayout } from './workspace';

/**
 * The trees of a forest: any number of threads claims them, and each tree is the same, whoever grows it. Who claims the last one leads a team of those that find none left to claim: a single
 * tree is grown by all.
 */
export interface ForestTask {
  /** Which task it is. */
  readonly kind: 'forest';
  /** Scratch, one a thread. */
  readonly workspaces: readonly WorkspaceLayout[];
  /** Scratch of threads that help with the last tree, by their numbers; none: it is one thread's as well. */
  readonly helpers: readonly HelperLayout[];
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
 * Grows those trees of a forest that this thread claims, and helps with the last one.
 *
 * @param task - the forest
 * @param on - bins and memory
 * @param member - number of the thread, for its scratch
 * @param claim - gives the next number, to this thread alone, which stays to take it or may be wanted elsewhere
 * @param turns - gives way
 * @param onTree - told each tree
 * @param team - the threads; absent: there are no others
 * @throws TickerforestError `ABORTED`
 */
export async function growForest(
  task: ForestTask,
  on: { readonly bins: Bins; readonly memory: SharedMemory },
  member: number,
  claim: (stays: boolean) => number,
  turns: Turns,
  onTree: (tree: number, grown: GrownTree) => void,
  team?: Team,
): Promise<void> {
  const { workspaces, helpers, growth, sampling, centre, seed, trees } = task;
  const layout = workspaces[member];
  // there may be fewer trees than threads, or memory for fewer
  if (layout !== undefined) {
    const workspace = openWorkspace(layout, on.bins, on.memory);
    // some can only help: they would wait for trees that nobody grows
    const stays = helpers.length > workspaces.length;
    for (let tree = claim(stays); tree < trees; tree = claim(stays)) {
      on.bins.kernels.seedStream(workspace.random, seed, tree);
      const led = tree === trees - 1 && helpers.length > 0 ? team : undefined;
      const shared = led && new TeamWork(led, workspace, helpers, on.memory);
      const sample = await drawSample(workspace, { kind: sampling }, centre, turns, shared);
      onTree(tree, await growTree(workspace, sample, growth, turns, undefined, shared));
      led?.end();
      if (turns.isOver) await turns.giveWay();
    }
  }
  const helper = helpers[member];
  if (team !== undefined && helper !== undefined) helpTeam(team, member, on, helper);
}
