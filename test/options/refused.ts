import { TickerforestError } from '../../src/errors';

/**
 * Calls a function as JavaScript does, with anything.
 *
 * @param call - the function
 * @param args - what it is given, whatever its types say
 * @returns the message of the `INVALID_OPTION` that it throws or rejects with; anything else that happens, in words
 */
export async function refusalOf(call: (...args: never[]) => unknown, ...args: readonly unknown[]): Promise<string> {
  try {
    await Reflect.apply(call, undefined, args);
    return 'taken';
  } catch (error) {
    if (!(error instanceof TickerforestError)) return `raw ${error}`;
    return error.code === 'INVALID_OPTION' ? error.message : `${error.code}: ${error.message}`;
  }
}
