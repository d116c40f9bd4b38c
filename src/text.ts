/** Characters of a foreign text that a message shows. */
const SHOWN = 60;

/**
 * Text from outside (a cell, a symbol, a file's name), made fit for a message: control characters and line ends are escaped, so that nobody can forge
 * lines of a log, and what is longer than 60 characters is cut. Costs the same for any length.
 *
 * @param text - any text
 * @param most - how many characters to show, 1 or more; default 60
 * @returns the text in single quotes
 */
export function quoted(text: string, most = SHOWN): string {
  const shown = text.slice(0, most).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}'\\]/gu, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    return escaped(character);
  });
  return text.length > most ? `'${shown}...' (${text.length} characters)` : `'${shown}'`;
}

/**
 * A sentence from outside, kept as it is but for control characters and line ends, which are escaped, and its length.
 *
 * @param text - any text
 * @param most - how many characters to keep, 1 or more
 * @returns the text
 */
export function oneLine(text: string, most: number): string {
  const kept = text.slice(0, most).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escaped);
  return text.length > most ? `${kept}...` : kept;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * Any value, as a message says what was given instead of what was asked for: `'7' (a text)`, `10n (a bigint)`, `an array`, `a Decimal128`, `null`. Never
 * calls a method of the value, which may throw or not end.
 *
 * @param value - any value
 * @returns a short description
 */
export function described(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `${quoted(value)} (a text)`;
    case 'bigint':
      return value > -(10n ** 30n) && value < 10n ** 30n ? `${value}n (a bigint)` : 'a bigint';
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'symbol':
      return 'a Symbol';
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : kindOf(value);
  }
}

/** 'a Decimal128', 'an object': by the constructor's name, if it is one that can be shown. */
function kindOf(value: unknown): string {
  try {
    // throws for a revoked proxy
    if (Array.isArray(value)) return 'an array';
    const prototype: unknown = Object.getPrototypeOf(value);
    const maker: unknown = typeof prototype === 'object' && prototype !== null ? prototype.constructor : undefined;
    const name = typeof maker === 'function' ? maker.name : '';
    if (name === 'Object' || !/^[A-Za-z_$][\w$]{0,40}$/.test(name)) return 'an object';
    return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
  } catch {
    return 'an object';
  }
}
