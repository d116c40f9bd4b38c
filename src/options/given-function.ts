import { types } from 'node:util';
import { ownError, TickerforestError } from '../errors';
import { invalidOption } from './checks';

/**
 * Calls a function of a caller's, which may do anything.
 *
 * @param who - whose it is, for messages: "target 'mine'"
 * @param during - what it is called for: 'while it made the label of row 5'
 * @param call - calls it
 * @returns what it returned
 * @throws TickerforestError `INVALID_OPTION` for what it throws, with that as cause, or if it is async; errors of this package as they are
 */
export function callGiven(who: string, during: string, call: () => unknown): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (cause) {
    const own = ownError(cause);
    if (own !== null) throw own;
    throw new TickerforestError('INVALID_OPTION', `${who} threw ${during}; see the cause`, { cause });
  }
  if (types.isPromise(result)) {
    // it may fail yet, and nobody would hear it
    result.catch(() => {});
    throw invalidOption(`${who} returned a promise ${during}: it cannot be async; fetch what it needs before`);
  }
  return result;
}
