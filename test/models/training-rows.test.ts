import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveMarket } from '../../src/bars/market';
import { MIN_TRAINING_ROWS, trainingRows } from '../../src/models/training-rows';
import { purgedSplit } from '../../src/research';
import { direction } from '../../src/targets/direction';
import { horizonReturn, nextReturn } from '../../src/targets/returns';
import type { Labels } from '../../src/targets/target';
import { inOneGo } from '../../src/waiting';
import { randomBars } from '../generated-bars';

const market = resolveMarket(60_000);
const HALF = { testFraction: 0.5, embargo: 0 };
const FIFTH = { testFraction: 0.2, embargo: 0 };
const target = nextReturn();
const labelsOf = (bars: number) => target.label(randomBars(bars), market);
const divided = (...all: Parameters<typeof trainingRows>) => inOneGo(trainingRows(...all));
const rowsOf = (bars: number, warmup: number, options = FIFTH) => divided(labelsOf(bars), warmup, target, options);

describe('training rows', () => {
  it('leave out warm-up and the newest row', () => {
    expect(rowsOf(10_000, 260).rows).toEqual({ from: 260, to: 9_999 });
    expect(rowsOf(1_260, 260).rows).toEqual({ from: 126, to: 1_259 });
    expect(rowsOf(107, 260).rows).toEqual({ from: 60, to: 106 });
    expect(rowsOf(101, 260).rows).toEqual({ from: 60, to: 100 });
  });

  it('too few bars are refused with the number that is enough', () => {
    expect(() => rowsOf(100, 260)).toThrow(
      expect.objectContaining({ code: 'TOO_FEW_BARS', message: expect.stringContaining('at least 101 bars') }),
    );
    expect(() => rowsOf(30, 260)).toThrow(expect.objectContaining({ code: 'TOO_FEW_BARS' }));
    const { rows } = rowsOf(101, 260);
    expect(rows.to - rows.from).toBe(MIN_TRAINING_ROWS);
  });

  it('are told in steps where there are many', () => {
    const steps = trainingRows(labelsOf(140_000), 60, target, FIFTH);
    let count = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count++;
    expect(step.value).toMatchObject({ rows: { from: 60, to: 139_999 }, labelled: 139_939, rowsTrained: 111_950, purged: 1 });
    // labels, ends of the test rows, rows before them
    expect(count).toBe(3 + 1 + 2);
  });

  it('say that labels reach into the test, where that leaves none to train on', () => {
    const far = horizonReturn({ bars: 200 });
    expect(() => divided(far.label(randomBars(400), market), 60, far, FIFTH)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(
          /leave no rows with a label .* of 140 in all; the labels of 112 reach into it; .* looks less far ahead$/,
        ),
      }),
    );
    expect(() => divided(labelsOf(200), 60, target, { testFraction: 0.5, embargo: 500 })).toThrow(/; lower them, or give more bars/);
  });

  it('so are bars enough of which too few have a label, with what the label is', () => {
    const flat = direction({ deadZone: 1, flat: 'drop' });
    expect(() => divided(flat.label(randomBars(500), market), 60, flat, FIFTH)).toThrow(
      expect.objectContaining({ code: 'TOO_FEW_BARS', message: expect.stringContaining('only 0 of 500 bars have a label (direction of') }),
    );
  });
});

describe('the hold-out', () => {
  it('is the last fifth, and no training label reaches into it', () => {
    expect(rowsOf(1_101, 60)).toMatchObject({ train: { from: 60, to: 891 }, test: { from: 892, to: 1_100 }, purged: 1 });
    expect(rowsOf(161, 60, { testFraction: 0.5, embargo: 5 })).toMatchObject({
      train: { from: 60, to: 104 },
      test: { from: 110, to: 160 },
      purged: 6,
    });
    const five = horizonReturn({ bars: 5 });
    expect(divided(five.label(randomBars(165), market), 60, five, HALF)).toMatchObject({
      train: { from: 60, to: 105 },
      test: { from: 110, to: 160 },
      purged: 5,
    });
  });

  it('for any labels: a row is learnt from if and only if all that its label looks at lies before the test, by the embargo', () => {
    const anyLabels = fc.array(fc.record({ ahead: fc.integer({ min: 1, max: 40 }), isMissing: fc.boolean() }), {
      minLength: 200,
      maxLength: 600,
    });
    fc.assert(
      fc.property(
        anyLabels,
        fc.double({ min: 0.05, max: 0.6, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        (rows, testFraction, embargo) => {
          const n = rows.length;
          const end = Int32Array.from(rows, ({ ahead, isMissing }, row) => (isMissing || row + ahead >= n ? -1 : row + ahead));
          const labels: Labels = { value: Float64Array.from(end, (one) => (one < 0 ? Number.NaN : 1)), end };
          if (end.subarray(60).filter((one) => one >= 0).length < MIN_TRAINING_ROWS) return;
          const { rows: used, train, test, bar, labelled, purged, rowsTrained } = divided(labels, 60, target, { testFraction, embargo });
          expect(test.to).toBe(used.to);
          expect(end[used.to - 1]).toBeGreaterThanOrEqual(0);
          expect(Math.abs(test.to - test.from - (used.to - used.from) * testFraction)).toBeLessThanOrEqual(1);
          const wanted = Array.from(end.keys()).filter(
            (row) => row >= used.from && row < test.from && end[row] >= 0 && end[row] < test.from - embargo,
          );
          const learnt = Array.from(end.keys()).filter((row) => row >= train.from && row < train.to && end[row] >= 0 && end[row] < bar);
          expect(learnt).toEqual(wanted);
          expect(rowsTrained).toBe(wanted.length);
          const split = purgedSplit(labels, { rows: used, test, embargo });
          expect(Array.from(split.train)).toEqual(learnt);
          expect(purged).toBe(split.purged.length);
          expect(train.to).toBe((learnt.at(-1) ?? train.from - 1) + 1);
          expect(labelled).toBe(Array.from(end.subarray(used.from, used.to)).filter((one) => one >= 0).length);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });

  it('an embargo that eats the training rows is refused', () => {
    expect(() => rowsOf(161, 60, { testFraction: 0.2, embargo: 79 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
