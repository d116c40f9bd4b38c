import { summaryMemory } from '../kernels/summary-kernels';
import { bucketOf, NORMAL_SHIFT, SUBNORMAL, ValueCounts } from './value-counts';

/** A feature's history in a few numbers, as the statistical profile shows it. */
export interface Summary {
  /** Value on the newest bar; null during warm-up. */
  readonly latest: number | null;
  /** Bars with a value. */
  readonly count: number;
  /** Arithmetic mean; null without values, like everything below, and where it leaves the range of doubles. */
  readonly mean: number | null;
  /** Population standard deviation (divided by count); null also where squares leave the range of doubles. */
  readonly std: number | null;
  /** Population skewness, m3 / m2^1.5; 0 for a constant, null also where third powers leave the range of doubles. */
  readonly skewness: number | null;
  /** Population excess kurtosis, m4 / m2^2 - 3; 0 for a constant, null also where fourth powers leave the range of doubles. */
  readonly kurtosis: number | null;
  /** Smallest value. */
  readonly min: number | null;
  /** Largest value. */
  readonly max: number | null;
  /** Quantiles by name: p01, p05, p25, p50, p75, p95, p99; each within 1/16 of the value of its rank, over the whole range of doubles. */
  readonly quantiles: Readonly<Record<QuantileName, number>> | null;
}

/** The quantiles that a summary reports. */
export const QUANTILES: Readonly<Record<QuantileName, number>> = {
  p01: 0.01,
  p05: 0.05,
  p25: 0.25,
  p50: 0.5,
  p75: 0.75,
  p95: 0.95,
  p99: 0.99,
};
/** Name of a reported quantile: p05 is the value that 5 % lie below. */
export type QuantileName = 'p01' | 'p05' | 'p25' | 'p50' | 'p75' | 'p95' | 'p99';

/** Bars whose power sums are collected before they are merged into the whole; aligned to the absolute bar number. */
const CHUNK_BARS = 1024;
/** Values that WebAssembly adds up in less time than JavaScript, copies and call included. */
const MANY = 128;
/** Products of values that are smaller have lost digits to the lower end of the range of doubles. */
const ACCURATE = 2 ** -970;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
double[0] = 1;
const HIGH_WORD = words[1] === 0x3ff00000 ? 1 : 0;

// The doubles of one feature: the closed chunks' count, mean and central moments, then those that assembly/summaries.ts goes on with: the open chunk's count,
// pivot and power sums, and the extremes of all.
const N = 0;
const MEAN = 1;
const M2 = 2;
const M3 = 3;
const M4 = 4;
const OPEN_N = 5;
const PIVOT = 6;
const S1 = 7;
const S2 = 8;
const S3 = 9;
const S4 = 10;
const MIN = 11;
const MAX = 12;
const LATEST = 13;
const SLOTS = 14;

/** Where counts are written before they are copied: a checkpoint is taken at every update. */
let written = new Uint32Array(1 << 15);

/** What a {@link SummaryFold} remembers of some features. */
export interface SavedSummaries {
  /** Moments and extremes. */
  readonly slots: Float64Array;
  /** How often values of every size were seen. */
  readonly counts: Uint32Array;
}

/**
 * Expanding statistics of many features: the fold behind every {@link Summary}.
 *
 * Moments: power sums about the chunk's first value inside chunks of 1,024 bars, then merged as central moments (P. Pébay 2008, formulas for
 * pairwise update), so that nothing cancels after millions of bars. Chunks are aligned to the absolute bar number, hence the same bits
 * wherever the series was cut. Quantiles: interpolated inside the buckets of {@link ValueCounts}.
 */
export class SummaryFold {
  readonly #slots: Float64Array;
  readonly #counts: readonly ValueCounts[];

  /** @param features - how many features are summarised */
  constructor(features: number) {
    this.#slots = new Float64Array(features * SLOTS);
    this.#counts = Array.from({ length: features }, () => new ValueCounts());
    for (let feature = 0; feature < features; feature++) {
      this.#slots[feature * SLOTS + LATEST] = Number.NaN;
      this.#slots[feature * SLOTS + MIN] = Number.POSITIVE_INFINITY;
      this.#slots[feature * SLOTS + MAX] = Number.NEGATIVE_INFINITY;
    }
  }

  /**
   * @param feature - index of the feature
   * @param column - its values on the block's bars; NaN, like anything that is not finite: no value
   * @param count - bars in the block
   * @param first - absolute number of the block's first bar
   */
  update(feature: number, column: Float64Array, count: number, first: number): void {
    const base = feature * SLOTS;
    let from = 0;
    while (from < count) {
      const phase = (first + from) % CHUNK_BARS;
      const to = Math.min(count, from + CHUNK_BARS - phase);
      if (to - from < MANY) this.#collect(base, this.#counts[feature], column, from, to);
      else this.#collectMany(base, this.#counts[feature], column, from, to);
      if ((first + to) % CHUNK_BARS === 0) this.#closeChunk(base);
      from = to;
    }
    this.#slots[base + LATEST] = column[count - 1];
  }

  #collect(base: number, values: ValueCounts, column: Float64Array, from: number, to: number): void {
    const slots = this.#slots;
    let { first, length, counts } = values;
    let zeros = 0;
    let n = slots[base + OPEN_N];
    let pivot = slots[base + PIVOT];
    let s1 = slots[base + S1];
    let s2 = slots[base + S2];
    let s3 = slots[base + S3];
    let s4 = slots[base + S4];
    let min = slots[base + MIN];
    let max = slots[base + MAX];
    for (let i = from; i < to; i++) {
      const x = column[i];
      if (!Number.isFinite(x)) continue;
      if (n === 0) pivot = x;
      n++;
      const d = x - pivot;
      const dd = d * d;
      s1 += d;
      s2 += dd;
      s3 += dd * d;
      s4 += dd * dd;
      if (x < min) min = x;
      if (x > max) max = x;
      double[0] = x;
      const high = words[HIGH_WORD];
      const bucket = bucketOf(high);
      // the usual case at hand, so that it runs in the shadow of the sums
      if (bucket >= SUBNORMAL && (bucket - first) >>> 0 < length) {
        counts[bucket - first + ((high >> 31) & length)]++;
      } else if (x === 0) {
        zeros++;
      } else {
        values.add(x);
        ({ first, length, counts } = values);
      }
    }
    values.add(0, zeros);
    slots[base + OPEN_N] = n;
    slots[base + PIVOT] = pivot;
    slots[base + S1] = s1;
    slots[base + S2] = s2;
    slots[base + S3] = s3;
    slots[base + S4] = s4;
    slots[base + MIN] = min;
    slots[base + MAX] = max;
  }

  /** The same, to the bit. */
  #collectMany(base: number, values: ValueCounts, column: Float64Array, from: number, to: number): void {
    const { first, counts } = values;
    const memory = summaryMemory();
    const told = memory.collect(column, from, to, this.#slots, base + OPEN_N, counts, first - NORMAL_SHIFT);
    values.add(0, told >>> 16);
    for (let i = 0; i < (told & 0xffff); i++) values.add(memory.other(i));
  }

  #closeChunk(base: number): void {
    const merged = this.#moments(base);
    this.#slots.set(merged, base);
    this.#slots.fill(0, base + OPEN_N, base + S4 + 1);
  }

  /** Count, mean and central moment sums of all values so far. */
  #moments(base: number): [n: number, mean: number, m2: number, m3: number, m4: number] {
    const s = this.#slots;
    const nb = s[base + OPEN_N];
    const na = s[base + N];
    if (nb === 0) return [na, s[base + MEAN], s[base + M2], s[base + M3], s[base + M4]];
    // the open chunk, from power sums about its pivot to central sums
    const c = s[base + S1] / nb;
    const meanB = s[base + PIVOT] + c;
    const m2b = Math.max(0, s[base + S2] - nb * c * c);
    const m3b = s[base + S3] - 3 * c * s[base + S2] + 2 * nb * c * c * c;
    const m4b = Math.max(0, s[base + S4] - 4 * c * s[base + S3] + 6 * c * c * s[base + S2] - 3 * nb * c * c * c * c);
    if (na === 0) return [nb, meanB, m2b, m3b, m4b];
    const n = na + nb;
    const delta = meanB - s[base + MEAN];
    const share = delta / n;
    const m2a = s[base + M2];
    const m3a = s[base + M3];
    const m4a = s[base + M4];
    return [
      n,
      s[base + MEAN] + nb * share,
      m2a + m2b + delta * share * na * nb,
      m3a + m3b + delta * share * share * na * nb * (na - nb) + 3 * share * (na * m2b - nb * m2a),
      m4a +
        m4b +
        delta * share * share * share * na * nb * (na * na - na * nb + nb * nb) +
        6 * share * share * (na * na * m2b + nb * nb * m2a) +
        4 * share * (na * m3b - nb * m3a),
    ];
  }

  /**
   * @param feature - index of the feature
   * @returns its value on the newest bar, NaN during warm-up
   */
  latest(feature: number): number {
    return this.#slots[feature * SLOTS + LATEST];
  }

  /**
   * @param feature - index of the feature
   * @returns its history so far
   */
  summary(feature: number): Summary {
    const base = feature * SLOTS;
    const [n, mean, m2, m3, m4] = this.#moments(base);
    if (n === 0) {
      return { latest: null, count: 0, mean: null, std: null, skewness: null, kurtosis: null, min: null, max: null, quantiles: null };
    }
    const min = this.#slots[base + MIN];
    const max = this.#slots[base + MAX];
    const variance = m2 / n;
    const isConstant = max === min || (variance === 0 && (max - min) * (max - min) >= ACCURATE);
    return {
      latest: finite(this.latest(feature)),
      count: n,
      mean: finite(mean),
      std: isConstant ? 0 : variance >= ACCURATE ? finite(Math.sqrt(variance)) : null,
      skewness: isConstant ? 0 : standardised(m3 / n, variance * Math.sqrt(variance), 0),
      kurtosis: isConstant ? 0 : standardised(m4 / n, variance * variance, 3),
      min,
      max,
      quantiles: this.#quantiles(feature, n),
    };
  }

  #quantiles(feature: number, n: number): Record<QuantileName, number> {
    const min = this.#slots[feature * SLOTS + MIN];
    const max = this.#slots[feature * SLOTS + MAX];
    const counts = this.#counts[feature];
    let place = counts.filled(counts.begin);
    let below = 0;
    // each goes on where the one before it stopped, so they must be asked for in ascending order
    const next = (probability: number): number => {
      const rank = probability * n;
      for (; place < counts.end; place = counts.filled(place + 1)) {
        const count = counts.count(place);
        if (below + count >= rank) {
          const low = Math.max(min, counts.low(place));
          const high = Math.min(max, counts.high(place));
          return low + ((rank - below) / count) * (high - low);
        }
        below += count;
      }
      return max;
    };
    return {
      p01: next(QUANTILES.p01),
      p05: next(QUANTILES.p05),
      p25: next(QUANTILES.p25),
      p50: next(QUANTILES.p50),
      p75: next(QUANTILES.p75),
      p95: next(QUANTILES.p95),
      p99: next(QUANTILES.p99),
    };
  }

  /**
   * Mean of the lowest values, from the buckets' middles: expected shortfall, where the feature is a return.
   *
   * @param feature - index of the feature
   * @param probability - share of the values that count as the lowest, above 0, at most 1
   * @returns their mean, each of them taken within 1/16; null without values, or beyond the range of doubles
   */
  lowerTailMean(feature: number, probability: number): number | null {
    const [n] = this.#moments(feature * SLOTS);
    if (n === 0) return null;
    const min = this.#slots[feature * SLOTS + MIN];
    const max = this.#slots[feature * SLOTS + MAX];
    const counts = this.#counts[feature];
    let left = probability * n;
    let sum = 0;
    for (let place = counts.filled(counts.begin); place < counts.end && left > 0; place = counts.filled(place + 1)) {
      const count = Math.min(left, counts.count(place));
      const middle = counts.low(place) / 2 + counts.high(place) / 2;
      sum += count * Math.min(max, Math.max(min, middle));
      left -= count;
    }
    const tail = sum / (probability * n);
    return Number.isFinite(tail) ? tail : null;
  }

  /**
   * @param from - first feature. Default: the first of all
   * @param to - the one after the last. Default: all
   * @returns everything the fold remembers of them: its doubles, and the counts of the features one after the other
   */
  save(from = 0, to = this.#counts.length): SavedSummaries {
    let at = 0;
    for (const feature of this.#counts.slice(from, to)) {
      if (at + feature.room > written.length) {
        const wider = new Uint32Array(2 * (at + feature.room));
        wider.set(written.subarray(0, at));
        written = wider;
      }
      at = feature.save(written, at);
    }
    return { slots: this.#slots.slice(from * SLOTS, to * SLOTS), counts: written.slice(0, at) };
  }

  /**
   * @param saved - what {@link SummaryFold.save} of as many features returned
   * @param from - first feature. Default: the first of all
   * @param to - the one after the last. Default: all
   * @returns false if it does not fit
   */
  restore({ slots, counts }: SavedSummaries, from = 0, to = this.#counts.length): boolean {
    if (slots.length !== (to - from) * SLOTS) return false;
    this.#slots.set(slots, from * SLOTS);
    let at = 0;
    for (const feature of this.#counts.slice(from, to)) {
      at = feature.restore(counts, at);
      if (at < 0) return false;
    }
    return at === counts.length;
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** A standardised moment above a normal distribution's; null where its powers have left the range of doubles. */
function standardised(moment: number, power: number, normal: number): number | null {
  return power >= ACCURATE && power < Number.POSITIVE_INFINITY ? finite(moment / power - normal) : null;
}
