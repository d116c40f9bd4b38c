import type { TreeEnsemble } from '../trees/ensemble';
import { gaussLegendre, type Quadrature } from './quadrature';

/*
 * What is computed: Shapley values of the game in which a tree is asked with the features of a set only, and goes both ways at a split on another feature, each way weighted by the
 * training rows that went there (path dependent TreeSHAP: S. Lundberg et al., "Consistent individualized feature attribution for tree ensembles", 2018, arXiv:1802.03888; "From local
 * explanations to global understanding with explainable AI for trees", Nature Machine Intelligence 2, 2020).
 *
 * How: a leaf's share in that game is its value times a factor for each feature on its path, `one` (1 or 0: the row goes that way at all its splits on the feature) if the feature is in the set, `share`
 * (of the training rows that do, at each split) if not. A Shapley value is the integral over t from 0 to 1 of what a feature adds to a set that each other feature has joined with probability t (G. Owen,
 * "Multilinear extensions of games", 1972):
 *
 *   value of the leaf * (one_i - share_i) * integral of the product over the other features j of ((1 - t) share_j + t one_j)
 *
 * This is a polynomial, so a few points of a quadrature give the integral exactly; nothing is subtracted but the two ways of a split, so it stays exact in deep trees, where TreeSHAP's
 * unwinding loses digits (R. Wettenstein, R. Mitchell and P. Yu, "Quadrature-TreeSHAP", 2026, arXiv:2605.04497). The product with all features is divided by feature i's factor; leaves below one
 * edge have the same, so products are summed upwards and each edge is visited once: time nodes x points (P. Yu et al., "Linear TreeShap", 2022, arXiv:2209.08192). Where a feature is asked again further down,
 * the lower edge takes back what the upper one has added for the leaves below it.
 */

/** Trees with what their nodes weigh. */
export interface CoveredTrees extends TreeEnsemble {
  readonly cover: Uint32Array;
}

/** One tree, made ready for many rows. All arrays have an entry a node, or one a node and point. */
export class TreeExplainer {
  /** What the tree says on average over its training rows. */
  readonly base: number;
  readonly #left: Uint32Array;
  readonly #root: number;
  readonly #feature: Uint16Array;
  readonly #threshold: Float32Array;
  readonly #missingLeft: Uint8Array;
  readonly #value: Float64Array;
  readonly #nodes: number;
  readonly #quadrature: Quadrature;
  /** 1 - each point, and each weight divided by it. */
  readonly #absent: Float64Array;
  readonly #weightOfAbsent: Float64Array;
  /** Child of the nearest split above on the feature that the node's parent asks, on the way to it; -1: there is none. */
  readonly #previous: Int32Array;
  /** Share of the parent's training rows that went to the node. */
  readonly #ratio: Float64Array;
  /** Product of the ratios of all edges to the node on the feature that its parent asks. */
  readonly #share: Float64Array;
  /** 1 / ((1 - t) share + t) at each point. */
  readonly #inverse: Float64Array;
  /** Scratch: whether the row goes to the node wherever the parent's feature is asked. */
  readonly #met: Uint8Array;
  /** Scratch: on the way down the product of factors, on the way up the sum over leaves below. */
  readonly #product: Float64Array;

  /**
   * @param trees - an ensemble with covers, of which each is positive and the sum of its children's
   * @param tree - number of the tree
   */
  constructor({ treeOffsets, left, feature, threshold, missingLeft, value, cover }: CoveredTrees, tree: number) {
    const root = treeOffsets[tree];
    const end = treeOffsets[tree + 1];
    const nodes = end - root;
    this.#root = root;
    this.#nodes = nodes;
    this.#left = left.subarray(root, end);
    this.#feature = feature.subarray(root, end);
    this.#threshold = threshold.subarray(root, end);
    this.#missingLeft = missingLeft.subarray(root, end);
    this.#value = value.subarray(root, end);
    this.#previous = new Int32Array(nodes).fill(-1);
    this.#ratio = new Float64Array(nodes).fill(1);
    this.#share = new Float64Array(nodes).fill(1);
    this.#met = new Uint8Array(nodes);

    const parent = new Int32Array(nodes).fill(-1);
    // different features on the way to each node
    const asked = new Uint16Array(nodes);
    let most = 1;
    let total = 0;
    for (let node = 0; node < nodes; node++) {
      if (this.#left[node] === 0) {
        total += this.#value[node] * cover[root + node];
        most = Math.max(most, asked[node]);
        continue;
      }
      const child = this.#left[node] - root;
      let edge = node;
      while (edge > 0 && this.#feature[parent[edge]] !== this.#feature[node]) edge = parent[edge];
      const previous = edge > 0 ? edge : -1;
      for (const side of [child, child + 1]) {
        parent[side] = node;
        asked[side] = asked[node] + (previous < 0 ? 1 : 0);
        const ratio = cover[root + side] / cover[root + node];
        this.#previous[side] = previous;
        this.#ratio[side] = ratio;
        this.#share[side] = previous < 0 ? ratio : ratio * this.#share[previous];
      }
    }
    this.base = total / cover[root];
    // the integrand's degree is one less than there are features
    const count = Math.ceil(most / 2);
    this.#quadrature = gaussLegendre(count);
    const { points, weights } = this.#quadrature;
    this.#absent = points.map((point) => 1 - point);
    this.#weightOfAbsent = weights.map((weight, k) => weight / this.#absent[k]);
    this.#product = new Float64Array(nodes * count);
    this.#inverse = new Float64Array(nodes * count);
    for (let node = 0; node < nodes; node++) {
      for (let k = 0; k < count; k++) this.#inverse[node * count + k] = 1 / (this.#absent[k] * this.#share[node] + points[k]);
    }
  }

  /**
   * Adds what each feature contributes to the tree's answer.
   *
   * @param values - raw values, NaN is missing
   * @param at - where the row begins in them
   * @param out - one number a feature, added to
   */
  addRow(values: Float32Array, at: number, out: Float64Array): void {
    this.#goDown(values, at);
    this.#goUp(out);
  }

  /** Children come after their parent: one pass forward knows every product, one backward every sum. */
  #goDown(values: Float32Array, at: number): void {
    const left = this.#left;
    const product = this.#product;
    const inverse = this.#inverse;
    const absent = this.#absent;
    const { points } = this.#quadrature;
    const count = points.length;
    const met = this.#met;
    product.fill(1, 0, count);
    for (let node = 0; node < this.#nodes; node++) {
      const from = node * count;
      if (left[node] === 0) {
        const value = this.#value[node];
        for (let k = 0; k < count; k++) product[from + k] *= value;
        continue;
      }
      const child = left[node] - this.#root;
      const previous = this.#previous[child];
      if (previous >= 0 && met[previous] === 0) {
        met[child] = 0;
        met[child + 1] = 0;
        const ratio = this.#ratio[child];
        const other = this.#ratio[child + 1];
        const to = child * count;
        for (let k = 0; k < count; k++) {
          const here = product[from + k];
          product[to + k] = here * ratio;
          product[to + count + k] = here * other;
        }
        continue;
      }
      const raw = values[at + this.#feature[node]];
      const goesLeft = raw <= this.#threshold[node] || (this.#missingLeft[node] === 1 && Number.isNaN(raw));
      const hit = goesLeft ? child : child + 1;
      const miss = goesLeft ? child + 1 : child;
      met[hit] = 1;
      met[miss] = 0;
      const share = this.#share[hit];
      const other = this.#share[miss];
      const toHit = hit * count;
      const toMiss = miss * count;
      for (let k = 0; k < count; k++) {
        const here = previous < 0 ? product[from + k] : product[from + k] * inverse[previous * count + k];
        product[toHit + k] = here * (absent[k] * share + points[k]);
        product[toMiss + k] = here * absent[k] * other;
      }
    }
  }

  #goUp(out: Float64Array): void {
    const left = this.#left;
    const product = this.#product;
    const inverse = this.#inverse;
    const { weights } = this.#quadrature;
    const weightOfAbsent = this.#weightOfAbsent;
    const count = weights.length;
    for (let node = this.#nodes - 1; node >= 0; node--) {
      if (left[node] === 0) continue;
      const child = left[node] - this.#root;
      const to = node * count;
      const previous = this.#previous[child];
      if (previous >= 0 && this.#met[previous] === 0) {
        const from = child * count;
        for (let k = 0; k < count; k++) product[to + k] = product[from + k] + product[from + count + k];
        continue;
      }
      const hit = this.#met[child] === 1 ? child : child + 1;
      const fromHit = hit * count;
      const fromMiss = (2 * child + 1 - hit) * count;
      let gained = 0;
      let lost = 0;
      let counted = 0;
      for (let k = 0; k < count; k++) {
        const goes = product[fromHit + k];
        const not = product[fromMiss + k];
        gained += weights[k] * goes * inverse[fromHit + k];
        lost += weightOfAbsent[k] * not;
        product[to + k] = goes + not;
        if (previous >= 0) counted += weights[k] * (goes + not) * inverse[previous * count + k];
      }
      const before = previous < 0 ? 0 : (1 - this.#share[previous]) * counted;
      out[this.#feature[node]] += (1 - this.#share[hit]) * gained - lost - before;
    }
  }
}
