import { expect } from 'vitest';
import { type ErrorCode, TickerforestError } from '../../src/errors';

/** Awaits a failure and returns it, having checked that it is of the library's kind and has the code. */
export async function failure(code: ErrorCode, attempt: () => unknown): Promise<TickerforestError> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof TickerforestError)) throw error;
    expect(error.code, error.message).toBe(code);
    return error;
  }
  throw new Error(`expected an error ${code}, but there was none`);
}
