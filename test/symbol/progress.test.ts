import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Progress, ProgressReporter } from '../../src/symbol/progress';

describe('progress of a source', () => {
  it('is a percent that never falls, whatever the source says of itself', () => {
    const numbers = fc.oneof(
      fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5, 1e300),
      fc.double(),
      fc.integer({ min: 1, max: 20 }),
    );
    const batch = fc.record({ batch: numbers, batches: numbers, fraction: numbers }, { requiredKeys: ['batch'] });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 20 }), (batches) => {
        const seen: Progress[] = [];
        const reporter = new ProgressReporter((progress) => seen.push(progress));
        for (const event of batches) reporter.fetching({ ...event, bars: 1 });
        let before = 0;
        for (const { percent, message } of seen) {
          expect(percent).toBeGreaterThanOrEqual(before);
          expect(percent).toBeLessThanOrEqual(45);
          expect(message).toMatch(/^Batch( \d+(\/\d+)?)?, 1 bar$/);
          before = percent;
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('follows a number of batches, or a fraction, that can be believed', () => {
    const seen: Progress[] = [];
    const reporter = new ProgressReporter((progress) => seen.push(progress));
    reporter.fetching({ batch: 1, batches: 2, bars: 10 });
    reporter.fetching({ batch: 2, fraction: 0.6, bars: 1_020 });
    reporter.fetching({ batch: 9, batches: 0, fraction: Number.NaN, bars: 1_030 });
    expect(seen.map(({ percent }) => percent)).toEqual([27.5, 31, expect.closeTo(45 - 35 * 0.8 ** 9)]);
    expect(seen.map(({ message }) => message)).toEqual(['Batch 1/2, 10 bars', 'Batch 2, 1,020 bars', 'Batch 9, 1,030 bars']);
  });
});

describe('a listener', () => {
  it('may throw, reject, or return anything, and nobody hears of it', async () => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', hear);
    const listeners: (() => unknown)[] = [
      () => {
        throw new Error('broken');
      },
      async () => {
        throw new Error('broken later');
      },
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what is tested
        then: (_: unknown, reject: (reason: unknown) => void) => reject(new Error('no promise at all')),
      }),
      () =>
        Object.defineProperty({}, 'then', {
          get: () => {
            throw new Error('not even readable');
          },
        }),
      () => 5,
    ];
    for (const listener of listeners) new ProgressReporter(listener).report('done', 1, 'done');
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
  });
});
