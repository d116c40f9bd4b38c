import { describe, expect, it } from 'vitest';
import { endedWithin, orAborted } from '../src/waiting';

const never = new Promise<never>(() => {});

describe('endedWithin', () => {
  it('tells whether work has ended, well or not', async () => {
    expect(await endedWithin(Promise.resolve(1), 1_000)).toBe(true);
    expect(await endedWithin(Promise.reject(new Error('bad')), 1_000)).toBe(true);
    expect(await endedWithin(never, 5)).toBe(false);
  });

  it('makes haste when the signal fires, also when it has fired', async () => {
    const abort = new AbortController();
    const waiting = endedWithin(never, Number.POSITIVE_INFINITY, abort.signal, 5);
    abort.abort();
    expect(await waiting).toBe(false);
    expect(await endedWithin(never, Number.POSITIVE_INFINITY, abort.signal, 5)).toBe(false);
    expect(await endedWithin(Promise.resolve(1), Number.POSITIVE_INFINITY, abort.signal, 5)).toBe(true);
  });
});

describe('orAborted', () => {
  it('leaves no rejection unheard, whether the signal fires before or after', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    const abort = new AbortController();
    const later = new Promise<never>((_, reject) => setTimeout(reject, 10, new Error('later')));
    const waiting = orAborted(later, abort.signal, 'testing');
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(orAborted(Promise.reject(new Error('at once')), abort.signal, 'testing')).rejects.toMatchObject({ code: 'ABORTED' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });
});
