/** Names that Windows keeps for devices, with or without an extension. */
const DEVICE = /^(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\.|$)/;

/**
 * A file name for any text, that differs from every other text's also where the file system ignores case, and is safe on all of them:
 * `AAPL` and `BRK.B` stay as they are, `=` changes between upper and lower case (`btcUSD` is `=btc=USD`), everything else is the UTF-8
 * bytes as `%xx` (`^GSPC` is `%5eGSPC`).
 *
 * @param text - well-formed unicode, not empty
 * @returns the file name, one that {@link decodeFileName} reverses
 */
export function encodeFileName(text: string): string {
  let name = '';
  let upper = true;
  const characters = [...text];
  for (const [at, character] of characters.entries()) {
    const isLetter = /[A-Za-z]/.test(character);
    const isUpper = /[A-Z]/.test(character);
    // a dot in front hides a file, a dot at the end is lost on Windows
    const isInnerDot = character === '.' && at > 0 && at < characters.length - 1;
    if (isLetter && isUpper !== upper) {
      name += '=';
      upper = isUpper;
    }
    name += isLetter || isInnerDot || /[0-9_-]/.test(character) ? character : percentEncode(character);
  }
  return DEVICE.test(name) ? percentEncode(name[0]) + name.slice(1) : name;
}

/**
 * @param name - a file name
 * @returns the text that {@link encodeFileName} made it of, or null if it did not make it
 */
export function decodeFileName(name: string): string | null {
  let upper = true;
  const plain = name.replaceAll(/=|%[0-9a-f]{2}|[A-Za-z]/g, (token) => {
    if (token === '=') upper = !upper;
    if (token === '=' || token.startsWith('%')) return token === '=' ? '' : token;
    return upper ? token.toUpperCase() : token.toLowerCase();
  });
  try {
    const text = decodeURIComponent(plain);
    return text !== '' && encodeFileName(text) === name ? text : null;
  } catch {
    return null;
  }
}

function percentEncode(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
