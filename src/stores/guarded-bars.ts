import { type Bars, checkBars } from '../bars/bars';
import { ownError, TickerforestError } from '../errors';
import { hushed } from '../options/checks';
import { checkArgument } from '../options/description';
import { wholeMarket } from '../options/market-table';
import { described, quoted } from '../text';
import { orAborted } from '../waiting';
import type { BarStore, KeptBars, KeptRange } from './bar-store';

const ADVICE = 'see what BarStore promises, and run testBarStore() over your store';

/**
 * What a bar store of anybody's keeps: what it throws has a code, what it answers is checked, and an abort ends the waiting.
 *
 * @param store - the caller's
 * @param symbol - whose bars
 * @param signal - aborts
 * @returns what is kept; null if nothing is
 * @throws TickerforestError `STORE_FAILED`, `ABORTED`, and the store's own
 */
export async function keptIn(store: BarStore, symbol: string, signal: AbortSignal | undefined): Promise<KeptBars | null> {
  const what = `looking for kept bars of ${quoted(symbol)}`;
  const answer: unknown = await orAborted(
    codedBars(what, () => store.describe(symbol)),
    signal,
    what,
  );
  return checked(what, () => readKept(answer));
}

/**
 * The bars that a store of anybody's keeps, as {@link keptIn} says.
 *
 * @param store - the caller's
 * @param symbol - whose bars
 * @param range - which; its signal aborts
 * @yields them, in blocks, ascending
 * @throws TickerforestError `STORE_FAILED`, `ABORTED`, and the store's own
 */
export async function* barsIn(store: BarStore, symbol: string, range: KeptRange): AsyncGenerator<Bars> {
  const { signal } = range;
  const what = `reading kept bars of ${quoted(symbol)}`;
  const blocks = await codedBars(what, async () => blocksOf(store.read(symbol, range), what));
  let last = Number.NEGATIVE_INFINITY;
  let isOver = false;
  try {
    for (;;) {
      const next = await orAborted(
        codedBars(what, async () => readNext(await blocks.next(), what)),
        signal,
        what,
      );
      isOver = next === null;
      if (next === null) return;
      const { length, timestamp } = next;
      if (length > 0 && !(timestamp[0] > last)) throw storeGave(what, 'bars out of order');
      if (length > 0) last = timestamp[length - 1];
      yield next;
    }
  } finally {
    // not waited for: a store that is silent need not answer to this either
    if (!isOver) codedBars(what, async () => blocks.return?.()).catch(() => {});
  }
}

/**
 * @param what - what the store is at, for messages
 * @param work - asks it
 * @returns what it gave
 * @throws TickerforestError `STORE_FAILED` with what it threw as cause; those of this library as they are
 */
export async function codedBars<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const own = ownError(cause);
    if (own !== null) throw own;
    throw new TickerforestError('STORE_FAILED', `the bar store failed while ${what}; see the cause, then try again`, { cause });
  }
}

function blocksOf(answer: unknown, what: string): AsyncIterator<unknown> {
  // an async read without the star: if it fails, nobody else hears it
  const isLate = hushed(answer);
  if (!isAsyncIterable(answer)) {
    throw storeGave(what, `${isLate ? 'a promise' : described(answer)} instead of blocks; write it as async *read(symbol, range)`);
  }
  return answer[Symbol.asyncIterator]();
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}

function readNext(next: IteratorResult<unknown>, what: string): Bars | null {
  if (next.done) return null;
  return checked(what, () => {
    const bars: unknown = next.value;
    assertBars(bars);
    return bars;
  });
}

function assertBars(value: unknown): asserts value is Bars {
  Reflect.apply(checkBars, undefined, [value]);
}

/** An answer may be anything; getters of it are read once. */
function readKept(answer: unknown): KeptBars | null {
  if (answer === null) return null;
  if (typeof answer !== 'object' || Array.isArray(answer)) throw wrong('what is kept', answer, 'an object or null');
  const given = { ...answer };
  const field = <T>(name: keyof KeptBars, isRight: (value: unknown) => value is T, wanted: string): T => {
    const value: unknown = Reflect.get(given, name);
    if (!isRight(value)) throw wrong(name, value, wanted);
    return value;
  };
  return {
    symbol: field('symbol', isText, 'a text'),
    market: checkArgument(Reflect.get(given, 'market'), wholeMarket, 'market', 'describe'),
    bars: field('bars', isCount, 'a whole number, 1 or more'),
    firstTimestamp: field('firstTimestamp', isTime, 'milliseconds since 1970'),
    lastTimestamp: field('lastTimestamp', isTime, 'milliseconds since 1970'),
    barHash: field('barHash', isText, 'a text'),
    revision: field('revision', isCount, 'a whole number, 1 or more'),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

function wrong(name: string, value: unknown, wanted: string): TickerforestError {
  return new TickerforestError('STORE_FAILED', `${name} must be ${wanted}, not ${described(value)}`);
}

function storeGave(what: string, answer: string): TickerforestError {
  return new TickerforestError('STORE_FAILED', `while ${what} the bar store gave ${answer}; ${ADVICE}`);
}

/** What is wrong with an answer is said as the store's. */
function checked<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (cause) {
    const own = ownError(cause);
    throw new TickerforestError(
      'STORE_FAILED',
      `while ${what} the bar store's answer was wrong: ${own?.message ?? 'it cannot be read, see the cause'}; ${ADVICE}`,
      { cause },
    );
  }
}
