import { oneLine } from '../text';

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

/**
 * Makes an object print as a short text: by `console.log`, `util.inspect` and `String()`. Its properties, and so its JSON, stay as they are.
 *
 * @param value - the object; it is changed
 * @param text - makes the text, when it is asked for
 * @returns the object
 */
export function printedAs<T extends object>(value: T, text: (value: T) => string): T {
  // by its registered name, so that nothing of Node has to be imported: other runtimes either know it, or ignore it
  return Object.defineProperties(value, {
    [Symbol.for('nodejs.util.inspect.custom')]: { value: () => text(value) },
    toString: { value: () => text(value) },
  });
}

/**
 * @param title - the first line
 * @param rows - what follows
 * @returns lines of at most 100 columns, without control characters
 */
export function table(title: string, rows: readonly Row[]): string {
  const lines = rows.flatMap(([label, text, most = 1]) =>
    wrapped(text, WIDTH - LABEL, most).map((line, i) => `${(i === 0 ? label : '').padEnd(LABEL)}${line}`),
  );
  return [cut(title, WIDTH), ...lines].join('\n');
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
