import { allocateBars, BAR_COLUMNS, type Bars, checkBars } from '../bars/bars';
import { describeBar, describeTime, findBadValue } from '../bars/judgement/values';
import { type Market, resolveMarket } from '../bars/market';
import { TickerforestError } from '../errors';
import { BAR_WRITE, DELETE_BARS } from '../options/bar-store-table';
import { counted, invalidOption } from '../options/checks';
import { checkOptions } from '../options/description';
import { checkSymbol } from '../options/symbol';
import { quoted } from '../text';
import { Turns } from '../waiting';
import type { BarWrite, DeleteBars } from './bar-store';

/** A write that can be carried out: valid, and nothing of it the caller's. */
export interface CheckedBarWrite extends BarWrite {
  readonly shrink: boolean;
}

/** How often rivals may be faster than a deletion of any revision. */
const DELETIONS = 100;
/** Bars that are looked at before others get their turn. */
const STRETCH = 65_536;

/**
 * What every store does with a write first, so that all of them take and refuse the same. The bars are copied before anything is waited for.
 *
 * @param update - the caller's
 * @returns a valid copy
 * @throws TickerforestError `INVALID_OPTION` naming the part and its value; `INVALID_BARS` for a bar that is bad, not after the one before it, or before `from`
 */
export async function checkBarWrite(update: BarWrite): Promise<CheckedBarWrite> {
  const { symbol, market, from, bars, baseRevision, shrink = BAR_WRITE.shrink.default } = checkOptions(update, BAR_WRITE, 'write');
  const write = { symbol, market: completeMarket(market), from, bars: copyOf(bars), baseRevision, shrink };
  const turns = new Turns();
  for (let start = 0; start < write.bars.length; start += STRETCH) {
    checkStretch(write, start, Math.min(start + STRETCH, write.bars.length));
    if (turns.isOver) await turns.giveWay();
  }
  return write;
}

/**
 * Checks what a deletion of bars is given.
 *
 * @param symbol - the caller's
 * @param options - the caller's
 * @returns the revision that must be the current one; undefined: any
 * @throws TickerforestError `INVALID_OPTION` naming the part and its value
 */
export function checkBarDeletion(symbol: string, options: DeleteBars = {}): number | undefined {
  checkSymbol(symbol);
  return checkOptions(options, DELETE_BARS, 'deleteSymbol').baseRevision;
}

/**
 * Deletes, and again if somebody wrote meanwhile: then that is deleted.
 *
 * @param isBased - whether a certain revision is to be deleted, and no other
 * @param attempt - deletes the newest one
 * @returns what it returned
 * @throws what it throws; a `CONFLICT` only if a certain revision was to be deleted, or rivals were faster 100 times
 */
export async function repeatedUnless(isBased: boolean, attempt: () => Promise<boolean>): Promise<boolean> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      const isBeaten = error instanceof TickerforestError && error.code === 'CONFLICT';
      if (!isBeaten || isBased || attempts === DELETIONS) throw error;
    }
  }
}

/**
 * The error of a write that came too late.
 *
 * @param symbol - the symbol
 * @param base - revision that the work was based on
 * @param current - the current revision; 0 if nothing is kept
 * @param cause - the error that it was noticed by, if any
 * @returns the error to throw
 */
export function barConflict(symbol: string, base: number, current: number, cause?: unknown): TickerforestError {
  const kept = current === 0 ? `no bars of ${quoted(symbol)} are kept` : `the kept bars of ${quoted(symbol)} are at revision ${current}`;
  const message = `${kept}, the write was based on ${base}; read them again and repeat the work`;
  return new TickerforestError('CONFLICT', message, cause === undefined ? undefined : { cause });
}

/**
 * @param symbol - the symbol
 * @param revision - revision that was being read
 * @param cause - the error that it was noticed by
 * @returns the error to throw when somebody replaced, meanwhile, what was being read
 */
export function readConflict(symbol: string, revision: number, cause: unknown): TickerforestError {
  const message = `revision ${revision} of the kept bars of ${quoted(symbol)} was replaced while it was read; read them again`;
  return new TickerforestError('CONFLICT', message, { cause });
}

function copyOf(bars: Bars): Bars {
  checkBars(bars);
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) copy[column].set(bars[column]);
  return copy;
}

/** Hours and zone are checked, too; the result has nothing but what a market has. */
function completeMarket({ interval, stamp, timeZone, session }: Market): Market {
  const { open, close, earlyCloses } = session;
  return resolveMarket(interval, { stamp, timeZone, session: { open, close, earlyCloses } });
}

function checkStretch({ symbol, from, bars }: CheckedBarWrite, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const reason = findBadValue(bars, i);
    const time = bars.timestamp[i];
    const wrong =
      reason !== undefined
        ? `is bad (${reason})`
        : i > 0 && !(time > bars.timestamp[i - 1])
          ? `is not after the one before it, of ${describeTime(bars.timestamp[i - 1])}`
          : time < from
            ? `is before 'from', ${describeTime(from)}`
            : undefined;
    if (wrong === undefined) continue;
    const message = `bars[${i}] of ${quoted(symbol)}, ${describeBar(bars, i)}, ${wrong}; nothing was written`;
    throw new TickerforestError('INVALID_BARS', message);
  }
}

/**
 * @param write - what is written
 * @param before - bars that are kept
 * @param after - bars that would be kept
 * @throws TickerforestError `HISTORY_SHRINKS` if these are fewer, and the write does not say that they may be; `INVALID_OPTION` if there would be none
 */
export function assertNotShrinking({ symbol, shrink }: CheckedBarWrite, before: number, after: number): void {
  if (after < before && !shrink) {
    throw new TickerforestError(
      'HISTORY_SHRINKS',
      `this would leave ${counted(after)} of the ${counted(before)} kept bars of ${quoted(symbol)}; give shrink: true if bars are to go`,
    );
  }
  if (after === 0) throw invalidOption(`bars has none, and no bar of ${quoted(symbol)} would be left; deleteSymbol() forgets a symbol`);
}

/**
 * @param write - what is written
 * @param kept - market of the bars that stay
 * @throws TickerforestError `INVALID_OPTION` if it is another one
 */
export function assertSameMarket({ symbol, market }: CheckedBarWrite, kept: Market): void {
  const ours = completeMarket(kept);
  if (JSON.stringify(ours) === JSON.stringify(market)) return;
  throw invalidOption(
    `market is ${inWords(market)}, the kept bars of ${quoted(symbol)} are of ${inWords(ours)}; give the same, or write all bars anew (from: -Infinity)`,
  );
}

function inWords({ interval, stamp, timeZone, session }: Market): string {
  const { open, close, earlyCloses } = session;
  const early = earlyCloses === 'none' ? '' : `, early closes ${earlyCloses}`;
  return `${counted(interval)} ms bars stamped at their ${stamp}, ${quoted(timeZone)}, minutes ${open} to ${close}${early}`;
}
