import { createRequire } from 'node:module';
import { missingPackage, TickerforestError } from '../errors';

/** The package technicalindicators. */
export type Library = typeof import('technicalindicators');

let loaded: Library | undefined;

/**
 * Loads technicalindicators when the first feature needs it. Features are made at once, not awaited, so it is required and not imported.
 *
 * @param call - who needs it, for the message
 * @param load - loads a package. Default: as Node.js does, from where this library is
 * @returns the package
 * @throws TickerforestError `INVALID_OPTION` that says what to install, or that the package was told to round
 */
export function technicalIndicators(call: string, load?: (name: string) => Library): Library {
  const library = load === undefined && loaded !== undefined ? loaded : required(call, load ?? requireHere);
  if (load === undefined) loaded = library;
  // a setting of the whole process, on which stored values would then depend
  const precision: unknown = library.getConfig('precision');
  if (precision === undefined) return library;
  throw new TickerforestError(
    'INVALID_OPTION',
    `${call}: technicalindicators rounds everything, since setConfig('precision', ...) was called; values would depend on that setting: do not call it`,
  );
}

function required(call: string, load: (name: string) => Library): Library {
  try {
    return load('technicalindicators');
  } catch (cause) {
    throw missingPackage(call, 'technicalindicators', cause);
  }
}

function requireHere(name: string): Library {
  return createRequire(import.meta.url)(name);
}
