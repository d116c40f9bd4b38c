import { ownError, TickerforestError, throwIfAborted } from '../errors';
import { isFloat64Array } from '../options/columns';
import { described } from '../text';
import { endedWithin, orAborted } from '../waiting';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { BAR_COLUMNS } from './bars';

/** How long a source may take to close after somebody lost interest, milliseconds. */
const CLOSING = 1_000;

/**
 * A source's batches, each checked to be made as {@link BarBatch} says, since a source may be written by anyone. Whatever the source throws or yields ends in a
 * TickerforestError; a source that is silent is not waited for after an abort; it is told to close when the loop over the batches ends.
 *
 * @param source - where the bars are
 * @param request - symbol, range and signal
 * @yields the batches
 * @throws TickerforestError `SOURCE_FAILED` when the source throws (its TickerforestErrors pass as they are), `INVALID_BARS` for a malformed batch, `ABORTED`
 */
export async function* batchesOf(source: BarSource, request: BarRequest): AsyncGenerator<BarBatch> {
  const { symbol, signal } = request;
  let batches = 0;
  let bars = 0;
  const failed = (cause: unknown): TickerforestError => {
    throwIfAborted(signal, 'fetching bars');
    const own = ownError(cause);
    if (own !== null) return own;
    // the source's own words may hold a vendor's key: they stay in the cause
    const where = `failed at batch ${batches + 1}, after ${bars} bars`;
    return new TickerforestError('SOURCE_FAILED', `the source of ${symbol} ${where}; the cause says why. Nothing was stored, try again`, {
      cause,
    });
  };

  let iterator: Iterator<unknown> | AsyncIterator<unknown>;
  try {
    iterator = iteratorOf(source.fetch(request));
  } catch (error) {
    throw failed(error);
  }
  let isDone = false;
  try {
    while (true) {
      let batch: unknown;
      try {
        const next: IteratorResult<unknown> = await orAborted(iterator.next(), signal, 'fetching bars');
        isDone = Boolean(next.done);
        batch = next.value;
      } catch (error) {
        throw failed(error);
      }
      if (isDone) return;
      batches++;
      try {
        checkBatch(batch, batches, symbol);
      } catch (error) {
        // a getter of the source's may throw
        throw failed(error);
      }
      yield batch;
      bars += batch.bars.length;
    }
  } finally {
    if (!isDone) await closed(iterator, signal);
  }
}

function iteratorOf(answer: unknown): Iterator<unknown> | AsyncIterator<unknown> {
  if (isAsyncIterable(answer)) return answer[Symbol.asyncIterator]();
  if (isIterable(answer)) return answer[Symbol.iterator]();
  // an async fetch without the star: if it fails, nobody else hears it
  if (isRecord(answer)) Promise.resolve(answer).catch(() => {});
  throw new TickerforestError(
    'SOURCE_FAILED',
    `the source's fetch returned ${described(answer)} instead of batches; write it as async *fetch(request) { yield { bars, batch: 1 }; }`,
  );
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isRecord(value) && typeof value[Symbol.asyncIterator] === 'function';
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return isRecord(value) && typeof value[Symbol.iterator] === 'function';
}

/** Tells the source that nobody reads on; one that does not answer is left alone. */
async function closed(iterator: Iterator<unknown> | AsyncIterator<unknown>, signal: AbortSignal | undefined): Promise<void> {
  try {
    // what a closing source throws has nobody to go to
    await endedWithin(Promise.resolve(iterator.return?.()), CLOSING, signal, 0);
  } catch {
    // return() itself threw: it is as closed as it gets
  }
}

/** Refuses a batch that is not made as {@link BarBatch} says. */
function checkBatch(value: unknown, number: number, symbol: string): asserts value is BarBatch {
  const wrong = (what: string) => new TickerforestError('INVALID_BARS', `batch ${number} of ${symbol}: ${what}`);
  if (!isRecord(value)) throw wrong(`the source yielded ${described(value)}, not { bars, batch }; arrayBars() makes a source of rows`);
  const { bars } = value;
  if (!isRecord(bars)) throw wrong(`bars is ${described(bars)}, not columns; arrayBars() makes bars from rows`);
  for (const name of BAR_COLUMNS) {
    const column: unknown = bars[name];
    if (!isFloat64Array(column))
      throw wrong(`column ${name} is ${described(column)}, not a Float64Array; arrayBars() makes bars from rows`);
    if (column.length !== bars.length)
      throw wrong(`column ${name} has ${column.length} values where bars.length is ${described(bars.length)}`);
  }
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
