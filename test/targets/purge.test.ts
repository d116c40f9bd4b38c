import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { purgedSplit } from '../../src/research';
import { refusalOf } from '../options/refused';

const RUNS = { seed: 11, numRuns: 1_000 } as const;

/** Ends of labels in any order, some rows without label. */
const ends = fc
  .array(fc.option(fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 60 })
  .map((ahead) => Int32Array.from(ahead, (n, t) => (n === null || t + n >= ahead.length ? -1 : t + n)));

function withSpans() {
  return ends.chain((end) =>
    fc
      .array(fc.integer({ min: 0, max: end.length }), { minLength: 4, maxLength: 4 })
      .map((cuts) => cuts.sort((a, b) => a - b))
      .filter(([, from, to]) => from < to)
      .map(([first, from, to, last]) => ({ end, rows: { from: first, to: last }, test: { from, to } })),
  );
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

describe('purging', () => {
  it('leaves no training label that shares a bar with the test or its embargo, and purges no other', () => {
    fc.assert(
      fc.property(withSpans(), fc.integer({ min: 0, max: 5 }), ({ end, rows, test }, embargo) => {
        const labelled = range(rows.from, rows.to).filter((t) => end[t] >= 0);
        const inTest = labelled.filter((t) => t >= test.from && t < test.to);
        const judged = new Set([
          ...range(test.from - embargo, test.to + embargo),
          ...inTest.flatMap((t) => range(t - embargo, end[t] + 1 + embargo)),
        ]);
        const others = labelled.filter((t) => !inTest.includes(t));
        const touches = (t: number) => range(t, end[t] + 1).some((bar) => judged.has(bar));
        const split = purgedSplit({ end }, { rows, test, embargo });
        expect(Array.from(split.test)).toEqual(inTest);
        expect(Array.from(split.train)).toEqual(others.filter((t) => !touches(t)));
        expect(Array.from(split.purged)).toEqual(others.filter(touches));
      }),
      RUNS,
    );
  });

  it('of labels a bar ahead it is what walk-forward splits always did', () => {
    const end = Int32Array.from({ length: 1_101 }, (_, t) => (t < 1_100 ? t + 1 : -1));
    const { train, test, purged } = purgedSplit({ end }, { rows: { from: 100, to: 1_100 }, test: { from: 900, to: 1_100 } });
    expect([train[0], train.at(-1), test[0], test.at(-1), ...purged]).toEqual([100, 898, 900, 1_099, 899]);
  });

  it.each<[(...args: never[]) => unknown, readonly unknown[], string]>([
    [
      purgedSplit,
      [{ end: new Int32Array(5).fill(-1) }, { test: { from: 3, to: 6 } }],
      'test { from: 3, to: 6 } is no stretch of rows here; rows to be used are { from: 0, to: 5 }',
    ],
    [purgedSplit, [{ end: new Int32Array(5).fill(-1) }, { test: { from: 3, to: 3 } }], 'test { from: 3, to: 3 } has no rows'],
    [
      purgedSplit,
      [{ end: new Int32Array(5).fill(-1) }, { test: { from: 1, to: 2 }, rows: { from: 2, to: 9 } }],
      'rows { from: 2, to: 9 } is no stretch',
    ],
    [
      purgedSplit,
      [{ end: new Int32Array(5).fill(-1) }, { test: { from: 1, to: 2 }, gap: 3 }],
      "unknown option 'gap'; did you mean 'embargo'?",
    ],
    [purgedSplit, [null, { test: { from: 0, to: 1 } }], 'purgedSplit: labels.end must be an Int32Array'],
    [
      purgedSplit,
      [{ end: [1] }, { test: { from: 0, to: 1 } }],
      "purgedSplit: labels.end must be an Int32Array, as a target's label returns it, not an array",
    ],
    [
      purgedSplit,
      [{ end: Int32Array.of(1, 1) }, { test: { from: 0, to: 1 } }],
      'labels.end[1] is 1; it must be a later row, 1 at most, or -1 for no label',
    ],
  ])('refuses, no. %#', async (call, args, message) => {
    expect(await refusalOf(call, ...args)).toContain(message);
  });
});
