/** What one of a value is one of: a product of powers of prices and shares, or a word where both powers are 0. */
export interface Unit {
  /** Power of the price: 1 for a price, -1 for one over a price. */
  readonly price: number;
  /** Power of the volume. */
  readonly shares: number;
  /** 'ratio', 'percent', 'bars', ...; '' for a number that is written in the formula, which takes any unit. */
  readonly word: string;
  /** Whether the value depends on the level of prices or volumes in a way that powers cannot say, as a logarithm does, or a price that is compared with a number. */
  readonly isLevel: boolean;
}

const unit = (price: number, shares: number, word: string, isLevel = false): Unit => ({ price, shares, word, isLevel });

/** Of a number in the formula. */
export const LITERAL: Unit = unit(0, 0, '');
/** Of what comparisons say: 1 or 0. */
export const TRUTH: Unit = word('1 or 0');
/** Of a quotient of equals. */
export const RATIO: Unit = word('ratio');

/**
 * @param name - what one is one of
 * @returns a unit that depends on neither price nor volume
 */
export function word(name: string): Unit {
  return unit(0, 0, name);
}

/**
 * @param text - the unit of a built-in feature or column
 * @param isFree - whether the feature is free of the price level, as far as the library says
 * @returns the unit
 */
export function unitFrom(text: string, isFree: boolean): Unit {
  if (text === 'price') return unit(1, 0, '');
  if (text === 'shares') return unit(0, 1, '');
  return unit(0, 0, text, !isFree && text !== 'ratio' && text !== 'percent');
}

/**
 * @param of - a unit
 * @returns whether values of it do not depend on the level of prices and volumes, and may go into a model
 */
export function isFree({ price, shares, isLevel }: Unit): boolean {
  return price === 0 && shares === 0 && !isLevel;
}

/**
 * @param of - a unit
 * @returns it in words: 'price', 'price^2', 'price x shares', 'ratio'
 */
export function unitText({ price, shares, word: name }: Unit): string {
  const power = (text: string, exponent: number) => (exponent === 1 ? text : `${text}^${exponent}`);
  const above = [...(price > 0 ? [power('price', price)] : []), ...(shares > 0 ? [power('shares', shares)] : [])];
  const below = [...(price < 0 ? [power('price', -price)] : []), ...(shares < 0 ? [power('shares', -shares)] : [])];
  if (above.length + below.length === 0) return name === '' ? 'number' : name;
  return [above.length === 0 ? '1' : above.join(' x '), ...below].join(' / ');
}

const areAlike = (a: Unit, b: Unit): boolean => a.price === b.price && a.shares === b.shares;

/**
 * Of what is added, compared, or one of two. Numbers of the formula take the other's unit, be it a price: `close - 10` depends on the price level.
 *
 * @param a - one unit
 * @param b - the other
 * @param isNothing - whether one of them is a number too small to matter, such as 0, or the 1e-12 that keeps a divisor from it
 * @returns the unit of both
 */
export function together(a: Unit, b: Unit, isNothing: boolean): Unit {
  const isLevel = a.isLevel || b.isLevel;
  if (areAlike(a, b)) {
    const name = a.word === '' ? b.word : b.word === '' || b.word === a.word ? a.word : 'number';
    return unit(a.price, a.shares, name, isLevel);
  }
  const hasPowers = a.price !== 0 || a.shares !== 0 ? a : b;
  const other = hasPowers === a ? b : a;
  if (isNothing) return { ...hasPowers, isLevel };
  return other.word === '' && other.price === 0 && other.shares === 0 ? { ...hasPowers, isLevel: true } : unit(0, 0, 'number', true);
}

/**
 * @param a - of the first value
 * @param b - of what is taken from it
 * @param isNothing - as in {@link together}
 * @returns the unit of the difference: that of two logarithms of prices does not depend on the level
 */
export function difference(a: Unit, b: Unit, isNothing: boolean): Unit {
  return a.word.startsWith(LOGARITHM) && a.word === b.word ? RATIO : together(a, b, isNothing);
}

const LOGARITHM = 'logarithm of ';

/**
 * @param of - a unit
 * @returns the unit of its logarithm
 */
export function logarithm(of: Unit): Unit {
  return isFree(of) ? word('number') : unit(0, 0, `${LOGARITHM}${unitText(of)}`, true);
}

/**
 * @param a - of one factor
 * @param b - of the other
 * @param sign - 1 for a product, -1 for a quotient
 * @returns the unit of both
 */
export function product(a: Unit, b: Unit, sign: 1 | -1): Unit {
  const price = a.price + sign * b.price;
  const shares = a.shares + sign * b.shares;
  const isLevel = a.isLevel || b.isLevel;
  if (price !== 0 || shares !== 0) return unit(price, shares, '', isLevel);
  // twice a percentage is one, and half of it
  if (areAlike(a, LITERAL) && b.word === '') return unit(0, 0, a.word, isLevel);
  if (areAlike(b, LITERAL) && a.word === '' && sign === 1) return unit(0, 0, b.word, isLevel);
  return unit(0, 0, 'ratio', isLevel);
}

/**
 * @param of - a unit
 * @param factor - by which values of it are multiplied: 100 makes a percentage of a ratio, 0.01 a ratio of a percentage
 * @returns the unit of the product
 */
export function scaled(of: Unit, factor: number): Unit {
  if (factor === 100 && areAlike(of, RATIO) && of.word === RATIO.word) return { ...of, word: 'percent' };
  if (factor === 0.01 && areAlike(of, RATIO) && of.word === 'percent') return { ...of, word: RATIO.word };
  return product(of, LITERAL, 1);
}

/**
 * @param of - a unit
 * @param exponent - any number
 * @returns the unit of its power
 */
export function power(of: Unit, exponent: number): Unit {
  if (of.price === 0 && of.shares === 0) return of.word === '' ? of : { ...of, word: exponent === 1 ? of.word : 'number' };
  return unit(of.price * exponent, of.shares * exponent, '', of.isLevel);
}
