import { createRequire } from 'node:module';
import { missingPackage, TickerforestError } from '../errors';
import { hasFunctions } from '../options/checks';

/** Parses an expression: a tree of mathjs's nodes, of which nothing is believed. */
export type Parse = (text: string) => unknown;

/** The part of mathjs for plain numbers: it is loaded in half the time of the whole, and parses the same. */
const PACKAGE = 'mathjs/number';

let loaded: Parse | undefined;

/**
 * Loads mathjs when the first formula is read. Formulas are made at once, not awaited, so it is required and not imported. Nothing of it runs but `parse`: neither `evaluate`
 * nor `compile` is ever called.
 *
 * @param load - loads a package. Default: as Node.js does, from where this library is
 * @returns its parser
 * @throws TickerforestError `INVALID_OPTION` if mathjs is not there, or of another kind
 */
export function mathjsParser(load?: (name: string) => unknown): Parse {
  if (load === undefined && loaded !== undefined) return loaded;
  const parse = parserOf(required(load ?? createRequire(import.meta.url)));
  if (load === undefined) loaded = parse;
  return parse;
}

function required(load: (name: string) => unknown): unknown {
  try {
    return load(PACKAGE);
  } catch (cause) {
    throw missingPackage('formula', 'mathjs', cause);
  }
}

function parserOf(library: unknown): Parse {
  const create = part(library, 'create');
  const dependencies = part(library, 'parseDependencies');
  if (typeof create === 'function' && dependencies !== undefined) {
    const instance: unknown = create(dependencies);
    if (hasFunctions(instance, ['parse'])) {
      const parse = part(instance, 'parse');
      if (typeof parse === 'function') return (text) => Reflect.apply(parse, undefined, [text]);
    }
  }
  throw new TickerforestError(
    'INVALID_OPTION',
    'formula needs mathjs 15.2 or newer, and what is installed has no parser: npm install mathjs@latest',
  );
}

function part(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}
