import { allocateBars, BAR_COLUMNS, type Bars } from '../../bars/bars';
import { KEPT_RANGE } from '../../options/bar-store-table';
import { checkOptions } from '../../options/description';
import { checkSymbol } from '../../options/symbol';
import type { BarStore, BarWrite, DeleteBars, KeptBars, KeptRange } from '../bar-store';
import { barConflict, checkBarDeletion, checkBarWrite } from '../bar-writes';
import { assertOpen } from '../checked-commit';
import { assertBase, type BarRevision, describeKept, type NewBlock, prepareBarWrite, readKeptBlocks } from '../kept-blocks';

/**
 * Keeps bars in the memory of this process.
 *
 * @returns a store that keeps bars in this process's memory: for tests and notebooks
 * @example
 * ```ts
 * const bars = memoryBarStore();
 * await trainSymbol({ symbol: 'DEMO', source: sampleBars(), store: memoryProfileStore(), bars });
 * ```
 */
export function memoryBarStore(): BarStore {
  return new MemoryBarStore();
}

class MemoryBarStore implements BarStore {
  readonly #symbols = new Map<string, BarRevision<NewBlock>>();
  #closed = false;

  async describe(symbol: string): Promise<KeptBars | null> {
    return describeKept(symbol, this.#current(symbol));
  }

  async *read(symbol: string, range: KeptRange = {}): AsyncGenerator<Bars> {
    const current = this.#current(symbol);
    const checked = checkOptions(range, KEPT_RANGE, 'read');
    yield* readKeptBlocks(current?.kept?.blocks ?? [], checked, async ({ data }) => copyOf(data));
  }

  async write(update: BarWrite): Promise<KeptBars> {
    assertOpen(this.#closed);
    const write = await checkBarWrite(update);
    const { symbol, market, baseRevision } = write;
    const current = this.#symbols.get(symbol) ?? null;
    const { revision, staying, following, kept } = await prepareBarWrite(current, write, async ({ data }) => data);
    const now = this.#symbols.get(symbol) ?? null;
    if (now !== current) throw barConflict(symbol, baseRevision, now?.kept ? now.revision : 0);
    this.#symbols.set(symbol, { revision, kept: { market, blocks: [...staying, ...following] } });
    return kept;
  }

  async deleteSymbol(symbol: string, options?: DeleteBars): Promise<boolean> {
    assertOpen(this.#closed);
    const base = checkBarDeletion(symbol, options);
    const current = this.#symbols.get(symbol) ?? null;
    if (base !== undefined) assertBase(symbol, current, base);
    if (!current?.kept) return false;
    this.#symbols.set(symbol, { revision: current.revision + 1, kept: null });
    return true;
  }

  async listSymbols(): Promise<string[]> {
    assertOpen(this.#closed);
    return [...this.#symbols].flatMap(([symbol, { kept }]) => (kept ? [symbol] : [])).sort();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #current(symbol: string): BarRevision<NewBlock> | null {
    assertOpen(this.#closed);
    return this.#symbols.get(checkSymbol(symbol)) ?? null;
  }
}

function copyOf(bars: Bars): Bars {
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) copy[column].set(bars[column]);
  return copy;
}
