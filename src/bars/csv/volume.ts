import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import type { Warning } from '../warnings';
import type { CsvColumns } from './columns';
import { type DecimalMark, readNumber } from './numbers';

/** Which column is the volume, and what must be said about it in the end. */
export interface VolumePlan {
  /** Position of the column; undefined: volume is 0 everywhere. */
  readonly column: number | undefined;
  /** Columns that would serve, were the chosen one empty; or that were left, being empty. */
  readonly others: readonly number[];
  /** The column that was left because it is empty as far as was looked. */
  readonly left: number | undefined;
  readonly warnings: readonly Warning[];
}

/** Share of rows on which units times price must be the value traded, to tell units from value. */
const MOST_ROWS = 0.9;
/** How far the price of a bar may be from what was paid on average within it. */
const NEAR = 1.05;

/**
 * Chooses the volume among the columns that may be it.
 *
 * @param columns - positions, by names
 * @param names - names of the columns
 * @param rows - the first rows
 * @param mark - the decimal mark
 * @param isSaid - whether the caller named the column, or said that there is none
 * @param file - the file's name, for messages
 * @returns the choice
 * @throws TickerforestError `CSV_FORMAT` naming columns between which nothing decides
 */
export function chooseVolume(
  columns: CsvColumns,
  names: readonly string[],
  rows: readonly (readonly string[])[],
  mark: DecimalMark,
  isSaid: boolean,
  file: string,
): VolumePlan {
  const number = (row: readonly string[], column: number): number => {
    const value = readNumber(row[column] ?? '', mark);
    return value === 'unreadable' ? Number.NaN : value;
  };
  const label = (column: number) => `column ${quoted(names[column].trim() || String(column + 1))}`;
  const hasValues = (column: number) => rows.some((row) => number(row, column) > 0);
  const isBlank = (column: number) => rows.length > 0 && rows.every((row) => Number.isNaN(readNumber(row[column] ?? '', mark)));
  const warning = (message: string): Warning => ({ code: 'empty_volume', message: `${file}: ${message}`, count: 0, firstBar: null });

  const [first] = columns.volumes;
  if (first === undefined || isSaid) return { column: first, others: [], left: undefined, warnings: [] };
  const candidates = [...new Set([...columns.volumes, ...columns.otherVolumes])];
  const filled = candidates.filter(hasValues);
  if (filled.length === 0) {
    if (!candidates.every(isBlank))
      return { column: first, others: candidates.filter((column) => column !== first), left: undefined, warnings: [] };
    const message = `${label(first)} is empty; the volume is 0 everywhere. columns: { volume: null } says so, columns: { volume: ${quoted(names[first].trim())} } has rows without a volume judged as bad`;
    return { column: undefined, others: [], left: first, warnings: [warning(message)] };
  }
  if (!filled.includes(first) && columns.volumes.length === 1) {
    const [next] = filled;
    const message = `${label(first)} is 0 or empty, so the volume is that of ${label(next)}; columns: { volume: ... } says which`;
    return { column: next, others: [], left: first, warnings: [warning(message)] };
  }
  if (columns.volumes.length === 1) return { column: first, others: [], left: undefined, warnings: [] };

  const equal = (a: number, b: number) => rows.every((row) => number(row, a) === number(row, b));
  const isValueOf = (units: number, value: number) => {
    // minutes without a trade have neither
    const traded = rows.filter((row) => Number.isFinite(number(row, units)) && Number.isFinite(number(row, value)));
    const fits = traded.filter((row) => {
      const price = number(row, value) / number(row, units);
      return number(row, units) === 0 || (price >= number(row, columns.low) / NEAR && price <= number(row, columns.high) * NEAR);
    });
    return fits.length > 0 && fits.length >= traded.length * MOST_ROWS;
  };
  const among = filled.filter((column) => columns.volumes.includes(column));
  const units = among.filter((column) => among.every((other) => other === column || equal(column, other) || isValueOf(column, other)));
  if (units.length > 0) return { column: units[0], others: [], left: undefined, warnings: [] };
  throw new TickerforestError(
    'CSV_FORMAT',
    `${file}: the volume may be ${among.slice(0, 4).map(label).join(' or ')}. Say which: columns: { volume: ${quoted(names[among[0]].trim())} }`,
  );
}
