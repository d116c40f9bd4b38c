import { throwIfAborted } from '../errors';
import { endedWithin, orAborted, Turns } from '../waiting';

/** How long left work is waited for, milliseconds. */
const PATIENCE_MS = 2_000;
const WAITING = 'waiting for the next symbol';

/** How much is done at once. */
export interface WorkInOrderOptions {
  /** Items at work at the same time, 1 or more. At most twice as many are begun and not yet taken. */
  readonly concurrency: number;
  /** Ends the work: see {@link workInOrder}. */
  readonly signal: AbortSignal | undefined;
  /** Called when the caller leaves the loop before its end: the work that is under way should stop. */
  readonly onLeave: () => void;
}

type Begun<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Works on items, a few at a time, and gives the results in the order of the items. Items are read one by one, as they are needed; nothing is begun
 * while the caller does not take what is there. When the loop over the results is left, or fails, what is under way is waited for, 2 seconds at most.
 *
 * @param items - the items
 * @param work - what to do with each
 * @param options - see {@link WorkInOrderOptions}
 * @yields the results
 * @throws what `work` throws, when its turn comes; what the items throw; TickerforestError `ABORTED` when the signal fires while an item is waited for
 */
export async function* workInOrder<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  { concurrency, signal, onLeave }: WorkInOrderOptions,
): AsyncGenerator<Result> {
  const iterator: Iterator<Item> | AsyncIterator<Item> =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const turns = new Turns();
  const begun: Promise<Begun<Result>>[] = [];
  let atWork = 0;
  let isReading = false;
  let isOver = false;
  const beginNext = () => {
    if (isReading || isOver || atWork >= concurrency || begun.length >= 2 * concurrency) return;
    isReading = true;
    begun.push(begin());
  };
  const read = async (): Promise<IteratorResult<Item, unknown>> => {
    if (turns.isOver) await turns.giveWay();
    throwIfAborted(signal, WAITING);
    return orAborted(iterator.next(), signal, WAITING);
  };
  // never rejects: nobody may be looking yet
  const begin = async (): Promise<Begun<Result>> => {
    try {
      const item = await read();
      if (item.done) {
        isOver = true;
        return { kind: 'end' };
      }
      isReading = false;
      atWork++;
      beginNext();
      try {
        return { kind: 'done', result: await work(item.value) };
      } finally {
        atWork--;
        beginNext();
      }
    } catch (error) {
      if (isReading) isOver = true;
      return { kind: 'failed', error };
    }
  };

  try {
    for (;;) {
      beginNext();
      const [first] = begun;
      if (first === undefined) return;
      const outcome = await first;
      void begun.shift();
      if (outcome.kind === 'end') return;
      if (outcome.kind === 'failed') throw outcome.error;
      yield outcome.result;
    }
  } finally {
    const isWhole = isOver;
    isOver = true;
    onLeave();
    await endedWithin(Promise.all(begun), PATIENCE_MS);
    if (!isWhole) await endedWithin(closed(iterator), PATIENCE_MS);
  }
}

async function closed(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.();
}
