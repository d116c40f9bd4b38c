// A bucket is a sixteenth of a power of two: the eleven bits of a double's exponent and the first four of its mantissa. Doubles below
// 2^-1022 have no leading bit of their own; counted in units of 2^-1074 they get their powers of two, 0 to 51, before the others.
const SIXTEENTHS = 16;
/** Buckets of subnormal numbers. */
export const SUBNORMAL = 52 * SIXTEENTHS;
/** From the bits of a double's exponent and four of its mantissa to its bucket; exponent 1, the smallest normal one, follows the subnormals. */
export const NORMAL_SHIFT = SUBNORMAL - SIXTEENTHS;
const UNIT_SHIFT = -1023 * SIXTEENTHS;
/** Buckets of one sign. */
const BUCKETS = NORMAL_SHIFT + 2047 * SIXTEENTHS;
const HALF_UNIT = 2 ** 537;
/** Buckets by which the range grows: sixteen powers of two. */
const STEP = 256;
/** Empty buckets between two runs of saved ones; fewer are saved as zeros, which takes no more than a new run. */
const RUN_GAP = 2;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
double[0] = 1;
const HIGH_WORD = words[1] === 0x3ff00000 ? 1 : 0;

/**
 * How often values of every size were seen, over the whole range of doubles: counts in buckets that are a sixteenth of a power of two wide,
 * so that what is said of a bucket is within 1/16 of each value in it. 0 is counted by itself, subnormal numbers like all others.
 * Memory follows the magnitudes that occur: some dozens of powers of two for most features.
 *
 * Buckets are walked by place, ascending: negative places from {@link ValueCounts.begin} on, 0 for the zeros, positive ones before
 * {@link ValueCounts.end}.
 */
export class ValueCounts {
  #zeros = 0;
  #first = 0;
  #length = 0;
  #counts = new Uint32Array(0);

  /** First bucket that there is a count for. */
  get first(): number {
    return this.#first;
  }

  /** Buckets that there is a count for. */
  get length(): number {
    return this.#length;
  }

  /** Counts of the positive values' buckets, then those of the negative ones'. Another array after {@link ValueCounts.add}. */
  get counts(): Uint32Array {
    return this.#counts;
  }

  /**
   * Counts a value of any size; for most, {@link bucketOf} and a count in {@link ValueCounts.counts} are faster.
   *
   * @param value - a finite number
   * @param times - how often it was seen
   */
  add(value: number, times = 1): void {
    if (value === 0) {
      this.#zeros += times;
      return;
    }
    double[0] = value;
    const high = words[HIGH_WORD];
    let bucket = bucketOf(high);
    if (bucket < SUBNORMAL) {
      // a factor at a time: their product is no double
      double[0] = Math.abs(value) * HALF_UNIT * HALF_UNIT;
      bucket = (words[HIGH_WORD] >>> 16) + UNIT_SHIFT;
    }
    if (bucket < this.#first || bucket >= this.#first + this.#length) this.#grow(bucket);
    this.#counts[bucket - this.#first + ((high >> 31) & this.#length)] += times;
  }

  /** Widens the range that there are counts for, in whole steps. */
  #reach(from: number, to: number): void {
    // whole numbers to the engine, too: a double here makes every count three times as slow
    const low = from & -STEP;
    const high = (to + STEP - 1) & -STEP;
    const first = this.#length === 0 ? low : Math.min(this.#first, low);
    this.#length = Math.max(this.#length === 0 ? high : this.#first + this.#length, high) - first;
    this.#first = first;
  }

  /** Makes room for a bucket. */
  #grow(bucket: number): void {
    const first = this.#first;
    const length = this.#length;
    const counts = this.#counts;
    this.#reach(bucket, bucket + 1);
    this.#counts = new Uint32Array(2 * this.#length);
    if (length === 0) return;
    this.#counts.set(counts.subarray(0, length), first - this.#first);
    this.#counts.set(counts.subarray(length), first - this.#first + this.#length);
  }

  /** First place. */
  get begin(): number {
    return -this.#length;
  }

  /** The place after the last one. */
  get end(): number {
    return this.#length + 1;
  }

  /**
   * @param from - a place
   * @returns the first place from it on whose bucket has values; {@link ValueCounts.end} if there is none
   */
  filled(from: number): number {
    const counts = this.#counts;
    const length = this.#length;
    for (let place = from; place < 0; place++) if (counts[length - place - 1] > 0) return place;
    if (from <= 0 && this.#zeros > 0) return 0;
    for (let place = Math.max(1, from); place <= length; place++) if (counts[place - 1] > 0) return place;
    return this.end;
  }

  /**
   * @param place - a place
   * @returns how many values are in its bucket
   */
  count(place: number): number {
    if (place === 0) return this.#zeros;
    return this.#counts[place > 0 ? place - 1 : this.#length - place - 1];
  }

  /**
   * @param place - a place
   * @returns the lower bound of its bucket
   */
  low(place: number): number {
    if (place === 0) return 0;
    return place > 0 ? smallest(this.#first + place - 1) : -largest(this.#first - place - 1);
  }

  /**
   * @param place - a place
   * @returns the upper bound of its bucket
   */
  high(place: number): number {
    return place === 0 ? 0 : -this.low(-place);
  }

  /** Numbers that {@link ValueCounts.save} may write: every run has two more than it has counts, and there are at most as many runs. */
  get room(): number {
    return 3 + 6 * this.#length;
  }

  /**
   * Writes the counts in a form that depends on the values alone: the zeros, then for either sign the number of runs, and of each run its
   * first bucket, its length and its counts.
   *
   * @param into - where to write, at least {@link ValueCounts.room} numbers from `at` on
   * @param at - first index
   * @returns the index after the last one written
   */
  save(into: Uint32Array, at: number): number {
    const counts = this.#counts;
    const length = this.#length;
    into[at++] = this.#zeros;
    for (let start = 0, sign = 0; sign < 2; sign++, start += length) {
      const runs = at++;
      into[runs] = 0;
      let run = 0;
      // no count is near it before the first run
      let end = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < length; i++) {
        const count = counts[start + i];
        if (count === 0) continue;
        if (i - end > RUN_GAP) {
          into[runs]++;
          into[at] = this.#first + i;
          run = at + 1;
          at += 2;
        } else {
          for (; end < i; end++) into[at++] = 0;
        }
        end = i + 1;
        into[at++] = count;
        into[run] = at - 1 - run;
      }
    }
    return at;
  }

  /**
   * @param from - what {@link ValueCounts.save} wrote
   * @param at - index of its beginning
   * @returns the index after it; -1 if it was not written like this
   */
  restore(from: Uint32Array, at: number): number {
    this.#zeros = from[at++];
    this.#length = 0;
    const begin = at;
    for (let sign = 0; sign < 2; sign++) {
      let next = 0;
      for (let runs = from[at++]; runs > 0; runs--) {
        const bucket = from[at];
        const length = from[at + 1];
        at += 2 + length;
        if (!(bucket >= next && length > 0 && bucket + length <= BUCKETS && at <= from.length)) return -1;
        next = bucket + length;
        this.#reach(bucket, next);
      }
    }
    if (!(at <= from.length)) return -1;
    const counts = new Uint32Array(2 * this.#length);
    this.#counts = counts;
    at = begin;
    for (let sign = 0; sign < 2; sign++) {
      const start = sign * this.#length - this.#first;
      for (let runs = from[at++]; runs > 0; runs--) {
        const bucket = from[at];
        const end = at + 2 + from[at + 1];
        for (let i = at + 2, to = start + bucket; i < end; i++, to++) counts[to] = from[i];
        at = end;
      }
    }
    return at;
  }
}

/**
 * @param high - the word of a double that has sign and exponent
 * @returns the bucket of its magnitude; below {@link SUBNORMAL} for 0 and subnormal numbers, which {@link ValueCounts.add} tells apart
 */
export function bucketOf(high: number): number {
  return ((high >>> 16) & 0x7fff) + NORMAL_SHIFT;
}

/** Smallest magnitude of a bucket. */
function smallest(bucket: number): number {
  if (bucket < SUBNORMAL) return units(bucket) * Number.MIN_VALUE;
  words[HIGH_WORD] = (bucket - NORMAL_SHIFT) << 16;
  words[1 - HIGH_WORD] = 0;
  return double[0];
}

/** What the magnitudes of a bucket do not exceed: the next bucket's smallest one, or the number before it where there are few of them. */
function largest(bucket: number): number {
  if (bucket < SUBNORMAL) return Math.max(units(bucket), units(bucket + 1) - 1) * Number.MIN_VALUE;
  return bucket === BUCKETS - 1 ? Number.MAX_VALUE : smallest(bucket + 1);
}

/** Smallest magnitude of a subnormal bucket in units of 2^-1074, a whole number. */
function units(bucket: number): number {
  return Math.ceil(2 ** Math.floor(bucket / SIXTEENTHS) * (1 + (bucket % SIXTEENTHS) / SIXTEENTHS));
}
