import { NAMES as COLUMN_NAMES, DATE, TIMESTAMP } from './csv/columns';
import { numberOf } from './row-values';

/** A row as an object or an array, both looked into by key. */
export type Row = Readonly<Record<string | number, unknown>>;

/** Where the rows of a source keep a field: the name of a property, or a position in an array, from 0. */
export type RowKey = string | number;

/** Fields of rows that are not found by themselves: names of properties, or positions in rows that are arrays, from 0. */
export interface RowColumns {
  /** Date, or date and time. Default: the first there is of `timestamp`, `datetime`, `openTime`, `start`, `date`, `time`, `t` and their like. */
  readonly timestamp?: RowKey | undefined;
  /** First price. Default: `open`, `o` and their like. */
  readonly open?: RowKey | undefined;
  /** Highest price. Default: `high`, `h` and their like. */
  readonly high?: RowKey | undefined;
  /** Lowest price. Default: `low`, `l` and their like. */
  readonly low?: RowKey | undefined;
  /** Last price. Default: `close`, `last`, `c` and their like. */
  readonly close?: RowKey | undefined;
  /** Last price adjusted for splits and dividends. Default: `adjClose`, `adjusted_close` and their like. */
  readonly adjustedClose?: RowKey | undefined;
  /** Units traded. Default: `volume`, `v` and their like. null: there is none, and volume is 0 everywhere. */
  readonly volume?: RowKey | null | undefined;
  /**
   * Symbol of the row's bar. Default: `symbol`, `ticker`, and other names (`tic`, `name`, `S`) where their values vary or are the requested symbol.
   * null: every row serves, whatever it says.
   */
  readonly symbol?: RowKey | null | undefined;
}

/** Where each field was found. */
export interface RowFields {
  /** Date, or date and time. */
  readonly timestamp: RowKey;
  /** Time of day beside the date. */
  readonly time: RowKey | undefined;
  /** First price. */
  readonly open: RowKey;
  /** Highest price. */
  readonly high: RowKey;
  /** Lowest price. */
  readonly low: RowKey;
  /** Last price. */
  readonly close: RowKey;
  /** Adjusted last price. */
  readonly adjustedClose: RowKey | undefined;
  /** Units traded; undefined: 0 everywhere, as the caller says. */
  readonly volume: RowKey | undefined;
}

/** A field that must be there and is not. */
export interface MissingField {
  /** Which. */
  readonly missing: keyof RowFields;
}

/** Whose row it is, and whether a name that never varies may be something else than a symbol ('Apple Inc.'). */
export interface SymbolField {
  /** Its key. */
  readonly key: RowKey;
  /** Whether its value is compared in any case. */
  readonly strict: boolean;
}

const words = (names: readonly string[]) => names.join(' ').split(' ');
// in the order in which they are tried; compared as written first, then without regard to case, blanks and punctuation. '1. open' is Alpha Vantage's
const NAMES = {
  timestamp: [...TIMESTAMP, 'start', 'begin', 'timeperiodstart', ...DATE, 'time', 't'],
  open: [...words(COLUMN_NAMES.open), '1open'],
  high: [...words(COLUMN_NAMES.high), '2high'],
  low: [...words(COLUMN_NAMES.low), '3low'],
  close: [...words(COLUMN_NAMES.close), '4close'],
  adjustedClose: [...words(COLUMN_NAMES.adjustedClose), '5adjustedclose'],
  volume: [...words(COLUMN_NAMES.volume), 'tradevolume', '5volume', '6volume', ...words(COLUMN_NAMES.ticks)],
} as const;
const SYMBOL_NAMES = ['symbol', 'ticker'];
const PERHAPS_SYMBOL_NAMES = [
  ...words(COLUMN_NAMES.symbol),
  'instrument',
  'instrumentid',
  'pair',
  'market',
  'code',
  'secid',
  'asset',
  'isin',
  'name',
  's',
];
const TIME_OF_DAY = /^\d{1,2}:\d\d/;

/**
 * Finds the fields of rows that are objects.
 *
 * @param row - one of them
 * @param columns - names that differ from the usual ones
 * @returns where each field is, or which one is missing
 */
export function fieldsOfObject(row: Row, columns: RowColumns): RowFields | MissingField {
  const find = (field: keyof typeof NAMES): RowKey | undefined => {
    const named = columns[field];
    return named === undefined || named === null ? findKey(row, NAMES[field]) : named in row ? named : undefined;
  };
  const found = { open: find('open'), high: find('high'), low: find('low'), close: find('close'), timestamp: find('timestamp') };
  const { timestamp, open, high, low, close } = found;
  if (timestamp === undefined) return { missing: 'timestamp' };
  if (open === undefined) return { missing: 'open' };
  if (high === undefined) return { missing: 'high' };
  if (low === undefined) return { missing: 'low' };
  if (close === undefined) return { missing: 'close' };
  const volume = columns.volume === null ? undefined : find('volume');
  if (volume === undefined && columns.volume !== null) return { missing: 'volume' };
  const beside = findKey(row, ['time']);
  const day = row[timestamp];
  const ofDay = beside === undefined || beside === timestamp || typeof day !== 'string' || day.length > 10 ? undefined : row[beside];
  const time = typeof ofDay === 'string' && TIME_OF_DAY.test(ofDay) ? beside : undefined;
  return { timestamp, time, open, high, low, close, adjustedClose: find('adjustedClose'), volume };
}

/**
 * @param row - a row that is an object
 * @param columns - the caller's names
 * @returns where it says whose it is, if it does
 */
export function symbolFieldOf(row: Row, { symbol }: RowColumns): SymbolField | undefined {
  if (symbol === null) return undefined;
  if (symbol !== undefined) return { key: symbol, strict: true };
  const strict = findKey(row, SYMBOL_NAMES);
  if (strict !== undefined) return { key: strict, strict: true };
  const key = findKey(row, PERHAPS_SYMBOL_NAMES) ?? (typeof row.T === 'string' ? 'T' : undefined);
  // the first row may be the one without a symbol
  return key === undefined || typeof row[key] !== 'string' ? { key: 'symbol', strict: true } : { key, strict: false };
}

function findKey(row: Row, names: readonly string[]): string | undefined {
  const exact = names.find((name) => name in row);
  if (exact !== undefined) return exact;
  const keys = Object.keys(row);
  const normal = keys.map((key) => key.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''));
  for (const name of names) {
    const index = normal.indexOf(name);
    if (index >= 0) return keys[index];
  }
  return undefined;
}

/** Orders in which exchanges write the numbers of a bar: positions of open, high, low, close and volume. Position 0 is the time. */
const ORDERS = [
  { open: 1, high: 2, low: 3, close: 4, volume: 5 }, // ccxt, Binance, Kraken, OKX, Bybit
  { open: 1, high: 3, low: 4, close: 2, volume: 5 }, // Bitfinex, KuCoin
  { open: 3, high: 2, low: 1, close: 4, volume: 5 }, // Coinbase Exchange
  { open: 5, high: 3, low: 4, close: 2, volume: 6 }, // Gate
] as const;

type Order = (typeof ORDERS)[number];
const PRICES = ['open', 'high', 'low', 'close'] as const;

/**
 * Finds the fields of rows that are arrays: the time first, then the usual order of prices that fits the rows.
 *
 * @param rows - some of the rows
 * @param columns - positions that the caller says: none of the prices', or all
 * @returns positions; or which field is missing: 'volume' for rows of five entries, 'open' where no order fits or two different ones do
 */
export function fieldsOfArray(rows: readonly Row[], columns: RowColumns): RowFields | MissingField {
  const { timestamp = 0, open, high, low, close, adjustedClose, volume } = columns;
  if (open !== undefined || high !== undefined || low !== undefined || close !== undefined) {
    if (open === undefined) return { missing: 'open' };
    if (high === undefined) return { missing: 'high' };
    if (low === undefined) return { missing: 'low' };
    if (close === undefined) return { missing: 'close' };
    if (volume === undefined) return { missing: 'volume' };
    return { timestamp, time: undefined, open, high, low, close, adjustedClose, volume: volume ?? undefined };
  }
  const width = rows.reduce((most, row) => Math.max(most, Number(row.length)), 0);
  if (width < 5) return { missing: 'open' };
  if (width < 6 && volume === undefined) return { missing: 'volume' };
  const complete = rows.filter((row) => PRICES.every((price) => Number.isFinite(numberAt(row, ORDERS[0][price]))));
  const counts = ORDERS.map((order) => complete.filter((row) => fits(row, order)).length);
  const most = Math.max(...counts);
  const [order, ...rivals] = ORDERS.filter((_, index) => counts[index] === most);
  const differ = (rival: Order) => complete.some((row) => PRICES.some((price) => row[order[price]] !== row[rival[price]]));
  if (most * 2 < complete.length || (complete.length > 0 && rivals.some(differ))) return { missing: 'open' };
  return {
    timestamp,
    time: undefined,
    ...order,
    adjustedClose,
    volume: volume === null ? undefined : (volume ?? volumeAt(complete, order)),
  };
}

/** Kraken's eight numbers have the volume-weighted average price, 0 without a trade, before the volume. */
function volumeAt(rows: readonly Row[], order: Order): number {
  const isAverage = (row: Row) => {
    const value = numberAt(row, order.volume);
    return row.length === 8 && (value === 0 || (value >= numberAt(row, order.low) && value <= numberAt(row, order.high)));
  };
  return rows.length > 0 && rows.every(isAverage) ? order.volume + 1 : order.volume;
}

function numberAt(row: Row, position: number): number {
  return numberOf(row[position]) ?? Number.NaN;
}

function fits(row: Row, order: Order): boolean {
  const [open, high, low, close] = PRICES.map((price) => numberAt(row, order[price]));
  return high >= open && high >= close && low <= open && low <= close;
}
