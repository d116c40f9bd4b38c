import { oneLine } from './text';

/** Columns of the widest line that is printed. */
const WIDTH = 100;
/** Columns of the labels, the blanks behind them included. */
const LABEL = 11;
/** Characters of a text that are looked at: more than two lines hold. */
const LOOKED_AT = 400;
/** What stands for something that is not known. */
export const UNKNOWN = '-';

/** A line of what is printed: what it is about, and what is said; a third part allows so many lines for it. */
export type Row = readonly [label: string, text: string, lines?: number];

/** What is printed of an object. */
export interface Sheet {
  /** The first line. */
  readonly title: string;
  /** What follows. */
  readonly rows: readonly Row[];
}

/**
 * Makes an object print as a short table: by `console.log`, `util.inspect` and `String()`, and in notebooks of Jupyter. Its properties, and so its JSON, stay as they are.
 *
 * @param value - the object, or the prototype of several; it is changed
 * @param sheetOf - says what is printed, when it is asked for
 * @returns the object
 */
export function printedAs<T extends object>(value: T, sheetOf: (value: T) => Sheet): T {
  const sheetFor = (one: T): Sheet => {
    try {
      return sheetOf(one);
    } catch {
      // documents of other releases and systems may lack anything, and printing never throws
      return { title: 'no table can be made of this: parts of it are missing; look at its properties one by one', rows: [] };
    }
  };
  function text(this: T): string {
    return table(sheetFor(this));
  }
  function display(this: T): Readonly<Record<string, string>> {
    const sheet = sheetFor(this);
    return { 'text/plain': table(sheet), 'text/html': htmlTable(sheet) };
  }
  // by their registered names, so that nothing has to be imported: runtimes either know them, or ignore them
  return Object.defineProperties(value, {
    [Symbol.for('nodejs.util.inspect.custom')]: hidden(text),
    [Symbol.for('Jupyter.display')]: hidden(display),
    toString: hidden(text),
  });
}

function hidden(value: unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true };
}

/**
 * @param sheet - what is printed
 * @returns lines of at most 100 columns, without control characters
 */
export function table({ title, rows }: Sheet): string {
  const lines = rows.flatMap(([label, text, most = 1]) =>
    wrapped(text, WIDTH - LABEL, most).map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL)}${line}`),
  );
  return [cut(title, WIDTH), ...lines].join('\n');
}

/**
 * @param sheet - what is printed
 * @returns an HTML table of the same lines, in which nothing of them is markup
 */
function htmlTable({ title, rows }: Sheet): string {
  const lines = rows.map(
    ([label, text, most = 1]) =>
      `<tr><th>${escaped(label)}</th><td>${wrapped(text, WIDTH - LABEL, most)
        .map(escaped)
        .join('<br>')}</td></tr>`,
  );
  return `<table style="font-family:monospace;text-align:left;white-space:pre"><caption>${escaped(cut(title, WIDTH))}</caption>${lines.join('')}</table>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * @param text - any text
 * @param columns - how many there are, 1 or more
 * @returns the text on one line, without control characters; what does not fit is cut, and said to be by '…'
 */
export function cut(text: string, columns: number): string {
  return wrapped(text, columns, 1)[0];
}

/** At most so many lines; words are kept whole where that is possible. */
function wrapped(text: string, columns: number, most: number): readonly string[] {
  const lines: string[] = [];
  let rest = [...oneLine(text, LOOKED_AT)];
  while (rest.length > 0 || lines.length === 0) {
    const fits = fitting(rest, columns);
    if (fits === rest.length) return [...lines, rest.join('')];
    if (lines.length === most - 1)
      return [
        ...lines,
        `${rest
          .slice(0, fitting(rest, columns - 1))
          .join('')
          .trimEnd()}…`,
      ];
    const blank = rest.lastIndexOf(' ', fits);
    const end = blank > 0 ? blank : fits;
    lines.push(rest.slice(0, end).join(''));
    rest = rest.slice(blank > 0 ? end + 1 : end);
  }
  return lines;
}

/** How many of the characters so many columns hold. */
function fitting(characters: readonly string[], columns: number): number {
  let left = columns;
  for (const [i, character] of characters.entries()) {
    left -= widthOf(character);
    if (left < 0) return i;
  }
  return characters.length;
}

/** Columns of a character on a terminal: where that is not certain, two. */
function widthOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x1100 || (code >= 0x2000 && code < 0x2070) ? 1 : 2;
}

/**
 * @param value - a whole number
 * @returns it with commas; '-' if it is not known
 */
export function count(value: number | null): string {
  return value === null || !Number.isFinite(value) ? UNKNOWN : value.toLocaleString('en-US');
}

/**
 * @param value - how many
 * @param noun - of what, in the singular
 * @returns '1 bar', '2 bars'
 */
export function counted(value: number | null, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/**
 * @param value - a figure such as a share or a correlation
 * @returns it with three digits behind the point; '-' if it is not known
 */
export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return UNKNOWN;
  return Math.abs(value) < 1e6 ? value.toFixed(3) : value.toExponential(2);
}

/**
 * @param value - a time
 * @returns its day and minute; '-' if it is not known
 */
export function minute(value: Date | null): string {
  return isTime(value) ? `${value.toISOString().slice(0, -8).replace('T', ' ')} UTC` : UNKNOWN;
}

/**
 * @param value - a bar's timestamp
 * @param interval - its length, milliseconds
 * @returns its day, and its minute if a day has several bars; '-' if it is not known
 */
export function barTime(value: Date | null, interval: number | null): string {
  return isTime(value) && interval !== null && interval >= DAY ? value.toISOString().slice(0, -14) : minute(value);
}

function isTime(value: Date | null): value is Date {
  return value !== null && Number.isFinite(value.getTime());
}

const DAY = 86_400_000;
const UNITS = [
  [DAY, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
] as const;

/**
 * @param milliseconds - how long
 * @returns '5 minutes', '1.5 days'; '-' if it is not known
 */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null || !Number.isFinite(milliseconds)) return UNKNOWN;
  const [length, noun] = UNITS.find(([unit]) => milliseconds >= unit) ?? ([1, 'millisecond'] as const);
  return counted(Math.round((10 * milliseconds) / length) / 10, noun);
}

/**
 * @param value - a number
 * @returns it with three digits; 'missing' for NaN
 */
export function short(value: number): string {
  return Number.isNaN(value) ? 'missing' : String(Number(value.toPrecision(3)));
}

/**
 * @param value - a number
 * @returns the same with its sign, also if that is +
 */
export function signed(value: number): string {
  return value < 0 ? short(value) : `+${short(value)}`;
}
