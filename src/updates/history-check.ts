import { BarHash } from '../bars/bar-hash';
import { PRICE_NOISE, tellSameBar, VOLUME_NOISE } from '../bars/bar-noise';
import { type Bars, sliceBars } from '../bars/bars';
import { splitInWords } from '../bars/splits';
import type { BarValues, RewriteFactor } from '../profiles/documents';

/** Prices that are rounded to cents scatter around a vendor's factor; beyond this the ratios are not one factor. */
const FACTOR_TOLERANCE = 1e-3;
/** Splits are ratios of small numbers: 2-for-1, 3-for-2, 1-for-25; the smaller number is at most this. */
const SPLIT_NUMBER = 5;
const PRICES = ['open', 'high', 'low', 'close'] as const;
const VALUES = [...PRICES, 'volume'] as const;
/** Share of the compared bars that corrections concern; more is another past. */
export const MOST_REVISED = 0.5;

/** A bar that differs, by more than noise, from what is stored. */
export interface BarDifference {
  /** Its timestamp, milliseconds UTC. */
  readonly timestamp: number;
  /** As it is stored; null: it was not there. */
  readonly stored: BarValues | null;
  /** As the source has it now; null: it is gone. */
  readonly source: BarValues | null;
}

/** What comparing the stored bars with the source's says. */
export interface HistoryCheck {
  /**
   * 'unchanged': equal, but for noise in the seventh digit of prices (a millionth of the price) and of volumes (2^-23), which leaves the hashes unequal.
   * 'revised': a few of the compared bars differ, at most half of them, as they do after late prints and corrected volumes: the history goes on as it is told now.
   * 'rewritten': more than half of them differ, or all up to some bar by one factor, or bars before those that are compared.
   * 'not_checked': nothing is stored, or the source no longer has any of the bars that are.
   */
  readonly verdict: 'unchanged' | 'revised' | 'rewritten' | 'not_checked';
  /** Stored bars that were compared. */
  readonly comparedBars: number;
  /** {@link BarHash} of those bars as they are stored; null if none was compared. */
  readonly storedHash: string | null;
  /** {@link BarHash} of the same stretch as the source has it now; null if none was compared. */
  readonly sourceHash: string | null;
  /** First bar that differs among those compared; null unless revised or rewritten. A rewriting may begin before it. */
  readonly firstDifference: BarDifference | null;
  /** How the compared bars differ; null unless revised or rewritten, and where only hashes of a long stretch were compared. */
  readonly differences: BarDifferences | null;
  /** The factor, where there is one for all compared bars, or for all up to one of them. */
  readonly factor: RewriteFactor | null;
}

/** How many bars differ, and in what. */
export interface BarDifferences {
  /** Bars with other values. */
  readonly changed: number;
  /** Bars that are stored, and that the source no longer has. */
  readonly withdrawn: number;
  /** Bars that the source has between those that are stored. */
  readonly inserted: number;
  /** The columns that differ, of all changed bars together. */
  readonly fields: readonly (keyof BarValues)[];
}

/** The check of a symbol of which nothing is stored. */
export const NOT_CHECKED: HistoryCheck = {
  verdict: 'not_checked',
  comparedBars: 0,
  storedHash: null,
  sourceHash: null,
  firstDifference: null,
  differences: null,
  factor: null,
};

/**
 * Compares the newest stored bars with what the source says about the same time now. A source that begins later than the stored bars, or
 * ends earlier, is compared where both have bars: that it lacks the rest is no rewriting. Nor is noise in the seventh digit, of a vendor who adjusts
 * prices in single precision anew for each request: the stored bars stand.
 *
 * @param stored - the newest stored bars, ascending
 * @param source - the source's bars from the first stored one on, ascending; newer ones may follow
 * @returns whether they agree, but for noise, and if not, how they differ
 */
export function checkHistory(stored: Bars, source: Bars): HistoryCheck {
  if (stored.length === 0 || source.length === 0) return NOT_CHECKED;
  const from = Math.max(stored.timestamp[0], source.timestamp[0]);
  const to = Math.min(stored.timestamp[stored.length - 1], source.timestamp[source.length - 1]);
  if (from > to) return NOT_CHECKED;
  const ours = between(stored, from, to);
  const theirs = between(source, from, to);
  const storedHash = BarHash.of(ours);
  const sourceHash = BarHash.of(theirs);
  const seen = { comparedBars: ours.length, storedHash, sourceHash };
  const difference = storedHash === sourceHash ? null : firstDifference(ours, theirs);
  if (difference === null) return { verdict: 'unchanged', ...seen, firstDifference: null, differences: null, factor: null };
  const leading = countLeading(ours, theirs);
  // bars that are adjusted up to a day among those that are compared: so are all before them
  const factor = findFactor(ours, theirs) ?? (leading >= 2 ? findFactor(sliceBars(ours, 0, leading), sliceBars(theirs, 0, leading)) : null);
  const differences = countDifferences(ours, theirs);
  const { changed, withdrawn, inserted } = differences;
  const isRevised = factor === null && changed + withdrawn + inserted <= MOST_REVISED * ours.length;
  return { verdict: isRevised ? 'revised' : 'rewritten', ...seen, firstDifference: difference, differences, factor };
}

function between(bars: Bars, from: number, to: number): Bars {
  return sliceBars(
    bars,
    bars.timestamp.findIndex((time) => time >= from),
    bars.timestamp.findLastIndex((time) => time <= to) + 1,
  );
}

function firstDifference(ours: Bars, theirs: Bars): BarDifference | null {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const stored = i < ours.length ? valuesOf(ours, i) : null;
    const source = i < theirs.length ? valuesOf(theirs, i) : null;
    const a = ours.timestamp[i] ?? Number.POSITIVE_INFINITY;
    const b = theirs.timestamp[i] ?? Number.POSITIVE_INFINITY;
    if (a < b) return { timestamp: a, stored, source: null };
    if (b < a) return { timestamp: b, stored: null, source };
    if (!tellSameBar(ours, i, theirs, i)) return { timestamp: a, stored, source };
  }
  return null;
}

/** How many bars, from the first on, have other values than those of the same time. */
function countLeading(ours: Bars, theirs: Bars): number {
  const most = Math.min(ours.length, theirs.length);
  let leading = 0;
  while (leading < most && ours.timestamp[leading] === theirs.timestamp[leading] && !tellSameBar(ours, leading, theirs, leading)) leading++;
  return leading;
}

function countDifferences(ours: Bars, theirs: Bars): BarDifferences {
  const fields = new Set<keyof BarValues>();
  const counts = { changed: 0, withdrawn: 0, inserted: 0 };
  for (let i = 0, j = 0; i < ours.length || j < theirs.length; ) {
    const a = i < ours.length ? ours.timestamp[i] : Number.POSITIVE_INFINITY;
    const b = j < theirs.length ? theirs.timestamp[j] : Number.POSITIVE_INFINITY;
    if (a === b && !tellSameBar(ours, i, theirs, j)) {
      counts.changed++;
      for (const column of VALUES) if (ours[column][i] !== theirs[column][j]) fields.add(column);
    } else if (a < b) counts.withdrawn++;
    else if (b < a) counts.inserted++;
    if (a <= b) i++;
    if (b <= a) j++;
  }
  return { ...counts, fields: VALUES.filter((column) => fields.has(column)) };
}

function valuesOf(bars: Bars, i: number): BarValues {
  return { open: bars.open[i], high: bars.high[i], low: bars.low[i], close: bars.close[i], volume: bars.volume[i] };
}

/** One factor for all prices of at least two bars, and one for all volumes. */
function findFactor(ours: Bars, theirs: Bars): RewriteFactor | null {
  if (ours.length < 2 || ours.length !== theirs.length || ours.timestamp.some((time, i) => time !== theirs.timestamp[i])) return null;
  const price = commonRatio(
    PRICES.flatMap((column) => ratios(ours[column], theirs[column])),
    PRICE_NOISE,
  );
  const volume = commonRatio(ratios(ours.volume, theirs.volume), VOLUME_NOISE);
  if (price === null) return null;
  if (price === 1)
    return volume === null || volume === 1 ? null : { kind: 'volume', price, volume, description: `volumes times ${short(volume)}` };
  const split = splitInWords(price, FACTOR_TOLERANCE, SPLIT_NUMBER);
  if (split !== null && (volume === null || close(volume, 1) || close(volume * price, 1))) {
    return { kind: 'split', price, volume, description: split };
  }
  return { kind: 'adjustment', price, volume, description: `adjustment, prices times ${short(price)}` };
}

/** Theirs / ours where ours is not 0; NaN, which is no common ratio, where 0 became something. */
function ratios(ours: Float64Array, theirs: Float64Array): number[] {
  return Array.from(ours, (value, i) => (value === 0 && theirs[i] === 0 ? null : theirs[i] / value)).filter((ratio) => ratio !== null);
}

/** The one ratio that all are close to, exactly 1 only if all are 1 but for noise; null if there is none, or nothing to tell it from. */
function commonRatio(all: readonly number[], noise: number): number | null {
  if (all.length === 0) return null;
  const moved = (ratio: number) => (Math.abs(ratio - 1) <= noise * Math.max(1, ratio) ? 0 : Math.sign(ratio - 1));
  if (all.every((ratio) => moved(ratio) === 0)) return 1;
  // the median: rounding shifts single ratios either way
  const ratio = [...all].sort((a, b) => a - b)[all.length >> 1];
  // what moves some values and leaves others where they were, or moves them back, is no factor
  const isCommon = moved(ratio) !== 0 && all.every((other) => close(other, ratio) && moved(other) === moved(ratio));
  return Number.isFinite(ratio) && ratio > 0 && isCommon ? ratio : null;
}

function close(a: number, b: number): boolean {
  return Math.abs(a / b - 1) <= FACTOR_TOLERANCE;
}

/** Six digits, or as many more as it takes to tell it from 1. */
function short(value: number): string {
  const digits = value.toPrecision(6);
  return String(Number(Number(digits) === 1 ? value.toPrecision(9) : digits));
}
