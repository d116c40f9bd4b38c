import type { ProfileStore } from '../../src/stores/contract';
import { trainSymbols } from '../../src/symbol/train-symbols';
import { indexedBars, type Series, storeParts, type TrainedHistory } from './histories';
import { keptModels } from './stages';

const MIB = 2 ** 20;
const SAMPLE_MS = 20;

/** One pass over all symbols. */
export interface Pass {
  /** Symbols at work at the same time. */
  readonly concurrency: number;
  /** Symbols brought up to date in a second. */
  readonly symbolsPerSecond: number;
  /** MiB that are in use after a full collection, before the pass and after so many symbols of it. */
  readonly live: readonly { readonly symbols: number; readonly mebibytes: number }[];
  /** Most MiB of heap and buffers in use at any time, garbage included. */
  readonly peakUsed: number;
  /** Most MiB resident at any time. */
  readonly peakResident: number;
  /** Share of one core that this process used; the rest is waiting. */
  readonly processor: number;
}

/**
 * Stores one trained history under many names.
 *
 * @param store - where; empty
 * @param trained - what
 * @param count - how often
 * @returns the names
 */
export async function storeCopies(store: ProfileStore, trained: TrainedHistory, count: number): Promise<string[]> {
  const symbols = Array.from({ length: count }, (_, i) => `S${String(i).padStart(4, '0')}`);
  for (const symbol of symbols) await storeParts(store, symbol, trained, 0);
  return symbols;
}

/**
 * Brings every symbol up to date by one day.
 *
 * @param store - where they are
 * @param series - the bars, the same for all
 * @param symbols - the symbols
 * @param day - which day after the history; the days before are stored
 * @param concurrency - symbols at work at the same time
 * @returns what it took
 */
export async function updateAll(
  store: ProfileStore,
  series: Series,
  symbols: readonly string[],
  day: number,
  concurrency: number,
): Promise<Pass> {
  const marks = new Set([0.1, 0.5, 1].map((share) => Math.ceil(share * symbols.length)));
  const live = [{ symbols: 0, mebibytes: liveMebibytes() }];
  let peakUsed = 0;
  let peakResident = 0;
  const sample = setInterval(() => {
    const { heapUsed, external, rss } = process.memoryUsage();
    peakUsed = Math.max(peakUsed, (heapUsed + external) / MIB);
    peakResident = Math.max(peakResident, rss / MIB);
  }, SAMPLE_MS);
  let finished = 0;
  const processor = process.cpuUsage();
  const started = performance.now();
  // the time of the marks' collections is not the update's
  let collecting = 0;
  for await (const outcome of trainSymbols({
    symbols,
    store,
    source: indexedBars(series.bars),
    concurrency,
    ...keptModels(series, day),
  })) {
    if (outcome.status === 'rejected') throw outcome.error;
    if (outcome.result.action !== 'incremental_update') throw new Error(`${outcome.symbol} was not just updated`);
    finished++;
    if (!marks.has(finished)) continue;
    const from = performance.now();
    live.push({ symbols: finished, mebibytes: liveMebibytes() });
    collecting += performance.now() - from;
  }
  const milliseconds = performance.now() - started - collecting;
  const { user, system } = process.cpuUsage(processor);
  clearInterval(sample);
  return {
    concurrency,
    symbolsPerSecond: (1000 * finished) / milliseconds,
    live,
    peakUsed,
    peakResident,
    processor: (user + system) / 1000 / milliseconds,
  };
}

function liveMebibytes(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}
