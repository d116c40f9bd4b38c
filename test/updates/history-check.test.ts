import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BarHash } from '../../src/bars/bar-hash';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import { checkHistory } from '../../src/updates/history-check';
import { randomBars } from '../generated-bars';

const bars = randomBars(40, { seed: 3 });
const stored = sliceBars(bars, 10, 20);
/** What the source says from the first stored bar on. */
const source = sliceBars(bars, 10, 40);

function copyOf(some: Bars): Bars {
  const copy = allocateBars(some.length);
  for (const column of BAR_COLUMNS) copy[column].set(some[column]);
  return copy;
}

function without(some: Bars, index: number): Bars {
  const fewer = allocateBars(some.length - 1);
  for (const column of BAR_COLUMNS) fewer[column].set([...some[column]].filter((_, i) => i !== index));
  return fewer;
}

function times(some: Bars, price: number, volume: number, decimals?: number): Bars {
  const scaled = copyOf(some);
  const round = (value: number) => (decimals === undefined ? value : Number(value.toFixed(decimals)));
  for (const column of ['open', 'high', 'low', 'close'] as const) scaled[column].set(scaled[column].map((value) => round(value * price)));
  scaled.volume.set(scaled.volume.map((value) => value * volume));
  return scaled;
}

describe('the history check', () => {
  it('finds nothing where the source says what is stored', () => {
    const check = checkHistory(stored, source);
    expect(check).toEqual({
      verdict: 'unchanged',
      comparedBars: 10,
      storedHash: BarHash.of(stored),
      sourceHash: BarHash.of(stored),
      firstDifference: null,
      differences: null,
      factor: null,
    });
  });

  it('property: finds any change of any value of any bar, and names the first', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.constantFrom('open', 'high', 'low', 'close', 'volume'), fc.nat(9), (at, column, later) => {
        const changed = copyOf(source);
        changed[column][at] += column === 'volume' ? 1 : 0.001;
        changed.close[Math.max(at, later)] += 1;
        const check = checkHistory(stored, changed);
        expect(check.verdict).toBe('revised');
        expect(check.differences).toMatchObject({ changed: later > at ? 2 : 1, withdrawn: 0, inserted: 0 });
        expect(check.differences?.fields).toContain(column);
        expect(check.storedHash).not.toBe(check.sourceHash);
        expect(check.firstDifference?.timestamp).toBe(stored.timestamp[at]);
        expect(check.firstDifference?.stored?.[column]).toBe(stored[column][at]);
        expect(check.firstDifference?.source?.[column]).toBe(changed[column][at]);
      }),
      { seed: 1 },
    );
  });

  it('does not look at newer bars', () => {
    const changed = copyOf(source);
    changed.close[10] += 1;
    expect(checkHistory(stored, changed).verdict).toBe('unchanged');
  });

  it('finds a bar that is gone, at the end too, and one that has come', () => {
    expect(checkHistory(stored, without(source, 4))).toMatchObject({
      verdict: 'revised',
      differences: { changed: 0, withdrawn: 1, inserted: 0, fields: [] },
      firstDifference: { timestamp: stored.timestamp[4], source: null, stored: { close: stored.close[4] } },
      factor: null,
    });
    expect(checkHistory(stored, without(source, 9))).toMatchObject({
      verdict: 'revised',
      differences: { withdrawn: 1 },
      firstDifference: { timestamp: stored.timestamp[9], source: null },
    });
    expect(checkHistory(without(stored, 4), source)).toMatchObject({
      verdict: 'revised',
      differences: { inserted: 1 },
      firstDifference: { timestamp: stored.timestamp[4], stored: null, source: { close: stored.close[4] } },
    });
  });

  it('takes a source that begins later or ends earlier for what it is', () => {
    expect(checkHistory(stored, sliceBars(source, 7, 30))).toMatchObject({ verdict: 'unchanged', comparedBars: 3 });
    expect(checkHistory(stored, sliceBars(source, 0, 6))).toMatchObject({ verdict: 'unchanged', comparedBars: 6 });
    expect(checkHistory(stored, sliceBars(source, 10, 30))).toMatchObject({ verdict: 'not_checked', comparedBars: 0 });
    expect(checkHistory(stored, sliceBars(source, 0, 0))).toMatchObject({ verdict: 'not_checked' });
    expect(checkHistory(sliceBars(stored, 0, 0), source)).toMatchObject({ verdict: 'not_checked' });
  });

  it.each<[string, Bars, object | null]>([
    ['a 2-for-1 split', times(source, 1 / 2, 2), { kind: 'split', price: 0.5, volume: 2, description: '2-for-1 split' }],
    ['a split without volumes adjusted', times(source, 1 / 2, 1), { kind: 'split', price: 0.5, volume: 1, description: '2-for-1 split' }],
    ['a 3-for-2 split in cents', times(source, 2 / 3, 1.5, 2), { kind: 'split', description: '3-for-2 split' }],
    ['a 20-for-1 split', times(source, 1 / 20, 20), { kind: 'split', description: '20-for-1 split' }],
    ['a 1-for-25 reverse split', times(source, 25, 1 / 25), { kind: 'split', description: '1-for-25 reverse split' }],
    [
      'a dividend',
      times(source, 0.9876, 1),
      { kind: 'adjustment', price: 0.9876, volume: 1, description: 'adjustment, prices times 0.9876' },
    ],
    ['a dividend of 5 %, a ratio of whole numbers', times(source, 0.95, 1), { kind: 'adjustment' }],
    ['a ratio of a split, with volumes that do not fit', times(source, 0.5, 7), { kind: 'adjustment' }],
    ['volumes in lots', times(source, 1, 0.01), { kind: 'volume', price: 1, volume: 0.01, description: 'volumes times 0.01' }],
  ])('names %s', (_, changed, factor) => {
    const check = checkHistory(stored, changed);
    expect(check.verdict).toBe('rewritten');
    expect(check.factor).toMatchObject(factor ?? {});
  });

  it.each<[string, (value: number, i: number) => number]>([
    ['single precision', Math.fround],
    [
      'an adjustment in single precision, of 1 but for its last digits',
      (value) => Math.fround(Math.fround(value) * Math.fround(1.0000001)),
    ],
    ['a part in ten million, another one for each bar', (value, i) => value * (1 + (i % 2 === 0 ? 1e-7 : -1e-7))],
    ['seven digits', (value) => Number(value.toPrecision(7))],
    ['four decimals of prices about 100', (value) => Number(value.toFixed(4))],
    ['six decimals', (value) => Number(value.toFixed(6))],
  ])('takes no noise for another past: %s', (_, noise) => {
    const noisy = copyOf(source);
    for (const column of ['open', 'high', 'low', 'close'] as const) noisy[column].set(source[column].map(noise));
    const check = checkHistory(stored, noisy);
    expect(check).toMatchObject({ verdict: 'unchanged', comparedBars: 10, firstDifference: null, factor: null });
    // that something differs is not hidden
    expect(check.sourceHash).not.toBe(check.storedHash);
    // nor the other way round
    expect(checkHistory(sliceBars(noisy, 0, 10), source).verdict).toBe('unchanged');
    // and a bar that really differs is found among noise, and no factor
    noisy.close[6] += 0.01;
    expect(checkHistory(stored, noisy)).toMatchObject({
      verdict: 'revised',
      differences: { changed: 1 },
      firstDifference: { timestamp: stored.timestamp[6] },
      factor: null,
    });
  });

  it('takes volumes in single precision for the same, and one share more of fewer than eight million for others', () => {
    const large = copyOf(stored);
    large.volume.set(large.volume.map((volume) => volume * 123_457 + 1));
    const single = copyOf(large);
    single.volume.set(large.volume.map(Math.fround));
    expect(checkHistory(large, single).verdict).toBe('unchanged');
    const share = copyOf(stored);
    share.volume[4] = 8_000_000;
    const corrected = copyOf(share);
    corrected.volume[4]++;
    expect(checkHistory(share, corrected)).toMatchObject({ verdict: 'revised', differences: { changed: 1, fields: ['volume'] } });
    const none = copyOf(stored);
    none.volume[4] = 0;
    const some = copyOf(none);
    some.volume[4] = 1e-9;
    expect(checkHistory(none, some).verdict).toBe('revised');
  });

  it.each<[string, Bars]>([
    ['a dividend of 0.01 %', times(source, 0.9999, 1)],
    ['a factor of 3 in a million', times(source, 1.000003, 1)],
    ['cents, where more was stored', times(source, 1, 1, 2)],
  ])('does not take for noise: %s', (_, changed) => {
    const { verdict, factor } = checkHistory(stored, changed);
    expect(verdict).toBe('rewritten');
    expect(factor?.description ?? '').not.toMatch(/times 1$/);
  });

  it('takes more than half of the compared bars for another past, and so all up to a day by one factor', () => {
    const change = (...at: number[]) => {
      const changed = copyOf(source);
      for (const i of at) changed.volume[i] = 3 * changed.volume[i] + i + 1;
      return checkHistory(stored, changed);
    };
    expect(change(0, 2, 4, 6, 9)).toMatchObject({ verdict: 'revised', differences: { changed: 5 } });
    expect(change(0, 2, 4, 6, 8, 9)).toMatchObject({ verdict: 'rewritten', differences: { changed: 6 } });
    const late = copyOf(source);
    for (const column of ['open', 'high', 'low', 'close'] as const)
      late[column].set(late[column].map((price, i) => (i < 3 ? price / 2 : price)));
    late.volume.set(late.volume.map((volume, i) => (i < 3 ? 2 * volume : volume)));
    expect(checkHistory(stored, late)).toMatchObject({
      verdict: 'rewritten',
      differences: { changed: 3 },
      factor: { description: '2-for-1 split' },
    });
  });

  it('property: never names a factor of 1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e-5, max: 1e-5, noNaN: true }), { minLength: 40, maxLength: 40 }), (parts) => {
        const changed = copyOf(source);
        (['open', 'high', 'low', 'close'] as const).forEach((column, j) => {
          changed[column].set(source[column].map((value, i) => value * (1 + (parts[(4 * i + j) % 40] ?? 0))));
        });
        expect(checkHistory(stored, changed).factor?.description ?? '').not.toMatch(/times 1$/);
      }),
      { seed: 2 },
    );
  });

  it('names no factor where there is none', () => {
    const changed = times(source, 0.5, 1);
    changed.close[3] *= 1.01;
    expect(checkHistory(stored, changed)).toMatchObject({ verdict: 'rewritten', factor: null });
    const one = copyOf(source);
    one.close[3] *= 1.01;
    expect(checkHistory(stored, one).factor).toBeNull();
    expect(checkHistory(sliceBars(stored, 0, 1), times(source, 0.5, 1))).toMatchObject({ verdict: 'rewritten', factor: null });
    const fromNothing = copyOf(source);
    fromNothing.volume.fill(5);
    const noVolume = copyOf(stored);
    noVolume.volume.fill(0);
    expect(checkHistory(noVolume, fromNothing)).toMatchObject({ verdict: 'rewritten', factor: null });
  });
});
