import { described } from '../text';
import { type Check, counted, invalidOption } from './checks';

/** How long a list may be. */
interface ListBounds {
  /** Fewest items. Default 0. */
  readonly least?: number;
  /** Most items. Default 64. */
  readonly most?: number;
}

/**
 * @param noun - what its items are, in words: 'periods'
 * @param item - what each of them is
 * @param bounds - how many there may be
 * @returns a check of arrays without duplicates; the result is a copy
 */
export function listOf<T>(noun: string, item: Check<T>, { least = 0, most = 64 }: ListBounds = {}): Check<readonly T[]> {
  const wanted = `an array of ${noun}, each ${item.wanted}`;
  return {
    wanted,
    read: (value, { call, name }) => {
      if (!Array.isArray(value)) throw invalidOption(`${name} must be ${wanted}, not ${described(value)}`);
      const { length } = value;
      if (length < least || length > most) {
        throw invalidOption(`${name} has ${counted(length)} ${noun}; give ${least === most ? least : `${least} to ${most}`}`);
      }
      const items = Array.from({ length }, (_, i) => item.read(value[i], { call, name: `${name}[${i}]` }));
      const texts = items.map((one) => JSON.stringify(one));
      const twice = texts.findIndex((text, i) => texts.indexOf(text) < i);
      if (twice >= 0) throw invalidOption(`${name}[${twice}] is ${described(items[twice])} again; give each of the ${noun} once`);
      return items;
    },
  };
}

/**
 * @param wanted - the pair in words: '[lag, window]'
 * @param first - what its first item is
 * @param second - what its second item is
 * @returns a check of pairs; the result is a copy
 */
export function pairOf<A, B>(wanted: string, first: Check<A>, second: Check<B>): Check<readonly [A, B]> {
  return {
    wanted,
    read: (value, { call, name }) => {
      if (!Array.isArray(value) || value.length !== 2) throw invalidOption(`${name} must be ${wanted}, not ${described(value)}`);
      return [first.read(value[0], { call, name: `${name}[0]` }), second.read(value[1], { call, name: `${name}[1]` })];
    },
  };
}
