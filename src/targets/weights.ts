import type { Bars } from '../bars/bars';
import { DAY_MS, type Market } from '../bars/market';
import { invalidOption, whole } from '../options/checks';
import { checkColumns } from '../options/columns';
import { checkArgument, checkOptions } from '../options/description';
import { DEFINE_WEIGHTS, sampleWeights, TIME_DECAY } from '../options/weight-tables';
import { builtInWeights, checkedWeights } from './checked-weights';
import type { Labels, PlainJson } from './target';

/** How much each row counts in training. Only the ratios matter. Identity is name, version and parameters. */
export interface SampleWeights {
  /** Name as it is stored, in snake_case: 'uniqueness'. */
  readonly name: string;
  /** Whole number from 1 on, raised when the same parameters give other weights. */
  readonly version: number;
  /** All parameters, defaults included, under their stored names. */
  readonly parameters: Readonly<Record<string, PlainJson>>;
  /** What counts more, in words for people. */
  readonly description: string;
  /**
   * Weighs rows. Pure. Rows without label do not count, neither for themselves nor for others: give labels in which all but the training rows are without.
   *
   * @param labels - of the bars
   * @param bars - oldest first
   * @param market - whose bars
   * @returns one weight a row, above 0; 0 for rows without label
   */
  weigh(labels: Labels, bars: Bars, market: Market): Float64Array;
}

/** Weights of one's own. */
export interface WeightsDefinition {
  /** Name as it is stored, in snake_case, none of the package's own. */
  readonly name: string;
  /** Version, to be raised whenever the same parameters give other weights. Default 1. */
  readonly version?: number | undefined;
  /** Everything that the weights depend on, as plain JSON. Default none. */
  readonly parameters?: Readonly<Record<string, PlainJson>> | undefined;
  /** What counts more, in words for people. */
  readonly description: string;
  /** Weighs rows: one weight a row, above 0; those of rows without label are not looked at. */
  readonly weigh: (labels: Labels, bars: Bars, market: Market) => Float64Array;
}

/** After what time rows count half: so many bars, or so many days, not both. */
export interface HalfLife {
  /** Bars, above 0. */
  readonly bars?: number | undefined;
  /** Days of 24 hours by the timestamps, above 0. */
  readonly days?: number | undefined;
}

/** How {@link timeDecay} forgets. */
export interface TimeDecayOptions {
  /** After what age a row counts half as much as the newest one. */
  readonly halfLife: HalfLife;
}

/** Weights do not become 0, however old a row is: the smallest normal double. */
const SMALLEST = 2 ** -1022;

/**
 * Every row counts the same: the default.
 *
 * @returns the weights 'equal'
 */
export function equalWeights(): SampleWeights {
  return builtInWeights({
    name: 'equal',
    parameters: {},
    description: 'every row the same',
    weigh: ({ end }) => onlyLabelled(end, () => 1),
  });
}

/**
 * Rows count by how much their labels tell that no other label tells: the mean, over the bars whose returns a label is made of (t + 1 to end), of one by the number
 * of labels made of that return (M. López de Prado, Advances in Financial Machine Learning, chapter 4: average uniqueness). 1 for labels that do not overlap, about
 * 1 / n for a horizon of n bars.
 *
 * @returns the weights 'uniqueness', above 0, at most 1
 * @example
 * ```ts
 * const weights = product(uniqueness(), timeDecay({ halfLife: { days: 90 } }));
 * await trainSymbol({ symbol: 'AAPL', source: csvBars('aapl.csv'), store, target: horizonReturn({ bars: 5 }), weights });
 * ```
 */
export function uniqueness(): SampleWeights {
  return builtInWeights({
    name: 'uniqueness',
    parameters: {},
    description: 'labels that overlap with fewer others more',
    weigh: ({ end }) => {
      const shares = sharesBefore(end);
      return onlyLabelled(end, (t) => Math.min(1, (shares[end[t]] - shares[t]) / (end[t] - t)));
    },
  });
}

/**
 * Newer rows count more: half as much after every half-life, 0.5 ^ (age / halfLife), with the age counted from the newest row that has a label.
 *
 * @param options - see {@link TimeDecayOptions}
 * @returns the weights 'time_decay', above 0, at most 1
 * @throws TickerforestError `INVALID_OPTION` naming option and value, or if both or neither unit is given
 * @example
 * timeDecay({ halfLife: { days: 90 } })
 */
export function timeDecay(options: TimeDecayOptions): SampleWeights {
  const { bars: count, days } = checkOptions(options, TIME_DECAY, 'timeDecay').halfLife;
  if ((count === undefined) === (days === undefined)) {
    const given = count === undefined ? 'neither' : 'both';
    throw invalidOption(`halfLife takes bars or days, and was given ${given}: timeDecay({ halfLife: { days: 90 } })`);
  }
  return builtInWeights({
    name: 'time_decay',
    parameters: { bars: count ?? null, days: days ?? null },
    description: `newer rows more, half as much after ${count === undefined ? `${days} days` : `${count} bars`}`,
    weigh: ({ end }, { timestamp }) => {
      const newest = end.findLastIndex((to) => to >= 0);
      const ageOf =
        count === undefined
          ? (t: number) => (timestamp[newest] - timestamp[t]) / (DAY_MS * (days ?? 1))
          : (t: number) => (newest - t) / count;
      return onlyLabelled(end, (t) => Math.max(SMALLEST, 0.5 ** ageOf(t)));
    },
  });
}

/**
 * Several weights at once, multiplied row by row.
 *
 * @param factors - one or more
 * @returns the weights 'product'
 * @throws TickerforestError `INVALID_OPTION` for no factor, or what is none
 * @example
 * product(uniqueness(), timeDecay({ halfLife: { days: 90 } }))
 */
export function product(...factors: readonly SampleWeights[]): SampleWeights {
  if (factors.length === 0)
    throw invalidOption('product takes one or more weights: product(uniqueness(), timeDecay({ halfLife: { days: 90 } }))');
  const all = factors.map((factor, at) => checkedWeights(checkArgument(factor, sampleWeights, `factors[${at}]`, 'product')));
  return builtInWeights({
    name: 'product',
    parameters: { of: all.map(({ name, version, parameters }) => ({ name, version, parameters })) },
    description: all.map(({ description }) => description).join('; '),
    weigh: (labels, bars, market) => {
      const result = onlyLabelled(labels.end, () => 1);
      for (const factor of all) {
        const weights = factor.weigh(labels, bars, market);
        for (let t = 0; t < result.length; t++)
          if (result[t] > 0) result[t] = Math.min(Number.MAX_VALUE, Math.max(SMALLEST, result[t] * weights[t]));
      }
      return result;
    },
  });
}

/**
 * Makes weights of one's own. What `weigh` returns is checked: one finite weight above 0 for each row with a label.
 *
 * @param definition - see {@link WeightsDefinition}
 * @returns the weights; their `weigh` throws `INVALID_OPTION` naming weights and row, with what the function threw as cause
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 * @example
 * const bySize = defineWeights({
 *   name: 'by_size',
 *   description: 'larger moves more',
 *   weigh: ({ value }) => value.map((move) => Math.abs(move) + 0.0001),
 * });
 */
export function defineWeights(definition: WeightsDefinition): SampleWeights {
  const {
    name,
    version = 1,
    parameters = Object.freeze({}),
    description,
    weigh,
  } = checkOptions(definition, DEFINE_WEIGHTS, 'defineWeights');
  if (['equal', 'uniqueness', 'time_decay', 'product'].includes(name))
    throw invalidOption(`name '${name}' is that of weights of the package; give yours another`);
  return checkedWeights({ name, version, parameters, description, weigh });
}

/**
 * Whole numbers for trees, which count rows: a row of weight 3 is three equal rows, also in `minSamplesLeaf` and `minSamplesSplit`. The largest weight becomes `most`,
 * the others are in proportion, rounded to the nearest whole number (half up) and at least 1: what is below 1 / most of the largest is raised to that. Equal weights all
 * become 1. 0 stays 0.
 *
 * @param weights - one a row, 0 or more
 * @param most - the largest result, 1 to 65,535; default 16: steps of 6 % of the largest weight. Trees take weights that sum to at most 2^28, so millions of rows
 *   leave room for about a hundred; the smaller it is, the finer targets are resolved
 * @returns one whole number a row, 0 to `most`
 * @throws TickerforestError `INVALID_OPTION` for a weight that is negative or no finite number, naming its row
 */
export function integerWeights(weights: Float64Array, most = 16): Uint16Array {
  checkColumns({ weights });
  checkArgument(most, whole({ from: 1, to: 65_535 }), 'most', 'integerWeights');
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let t = 0; t < weights.length; t++) {
    const weight = weights[t];
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw invalidOption(`weights[${t}] is ${weight}; give a finite number, 0 or more`);
    if (weight > largest) largest = weight;
    if (weight > 0 && weight < smallest) smallest = weight;
  }
  const rounded = new Uint16Array(weights.length);
  const isEqual = largest === smallest;
  for (let t = 0; t < weights.length; t++) {
    if (weights[t] > 0) rounded[t] = isEqual ? 1 : Math.max(1, Math.round((weights[t] / largest) * most));
  }
  return rounded;
}

function onlyLabelled(end: Int32Array, weightOf: (row: number) => number): Float64Array {
  const weights = new Float64Array(end.length);
  for (let t = 0; t < end.length; t++) if (end[t] >= 0) weights[t] = weightOf(t);
  return weights;
}

/** For each row the sum, over all returns up to its bar's, of one by the number of labels that are made of that return. */
function sharesBefore(end: Int32Array): Float64Array {
  const changes = new Int32Array(end.length + 1);
  for (let t = 0; t < end.length; t++) {
    if (end[t] < 0) continue;
    changes[t + 1]++;
    changes[end[t] + 1]--;
  }
  const shares = new Float64Array(end.length);
  let labels = 0;
  let sum = 0;
  for (let t = 0; t < end.length; t++) {
    labels += changes[t];
    if (labels > 0) sum += 1 / labels;
    shares[t] = sum;
  }
  return shares;
}
