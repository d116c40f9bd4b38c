import { createHash } from 'node:crypto';
import { decodeBinary, encodeBinary, type ReadContents, type Section } from '../binary-file';
import { TickerforestError } from '../errors';
import { MAX_DEPTH, TREES } from '../options/limits';
import { quoted } from '../text';
import { allocateNodes, type TreeEnsemble } from '../trees/ensemble';
import { type ModelHeader, readHeader, unusable } from './model-header';
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
  const { task, features, link, base, divisor, treeOffsets, importance } = ensemble;
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
    header: { ...facts, task, features, ...(link === 'logit' ? { link } : {}), base, divisor },
    sections: new Map<string, Section>(Object.entries({ treeOffsets, feature, threshold, missingLeft, value, importance })),
  });
}

/**
 * Every number of a file is read before it is believed: whatever the bytes are, as long as the checksum fits, they are refused or give finite forecasts.
 *
 * @param file - what {@link saveModel} returned; not to be changed before the trees were made
 * @returns a model that forecasts the same, to the bit; its trees are made when they are first asked for, which few updates do
 * @throws TickerforestError `MODEL_UNUSABLE` for damaged bytes, another format version, or facts that describe no model: train again. Trees that do not add up,
 * which no release has written, are noticed when they are first asked for, with the same code
 */
export function loadModel(file: Uint8Array): TrainedModel {
  const contents = decodeBinary(file, MAGIC, VERSION, 'MODEL_UNUSABLE');
  const header = readHeader(contents.header);
  const { key, parameters, featureNames, featureSet, task, features, link, base, divisor } = header;
  let ensemble: TreeEnsemble | undefined;
  return {
    key,
    parameters,
    featureNames,
    featureSet,
    get ensemble() {
      ensemble ??= { task, features, link, base, divisor, ...readTrees(contents, header) };
      return ensemble;
    },
  };
}

/** The children of a node stand where the grower puts them: the next free pair. */
function readTrees(contents: ReadContents, header: ModelHeader): Omit<TreeEnsemble, keyof ModelHeader> {
  const { features } = header;
  const treeOffsets = section(contents, 'treeOffsets', Uint32Array);
  const feature = features <= NARROW ? section(contents, 'feature', Uint8Array) : section(contents, 'feature', Uint16Array);
  const leaf = leafMark(feature);
  const threshold = section(contents, 'threshold', Float32Array);
  const missingLeft = section(contents, 'missingLeft', Uint8Array);
  const value = section(contents, 'value', Float64Array);
  const importance = section(contents, 'importance', Float64Array);
  const trees = treeOffsets.length - 1;
  if (trees < TREES.from || trees > TREES.to) throw unusable(`it has ${Math.max(0, trees)} trees, not 1 to 10,000`);
  checkLengths(feature, leaf, { threshold, missingLeft, value });
  checkImportance(importance, features);
  if (treeOffsets[0] !== 0 || treeOffsets[trees] !== feature.length) throw unusable('its trees do not cover its nodes');

  const nodes = allocateNodes(feature.length);
  const bounds = new ForecastBounds(header, trees);
  // left first, an open node is the right child of one on the way down: no more than there are levels
  const open = new Uint32Array(MAX_DEPTH.to + 1);
  const depths = new Uint8Array(MAX_DEPTH.to + 1);
  let at = 0;
  let inner = 0;
  for (let tree = 0; tree < trees; tree++) {
    const begin = treeOffsets[tree];
    const end = treeOffsets[tree + 1];
    if (!(end > begin && end <= feature.length)) throw unusable(`tree ${tree} does not end where the next one begins`);
    let free = begin + 1;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    open[0] = begin;
    depths[0] = 0;
    for (let size = 1; size > 0; ) {
      const node = open[--size];
      const asked = feature[at++];
      if (asked === leaf) {
        const own = value[at - 1 - inner];
        if (!Number.isFinite(own)) throw unusable(`a leaf of tree ${tree} is ${own}`);
        nodes.value[node] = own;
        if (own < lowest) lowest = own;
        if (own > highest) highest = own;
        continue;
      }
      const depth = depths[size] + 1;
      const cut = threshold[inner];
      const side = missingLeft[inner++];
      if (free + 2 > end) throw unusable(`tree ${tree} has more nodes than its ${end - begin}`);
      if (depth > MAX_DEPTH.to) throw unusable(`tree ${tree} is deeper than ${MAX_DEPTH.to}`);
      if (!(asked < features)) throw unusable(`a node of tree ${tree} asks feature ${asked} of ${features}`);
      if (!(cut > Number.NEGATIVE_INFINITY)) throw unusable(`a node of tree ${tree} splits at ${cut}`);
      if (side > 1) throw unusable(`a node of tree ${tree} sends missing values to side ${side}, not 0 or 1`);
      nodes.feature[node] = asked;
      nodes.threshold[node] = cut;
      nodes.missingLeft[node] = side;
      nodes.left[node] = free;
      open[size] = free + 1;
      depths[size++] = depth;
      open[size] = free;
      depths[size++] = depth;
      free += 2;
    }
    if (free !== end) throw unusable(`tree ${tree} has fewer nodes than its ${end - begin}`);
    bounds.add(lowest, highest);
  }
  bounds.check();
  return { treeOffsets, ...nodes, importance, cover: null };
}

/** Before memory is set apart for nodes, which takes 19 bytes for each. */
function checkLengths(
  feature: Uint8Array | Uint16Array,
  leaf: number,
  { threshold, missingLeft, value }: { threshold: Float32Array; missingLeft: Uint8Array; value: Float64Array },
): void {
  let leaves = 0;
  for (let node = 0; node < feature.length; node++) if (feature[node] === leaf) leaves++;
  const inner = feature.length - leaves;
  if (value.length !== leaves) throw unusable(`it has ${value.length} values for ${leaves} leaves`);
  if (threshold.length !== inner || missingLeft.length !== inner)
    throw unusable(`it has ${threshold.length} thresholds and ${missingLeft.length} sides of missing values for ${inner} splits`);
}

function checkImportance(importance: Float64Array, features: number): void {
  if (importance.length !== features) throw unusable(`it has importances of ${importance.length} features, not of ${features}`);
  const odd = importance.findIndex((share) => !(share >= 0 && share <= 1));
  if (odd !== -1) throw unusable(`the importance of feature ${odd} is ${importance[odd]}, not a share from 0 to 1`);
}

/**
 * The lowest and the highest forecast there can be. Adding is monotonic, rounding included, and is done in the order of a forecast: no row's is beyond them.
 */
class ForecastBounds {
  readonly #header: ModelHeader;
  readonly #trees: number;
  #lowest = 0;
  #highest = 0;

  constructor(header: ModelHeader, trees: number) {
    this.#header = header;
    this.#trees = trees;
  }

  add(lowest: number, highest: number): void {
    this.#lowest += lowest;
    this.#highest += highest;
  }

  check(): void {
    const { task, link, base, divisor } = this.#header;
    const lowest = base + this.#lowest / divisor;
    const highest = base + this.#highest / divisor;
    if (!Number.isFinite(lowest) || !Number.isFinite(highest))
      throw unusable(`its ${this.#trees} trees add up to forecasts from ${lowest} to ${highest}`);
    if (task === 'classification' && link === 'identity' && (lowest < 0 || highest > 1))
      throw unusable(`its probabilities are from ${lowest} to ${highest}, not within 0 and 1`);
  }
}

/** Stands in place of a feature's number: the node is a leaf. */
function leafMark({ BYTES_PER_ELEMENT }: Uint8Array | Uint16Array): number {
  return 2 ** (8 * BYTES_PER_ELEMENT) - 1;
}

function section<T extends Section>(contents: ReadContents, name: string, kind: new () => T): T {
  const found = contents.section(name);
  if (!(found instanceof kind)) throw unusable(`section '${name}' is missing or of another type`);
  return found;
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
 * @throws TickerforestError `MODEL_UNUSABLE` if one is missing, cannot be read, or is another model than its name says
 */
export function loadModels(files: Readonly<Record<string, Uint8Array>>): Record<ModelKey, TrainedModel> {
  const load = (key: ModelKey) => {
    const file = files[key];
    if (file === undefined) throw new TickerforestError('MODEL_UNUSABLE', `there is no model file '${key}'; train again`);
    const model = loadModel(file);
    if (model.key !== key) throw unusable(`it holds ${quoted(model.key)}, but is stored as '${key}'`);
    return model;
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
