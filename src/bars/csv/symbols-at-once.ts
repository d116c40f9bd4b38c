import { stat } from 'node:fs/promises';
import { TickerforestError } from '../../errors';
import { orAborted, Turns } from '../../waiting';
import { allocateBars, BAR_COLUMNS, type Bars } from '../bars';
import { fileBytes, shownPath } from '../file-bytes';
import type { Reading } from '../reading';
import type { Warning } from '../warnings';
import { BATCH, BarRows } from './bar-rows';
import { type CsvPlan, inspectCsv } from './inspection';
import type { CsvOptions } from './options';
import { csvRows } from './rows';

/** Bars of all symbols that are kept: 56 bytes each, 220 MB in all. */
const MOST_BARS = 4_000_000;
/** Bars that a symbol weighs in addition, for all that is kept beside its bars. */
const SYMBOL_WEIGHT = 150;

/** All bars of one symbol of a file, as they stand in it. */
export interface SymbolBars {
  readonly pieces: readonly { readonly bars: Bars; readonly lines: Float64Array }[];
  readonly reading: Reading;
  readonly warnings: readonly Warning[];
}

interface Entry {
  readonly rows: BarRows;
  readonly pieces: { bars: Bars; lines: Float64Array }[];
  /** What its own rows were refused for; other symbols have nothing to do with it. */
  error: TickerforestError | undefined;
}

/**
 * A file of many symbols, read once for all of them: from the second symbol on that is asked for, the bars of all are kept in memory, as long as they are at
 * most {@link MOST_BARS} and the file stays as it is. Anything out of the ordinary, and the file is read for each symbol as if this were not there.
 */
export class SymbolsAtOnce {
  readonly #path: string;
  readonly #options: CsvOptions;
  /** Size and time of the file that the rest belongs to. */
  #version = '';
  #first: string | undefined;
  #all: Promise<ReadonlyMap<string, Entry> | undefined> | undefined;
  /** Ends the reading when nobody waits for it any longer. */
  #stop = new AbortController();
  #waiting = 0;

  /**
   * @param path - the file
   * @param options - how it is read
   */
  constructor(path: string, options: CsvOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * @param symbol - the requested symbol
   * @param signal - the caller's
   * @returns the symbol's bars; undefined where the file must be read for it
   * @throws TickerforestError what the symbol's rows are refused for, `ABORTED`
   */
  async get(symbol: string, signal: AbortSignal | undefined): Promise<SymbolBars | undefined> {
    const stats = await stat(this.#path).catch(() => undefined);
    if (stats === undefined) return undefined;
    const version = `${stats.size} ${stats.mtimeMs} ${stats.ino}`;
    if (version !== this.#version) {
      this.#version = version;
      this.#first = symbol;
      this.#all = undefined;
      return undefined;
    }
    if (this.#all === undefined && symbol === this.#first) return undefined;
    this.#waiting++;
    try {
      this.#all ??= this.#read();
      const entry = (await orAborted(this.#all, signal, `reading ${shownPath(this.#path)}`))?.get(symbol);
      if (entry === undefined) return undefined;
      if (entry.error !== undefined) throw entry.error;
      return { pieces: entry.pieces, reading: entry.rows.reading, warnings: entry.rows.finish() };
    } finally {
      this.#waiting--;
      if (this.#waiting === 0 && signal?.aborted) this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#version = '';
  }

  async #read(): Promise<ReadonlyMap<string, Entry> | undefined> {
    const { signal } = this.#stop;
    try {
      const plan = await inspectCsv(this.#path, this.#options, '', signal);
      const { symbol } = plan.columns;
      return symbol === undefined ? undefined : await this.#readAll(plan, symbol, signal);
    } catch (error) {
      // whatever it is, reading for one symbol says it better
      if (error instanceof TickerforestError) return undefined;
      throw error;
    }
  }

  async #readAll(plan: CsvPlan, column: number, signal: AbortSignal): Promise<ReadonlyMap<string, Entry> | undefined> {
    const { delimiter, firstLine, header } = plan.dialect;
    const entries = new Map<string, Entry>();
    const turns = new Turns();
    let room = MOST_BARS;
    let cell: string | undefined;
    let entry: Entry | undefined;
    for await (const { rows, lines } of csvRows(fileBytes(this.#path, signal), shownPath(this.#path), delimiter)) {
      for (let i = 0; i < rows.length; i++) {
        if (lines[i] < firstLine) continue;
        const row = rows[i];
        // totals, headers within, rows cut off
        if (row.length !== header.names.length || row[column].trim() === '' || row[column] === header.names[column]) return undefined;
        if (row[column] !== cell || entry === undefined) {
          cell = row[column];
          entry = entries.get(cell.trim());
          if (entry === undefined) {
            // a copy: a cell is a view of the text around it, which it would keep in memory
            const symbol = Buffer.from(cell.trim()).toString();
            const request = { symbol, from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
            entry = { rows: new BarRows(this.#path, plan, this.#options, request, () => {}), pieces: [], error: undefined };
            entries.set(symbol, entry);
            room -= SYMBOL_WEIGHT;
          }
        }
        if (--room < 0) return undefined;
        take(entry, row, lines[i]);
      }
      if (turns.isOver) await turns.giveWay();
    }
    for (const { rows, pieces } of entries.values()) if (rows.count > 0) pieces.push(exactly(rows.take()));
    return entries;
  }
}

function take(entry: Entry, row: readonly string[], line: number): void {
  if (entry.error !== undefined) return;
  try {
    entry.rows.read(row, line);
  } catch (error) {
    if (!(error instanceof TickerforestError)) throw error;
    entry.error = error;
  }
  if (entry.rows.count === BATCH) entry.pieces.push(exactly(entry.rows.take()));
}

/** A copy without the room that was left for more. */
function exactly({ bars, lines }: { readonly bars: Bars; readonly lines: Float64Array }): { bars: Bars; lines: Float64Array } {
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) copy[column].set(bars[column]);
  return { bars: copy, lines: lines.slice() };
}

/**
 * @param piece - some bars of one symbol
 * @param from - earliest time wanted
 * @param to - latest time wanted
 * @returns those within the range; a bar without a time is within every range
 */
export function withinRange(
  { bars, lines }: { readonly bars: Bars; readonly lines: Float64Array },
  from: number,
  to: number,
): { readonly bars: Bars; readonly lines: Float64Array } {
  const kept: number[] = [];
  for (let i = 0; i < bars.length; i++) if (!(bars.timestamp[i] < from || bars.timestamp[i] > to)) kept.push(i);
  const part = allocateBars(kept.length);
  for (const column of BAR_COLUMNS) for (let i = 0; i < kept.length; i++) part[column][i] = bars[column][kept[i]];
  return { bars: part, lines: Float64Array.from(kept, (index) => lines[index]) };
}
