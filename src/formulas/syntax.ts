import { quoted } from '../text';
import { checkGrammar, type Vocabulary } from './grammar';
import { mathjsParser, type Parse } from './mathjs-parser';
import { type FormulaText, formulaError, type Token, tokensOf } from './tokens';

/** Numbers, names, operators and calls of one formula. */
export const MOST_NODES = 500;

/** A formula as a tree; every node knows its character. */
export type Syntax =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'unary'; readonly operator: '-' | 'not'; readonly operand: Syntax; readonly at: number }
  | { readonly kind: 'binary'; readonly operator: BinaryOperator; readonly left: Syntax; readonly right: Syntax; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Syntax[]; readonly at: number };

const OPERATORS = ['+', '-', '*', '/', '^', '<', '>', '<=', '>=', '==', '!=', 'and', 'or'] as const;

/** What stands between two values. */
export type BinaryOperator = (typeof OPERATORS)[number];

/**
 * Reads a formula. Its words are checked before mathjs sees them, and of the tree that it makes of them only known nodes are taken, each of which must be made of the very
 * words that stand there.
 *
 * @param formula - the formula
 * @param vocabulary - the names that it may use
 * @param parse - mathjs's parser. Default: loaded when it is needed
 * @returns its tree
 * @throws TickerforestError `INVALID_OPTION` naming the character and what was expected, or mathjs if it is missing
 */
export function syntaxOf(formula: FormulaText, vocabulary: Vocabulary, parse?: Parse): Syntax {
  const tokens = tokensOf(formula);
  checkGrammar(formula, tokens, vocabulary);
  const parser = parse ?? mathjsParser();
  let tree: unknown;
  try {
    // line ends would make several expressions of it
    tree = parser(formula.text.replace(/[\t\r\n]/g, ' '));
  } catch (cause) {
    throw formulaError(formula, 0, 'a formula that mathjs parses, see cause', 'this one', cause);
  }
  return new TreeReader(formula, tokens).read(tree);
}

/** Follows mathjs's tree along the words, so that every node has its place, and nothing is in the tree that is not written. */
class TreeReader {
  readonly #written: FormulaText;
  readonly #tokens: readonly Token[];
  #next = 0;
  #nodes = 0;

  constructor(formula: FormulaText, tokens: readonly Token[]) {
    this.#written = formula;
    this.#tokens = tokens;
  }

  read(tree: unknown): Syntax {
    const syntax = this.#node(tree);
    if (this.#next < this.#tokens.length) throw this.#unexpected('the end');
    return syntax;
  }

  #unexpected(expected: string): Error {
    const token = this.#tokens[this.#next];
    return formulaError(
      this.#written,
      token?.at ?? this.#written.text.length,
      expected,
      token === undefined ? 'the end' : quoted(token.text),
    );
  }

  #take(text?: string): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined || (text !== undefined && token.text !== text))
      throw this.#unexpected(text === undefined ? 'a value' : quoted(text));
    this.#next++;
    return token;
  }

  #node(node: unknown): Syntax {
    if (typeof node !== 'object' || node === null) throw this.#unexpected('a value');
    if (++this.#nodes > MOST_NODES) throw this.#unexpected(`at most ${MOST_NODES} numbers, names and operators`);
    const get = (name: string): unknown => Reflect.get(node, name);
    const type = get('type');
    if (type === 'ParenthesisNode') {
      this.#take('(');
      const content = this.#node(get('content'));
      this.#take(')');
      return content;
    }
    if (type === 'ConstantNode') return this.#number(get('value'));
    if (type === 'SymbolNode') return this.#name(get('name'));
    if (type === 'FunctionNode') return this.#call(get('fn'), get('args'));
    if (type === 'ConditionalNode') return this.#conditional(get('condition'), get('trueExpr'), get('falseExpr'));
    if (type === 'OperatorNode') return this.#operator(get('op'), get('args'), get('implicit'));
    if (type === 'RelationalNode') throw this.#unexpected("one comparison at a time, such as 'a < b and b < c', in what begins here");
    throw this.#unexpected('a number, a name, an operator or a function');
  }

  #number(value: unknown): Syntax {
    const token = this.#take();
    if (token.kind !== 'number' || value !== Number(token.text)) {
      this.#next--;
      throw this.#unexpected('a number');
    }
    return { kind: 'number', value, at: token.at };
  }

  #name(name: unknown): Syntax {
    if (typeof name !== 'string') throw this.#unexpected('a name');
    return { kind: 'name', name, at: this.#take(name).at };
  }

  #call(fn: unknown, args: unknown): Syntax {
    const name: unknown = typeof fn === 'object' && fn !== null ? Reflect.get(fn, 'name') : undefined;
    if (typeof name !== 'string' || !Array.isArray(args)) throw this.#unexpected('a function');
    const { at } = this.#take(name);
    this.#take('(');
    const given = args.map((arg: unknown, i) => {
      if (i > 0) this.#take(',');
      return this.#node(arg);
    });
    this.#take(')');
    return { kind: 'call', name, args: given, at };
  }

  #conditional(condition: unknown, whenTrue: unknown, whenFalse: unknown): Syntax {
    const asked = this.#node(condition);
    const { at } = this.#take('?');
    const yes = this.#node(whenTrue);
    this.#take(':');
    return { kind: 'call', name: 'where', args: [asked, yes, this.#node(whenFalse)], at };
  }

  #operator(op: unknown, args: unknown, implicit: unknown): Syntax {
    if (!Array.isArray(args) || implicit === true) throw this.#unexpected('an operator between values');
    const [first, second]: readonly unknown[] = args;
    if (args.length === 1 && (op === '-' || op === '+' || op === 'not')) {
      const { at } = this.#take(op);
      if (op !== 'not') this.#refuseNot(first);
      const operand = this.#node(first);
      return op === '+' ? operand : { kind: 'unary', operator: op, operand, at };
    }
    const operator = OPERATORS.find((one) => one === op);
    if (args.length !== 2 || operator === undefined) throw this.#unexpected('one of the operators + - * / ^ < > <= >= == != and or not');
    if (operator !== 'and' && operator !== 'or') this.#refuseNot(first);
    const left = this.#node(first);
    const { at } = this.#take(operator);
    if (operator !== 'and' && operator !== 'or') this.#refuseNot(second);
    return { kind: 'binary', operator, left, right: this.#node(second), at };
  }

  /** `not a > b` is `(not a) > b` in mathjs and `not (a > b)` elsewhere. */
  #refuseNot(node: unknown): void {
    if (typeof node !== 'object' || node === null || Reflect.get(node, 'op') !== 'not') return;
    throw this.#unexpected("parentheses that say what 'not' is of: not (a > b), or (not a) > b, in what begins here");
  }
}
