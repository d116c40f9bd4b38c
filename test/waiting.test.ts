import { describe, expect, it, vi } from 'vitest';
import { beforeComputations, endedWithin, orAborted, Turns } from '../src/waiting';

const never = new Promise<never>(() => {});

const round = () => new Promise((resolve) => setImmediate(resolve));

describe('Turns', () => {
  it('lets one computation go on in a round of the event loop, each in its turn', async () => {
    const seen: string[] = [];
    let isRunning = true;
    const rounds = async () => {
      while (isRunning) {
        await round();
        seen.push('|');
      }
    };
    const compute = async (name: string) => {
      const turns = new Turns();
      for (let i = 0; i < 20; i++) {
        await turns.giveWay();
        seen.push(name);
      }
    };
    const watching = rounds();
    await Promise.all(['a', 'b', 'c'].map(compute));
    isRunning = false;
    await watching;
    const text = seen.join('');
    expect(text).not.toMatch(/[a-c]{2}/);
    expect(text.replaceAll('|', '')).toBe('abc'.repeat(20));
  });

  it('goes on where a test has stopped the clock', async () => {
    vi.useFakeTimers();
    try {
      await new Turns().giveWay();
    } finally {
      vi.useRealTimers();
    }
  });

  it('and what is late is not waited for there either', async () => {
    vi.useFakeTimers();
    try {
      expect(await endedWithin(never, 5)).toBe(false);
      const abort = new AbortController();
      const waiting = endedWithin(never, Number.POSITIVE_INFINITY, abort.signal, 5);
      abort.abort();
      expect(await waiting).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('hears an abort', async () => {
    const abort = new AbortController();
    const turns = new Turns(abort.signal, 'testing');
    await turns.giveWay();
    setImmediate(() => abort.abort());
    await expect(turns.giveWay().then(() => turns.giveWay())).rejects.toMatchObject({
      code: 'ABORTED',
      message: expect.stringContaining('testing'),
    });
  });

  it('goes through every number of a range once', async () => {
    const turns = new Turns();
    for (const length of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
      let next = 0;
      await turns.forRuns(length, (from, to) => {
        expect(from).toBe(next);
        expect(to).toBeGreaterThan(from);
        next = to;
      });
      expect(next).toBe(length);
    }
  });

  it('stands back for what must not wait, but not for ever', async () => {
    let end = () => {};
    const urgent = beforeComputations(new Promise<void>((resolve) => (end = resolve)));
    let isOn = false;
    const computing = new Turns().giveWay().then(() => (isOn = true));
    for (let i = 0; i < 5; i++) await round();
    expect(isOn).toBe(false);
    end();
    await computing;
    await urgent;
    void beforeComputations(never);
    await new Turns().giveWay();
    // an abort does not wait for it either
    void beforeComputations(never);
    const abort = new AbortController();
    const stopped = new Turns(abort.signal).giveWay();
    await round();
    abort.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

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
