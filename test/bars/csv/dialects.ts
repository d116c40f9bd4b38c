import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { randomBars } from '../../generated-bars';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400_000;
const two = (value: number) => String(value).padStart(2, '0');

/** How vendors write a time; those that count since 1970 ignore the time of day's form. */
const DATES: Readonly<Record<string, (time: Date) => string>> = {
  iso: (t) => t.toISOString().slice(0, 10),
  slashes: (t) => `${t.getUTCFullYear()}/${t.getUTCMonth() + 1}/${t.getUTCDate()}`,
  points: (t) => `${two(t.getUTCDate())}.${two(t.getUTCMonth() + 1)}.${t.getUTCFullYear()}`,
  american: (t) => `${two(t.getUTCMonth() + 1)}/${two(t.getUTCDate())}/${t.getUTCFullYear()}`,
  digits: (t) => t.toISOString().slice(0, 10).replaceAll('-', ''),
  month: (t) => `${two(t.getUTCDate())}-${MONTHS[t.getUTCMonth()]}-${t.getUTCFullYear()}`,
  words: (t) => `${MONTHS[t.getUTCMonth()]} ${two(t.getUTCDate())} ${t.getUTCFullYear()}`,
};
const EPOCHS: Readonly<Record<string, (time: Date) => string>> = {
  s: (t) => String(t.getTime() / 1000),
  ms: (t) => String(t.getTime()),
  us: (t) => `${t.getTime()}000`,
  ns: (t) => `${t.getTime()}000000`,
};
const HEADERS = [
  ['Date', 'Open', 'High', 'Low', 'Close', 'Volume'],
  ['timestamp', 'open', 'high', 'low', 'close', 'volume'],
  ['<DATE>', '<OPEN>', '<HIGH>', '<LOW>', '<CLOSE>', '<VOL>'],
  ['Datum', 'Eröffnung', 'Hoch', 'Tief', 'Schluss', 'Volumen'],
  ['time', 'o', 'h', 'l', 'c', 'v'],
];

/** Ways of writing a file. */
export const dialects = fc.record({
  days: fc.boolean(),
  bars: fc.integer({ min: 15, max: 60 }),
  seed: fc.nat(1000),
  price: fc.constantFrom(0.002, 0.25, 1.1, 42, 145, 2_447, 61_000),
  decimals: fc.integer({ min: 2, max: 6 }),
  date: fc.constantFrom(...Object.keys(DATES), ...Object.keys(EPOCHS)),
  header: fc.constantFrom(...HEADERS),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  mark: fc.constantFrom('.', '.', ','),
  isQuoted: fc.boolean(),
  groups: fc.boolean(),
  order: fc.constantFrom('ascending', 'ascending', 'descending'),
  end: fc.constantFrom('\n', '\r\n'),
  mark8: fc.boolean(),
  trails: fc.boolean(),
  blanks: fc.boolean(),
  symbol: fc.constantFrom('none', 'column', 'others'),
});
/** One of them. */
export type Dialect = typeof dialects extends fc.Arbitrary<infer T> ? T : never;

/**
 * @param dialect - how a file is written
 * @returns the file, and the values that it says, a row each
 */
export function written(dialect: Dialect): { text: string; rows: number[][] } {
  const { days, price, decimals, delimiter, mark, header, symbol } = dialect;
  const start = Date.UTC(2021, 2, 1 + (dialect.seed % 40), days ? 0 : 9);
  const bars = randomBars(dialect.bars, { seed: dialect.seed, interval: days ? DAY : 60_000, start, volatility: 0.01 });
  const quote = (cell: string) => (dialect.isQuoted || cell.includes(delimiter) ? `"${cell}"` : cell);
  const number = (value: number, digits: number) => value.toFixed(digits).replace('.', mark);
  const grouped = (value: number) => (dialect.groups ? String(value).replace(/\B(?=(\d{3})+$)/g, mark === ',' ? '.' : ',') : String(value));
  const rows: number[][] = [];
  const lines: string[] = [];
  for (let i = 0; i < bars.length; i++) {
    const time = new Date(bars.timestamp[i]);
    const prices = [bars.open[i], bars.high[i], bars.low[i], bars.close[i]].map((value) => ((value * price) / 100).toFixed(decimals));
    if (prices.some((value) => Number(value) <= 0)) continue;
    const date = EPOCHS[dialect.date]?.(time) ?? `${DATES[dialect.date](time)}${days ? '' : ` ${time.toISOString().slice(11, 19)}`}`;
    const cells = [date, ...prices.map((value) => value.replace('.', mark)), grouped(bars.volume[i])];
    if (symbol !== 'none') cells.unshift('AAA');
    rows.push([bars.timestamp[i], ...prices.map(Number), bars.volume[i]]);
    lines.push(cells.map(quote).join(delimiter));
    if (symbol === 'others')
      lines.push(['BBB', date, ...[7, 8, 6, 7.5].map((value) => number(value * price, decimals)), '5'].map(quote).join(delimiter));
  }
  if (dialect.order === 'descending') lines.reverse();
  const names = symbol === 'none' ? header : ['symbol', ...header];
  const all = [names.map(quote).join(delimiter), ...lines].map(
    (line) => (dialect.trails ? line + delimiter : line) + (dialect.blanks ? '  ' : ''),
  );
  return { text: (dialect.mark8 ? '\uFEFF' : '') + all.join(dialect.end) + dialect.end, rows };
}

/** What happens to files on their way. */
export const damage = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    how: fc.constantFrom('cut', 'flip', 'drop', 'double', 'insert'),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/**
 * @param dialect - how a file is written
 * @param damages - what happened to it
 * @param packed - whether it is packed with gzip
 * @returns the file as it has come
 */
export function damaged(dialect: Dialect, damages: typeof damage extends fc.Arbitrary<infer T> ? T : never, packed: boolean): Buffer {
  let file = Buffer.from(written(dialect).text);
  if (packed) file = gzipSync(file, { level: 1 });
  for (const { at, how, bytes } of damages) {
    const place = Math.min(file.length - 1, Math.floor(at * file.length));
    if (how === 'cut') file = file.subarray(0, Math.max(1, place));
    else if (how === 'flip') file[Math.max(0, place)] ^= bytes[0];
    else if (how === 'drop') file = Buffer.concat([file.subarray(0, place), file.subarray(place + bytes.length)]);
    else if (how === 'double') file = Buffer.concat([file.subarray(0, place), file.subarray(Math.max(0, place - 40))]);
    else file = Buffer.concat([file.subarray(0, place), bytes, file.subarray(place)]);
  }
  return file;
}
