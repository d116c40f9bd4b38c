import { ownError, TickerforestError } from '../errors';
import { isPromise } from '../options/checks';
import { checkOptions } from '../options/description';
import { PER_SYMBOL, TRAIN_SYMBOLS } from '../options/symbol-tables';
import { printedAs } from '../printed';
import { GuardedStore } from '../stores/guarded-store';
import { described, quoted } from '../text';
import { endedWithin } from '../waiting';
import type { TrainSymbolOptions } from './job';
import type { Progress } from './progress';
import { outcomeLine } from './tables';
import { type TrainSymbolResult, trainSymbol } from './train-symbol';
import { workInOrder } from './work-in-order';

/** What {@link trainSymbols} is given: the options of {@link trainSymbol} that all symbols share, and which symbols. */
export interface TrainSymbolsOptions extends Omit<TrainSymbolOptions, 'symbol' | 'onProgress'> {
  /** The symbols, each once (a second time is an outcome with `INVALID_OPTION`); read as they are needed. */
  readonly symbols: Iterable<string> | AsyncIterable<string>;
  /** Symbols at work at the same time, 1 to 1,000. While one waits for its source or store, another computes. Default 4. */
  readonly concurrency?: number | undefined;
  /** What is different for one symbol: its exchange, its fundamentals, a source of its own. Returns them at once, not a promise. Default: nothing. */
  readonly perSymbol?:
    | ((symbol: string) => Partial<Omit<TrainSymbolOptions, 'symbol' | 'store' | 'bars' | 'signal' | 'onProgress'>>)
    | undefined;
  /** Called with every symbol's progress. What it throws, and what a promise of it rejects with, is ignored. */
  readonly onProgress?: ((symbol: string, progress: Progress) => void) | undefined;
}

/** How one symbol ended. `console.log` and `String()` show a line of it. */
export type SymbolOutcome =
  | {
      /** The symbol. */
      readonly symbol: string;
      /** It is up to date. */
      readonly status: 'fulfilled';
      /** What was done. */
      readonly result: TrainSymbolResult;
    }
  | {
      /** The symbol. */
      readonly symbol: string;
      /** It is as it was. */
      readonly status: 'rejected';
      /** Why. */
      readonly error: TickerforestError;
    };

/**
 * Brings many symbols up to date, a few at a time. One symbol's failure, of whatever kind, is its own outcome and stops no other. Outcomes come one by
 * one, in the order of the symbols, and are not kept: at most twice `concurrency` are in memory, however many symbols there are, and nothing more is
 * begun while the caller does not ask for the next.
 *
 * Leaving the loop (`break`, an error in its body) aborts the symbols that are under way and waits until they have stopped, a few seconds at
 * most: nothing is stored afterwards.
 *
 * @param options - symbols, source, store; everything else has a default
 * @yields the outcomes
 * @throws TickerforestError `INVALID_OPTION` naming an option that all symbols share; `SOURCE_FAILED` if reading the list fails, after the outcomes of
 *   the symbols before; `ABORTED` when the signal fires: symbols that are finished stay stored
 * @example
 * ```ts
 * const { store, bars } = directoryStores('profiles');
 * for await (const outcome of trainSymbols({ symbols: ['AAPL', 'MSFT'], source: csvBars('all.csv.gz'), store, bars })) {
 *   if (outcome.status === 'rejected') console.error(outcome.symbol, outcome.error.code);
 * }
 * ```
 */
export async function* trainSymbols(options: TrainSymbolsOptions): AsyncGenerator<SymbolOutcome> {
  const checked = checkOptions(options, TRAIN_SYMBOLS, 'trainSymbols');
  const { symbols, concurrency = TRAIN_SYMBOLS.concurrency.default, perSymbol, onProgress, ...shared } = checked;
  const left = new AbortController();
  const signal = shared.signal === undefined ? left.signal : AbortSignal.any([shared.signal, left.signal]);
  const store = new GuardedStore(shared.store, signal);
  const begun = new Set<string>();

  const train = async (symbol: string): Promise<SymbolOutcome> => {
    const named = typeof symbol === 'string' ? symbol : described(symbol);
    try {
      if (begun.has(symbol))
        throw new TickerforestError('INVALID_OPTION', `${quoted(named)} is twice in the list of symbols; it was trained once`);
      begun.add(symbol);
      const result = await trainSymbol({
        ...shared,
        ...optionsOf(perSymbol, symbol),
        symbol,
        store,
        signal,
        ...(onProgress && { onProgress: (progress) => onProgress(symbol, progress) }),
      });
      return printedAs({ symbol, status: 'fulfilled', result }, outcomeLine);
    } catch (error) {
      if (signal.aborted) throw error;
      return printedAs({ symbol: named, status: 'rejected', error: coded(error, named) }, outcomeLine);
    }
  };
  try {
    yield* workInOrder(symbols, train, { concurrency, signal, onLeave: () => left.abort(LEFT) });
  } catch (cause) {
    const own = ownError(cause);
    if (own !== null) throw own;
    throw new TickerforestError('SOURCE_FAILED', `the list of symbols failed after ${begun.size} symbols; see the cause`, { cause });
  } finally {
    await endedWithin(store.settled(), PATIENCE_MS);
  }
}

/** How long commits and leases that are under way are waited for when the loop is left, milliseconds. */
const PATIENCE_MS = 5_000;
const LEFT = new TickerforestError('ABORTED', 'the loop over the outcomes was left');

/** What the caller says of one symbol, checked, because functions without types return anything. */
function optionsOf(perSymbol: TrainSymbolsOptions['perSymbol'], symbol: string): ReturnType<NonNullable<TrainSymbolsOptions['perSymbol']>> {
  if (perSymbol === undefined) return {};
  const refused = (what: string, cause?: unknown) =>
    new TickerforestError('INVALID_OPTION', `perSymbol(${quoted(symbol)}) ${what}`, { cause });
  try {
    const own = perSymbol(symbol);
    if (isPromise(own)) {
      // it may fail yet, and nobody would hear it
      Promise.resolve(own).catch(() => {});
      throw refused('is async; look things up before, and return the options themselves');
    }
    return own === undefined ? {} : checkOptions(own, PER_SYMBOL, `perSymbol(${quoted(symbol)})`);
  } catch (cause) {
    throw ownError(cause) ?? refused('threw; see the cause', cause);
  }
}

/** A symbol's error is never raw, wherever it comes from. */
function coded(error: unknown, symbol: string): TickerforestError {
  const message = `${quoted(symbol)} cannot be trained with these options; see the cause`;
  return ownError(error) ?? new TickerforestError('INVALID_OPTION', message, { cause: error });
}
