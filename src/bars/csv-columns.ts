import { TickerforestError } from '../errors';

/** Names of columns in a file, for those that {@link csvBars} would not find by itself. Compared without regard to case, blanks and punctuation. */
export interface CsvColumnNames {
  /** Date, or date and time. Default: the first there is of `timestamp`, `datetime`, `open time`, `unix`, `date`, `time` and their like. */
  readonly timestamp?: string;
  /** Time of day, where it stands beside the date. Default: `time`, if the timestamp was found under `date`. */
  readonly time?: string;
  /** First price. Default: `open`, `open price`, `o`. */
  readonly open?: string;
  /** Highest price. Default: `high`, `high price`, `max`, `h`. */
  readonly high?: string;
  /** Lowest price. Default: `low`, `low price`, `min`, `l`. */
  readonly low?: string;
  /** Last price. Default: `close`, `close/last`, `close price`, `last`, `last price`, `price`, `c`. */
  readonly close?: string;
  /** Last price adjusted for splits and dividends. Default: `adj close`, `adjusted close` and their like. Used with `prices: 'adjusted'` only. */
  readonly adjustedClose?: string;
  /**
   * Units traded. Default: `volume`, `vol`, `tick volume`, `v`, else the first that begins with `volume` (`Volume BTC`).
   * null: the file has none, and volume is 0 everywhere.
   */
  readonly volume?: string | null;
  /** Symbol of the row's bar. Default: `symbol`, `ticker`, if there is one. null: every row serves, whatever it says. */
  readonly symbol?: string | null;
}

/** Where a file keeps what: positions in a row, from 0; absent columns are undefined. */
export interface CsvColumns {
  /** Date, or date and time. */
  readonly timestamp: number;
  /** Time of day beside the date. */
  readonly time: number | undefined;
  /** First price. */
  readonly open: number;
  /** Highest price. */
  readonly high: number;
  /** Lowest price. */
  readonly low: number;
  /** Last price. */
  readonly close: number;
  /** Adjusted last price. */
  readonly adjustedClose: number | undefined;
  /** Units traded. */
  readonly volume: number | undefined;
  /** Symbol. */
  readonly symbol: number | undefined;
  /** Cells that a row must have at least. */
  readonly needed: number;
}

const TIMESTAMP = [
  'timestamp',
  'datetime',
  'dateandtime',
  'opentime',
  'starttime',
  'unixtimestamp',
  'unixtime',
  'unix',
  'epoch',
  'gmttime',
];
const DATE = ['date', 'tradedate', 'tradingdate', 'day'];
const NAMES = {
  time: ['time'],
  open: ['open', 'openprice', 'o'],
  high: ['high', 'highprice', 'max', 'h'],
  low: ['low', 'lowprice', 'min', 'l'],
  close: ['close', 'closelast', 'closeprice', 'last', 'lastprice', 'price', 'c'],
  adjustedClose: ['adjclose', 'adjustedclose', 'adjcloseprice', 'adjustedcloseprice', 'closeadj', 'closeadjusted'],
  volume: ['volume', 'vol', 'tickvolume', 'tickvol', 'v'],
  symbol: ['symbol', 'ticker'],
} as const;

/**
 * Finds the columns of a bar file.
 *
 * @param header - the names in the file's first line
 * @param names - names that differ from the usual ones
 * @param file - the file's name, for messages
 * @returns positions
 * @throws TickerforestError `CSV_FORMAT` naming the file, the column looked for and the columns there are
 */
export function findColumns(header: readonly string[], names: CsvColumnNames, file: string): CsvColumns {
  const normal = header.map(normalise);
  const there = header.map((name) => `'${name.trim()}'`).join(', ');
  const missing = (what: string, hint: string) =>
    new TickerforestError('CSV_FORMAT', `${file}: no ${what}; the file has the columns ${there}. ${hint}`);

  const search = (candidates: readonly string[]): number | undefined => {
    for (const name of candidates) {
      const index = normal.indexOf(name);
      if (index >= 0) return index;
    }
    return undefined;
  };
  const named = (key: keyof CsvColumnNames, name: string): number => {
    const exact = header.findIndex((there) => there.trim() === name.trim());
    const index = exact >= 0 ? exact : normal.indexOf(normalise(name));
    if (index < 0) throw missing(`column '${name}'`, `Correct columns.${key}`);
    return index;
  };
  const optional = (key: keyof typeof NAMES): number | undefined => {
    const name = names[key];
    if (name === null) return undefined;
    return name === undefined ? search(NAMES[key]) : named(key, name);
  };
  const required = (key: keyof typeof NAMES): number => {
    const index = optional(key);
    if (index === undefined) throw missing(`column for ${key}`, `Name it with columns: { ${key}: ... }`);
    return index;
  };

  const plain = search(TIMESTAMP);
  const date = plain === undefined ? search(DATE) : undefined;
  const timestamp = names.timestamp === undefined ? (plain ?? date ?? search([...NAMES.time, 't'])) : named('timestamp', names.timestamp);
  if (timestamp === undefined)
    throw missing('column for timestamp', 'Name it with columns: { timestamp: ... }; the first line must be a header');
  // a column called 'time' belongs to the date only where nobody said what the timestamp is
  const time = names.time !== undefined || (names.timestamp === undefined && timestamp === date) ? optional('time') : undefined;
  const volume = optional('volume') ?? (names.volume === null ? undefined : normal.findIndex((name) => /^volume(?!weighted)/.test(name)));
  if (volume === -1)
    throw missing('column for volume', 'Name it with columns: { volume: ... }, or say columns: { volume: null } if there is none');

  const columns = {
    timestamp,
    time,
    open: required('open'),
    high: required('high'),
    low: required('low'),
    close: required('close'),
    adjustedClose: optional('adjustedClose'),
    volume,
    symbol: optional('symbol'),
  };
  return { ...columns, needed: Math.max(...Object.values(columns).map((index) => (index ?? 0) + 1)) };
}

/** `Adj Close**`, `adj_close` and `<ADJ.CLOSE>` alike: 'adjclose'. Letters of every alphabet stay. */
function normalise(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
