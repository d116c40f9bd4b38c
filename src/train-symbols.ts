import { pMapIterable } from 'p-map';
import { TickerforestError, throwIfAborted } from './errors';
import type { Progress } from './progress';
import type { TrainSymbolOptions } from './symbol-job';
import { type TrainSymbolResult, trainSymbol } from './train-symbol';

/** What {@link trainSymbols} is given: the options of {@link trainSymbol} that all symbols share, and which symbols. */
export interface TrainSymbolsOptions extends Omit<TrainSymbolOptions, 'symbol' | 'onProgress'> {
  /** The symbols, each once; read as they are needed. */
  readonly symbols: Iterable<string> | AsyncIterable<string>;
  /** Symbols at work at the same time, 1 or more. While one waits for its source or store, another computes. Default 4. */
  readonly concurrency?: number;
  /** What is different for one symbol: its exchange, its fundamentals, a source of its own. Default: nothing. */
  readonly perSymbol?: (symbol: string) => Partial<Omit<TrainSymbolOptions, 'symbol' | 'store' | 'signal' | 'onProgress'>>;
  /** Called with every symbol's progress. What it throws is ignored. */
  readonly onProgress?: (symbol: string, progress: Progress) => void;
}

/** How one symbol ended. */
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
 * Brings many symbols up to date, a few at a time. One symbol's failure stops no other. Outcomes come one by one, in the order of the
 * symbols, and are not kept: at most twice `concurrency` are in memory, however many symbols there are, and nothing goes on while the caller
 * does not ask for the next.
 *
 * @param options - symbols, source, store; everything else has a default
 * @returns the outcomes
 * @throws TickerforestError `INVALID_OPTION` for a bad concurrency, `ABORTED` when the signal fires: symbols that are finished stay stored
 */
export async function* trainSymbols(options: TrainSymbolsOptions): AsyncGenerator<SymbolOutcome> {
  const { symbols, concurrency = 4, perSymbol, onProgress, ...shared } = options;
  if (!(Number.isInteger(concurrency) && concurrency >= 1)) {
    throw new TickerforestError('INVALID_OPTION', `concurrency must be a whole number, 1 or more, not ${concurrency}`);
  }
  const outcomes = pMapIterable(
    symbols,
    async (symbol): Promise<SymbolOutcome> => {
      try {
        throwIfAborted(shared.signal, `before ${symbol}`);
        const result = await trainSymbol({
          ...shared,
          ...perSymbol?.(symbol),
          symbol,
          ...(onProgress && { onProgress: (progress) => onProgress(symbol, progress) }),
        });
        return { symbol, status: 'fulfilled', result };
      } catch (error) {
        if (!(error instanceof TickerforestError) || error.code === 'ABORTED') throw error;
        return { symbol, status: 'rejected', error };
      }
    },
    { concurrency, backpressure: 2 * concurrency },
  );
  yield* outcomes;
}
