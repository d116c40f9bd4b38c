import { described } from '../text';
import { type Check, hasHiddenCharacters, invalidOption } from './checks';

/** Bytes of the longest symbol: far more than any exchange, vendor or currency pair needs, and few enough for a file's name in any encoding. */
const LONGEST_SYMBOL = 64;

/** A symbol, by the one rule that holds everywhere: sources, stores and leases. */
export const symbolName: Check<string> = {
  wanted: `a text of 1 to ${LONGEST_SYMBOL} characters (bytes of UTF-8), without blanks around it and without control or invisible characters`,
  read: (value, { name }) => {
    if (typeof value !== 'string') throw invalidOption(`${name} must be ${symbolName.wanted}, not ${described(value)}`);
    const wrong =
      value === ''
        ? 'is empty'
        : byteLength(value) > LONGEST_SYMBOL
          ? 'is too long'
          : value !== value.trim()
            ? 'has blanks around it: trim it'
            : hasHiddenCharacters(value)
              ? 'has control or invisible characters, or half of one'
              : undefined;
    if (wrong !== undefined) throw invalidOption(`${name} ${described(value)} ${wrong}; it must be ${symbolName.wanted}`);
    return value;
  },
};

/**
 * What every function and store checks of a symbol before anything else.
 *
 * @param symbol - anything
 * @returns the symbol
 * @throws TickerforestError `INVALID_OPTION` unless it is a text of 1 to 64 bytes in UTF-8 (as many characters, if they are ASCII), without blanks around it and without
 *   control or invisible characters
 */
export function checkSymbol(symbol: unknown): string {
  return symbolName.read(symbol, { call: '', name: 'symbol' });
}

/**
 * @param text - any text
 * @returns its length in UTF-8; of a text that is far too long, the number of its characters, which costs nothing
 */
export function byteLength(text: string): number {
  return text.length > 1_000 ? text.length : new TextEncoder().encode(text).length;
}
