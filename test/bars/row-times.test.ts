import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayBars } from '../../src/bars/array-source';
import { allocateBars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { findEpochUnit, RowTimes } from '../../src/bars/row-times';
import { failure } from './errors';

const MINUTE = 60_000;
const DAY = 86_400_000;
const PER_MS = { seconds: 1e-3, milliseconds: 1, microseconds: 1e3, nanoseconds: 1e6 } as const;

function readAll(values: readonly unknown[], from?: number): (number | undefined)[] {
  const times = new RowTimes({});
  times.decide(values.slice(0, 1_000), from);
  return values.map((value) => times.read(value));
}
const series = (start: string, step: number, count = 50) => Array.from({ length: count }, (_, i) => Date.parse(start) + i * step);

describe('the unit of times that are numbers', () => {
  it.each([
    ['minutes of today', '2024-01-02', MINUTE],
    ['one-second bars', '2024-01-02', 1_000],
    ['days since 1962', '1962-01-02', DAY],
    ['days since 1970', '1970-01-01', DAY],
    ['weeks since 1969', '1969-12-01', 7 * DAY],
    ['hours around 1973', '1973-03-03', 3_600_000],
  ])('%s, in seconds, milliseconds, microseconds and nanoseconds', (_, start, step) => {
    const times = series(start, step, 1_500);
    expect(readAll(times.map((time) => time / 1000))).toEqual(times);
    expect(readAll(times)).toEqual(times);
    // microseconds and nanoseconds within three years of 1970 are nobody's data
    if (start > '1974' || start < '1965') {
      expect(readAll(times.map((time) => time * 1e3))).toEqual(times);
      expect(readAll(times.map((time) => BigInt(time) * 1_000_000n))).toEqual(times);
    }
  });

  it('law: one row or many, of any usual length, in any unit', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<keyof typeof PER_MS>('seconds', 'milliseconds', 'microseconds', 'nanoseconds'),
        fc.integer({ min: Date.UTC(1980, 0) / 1000, max: Date.UTC(2035, 0) / 1000 }),
        fc.constantFrom(1_000, 5_000, MINUTE, 15 * MINUTE, 4 * 60 * MINUTE, DAY, 7 * DAY, 31 * DAY),
        fc.integer({ min: 1, max: 100 }),
        (unit, start, step, count) => {
          const times = Array.from({ length: count }, (_, i) => start * 1000 + i * step);
          expect(readAll(times.map((time) => time * PER_MS[unit]))).toEqual(times);
        },
      ),
      { seed: 8, numRuns: 500 },
    );
  });

  it('follows a change of the unit inside a series, there and back', () => {
    const times = series('2024-12-31T23:00Z', MINUTE, 1_200);
    const factor = (i: number) => (i < 60 ? 1 : i < 1_100 ? 1e3 : i < 1_150 ? 1 : 1e-3);
    expect(readAll(times.map((time, i) => time * factor(i)))).toEqual(times);
  });

  it('leaves a wrong date what it is, and reads on', () => {
    const times = series('2024-01-02', DAY);
    for (const wrong of [0, 86_400_000, Date.UTC(2099, 0), -Date.UTC(2024, 0), 4]) {
      for (const at of [0, 1, 20]) expect(readAll(times.with(at, wrong))).toEqual(times.with(at, wrong));
    }
  });

  it('numbers below 1e8 are milliseconds, and who asks from 1970 on means 1970', () => {
    expect(readAll([1, 2, 3])).toEqual([1, 2, 3]);
    expect(readAll([0, MINUTE, 2 * MINUTE])).toEqual([0, MINUTE, 2 * MINUTE]);
    expect(readAll(series('1970-01-10', MINUTE))).toEqual(series('1970-01-10', MINUTE));
    expect(readAll([1.7e9])).toEqual([1.7e12]);
    expect(readAll([1.7e9], 1.6e9)).toEqual([1.7e9]);
  });

  it('reads YYYYMMDD also as a number, if all are dates', () => {
    expect(readAll([20240102, 20240103])).toEqual([Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 3)]);
    expect(readAll(['20240102', '20240103'])).toEqual([Date.UTC(2024, 0, 2), Date.UTC(2024, 0, 3)]);
    expect(findEpochUnit([20240230]).unit).toBe('milliseconds');
    const late = [...Array.from({ length: 1_000 }, () => 20240102), 20240230];
    expect(readAll(late).at(-1)).toBeUndefined();
  });

  it('reads rows in seconds as such, through arrayBars', async () => {
    const rows = series('2024-01-02', DAY).map((time) => ({ timestamp: time / 1000, open: 1, high: 1, low: 1, close: 1, volume: 0 }));
    const { bars } = await collectBars(arrayBars(rows), { symbol: 'X' });
    expect([...bars.timestamp]).toEqual(series('2024-01-02', DAY));
  });
});

describe('numbers that count no time', () => {
  const rows = (times: readonly unknown[]) =>
    arrayBars(times.map((timestamp) => ({ timestamp, open: 1, high: 1, low: 1, close: 1, volume: 0 })));

  it.each([
    ['years', [2020, 2021, 2022]],
    ['years and months', [202_311, 202_312, 202_401]],
    ['dates of six digits, as text', ['240102', '240103', '240104']],
    ["a spreadsheet's days", [45_293, 45_294, 45_295]],
    ["a spreadsheet's minutes", [0, 1, 2].map((minute) => 45_293 + minute / 1440)],
    ['minutes since 1970', [28_403_430, 28_403_431, 28_403_432]],
  ])('are refused, not taken for the first day of 1970: %s', async (_, times) => {
    const { message } = await failure('INVALID_BARS', () => collectBars(rows(times), { symbol: 'X' }));
    expect(message).toContain(`timestamps such as ${times[0]} are no milliseconds since 1970`);
  });

  it('are milliseconds where that makes bars of a second or longer', async () => {
    const times = [60_000, 120_000, 180_000];
    expect([...(await collectBars(rows(times), { symbol: 'X' })).bars.timestamp]).toEqual(times);
  });
});

describe('columns, which cannot be changed', () => {
  const columns = (times: readonly number[]) => {
    const bars = allocateBars(times.length);
    bars.timestamp.set(times);
    for (const price of [bars.open, bars.high, bars.low, bars.close]) price.fill(1);
    return arrayBars(bars);
  };

  it('are refused in another unit than milliseconds', async () => {
    const times = series('2024-01-02', MINUTE);
    for (const [unit, perMs] of Object.entries(PER_MS)) {
      if (unit === 'milliseconds') continue;
      const { message } = await failure('INVALID_BARS', () => collectBars(columns(times.map((time) => time * perMs)), { symbol: 'X' }));
      expect(message).toContain(`bars.timestamp counts ${unit} since 1970`);
    }
  });

  it('are served where they count milliseconds, or nothing proves that they do not', async () => {
    for (const times of [series('2024-01-02', MINUTE), series('1970-01-01', DAY), [1, 2, 3], [1.7e9], [1.7e9, 1.7e9 + 777_777]]) {
      const { bars } = await collectBars(columns(times), { symbol: 'X' });
      expect([...bars.timestamp]).toEqual(times);
    }
  });
});
