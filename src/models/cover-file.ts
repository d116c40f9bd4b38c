import { decodeBinary, encodeBinary } from '../binary-file';
import { crc32 } from '../checksum';
import { TickerforestError } from '../errors';
import type { TreeEnsemble } from '../trees/ensemble';

/*
 * Beside the model file and not in it: forecasts do without covers, explanations need them, and model files are what they were before there were covers.
 */

const MAGIC = 'TFCV';
const VERSION = 1;

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

/** Of what the trees are: where their nodes are, and what their leaves say. */
function checksumOf({ treeOffsets, left, value }: TreeEnsemble): string {
  return [treeOffsets, left, value].map((own) => crc32(new Uint8Array(own.buffer, own.byteOffset, own.byteLength)).toString(16)).join('-');
}

function unusable(reason: string): TickerforestError {
  return new TickerforestError('MODEL_UNUSABLE', `file of covers: ${reason}; train again`);
}
