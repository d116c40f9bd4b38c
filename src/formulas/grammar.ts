import { nearestName } from '../options/did-you-mean';
import { quoted } from '../text';
import { type FormulaText, formulaError, type Token } from './tokens';

/** Parentheses, conditions and powers that may stand in each other. */
export const DEEPEST = 32;

/** Names that a formula may use. */
export interface Vocabulary {
  /** Columns and features. */
  readonly series: ReadonlySet<string>;
  /** Functions, and how each is called: 'sma(x, n)'. */
  readonly functions: ReadonlyMap<string, string>;
}

/** What an opening parenthesis begins, or the formula itself. */
interface Level {
  readonly opening: Token | undefined;
  /** Of a function's arguments: its name. */
  readonly call: Token | undefined;
  /** Conditions whose ':' is still to come. */
  readonly open: Token[];
  /** Conditions so far, each of which stands in the one before. */
  conditions: number;
  /** Signs and powers in a row, each of which stands in the one before. */
  chain: number;
}

const VALUE = "a number, a name or '('";
const BINARY = new Set(['+', '-', '*', '/', '^', '<', '>', '<=', '>=', '==', '!=', 'and', 'or']);

/**
 * Checks that words follow each other as they must, that all names are known, and that nothing is too deep: a parser that recurses needs no more stack than
 * {@link DEEPEST} levels take.
 *
 * @param formula - the formula
 * @param tokens - its words
 * @param vocabulary - the names it may use
 * @throws TickerforestError `INVALID_OPTION` naming the character and what was expected
 */
export function checkGrammar(formula: FormulaText, tokens: readonly Token[], vocabulary: Vocabulary): void {
  const levels: Level[] = [levelOf(undefined, undefined)];
  let wantsValue = true;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const level = levels[levels.length - 1];
    if (!wantsValue) {
      wantsValue = afterValue(formula, token, level, levels);
    } else if (token.kind === 'number') {
      wantsValue = false;
    } else if (token.kind === 'name') {
      const next = tokens[i + 1]?.text === '(' ? tokens[i + 1] : undefined;
      checkName(formula, token, next !== undefined, vocabulary);
      if (next === undefined) {
        wantsValue = false;
      } else {
        levels.push(levelOf(next, token));
        i++;
      }
    } else if (token.text === '(') {
      levels.push(levelOf(token, undefined));
    } else if (token.text === '-' || token.text === '+' || token.text === 'not') {
      level.chain++;
    } else {
      throw formulaError(formula, token.at, VALUE, quoted(token.text));
    }
    const depth = levels.reduce((sum, { conditions, chain }) => sum + 1 + conditions + chain, 0);
    if (depth > DEEPEST) {
      throw formulaError(formula, token.at, `at most ${DEEPEST} parentheses, conditions and powers in each other`, 'one more');
    }
  }
  const { opening, open } = levels[levels.length - 1];
  const end = formula.text.length;
  if (wantsValue) throw formulaError(formula, end, VALUE, 'the end');
  if (open.length > 0)
    throw formulaError(formula, end, `':' and another value, for the '?' at character ${open[open.length - 1].at + 1}`, 'the end');
  if (opening !== undefined) throw formulaError(formula, end, `')' for the '(' at character ${opening.at + 1}`, 'the end');
}

function levelOf(opening: Token | undefined, call: Token | undefined): Level {
  return { opening, call, open: [], conditions: 0, chain: 0 };
}

/** @returns whether a value must follow */
function afterValue(formula: FormulaText, token: Token, level: Level, levels: Level[]): boolean {
  const { text, at } = token;
  const isIn = level.opening !== undefined;
  if (token.kind === 'sign') {
    if (BINARY.has(text)) {
      level.chain = text === '^' ? level.chain + 1 : 0;
      return true;
    }
    if (text === '?') {
      if (level.open.length > 0) throw formulaError(formula, at, "':', or parentheses around a condition between '?' and ':'", "'?'");
      level.open.push(token);
      level.conditions++;
      level.chain = 0;
      return true;
    }
    if (text === ':' && level.open.length > 0) {
      level.open.pop();
      level.chain = 0;
      return true;
    }
    if (level.open.length > 0 && text !== '(') {
      throw formulaError(formula, at, `':' for the '?' at character ${level.open[level.open.length - 1].at + 1}`, quoted(text));
    }
    if (text === ')' && isIn) {
      levels.pop();
      return false;
    }
    if (text === ',' && level.call !== undefined) {
      level.conditions = 0;
      level.chain = 0;
      return true;
    }
  }
  const close = level.call !== undefined ? ", ',' or ')'" : isIn ? " or ')'" : '';
  const hint = token.kind !== 'sign' || text === '(' ? ' (a product is written with *)' : '';
  throw formulaError(formula, at, `an operator${close}${hint}`, quoted(text));
}

function checkName(formula: FormulaText, { text, at }: Token, isCalled: boolean, { series, functions }: Vocabulary): void {
  const usage = functions.get(text);
  if (isCalled) {
    if (usage !== undefined) return;
    if (series.has(text)) throw formulaError(formula, at, `an operator after ${quoted(text)}, which is no function`, "'('");
    throw formulaError(formula, at, `a function${meant(text, [...functions.keys()])}`, quoted(text));
  }
  if (series.has(text)) return;
  if (usage !== undefined) throw formulaError(formula, at, usage, `${quoted(text)} alone`);
  const hint = meant(text, [...series, ...functions.keys()]);
  throw formulaError(formula, at, `open, high, low, close, volume, a built-in feature or a function${hint}`, quoted(text));
}

function meant(text: string, known: readonly string[]): string {
  const name = nearestName(text, known);
  return name === undefined ? '' : `, perhaps '${name}'`;
}
