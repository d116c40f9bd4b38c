import { TickerforestError, throwIfAborted } from '../errors';
import { quoted } from '../text';
import { Turns } from '../waiting';
import type { BarBatch, BarRequest } from './bar-source';
import { allocateBars, sliceBars } from './bars';
import type { Row } from './row-fields';
import { ROWS_DECIDED_ON, type RowOptions, type RowOrigin, RowReader } from './row-reader';

/** Rows of known number that are all there, made when they are looked at. */
export interface RowList {
  /** How many. */
  readonly length: number;
  /** The row at an index from 0. */
  readonly at: (index: number) => unknown;
}

/** Some rows of a stream. */
export interface RowBlock {
  /** The rows, in order. */
  readonly rows: readonly unknown[];
  /** Number of each row, for {@link RowOrigin}. */
  readonly numbers: ArrayLike<number>;
  /** How much of the source has been read, 0 to 1. */
  readonly fraction: number;
}

const BATCH = 50_000;
/** Rows between two looks at the clock. */
const LOOK = 2_048;

/**
 * Reads rows that are all there.
 *
 * @param rows - the rows
 * @param origin - where they come from
 * @param options - what the caller says about them
 * @param request - symbol and signal
 * @yields batches of 50,000 bars, of known number
 * @throws TickerforestError as {@link RowReader}, and `ABORTED`
 */
export async function* rowsToBars(rows: RowList, origin: RowOrigin, options: RowOptions, request: BarRequest): AsyncGenerator<BarBatch> {
  const reader = new RowReader(origin, options, request);
  const turns = new Turns();
  const look = async (): Promise<void> => {
    if (!turns.isOver) return;
    await turns.giveWay();
    throwIfAborted(request.signal, 'reading bars');
  };

  for (let index = 0; index < rows.length; index++) {
    if (index % LOOK === 0) await look();
    reader.survey(rows.at(index), index);
  }
  reader.settle();

  const sample: Row[] = [];
  const sampled: number[] = [];
  let selected = reader.takesAll ? rows.length : 0;
  const looked = Math.min(rows.length, reader.takesAll ? ROWS_DECIDED_ON : rows.length);
  for (let index = 0; index < looked; index++) {
    if (index % LOOK === 0) await look();
    const row = rows.at(index);
    if (!reader.selects(row, index)) continue;
    if (!reader.takesAll) selected++;
    if (sample.length < ROWS_DECIDED_ON) {
      sample.push(row);
      sampled.push(index);
    }
  }
  if (selected === 0) return reader.explainNone();
  reader.decide(sample, sampled);

  const batches = Math.ceil(selected / BATCH);
  let next = 0;
  for (let batch = 1; batch <= batches; batch++) {
    throwIfAborted(request.signal, 'reading bars');
    const bars = allocateBars(Math.min(BATCH, selected - (batch - 1) * BATCH));
    const numbers = new Uint32Array(bars.length);
    for (let at = 0; at < bars.length; next++) {
      if (next % LOOK === 0) await look();
      const row = rows.at(next);
      if (!reader.selects(row, next)) continue;
      reader.read(row, next, bars, at);
      numbers[at++] = next;
    }
    yield { bars, batch, batches, ...reader.reading, describe: (index) => origin.place(numbers[index]) };
  }
}

/**
 * Reads rows of a stream: memory does not grow with it.
 *
 * @param blocks - the rows
 * @param origin - where they come from
 * @param options - what the caller says about them
 * @param request - symbol and signal
 * @yields batches of at most 50,000 bars
 * @throws TickerforestError as {@link RowReader}, and `ABORTED`
 */
export async function* streamToBars(
  blocks: AsyncIterable<RowBlock>,
  origin: RowOrigin,
  options: RowOptions,
  request: BarRequest,
): AsyncGenerator<BarBatch> {
  const reader = new RowReader(origin, options, request);
  const turns = new Turns();
  let surveyed: { readonly row: unknown; readonly number: number }[] | null = [];
  let sample: Row[] | null = [];
  const sampled: number[] = [];
  let bars = allocateBars(BATCH);
  let numbers = new Float64Array(BATCH);
  let count = 0;
  let batch = 0;
  let fraction = 0;

  const take = (): BarBatch => {
    const [taken, places] = [sliceBars(bars, 0, count), numbers];
    bars = allocateBars(BATCH);
    numbers = new Float64Array(BATCH);
    count = 0;
    batch++;
    return { bars: taken, batch, fraction, ...reader.reading, describe: (index) => origin.place(places[index]) };
  };
  const read = (row: Row, number: number): void => {
    reader.read(row, number, bars, count);
    numbers[count++] = number;
  };
  const decide = (): void => {
    if (sample === null || sample.length === 0) return;
    reader.decide(sample, sampled);
    for (const [index, row] of sample.entries()) read(row, sampled[index]);
    sample = null;
  };
  const select = (row: unknown, number: number): void => {
    if (!reader.selects(row, number)) return;
    if (sample === null) read(row, number);
    else {
      sample.push(row);
      sampled.push(number);
      if (sample.length === ROWS_DECIDED_ON) decide();
    }
  };
  const settle = (): void => {
    reader.settle();
    const first = surveyed ?? [];
    surveyed = null;
    for (const { row, number } of first) select(row, number);
  };

  for await (const block of blocks) {
    throwIfAborted(request.signal, 'reading bars');
    fraction = block.fraction;
    for (const [index, row] of block.rows.entries()) {
      if (index % LOOK === 0 && turns.isOver) {
        await turns.giveWay();
        throwIfAborted(request.signal, 'reading bars');
      }
      const number = block.numbers[index];
      if (surveyed === null) select(row, number);
      else {
        reader.survey(row, number);
        surveyed.push({ row, number });
        if (surveyed.length === ROWS_DECIDED_ON) settle();
      }
      if (count === BATCH) yield take();
    }
  }
  if (surveyed !== null) settle();
  decide();
  if (count > 0) yield take();
  if (batch === 0) reader.explainNone();
}

/**
 * An object of arrays of equal length, as rows.
 *
 * @param columns - the object; properties that are no arrays do not count
 * @param name - what it is called in messages
 * @param code - of the error
 * @returns the rows
 * @throws TickerforestError with the code, naming two columns of different length
 */
export function columnsToRows(
  columns: Readonly<Record<string, unknown>>,
  name: string,
  code: 'INVALID_BARS' | 'FILE_FORMAT' = 'INVALID_BARS',
): RowList {
  const parts = Object.entries(columns).filter(
    (entry): entry is [string, ArrayLike<unknown>] => isList(entry[1]) && entry[0] !== '__proto__',
  );
  const length = parts[0]?.[1].length ?? 0;
  const other = parts.find(([, column]) => column.length !== length);
  if (parts.length === 0 || other !== undefined) {
    const why =
      other === undefined
        ? 'has no column: an object of arrays was expected'
        : `has ${length} values in ${quoted(parts[0][0], 30)} and ${other[1].length} in ${quoted(other[0], 30)}`;
    throw new TickerforestError(code, `${name} ${why}`);
  }
  return {
    length,
    at: (index) => {
      const row: Record<string, unknown> = {};
      for (const [key, column] of parts) row[key] = column[index];
      return row;
    },
  };
}

/** Whether a value is an array or a typed array. */
export function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
