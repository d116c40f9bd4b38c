import { type Bars, sliceBars } from '../bars/bars';
import { DAY_MS, type Market } from '../bars/market';
import type { FeatureFamily } from '../features/family';
import { FeatureEngineer } from '../features/feature-engineer';
import { sketchesAgree, updateSketch } from '../features/history-sketch';
import { type Anchor, BEGINNING, hashInTurns, joinInTurns } from '../updates/anchor';
import type { Turns } from '../waiting';
import type { TrainingWindowOption } from './job';
import { type StoredSymbol, usable } from './stored-symbol';

const NO_BARS = BEGINNING.bars;

/** What is folded, and from where. */
export interface FoldStart {
  /** Fresh, or as it was before the bars. */
  readonly engineer: FeatureEngineer;
  /** The anchor as of the engine. */
  readonly anchor: Anchor;
  /** The engine's state, if it is known without saving it, and is not the anchor's. */
  readonly state: Uint8Array | null;
  /** The bars to be folded. */
  readonly bars: Bars;
  /** Index of the first bar to train on; null: no models are trained. */
  readonly windowStart: number | null;
}

/** A state that a fold can go on from. */
export interface ResumePoint {
  /** Which of the stored states it is. */
  readonly at: 'newest' | 'anchor' | 'window' | 'beginning';
  /** Bars before it. */
  readonly bars: number;
  /** {@link BarHash} of these bars. */
  readonly hash: string;
  /** Timestamp of the newest of them, milliseconds UTC; -Infinity at the beginning. */
  readonly last: number;
  /** An engine in that state; it can be asked for once. */
  open(): FeatureEngineer;
  /** The anchor as of that state. */
  readonly anchor: Anchor;
  /** As {@link FoldStart.state}. */
  readonly state: Uint8Array | null;
}

/**
 * @param market - whose bars
 * @param features - what is computed
 * @returns the point before all bars
 */
export function beginning(market: Market, features: readonly FeatureFamily[]): ResumePoint {
  return {
    at: 'beginning',
    bars: 0,
    hash: BEGINNING.hash,
    last: Number.NEGATIVE_INFINITY,
    open: () => new FeatureEngineer(market, features),
    anchor: BEGINNING,
    state: null,
  };
}

/**
 * The points that a fold can go on from, the newest first; the beginning is not among them. A state is read only when its point is asked for.
 *
 * @param stored - what is stored
 * @param engineer - its engine, if that can go on
 * @yields the points
 */
export async function* storedPoints(
  { state, anchor, readFile }: StoredSymbol,
  engineer: FeatureEngineer | null,
): AsyncGenerator<ResumePoint> {
  if (engineer === null) return;
  const { bars, barHash, lastTimestamp } = engineer.history;
  const own: Anchor = anchor ?? { state, before: bars, hash: barHash, bars: NO_BARS, next: null };
  const spare = anchor === null ? null : state;
  yield { at: 'newest', bars, hash: barHash, last: lastTimestamp, open: () => engineer, anchor: own, state: spare };
  if (anchor === null) return;
  const bytes = typeof anchor.state === 'string' ? await readFile(anchor.state) : anchor.state;
  const before = bytes && usable(() => FeatureEngineer.restore(bytes, engineer.families));
  if (anchor.state !== null && before === null) return;
  yield {
    at: 'anchor',
    bars: anchor.before,
    hash: anchor.hash,
    last: before?.history.lastTimestamp ?? Number.NEGATIVE_INFINITY,
    open: () => before ?? new FeatureEngineer(engineer.market, engineer.families),
    anchor: { ...anchor, bars: NO_BARS, next: null },
    state: null,
  };
}

/**
 * @param windowState - the state before the previous training's window; null: there is none
 * @param market - whose bars
 * @param features - what is computed
 * @returns the point that a retraining on the same window can go on from: the beginning, if there is none
 */
export function windowPoint(windowState: Uint8Array | null, market: Market, features: readonly FeatureFamily[]): ResumePoint {
  const engineer = windowState && usable(() => FeatureEngineer.restore(windowState, features));
  if (windowState === null || engineer === null) return beginning(market, features);
  const { bars, barHash, lastTimestamp } = engineer.history;
  const anchor: Anchor = { state: windowState, before: bars, hash: barHash, bars: NO_BARS, next: null };
  return { at: 'window', bars, hash: barHash, last: lastTimestamp, open: () => engineer, anchor, state: null };
}

/**
 * @param stored - what is stored
 * @param start - where a fold without a training goes on, before it does
 * @returns the files of the newest training, as they are to be stored with it. A state before its window that has seen bars which are told otherwise now gives way to the
 *   one that the fold goes back to
 */
export function trainingFiles(
  { trainingFiles: names, windowState, engineer }: StoredSymbol,
  { engineer: start }: FoldStart,
): Record<string, Uint8Array | 'unchanged'> {
  const files: Record<string, Uint8Array | 'unchanged'> = Object.fromEntries(names.map((name) => [name, 'unchanged']));
  const { bars } = start.history;
  if (windowState === null || engineer === null || bars >= engineer.history.bars) return files;
  if (windowPoint(windowState, start.market, start.families).bars <= bars) return files;
  const { window_start: _, ...others } = files;
  return bars === 0 ? others : { ...others, window_start: start.save() };
}

/**
 * @param point - where the fold goes on
 * @param bars - what follows it
 * @param windowStart - index of the first bar to train on; null: no models are trained
 * @returns the start
 */
export function startAt(point: ResumePoint, bars: Bars, windowStart: number | null): FoldStart {
  return { engineer: point.open(), anchor: point.anchor, state: point.state, bars, windowStart };
}

/**
 * @param points - where a fold could go on, the newest first
 * @param bars - all bars, as they are told now
 * @param turns - gives way
 * @returns the newest point whose bars are the first of these; undefined if none is
 */
export async function matchingPoint(
  points: Iterable<ResumePoint> | AsyncIterable<ResumePoint>,
  bars: Bars,
  turns: Turns,
): Promise<ResumePoint | undefined> {
  for await (const point of points) {
    if (point.bars > bars.length) continue;
    if ((await hashInTurns(BEGINNING.hash, sliceBars(bars, 0, point.bars), turns)) === point.hash) return point;
  }
  return undefined;
}

/**
 * Whether a source still tells what was folded when it was new. This looks at all bars since a point, where the check of every update looks at the newest few.
 *
 * @param from - where the bars begin
 * @param bars - what follows it, as it is told now
 * @param to - a later point of what is stored
 * @param turns - gives way
 * @returns 'same', but for noise; 'begins_later' if as many bars as are missing may have been lost at the beginning; 'differs'
 */
export async function compareBetween(
  from: ResumePoint,
  bars: Bars,
  to: ResumePoint,
  turns: Turns,
): Promise<'same' | 'begins_later' | 'differs'> {
  const known = sliceBars(bars, 0, bars.timestamp.findLastIndex((time) => time <= to.last) + 1);
  if ((await hashInTurns(from.hash, known, turns)) === to.hash) return 'same';
  const missing = to.bars - from.bars - known.length;
  if (missing === 0) {
    const sketch = from.open().historySketch;
    await turns.forRuns(known.length, (first, end) => updateSketch(sketch, sliceBars(known, first, end)));
    return sketchesAgree(to.open().historySketch, sketch) ? 'same' : 'differs';
  }
  const { interval } = to.open().market;
  const begins = known.timestamp[0] ?? Number.POSITIVE_INFINITY;
  return missing > 0 && from.at !== 'beginning' && begins - from.last > (missing + 0.5) * interval ? 'begins_later' : 'differs';
}

/**
 * @param window - what models are trained on
 * @param point - where the bars begin
 * @param bars - what follows it
 * @returns index of the window's first bar among them; null if the window begins before them
 */
export function findWindow(window: TrainingWindowOption | undefined, point: ResumePoint, bars: Bars): number | null {
  if (window === undefined) return point.bars === 0 ? 0 : null;
  if ('bars' in window) {
    const start = bars.length - window.bars;
    return start >= 0 ? start : point.bars === 0 ? 0 : null;
  }
  const from = bars.timestamp[bars.length - 1] - window.days * DAY_MS;
  const start = bars.timestamp.findIndex((time) => time >= from);
  return start > 0 || point.bars === 0 || point.last < from ? start : null;
}

/**
 * @param bars - ascending bars
 * @param cut - a time, milliseconds UTC
 * @param told - bars from that time on
 * @param turns - gives way
 * @returns the bars before it, and what is told from it on
 */
export function toldFrom(bars: Bars, cut: number, told: Bars, turns: Turns): Promise<Bars> {
  return joinInTurns(sliceBars(bars, 0, indexFrom(bars, cut)), told, turns);
}

/**
 * @param bars - ascending bars
 * @param time - milliseconds UTC
 * @returns index of the first bar from that time on; their number if there is none
 */
export function indexFrom({ timestamp, length }: Bars, time: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timestamp[middle] >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}
