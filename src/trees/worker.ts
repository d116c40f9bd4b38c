import { loadKernels } from '../kernels/kernels';
import { type Member, serve } from '../threads/serve';
import { boost } from './boosting-work';
import type { GrownTree } from './ensemble';
import { growForest } from './forest-work';
import { predictBlocks } from './prediction-work';
import type { ToldTree, TreeTask } from './tasks';

// The program of the worker threads: bundled into a text by scripts/build-worker.mjs.

serve(async (task: TreeTask, { number, control, turns, tell }: Member<ToldTree>) => {
  const { memory, module } = task;
  const on = { memory, bins: { ...task.bins, kernels: loadKernels(memory, module) } };
  const claim = () => control.claim();
  const onTree = (tree: number, grown: GrownTree) =>
    tell(
      { tree, grown },
      Object.values(grown).flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])),
    );
  if (task.kind === 'forest') await growForest(task, on, number, claim, turns, onTree);
  else if (task.kind === 'prediction') await predictBlocks(task, on, claim, turns);
  else await boost(task, on, turns, onTree);
});
