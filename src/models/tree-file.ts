import type { Section } from '../binary-file';
import { MAX_DEPTH, TREES } from '../options/limits';
import { described } from '../text';
import { allocateNodes, type Task, type TreeEnsemble } from '../trees/ensemble';
import { predictBinned, predictRow, predictRows } from '../trees/prediction';
import type { FittedModel, SavedModel, StoredModel } from './model';
import { unusable } from './model-header';
import { areShared } from './shared-bins';

/*
 * Every update reads the models, so a file holds no byte that can be derived. The nodes of a tree follow in the order of a walk that goes left
 * first; an inner node has feature, threshold and side of missing values, a leaf has its value, and where children are follows from the
 * walk. That is 7.5 bytes a node for up to 255 features, where the arrays in memory have 19.
 */

/** Most features whose numbers fit into one byte, beside the mark of a leaf; a matrix has at most 65,535, which fit into two. */
const NARROW = 255;

/** What a file of trees says of them beside the arrays. */
type TreeFacts = Pick<TreeEnsemble, 'task' | 'features' | 'link' | 'base' | 'divisor'>;

/**
 * @param ensemble - trees that have been grown
 * @returns the same as a model that can forecast and be saved
 */
export function fittedTrees(ensemble: TreeEnsemble): FittedModel {
  return fitted(() => ensemble);
}

/**
 * Every number is read before it is believed: whatever the arrays are, they are refused or give finite forecasts.
 *
 * @param stored - what was saved
 * @param task - what the model forecasts
 * @returns a model that forecasts the same, to the bit; its trees are made when they are first asked for, which few updates do
 * @throws TickerforestError `MODEL_UNUSABLE` for facts that describe no trees. Trees that do not add up, which no release has written, are noticed when they are first
 * asked for, with the same code
 */
export function loadTrees({ facts, array, features }: StoredModel, task: Task): FittedModel {
  const { link, base, divisor } = facts;
  // a file says it where it is 'logit' only, as there were files before there were links
  if (link !== undefined && link !== 'logit') throw unusable(`its link is ${described(link)}, not 'logit' or absent`);
  if (link === 'logit' && task !== 'classification') throw unusable('its link is that of a classification, and its task is none');
  if (typeof base !== 'number' || !Number.isFinite(base)) throw unusable(`its base is ${described(base)}, not a finite number`);
  if (typeof divisor !== 'number' || !Number.isFinite(divisor) || divisor <= 0)
    throw unusable(`its divisor is ${described(divisor)}, not a finite number above 0`);
  let ensemble: TreeEnsemble | undefined;
  return fitted(() => {
    ensemble ??= readTrees(array, { task, features, link: link ?? 'identity', base, divisor });
    return ensemble;
  });
}

function fitted(trees: () => TreeEnsemble): FittedModel {
  return {
    get ensemble() {
      return trees();
    },
    get importance() {
      return trees().importance;
    },
    async predict(rows, range, out, signal) {
      if (areShared(rows)) return predictBinned(trees(), await rows.bins.get(), range, out, signal);
      return predictRows(trees(), rows.matrix, range, out, signal);
    },
    predictRow: (row) => predictRow(trees(), row),
    save: () => saveTrees(trees()),
  };
}

function saveTrees(ensemble: TreeEnsemble): SavedModel {
  const { features, link, base, divisor, treeOffsets, importance } = ensemble;
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
  return {
    facts: { ...(link === 'logit' && { link }), base, divisor },
    arrays: { treeOffsets, feature, threshold, missingLeft, value, importance },
  };
}

/** The children of a node stand where the grower puts them: the next free pair. */
function readTrees(contents: StoredModel['array'], model: TreeFacts): TreeEnsemble {
  const { features } = model;
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
  const bounds = new ForecastBounds(model, trees);
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
  return { ...model, treeOffsets, ...nodes, importance, cover: null };
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
  readonly #model: TreeFacts;
  readonly #trees: number;
  #lowest = 0;
  #highest = 0;

  constructor(model: TreeFacts, trees: number) {
    this.#model = model;
    this.#trees = trees;
  }

  add(lowest: number, highest: number): void {
    this.#lowest += lowest;
    this.#highest += highest;
  }

  check(): void {
    const { task, link, base, divisor } = this.#model;
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

function section<T extends Section>(array: StoredModel['array'], name: string, kind: new () => T): T {
  const found = array(name);
  if (!(found instanceof kind)) throw unusable(`section '${name}' is missing or of another type`);
  return found;
}
