/** What separates whole units from decimals. */
export type DecimalMark = '.' | ',';

/** How a number that is not there (an empty cell, `null`, `NaN`, `N/A`, `-`) and one that cannot be read are told apart. */
export type Cell = number | 'unreadable';

/** Characters of a number's cell; what is longer is none, and is not looked at. */
const LONGEST = 64;

// Thousands in groups of three or as in India ('12,34,567'); never '0,247'. The mark that is not decimal separates them, as do blanks and apostrophes.
const grouped = (mark: string) =>
  String.raw`[1-9]\d{0,2}(?:(?:${mark}\d{3})+|(?:['’ \u00a0\u2009\u202f]\d{3})+)|[1-9]\d?(?:${mark}\d\d)+${mark}\d{3}`;
// and what vendors put around the digits: '$1,234.50', '+1.5e-8', '54.32M', '12,50 €'
const decorated = (groups: string, decimal: string, magnitudes: string) =>
  new RegExp(
    String.raw`^([+-]?)\s*\p{Sc}?\s*([+-]?)((?:${groups})(?:${decimal}\d*)?|(?:\d+${decimal}?\d*|${decimal}\d+)(?:[eE][+-]?\d+)?)\s*([${magnitudes}]?)\s*\p{Sc}?$`,
    'iu',
  );
const DECORATED: Readonly<Record<DecimalMark, RegExp>> = {
  '.': decorated(grouped(','), String.raw`\.`, 'KMBT'),
  // no T: where commas are decimal, it stands for thousands as well
  ',': decorated(grouped(String.raw`\.`), ',', 'KMB'),
};
const SEPARATORS: Readonly<Record<DecimalMark, RegExp>> = { '.': /[,'’ \u00a0\u2009\u202f]/g, ',': /[.'’ \u00a0\u2009\u202f]/g };
// words, also in brackets as databases print them; '#N/A', '#NV' and '#DIV/0!' of spreadsheets, '.' of SAS, '\N' of MySQL, '1.#QNAN' of C
const NOTHING =
  /^(?:[<([]?(?:null|nan|nat|na|n\/a|none|nil|undefined)[>)\]]?|#\p{L}[\p{L}\d/!? ]{1,40}|n\.[ad]\.|k\.a\.|[.?]|\\N|-?(?:1\.#|nan\()(?:qnan|snan|ind)\)?|[-–—]+)?$/iu;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const MAGNITUDE: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/**
 * Reads a price or a volume: plain and exponent notation, a currency sign, thousands separated, K, M, B or T behind it.
 *
 * @param text - the cell, without its quotes, of any length
 * @param mark - the file's decimal mark
 * @returns the number; NaN for a cell that says that there is none; 'unreadable' for anything else
 */
export function readNumber(text: string, mark: DecimalMark): Cell {
  const plain = readPlain(text, mark === '.' ? POINT : COMMA);
  if (plain >= 0) return plain;
  const first = text.charCodeAt(0);
  const second = text.charCodeAt(1);
  // a digit, a sign or a point, then a digit or a mark: no blank, which Number() takes for 0, and no '0x10'
  if (first > 32 && first <= 57 && (second <= 57 || text.length === 1) && text.length <= LONGEST) {
    if (mark === '.') {
      const value = Number(text);
      if (Number.isFinite(value)) return value;
    } else if (!text.includes('.')) {
      const value = Number(text.replace(',', '.'));
      if (Number.isFinite(value)) return value;
    }
  }
  return readUnusual(text, mark);
}

const POINT = 46;
const COMMA = 44;
/** Digits that a double holds whichever they are. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, decimals) => Number(`1e${decimals}`));

/**
 * Digits with at most one mark, which nearly all cells are. The digits and the power of ten are exact, so their quotient is the double nearest to what is written
 * (Clinger, How to read floating point numbers accurately, 1990), as Number() gives it, in a third of the time. -1: look closer.
 */
function readPlain(text: string, mark: number): number {
  const { length } = text;
  if (length > EXACT_DIGITS + 1) return -1;
  let digits = 0;
  let decimals = -1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) digits = digits * 10 + (code - 48);
    else if (code === mark && decimals < 0) decimals = length - 1 - i;
    else return -1;
  }
  if (decimals < 0) return length > 0 && length <= EXACT_DIGITS ? digits : -1;
  return length > 1 ? digits / POWERS[decimals] : -1;
}

function readUnusual(cell: string, mark: DecimalMark): Cell {
  const text = cell.length > LONGEST ? cell.slice(0, LONGEST + 1) : cell.trim();
  if (text.length > LONGEST) return cell.trim() === '' ? Number.NaN : 'unreadable';
  if (isNothing(text)) return Number.NaN;
  const match = DECORATED[mark].exec(text);
  if (match === null || (match[1] !== '' && match[2] !== '')) return 'unreadable';
  const digits = match[3].replace(SEPARATORS[mark], '');
  const value = Number(mark === ',' ? digits.replace(',', '.') : digits) * MAGNITUDE[match[4].toUpperCase()];
  return match[1] === '-' || match[2] === '-' ? -value : value;
}

/**
 * @param text - a cell, without blanks around it, of at most 64 characters
 * @returns whether it says that there is no value
 */
export function isNothing(text: string): boolean {
  return NOTHING.test(text) || INFINITE.test(text);
}

/** Collects what a file's numbers show about its decimal mark. */
export class MarkEvidence {
  /** First cell that can only have a decimal point, and only a decimal comma. */
  readonly #only: { '.'?: string; ','?: string } = {};
  /** First cell with a comma that can be read both ways. */
  #either: string | undefined;
  #pointInPrice = false;

  /**
   * @param text - a cell of a column of prices or volumes
   * @param isPrice - whether it is a price
   */
  add(text: string, isPrice: boolean): void {
    if (text.length > LONGEST) return;
    const hasComma = text.includes(',');
    if (!hasComma && !text.includes('.')) return;
    const point = readNumber(text, '.') !== 'unreadable';
    const comma = readNumber(text, ',') !== 'unreadable';
    if (point && comma) {
      // a point alone in a price is a decimal point; among whole prices, volumes such as 287.091 may be grouped
      if (hasComma || !isPrice) this.#either ??= text;
      else this.#pointInPrice = true;
    } else if (point) this.#only['.'] ??= text;
    else if (comma) this.#only[','] ??= text;
  }

  /** The mark, if what was seen so far decides it. 'both' and 'unknown' are refused by whoever asks. */
  get mark(): DecimalMark | 'both' | 'unknown' {
    if (this.#only[','] !== undefined) return this.#only['.'] === undefined ? ',' : 'both';
    return this.#only['.'] !== undefined || this.#pointInPrice || this.#either === undefined ? '.' : 'unknown';
  }

  /** Whether nothing has been seen that shows the mark: whole numbers only. */
  get isUnproven(): boolean {
    return this.#only['.'] === undefined && this.#only[','] === undefined && !this.#pointInPrice;
  }

  /** Cells that show why there is no telling: one that can be read both ways, or one of either kind. */
  get examples(): readonly string[] {
    return [this.#either, this.#only[','], this.#only['.']].filter((text) => text !== undefined);
  }
}
