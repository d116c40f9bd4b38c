import { allocateBars, type Bars, sliceBars } from '../bars/bars';
import type { Market } from '../bars/market';
import { ownError, TickerforestError } from '../errors';
import { joinInTurns } from '../updates/anchor';
import type { TrainingFailure } from '../updates/incremental-update-strategy';
import type { Turns } from '../waiting';
import type { Asking } from './asking';
import { beginning, compareBetween, type FoldStart, findWindow, indexFrom, type ResumePoint, startAt, windowPoint } from './fold-start';
import type { SymbolJob } from './job';
import type { Known } from './known-bars';
import { endsEarly } from './stored-span';
import type { StoredSymbol } from './stored-symbol';
import type { ToldPast } from './told-past';

const NONE = allocateBars(0);

/** What finding the bars of a training needs, whatever they come from. */
export interface TrainingNeeds {
  /** The run. */
  readonly job: SymbolJob;
  /** What is stored. */
  readonly stored: StoredSymbol;
  /** Where the fold would go on without a training. */
  readonly point: ResumePoint;
  /** Gives way. */
  readonly turns: Turns;
}

/**
 * The bars for a retraining, of the training window or all, from where they are kept.
 *
 * @param needs - see {@link TrainingNeeds}
 * @param market - whose bars
 * @param past - the kept bars as they are told now
 * @param all - all of them, if they were read already
 * @returns where the fold begins
 */
export async function startFromKept(needs: TrainingNeeds, market: Market, past: ToldPast, all: Bars | null): Promise<FoldStart> {
  const { options, features } = needs.job;
  const window = windowOf(needs, market);
  if (window.at !== 'beginning') {
    const bars = await past.after(window.last);
    const windowStart = findWindow(options.trainingWindow, window, bars);
    if (windowStart !== null) return startAt(window, bars, windowStart);
  }
  const first = beginning(market, features);
  const bars = all ?? (await past.after(Number.NEGATIVE_INFINITY));
  return startAt(first, bars, findWindow(options.trainingWindow, first, bars) ?? 0);
}

/**
 * The bars for a retraining, of the training window or all, from the source again.
 *
 * @param needs - see {@link TrainingNeeds}
 * @param asking - asks it
 * @param known - what is stored
 * @param newest - timestamp of the newest bar that the run knows of
 * @param rest - the bars after `point`, as they are told now
 * @returns where the fold begins; null: the source tells bars before `point` otherwise now
 * @throws TickerforestError `NO_BARS` if the source no longer reaches back so far, `SOURCE_INCOMPLETE` if it ends early
 */
export async function startFromSource(
  needs: TrainingNeeds,
  asking: Asking,
  known: Known,
  newest: number,
  rest: Bars,
): Promise<FoldStart | null> {
  const { job, stored, point, turns } = needs;
  const { symbol, trainingWindow } = job.options;
  const lacking = (from: ResumePoint, has: string) =>
    new TickerforestError(
      'NO_BARS',
      `${symbol}: training is due, and needs all bars from ${day(from.at === 'beginning' ? known.first : from.last)} on, but the source ${has}; ` +
        'keep bars (option bars), give a source that reaches back so far, or begin anew with what it has: rebuild: true',
    );
  // what the source tells up to where the fold would go on: what follows is known
  const ask = async (from: ResumePoint) => {
    const isWhole = from.at === 'beginning';
    // a vendor who had forgotten the beginning at the run before mostly has now
    const isDoubtful = isWhole && stored.ml?.training_failure?.code === 'NO_BARS';
    if (isDoubtful && !(await asking.hasBeginning(known))) throw lacking(from, 'still begins later');
    const { bars } = await asking.toTrainOn(known, isWhole ? known.first : from.last, newest);
    const ends = bars.timestamp[bars.length - 1];
    if (!(ends >= point.last))
      throw new TickerforestError('SOURCE_INCOMPLETE', `${symbol}: ${endsEarly(ends, point.last)}; try again later`);
    const told = sliceBars(bars, indexFrom(bars, from.last + 1), indexFrom(bars, point.last + 1));
    return { told, bars: await joinInTurns(told, rest, turns) };
  };
  let from = windowOf(needs, known.market);
  // bars that all follow where the fold would go on are at hand: a short window, or a history not longer than what is compared
  let { told, bars } = from.bars === point.bars ? { told: NONE, bars: rest } : await ask(from);
  let windowStart = findWindow(trainingWindow, from, bars);
  if (windowStart === null) {
    // the window has been made longer since: only the whole history reaches back far enough
    from = beginning(known.market, job.features);
    ({ told, bars } = await ask(from));
    windowStart = findWindow(trainingWindow, from, bars) ?? 0;
  }
  const comparison = await compareBetween(from, told, point, turns);
  const begins = bars.timestamp[0];
  if (comparison === 'begins_later' || (from.at === 'beginning' && begins !== known.first)) {
    throw lacking(from, begins === undefined ? 'has none' : `begins on ${day(begins)}`);
  }
  return comparison === 'differs' ? null : startAt(from, bars, windowStart);
}

/** Errors that are not about the bars of a training. */
const ENDS_RUN: ReadonlySet<string> = new Set([
  'ABORTED',
  'LEASE_LOST',
  'STRICT',
  'INVALID_OPTION',
  'STORE_FAILED',
  'STORE_CLOSED',
  'CONFLICT',
]);

/**
 * @param error - of the bars of a training
 * @param stored - what is stored
 * @param signal - of the run
 * @returns what keeps the training from taking place, and nothing else; null for an error that ends the run
 */
export function trainingFailureOf(
  error: unknown,
  { ml, models }: StoredSymbol,
  signal: AbortSignal,
): (TrainingFailure & { readonly isStored: boolean }) | null {
  const own = ownError(error);
  if (own === null || signal.aborted || ENDS_RUN.has(own.code)) return null;
  // without a model that could stay, there is nothing to go on with
  if (models === null || ml === null) return null;
  return { code: own.code, reason: own.message, isStored: ml.training_failure?.code === own.code };
}

/** The state before the window of the training before; where bars before that one are told otherwise now, the state that the fold goes on from, which is before them. */
function windowOf({ job, stored, point }: TrainingNeeds, market: Market): ResumePoint {
  const isWhole = job.options.trainingWindow === undefined || point.at === 'beginning';
  const window = windowPoint(isWhole ? null : stored.windowState, market, job.features);
  return window.bars > point.bars ? point : window;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
