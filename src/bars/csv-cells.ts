// Digits with the thousands separated or not, and what vendors put around them: '$1,234.50', '+1.5e-8', '54.32M'.
const PLAIN = String.raw`\d+\.?\d*|\.\d+`;
const GROUPED = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d*)?`;
const DECORATED = new RegExp(String.raw`^([+-]?)\s*[$€£¥]?\s*([+-]?)(${GROUPED}|(?:${PLAIN})(?:[eE][+-]?\d+)?)\s*([KMBT]?)$`, 'i');
const NOTHING = /^(?:null|nan|na|n\/a|none|nil|undefined|-+)?$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const MAGNITUDE: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** How a number that is not there (an empty cell, `null`, `NaN`, `N/A`, `-`) and one that cannot be read are told apart. */
export type Cell = number | 'unreadable';

/**
 * Reads a price or a volume: plain and exponent notation, a currency sign, thousands separated by commas, K, M, B or T behind it.
 *
 * @param text - the cell, without its quotes
 * @param commas - whether a comma may separate thousands; not in files whose columns are separated by `;`, where it is the decimal mark
 * @returns the number; NaN for a cell that says that there is none; 'unreadable' for anything else
 */
export function readNumber(text: string, commas: boolean): Cell {
  const value = Number(text);
  // the empty cell would be 0, and so would blanks
  if (value !== 0 && Number.isFinite(value)) return value;
  return readUnusual(text.trim(), commas);
}

function readUnusual(text: string, commas: boolean): Cell {
  if (NOTHING.test(text) || INFINITE.test(text)) return Number.NaN;
  const match = DECORATED.exec(text);
  if (match === null || (match[1] !== '' && match[2] !== '')) return 'unreadable';
  const digits = match[3];
  if (!commas && digits.includes(',')) return 'unreadable';
  const value = Number(digits.replaceAll(',', '')) * MAGNITUDE[match[4].toUpperCase()];
  return match[1] === '-' || match[2] === '-' ? -value : value;
}
