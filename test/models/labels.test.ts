import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { directions, HORIZON, MIN_TRAINING_ROWS, nextBarReturns, trainingRows } from '../../src/models/labels';
import { walkForwardSplit } from '../../src/models/walk-forward';

describe('labels', () => {
  it('look one bar ahead, and the newest bar has none', () => {
    const returns = nextBarReturns(Float64Array.of(100, 110, 99, 99));
    expect([...returns]).toEqual([110 / 100 - 1, 99 / 110 - 1, 0, Number.NaN]);
    expect([...directions(returns)]).toEqual([1, 0, 0, 0]);
  });

  it('training leaves out warm-up and the newest row', () => {
    expect(trainingRows(10_000, 260)).toEqual({ from: 260, to: 9_999 });
    expect(trainingRows(1_260, 260)).toEqual({ from: 126, to: 1_259 });
    expect(trainingRows(107, 260)).toEqual({ from: 60, to: 106 });
    expect(trainingRows(101, 260)).toEqual({ from: 60, to: 100 });
  });

  it('too few bars are refused with the number that is enough', () => {
    expect(() => trainingRows(100, 260)).toThrow(
      expect.objectContaining({ code: 'TOO_FEW_BARS', message: expect.stringContaining('at least 101 bars') }),
    );
    expect(() => trainingRows(30, 260)).toThrow(expect.objectContaining({ code: 'TOO_FEW_BARS' }));
    expect(trainingRows(101, 260).to - trainingRows(101, 260).from).toBe(MIN_TRAINING_ROWS);
  });
});

describe('walk-forward', () => {
  it('tests the last fifth, and no training label reaches into it', () => {
    expect(walkForwardSplit({ from: 100, to: 1_100 })).toEqual({
      train: { from: 100, to: 899 },
      test: { from: 900, to: 1_100 },
      purged: 1,
    });
    expect(walkForwardSplit({ from: 0, to: 100 }, { testFraction: 0.5, embargo: 5 })).toEqual({
      train: { from: 0, to: 44 },
      test: { from: 50, to: 100 },
      purged: 6,
    });
  });

  it('for any rows: training ends at least a horizon before the test, and rows are used once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 40, max: 5_000 }),
        fc.double({ min: 0.05, max: 0.6, noNaN: true }),
        (from, rows, testFraction) => {
          const { train, test, purged } = walkForwardSplit({ from, to: from + rows }, { testFraction });
          expect(train.from).toBe(from);
          expect(test.to).toBe(from + rows);
          expect(test.from - train.to).toBe(purged);
          expect(purged).toBeGreaterThanOrEqual(HORIZON);
          expect(Math.abs(test.to - test.from - rows * testFraction)).toBeLessThanOrEqual(0.5 + 1e-9);
        },
      ),
      { seed: 5 },
    );
  });

  it.each([0, 1, -1, Number.NaN])('a test fraction of %s is refused', (testFraction) => {
    expect(() => walkForwardSplit({ from: 0, to: 100 }, { testFraction })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it('an embargo that eats the training rows is refused', () => {
    expect(() => walkForwardSplit({ from: 0, to: 100 }, { embargo: 79 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => walkForwardSplit({ from: 0, to: 100 }, { embargo: 0.5 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
