import { decodeBinary, encodeBinary } from '../binary-file';
import { crc32 } from '../checksum';
import { TickerforestError } from '../errors';
import { quoted } from '../text';
import type { TreeEnsemble } from '../trees/ensemble';
import type { Turns } from '../waiting';
import type { TrainedModel } from './trained-model';

/*
 * Beside the model file and not in it: forecasts do without covers, explanations need them, and model files are what they were before there were covers.
 */

const MAGIC = 'TFCV';
/** Of a file of several such files. */
const ALL_MAGIC = 'TFCA';
const VERSION = 1;

/** Name of the file of a checkpoint that holds the covers of all models: not read by updates and forecasts. */
export const COVERS_FILE = 'covers';

/**
 * @param ensemble - a model that was trained in this process, or whose covers were loaded
 * @returns its covers as a file, 4 bytes a leaf: magic `TFCV`, version, a checksum of the trees that they belong to, what each leaf weighs in the order of the nodes, checksum
 * @throws TickerforestError `INVALID_OPTION` for a model without covers
 */
export function saveCovers(ensemble: TreeEnsemble): Uint8Array {
  const { left, cover } = ensemble;
  if (cover === null)
    throw new TickerforestError('INVALID_OPTION', 'the model has no covers, as it was loaded; load them first, or train again');
  const leaves = cover.filter((_, node) => left[node] === 0);
  return encodeBinary(MAGIC, VERSION, { header: { trees: checksumOf(ensemble) }, sections: new Map([['leaves', leaves]]) });
}

/**
 * @param file - what {@link saveCovers} returned
 * @param ensemble - the model that it was made of, trained or loaded
 * @returns the same model with its covers; what inner nodes weigh is the sum of their children
 * @throws TickerforestError `MODEL_UNUSABLE` for damaged bytes, covers of another model, or weights that cannot be: train again
 */
export function loadCovers(file: Uint8Array, ensemble: TreeEnsemble): TreeEnsemble {
  const { header, section } = decodeBinary(file, MAGIC, VERSION, 'MODEL_UNUSABLE');
  const leaves = section('leaves');
  const { left } = ensemble;
  if (typeof header !== 'object' || header === null || !('trees' in header)) throw unusable('its header does not say whose they are');
  if (header.trees !== checksumOf(ensemble)) throw unusable('they are those of another model');
  if (!(leaves instanceof Uint32Array)) throw unusable("section 'leaves' is missing or of another type");
  // both children of each inner node, and one root a tree
  const wanted = (left.length + ensemble.treeOffsets.length - 1) / 2;
  if (leaves.length !== wanted) throw unusable(`there are ${leaves.length} for ${wanted} leaves`);
  const cover = new Uint32Array(left.length);
  let leaf = wanted;
  // children come after their parent: one pass backwards knows both
  for (let node = left.length - 1; node >= 0; node--) {
    const child = left[node];
    const weight = child === 0 ? leaves[--leaf] : cover[child] + cover[child + 1];
    if (weight === 0 || weight >= 2 ** 32) throw unusable(`node ${node} weighs ${weight}`);
    cover[node] = weight;
  }
  return { ...ensemble, cover };
}

/**
 * @param models - models that were trained in this process
 * @param turns - gives way
 * @returns the names of those that are made of trees, and their covers as the file {@link COVERS_FILE}; no file if none is
 * @throws TickerforestError `ABORTED`
 */
export async function saveAllCovers(
  models: Readonly<Record<string, TrainedModel>>,
  turns: Turns,
): Promise<{ readonly names: readonly string[]; readonly files: Readonly<Record<string, Uint8Array>> }> {
  const sections = new Map<string, Uint8Array>();
  for (const [key, { ensemble }] of Object.entries(models)) {
    if (turns.isOver) await turns.giveWay();
    if (ensemble?.cover) sections.set(key, saveCovers(ensemble));
  }
  const names = [...sections.keys()];
  return { names, files: names.length === 0 ? {} : { [COVERS_FILE]: encodeBinary(ALL_MAGIC, VERSION, { header: {}, sections }) } };
}

/**
 * The trees of stored models with how many training rows each node has seen (`cover`; scikit-learn's `weighted_n_node_samples`), which explanations need and forecasts do without.
 *
 * @param file - the file `covers` of a checkpoint: `(await store.getCheckpoint(symbol))?.models.covers`
 * @param models - the models of the same checkpoint
 * @returns the trees by the models' names; models that are not made of trees are not among them
 * @throws TickerforestError `MODEL_UNUSABLE` for damaged bytes, or covers of other models
 * @example
 * ```ts
 * const { models = {} } = (await store.getCheckpoint('AAPL')) ?? {};
 * const trees = loadModelCovers(models.covers, { forest: loadModel(models.forest) });
 * console.log(trees.forest.cover);
 * ```
 */
export function loadModelCovers(file: Uint8Array, models: Readonly<Record<string, TrainedModel>>): Record<string, TreeEnsemble> {
  const { section } = decodeBinary(file, ALL_MAGIC, VERSION, 'MODEL_UNUSABLE');
  return Object.fromEntries(
    Object.entries(models).flatMap(([key, { ensemble }]): [string, TreeEnsemble][] => {
      if (ensemble === undefined) return [];
      const own = section(key);
      if (!(own instanceof Uint8Array)) throw unusable(`those of ${quoted(key)} are not among them`);
      return [[key, loadCovers(own, ensemble)]];
    }),
  );
}

/** Of what the trees are: where their nodes are, and what their leaves say. */
function checksumOf({ treeOffsets, left, value }: TreeEnsemble): string {
  return [treeOffsets, left, value].map((own) => crc32(new Uint8Array(own.buffer, own.byteOffset, own.byteLength)).toString(16)).join('-');
}

function unusable(reason: string): TickerforestError {
  return new TickerforestError('MODEL_UNUSABLE', `file of covers: ${reason}; train again`);
}
