import type { TickerforestError } from '../errors';
import { counted, invalidOption } from '../options/checks';
import { described, quoted } from '../text';

/** Characters that a formula may have. */
export const MOST_CHARACTERS = 2_000;

/** One word of a formula. */
export interface Token {
  /** What it is. */
  readonly kind: 'number' | 'name' | 'sign';
  /** How it is written. */
  readonly text: string;
  /** Its first character, from 0. */
  readonly at: number;
}

/** A formula that is being read. */
export interface FormulaText {
  /** What it is called, for messages. */
  readonly name: string;
  /** What is written. */
  readonly text: string;
}

/** Operators of two characters come first. `and`, `or` and `not` are names that are signs. */
const SIGNS = ['<=', '>=', '==', '!=', '+', '-', '*', '/', '^', '(', ')', ',', '<', '>', '?', ':'];
const WORDS = new Set(['and', 'or', 'not']);

const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_]\w*/y;
const SPACE = /[ \t\r\n]+/y;

/** What other languages write, and what is written here. */
const INSTEAD: Readonly<Record<string, string>> = {
  '=': "'==', as formulas assign nothing",
  '!': "'!=' or 'not'",
  '&': "'and'",
  '|': "'or'",
  '%': "a number such as 0.05, as '%' is a share to some and a remainder to others",
  $: 'the name alone: close',
  '[': "lag(x, n), as formulas have no '['",
  '.': 'a number such as 0.5, as nothing has parts here',
};

/**
 * @param formula - the formula
 * @param at - index of the character that is wrong
 * @param expected - what should stand there
 * @param found - what stands there
 * @param cause - the error underneath, if any
 * @returns the error to throw, naming the character from 1
 */
export function formulaError({ name }: FormulaText, at: number, expected: string, found: string, cause?: unknown): TickerforestError {
  return invalidOption(`formula ${quoted(name)}, character ${at + 1}: expected ${expected}, not ${found}`, cause);
}

/**
 * Cuts a formula into words. Everything that no formula needs ends here: quotes, brackets, braces, semicolons, dots of properties, other alphabets.
 *
 * @param formula - the formula
 * @returns its words, in order, at least one
 * @throws TickerforestError `INVALID_OPTION` naming the character and what was expected
 */
export function tokensOf(formula: FormulaText): readonly Token[] {
  const { name, text } = formula;
  if (typeof text !== 'string')
    throw invalidOption(`formula ${quoted(name)}: text must be a text such as 'close / open - 1', not ${described(text)}`);
  if (text.length > MOST_CHARACTERS) {
    const advice = 'make several formulas of it';
    throw invalidOption(
      `formula ${quoted(name)}: text has ${counted(text.length)} characters; at most ${counted(MOST_CHARACTERS)} are read, ${advice}`,
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const token = tokenAt(formula, at, match(NUMBER), match(NAME));
    tokens.push(token);
    at += token.text.length;
  }
  if (tokens.length === 0) throw formulaError(formula, 0, "a formula such as 'close / open - 1'", 'nothing');
  return tokens;
}

function tokenAt(formula: FormulaText, at: number, number: string | undefined, name: string | undefined): Token {
  const { text } = formula;
  if (number !== undefined) {
    const next = text.charAt(at + number.length);
    if (/[\w.]/.test(next))
      throw formulaError(formula, at, 'a number such as 14, 0.5 or 1e-6', quoted(text.slice(at, at + number.length + 10)));
    if (!Number.isFinite(Number(number))) throw formulaError(formula, at, 'a number up to 1e308', quoted(number));
    if (Number(number) === 0 && /^[.0]*[1-9]/.test(number))
      throw formulaError(formula, at, 'a number from 1e-323 on, or 0', quoted(number));
    return { kind: 'number', text: number, at };
  }
  if (name !== undefined) return { kind: WORDS.has(name) ? 'sign' : 'name', text: name, at };
  const sign = SIGNS.find((one) => text.startsWith(one, at));
  if (sign !== undefined) return { kind: 'sign', text: sign, at };
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const instead = Object.hasOwn(INSTEAD, character) ? INSTEAD[character] : "a name, a number, '(' or an operator";
  throw formulaError(formula, at, instead, quoted(character));
}
