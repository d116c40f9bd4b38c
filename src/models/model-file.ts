import { createHash } from 'node:crypto';
import { decodeBinary, encodeBinary, type ReadContents, type Section } from '../binary-file';
import { TickerforestError } from '../errors';
import { allocateNodes, type Task, type TreeEnsemble } from '../trees/ensemble';
import { MODEL_KEYS, type ModelKey } from './model-options';
import type { TrainedModel } from './trained-model';

/*
 * Every update reads the models, so a file holds no byte that can be derived. The nodes of a tree follow in the order of a walk that goes left
 * first; an inner node has feature, threshold and side of missing values, a leaf has its value, and where children are follows from the
 * walk. That is 7.5 bytes a node for up to 255 features, where the arrays in memory have 19.
 */

const MAGIC = 'TFMD';
const VERSION = 2;
/** Most features whose numbers fit into one byte, beside the mark of a leaf; a matrix has at most 65,535, which fit into two. */
const NARROW = 255;

/**
 * @param model - a trained model
 * @returns one buffer: magic `TFMD`, version, names and parameters, the trees' arrays, checksum
 */
export function saveModel({ ensemble, ...facts }: TrainedModel): Uint8Array {
  const { task, features, base, divisor, treeOffsets, importance } = ensemble;
  const nodes = ensemble.left.length;
  const leaves = ensemble.left.reduce((count, child) => (child === 0 ? count + 1 : count), 0);
  const feature = features <= NARROW ? new Uint8Array(nodes) : new Uint16Array(nodes);
  const leaf = leafMark(feature);
  const threshold = new Float32Array(nodes - leaves);
  const missingLeft = new Uint8Array(nodes - leaves);
  const value = new Float64Array(leaves);
  let at = 0;
  let inner = 0;
  for (const root of treeOffsets.subarray(0, -1)) {
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const child = ensemble.left[node];
      if (child === 0) {
        value[at - inner] = ensemble.value[node];
        feature[at++] = leaf;
        continue;
      }
      threshold[inner] = ensemble.threshold[node];
      missingLeft[inner++] = ensemble.missingLeft[node];
      feature[at++] = ensemble.feature[node];
      open.push(child + 1, child);
    }
  }
  return encodeBinary(MAGIC, VERSION, {
    header: { ...facts, task, features, base, divisor },
    sections: new Map<string, Section>(Object.entries({ treeOffsets, feature, threshold, missingLeft, value, importance })),
  });
}

/**
 * @param file - what {@link saveModel} returned; not to be changed before the trees were made
 * @returns a model that forecasts the same, to the bit; its trees are made when they are first asked for, which few updates do
 * @throws TickerforestError `MODEL_UNUSABLE` for damaged bytes or another format version: train again. Whole bytes whose trees do not add
 * up, which no release has written, are noticed when the trees are first asked for, with the same code
 */
export function loadModel(file: Uint8Array): TrainedModel {
  const contents = decodeBinary(file, MAGIC, VERSION, 'MODEL_UNUSABLE');
  const { header } = contents;
  if (!isModelHeader(header)) throw unusable('its header describes no model');
  const { key, parameters, featureNames, featureSet, task, features, base, divisor } = header;
  let ensemble: TreeEnsemble | undefined;
  return {
    key,
    parameters,
    featureNames,
    featureSet,
    get ensemble() {
      ensemble ??= { task, features, base, divisor, ...readNodes(contents, features) };
      return ensemble;
    },
  };
}

/** The children of a node stand where the grower puts them: the next free pair. */
function readNodes(contents: ReadContents, features: number): Omit<TreeEnsemble, keyof ModelHeader> {
  const treeOffsets = section(contents, 'treeOffsets', Uint32Array);
  const feature = features <= NARROW ? section(contents, 'feature', Uint8Array) : section(contents, 'feature', Uint16Array);
  const leaf = leafMark(feature);
  const threshold = section(contents, 'threshold', Float32Array);
  const missingLeft = section(contents, 'missingLeft', Uint8Array);
  const value = section(contents, 'value', Float64Array);
  const nodes = allocateNodes(feature.length);
  if (treeOffsets[0] !== 0 || treeOffsets[treeOffsets.length - 1] !== feature.length) throw unusable('its trees do not cover its nodes');
  let at = 0;
  let inner = 0;
  for (let tree = 0; tree + 1 < treeOffsets.length; tree++) {
    const end = treeOffsets[tree + 1];
    if (!(end > treeOffsets[tree] && end <= feature.length)) throw unusable(`tree ${tree} does not end where the next one begins`);
    let free = treeOffsets[tree] + 1;
    const open = [treeOffsets[tree]];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const asked = feature[at++];
      if (asked === leaf) {
        nodes.value[node] = value[at - 1 - inner];
        continue;
      }
      if (free + 2 > end) throw unusable(`tree ${tree} has more nodes than its ${end - treeOffsets[tree]}`);
      if (!(asked < features)) throw unusable(`a node of tree ${tree} asks feature ${asked} of ${features}`);
      nodes.feature[node] = asked;
      nodes.threshold[node] = threshold[inner];
      nodes.missingLeft[node] = missingLeft[inner++];
      nodes.left[node] = free;
      open.push(free + 1, free);
      free += 2;
    }
    if (free !== end) throw unusable(`tree ${tree} has fewer nodes than its ${end - treeOffsets[tree]}`);
  }
  const importance = section(contents, 'importance', Float64Array);
  if (importance.length !== features) throw unusable(`it has importances of ${importance.length} features, not of ${features}`);
  return { treeOffsets, ...nodes, importance };
}

/** Stands in place of a feature's number: the node is a leaf. */
function leafMark({ BYTES_PER_ELEMENT }: Uint8Array | Uint16Array): number {
  return 2 ** (8 * BYTES_PER_ELEMENT) - 1;
}

interface ModelHeader extends Omit<TrainedModel, 'ensemble'> {
  readonly task: Task;
  readonly features: number;
  readonly base: number;
  readonly divisor: number;
}

function isModelHeader(header: unknown): header is ModelHeader {
  return (
    typeof header === 'object' &&
    header !== null &&
    'key' in header &&
    MODEL_KEYS.some((key) => key === header.key) &&
    'featureSet' in header &&
    'featureNames' in header &&
    Array.isArray(header.featureNames) &&
    header.featureNames.every((name) => typeof name === 'string') &&
    'features' in header &&
    header.features === header.featureNames.length &&
    'task' in header &&
    (header.task === 'regression' || header.task === 'classification') &&
    'base' in header &&
    Number.isFinite(header.base) &&
    'divisor' in header &&
    Number.isFinite(header.divisor)
  );
}

function section<T extends Section>(contents: ReadContents, name: string, kind: new () => T): T {
  const found = contents.section(name);
  if (!(found instanceof kind)) throw unusable(`section '${name}' is missing or of another type`);
  return found;
}

function unusable(reason: string): TickerforestError {
  return new TickerforestError('MODEL_UNUSABLE', `model file: ${reason}; train again`);
}

/**
 * @param models - the three models
 * @returns their files by name
 */
export function saveModels(models: Readonly<Record<ModelKey, TrainedModel>>): Record<ModelKey, Uint8Array> {
  return {
    regression_rf: saveModel(models.regression_rf),
    classification_rf: saveModel(models.classification_rf),
    regression_gb: saveModel(models.regression_gb),
  };
}

/**
 * @param files - model files by name
 * @returns the three models
 * @throws TickerforestError `MODEL_UNUSABLE` if one is missing or cannot be read
 */
export function loadModels(files: Readonly<Record<string, Uint8Array>>): Record<ModelKey, TrainedModel> {
  const load = (key: ModelKey) => {
    const file = files[key];
    if (file === undefined) throw new TickerforestError('MODEL_UNUSABLE', `there is no model file '${key}'; train again`);
    return loadModel(file);
  };
  return { regression_rf: load('regression_rf'), classification_rf: load('classification_rf'), regression_gb: load('regression_gb') };
}

/**
 * @param files - the three models' files
 * @returns 12 hexadecimal digits that change with any byte of any of them
 */
export function modelVersion(files: Readonly<Record<ModelKey, Uint8Array>>): string {
  const hash = createHash('sha256');
  for (const key of MODEL_KEYS) hash.update(files[key]);
  return hash.digest('hex').slice(0, 12);
}
