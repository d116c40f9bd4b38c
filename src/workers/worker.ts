import { type FeatureTask, foldTask, type ToldFold } from '../features/feature-task';
import { loadKernels } from '../kernels/kernels';
import { buffersOf } from '../threads/messages';
import { type Member, serve } from '../threads/serve';
import { Team } from '../threads/team';
import { binColumns, shiftColumns, transposeBlocks } from '../trees/binning-work';
import { boost } from '../trees/boosting-work';
import type { ColumnCuts } from '../trees/column-cutter';
import type { GrownTree } from '../trees/ensemble';
import { trainEnsembles } from '../trees/ensembles-work';
import { growForest } from '../trees/forest-work';
import { predictBlocks } from '../trees/prediction-work';
import type { SharedTask, Told, TreeTask } from '../trees/tasks';
import { helpTeam } from '../trees/team-work';

// The program of the worker threads: bundled into a text by scripts/build-worker.mjs.

serve(async (task: TreeTask | FeatureTask, member: Member<Told | ToldFold>) => {
  if (task.kind === 'features') await foldTask(task, member.turns, member.tell);
  else if (task.kind === 'ensembles') await trainEnsembles(task, member.signal, member.tell);
  else await workOnTrees(task, member);
});

async function workOnTrees(task: SharedTask, { number, control, turns, tell }: Member<Told>): Promise<void> {
  const { memory, module } = task;
  const kernels = loadKernels(memory, module);
  const claim = () => control.claim();
  if (task.kind === 'binning') {
    const onColumn = (column: number, cuts: readonly ColumnCuts[]) => tell({ column, cuts });
    return binColumns(task, { kernels, memory }, number, claim, turns, onColumn);
  }
  if (task.kind === 'shifting') return shiftColumns(task, memory, claim, turns);
  if (task.kind === 'transposition') return transposeBlocks(task, kernels, claim, turns);
  const on = { memory, bins: { ...task.bins, kernels } };
  const onTree = (tree: number, grown: GrownTree) => tell({ tree, grown }, buffersOf(Object.values(grown)));
  if (task.kind === 'prediction') return predictBlocks(task, on, claim, turns);
  const team = new Team(control);
  if (task.kind === 'forest') await growForest(task, on, number, (stays) => control.claim(stays), turns, onTree, team);
  else if (number === 0) {
    await boost(task, on, turns, onTree, task.helpers.length > 0 ? team : undefined);
    team.end();
  } else {
    const helper = task.helpers[number];
    if (helper !== undefined) helpTeam(team, number, on, helper);
  }
}
