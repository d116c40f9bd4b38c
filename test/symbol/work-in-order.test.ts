import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { workInOrder } from '../../src/symbol/work-in-order';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const quiet = { signal: undefined, onLeave: () => {} };

describe('workInOrder', () => {
  it('gives every result once, in order, and never does or holds more than it may', async () => {
    const waits = fc.array(fc.nat({ max: 4 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(waits, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (items, concurrency, isAsync) => {
        let atWork = 0;
        let most = 0;
        let begun = 0;
        let taken = 0;
        async function* awaited() {
          for (const item of items.entries()) {
            await pause(item[0] % 3);
            yield item;
          }
        }
        const work = async ([index, wait]: [number, number]) => {
          atWork++;
          begun++;
          most = Math.max(most, atWork);
          expect(begun - taken).toBeLessThanOrEqual(2 * concurrency + 1);
          await pause(wait);
          atWork--;
          return index;
        };
        const results: number[] = [];
        for await (const result of workInOrder(isAsync ? awaited() : items.entries(), work, { concurrency, ...quiet })) {
          taken++;
          results.push(result);
        }
        expect(results).toEqual(items.map((_, index) => index));
        expect(most).toBeLessThanOrEqual(concurrency);
      }),
      { seed: 20_261_126, numRuns: 60 },
    );
  });

  it('reads an endless list only as far as it is asked', async () => {
    let read = 0;
    let isClosed = false;
    function* endless() {
      try {
        for (;;) yield read++;
      } finally {
        isClosed = true;
      }
    }
    const results = workInOrder(endless(), async (item) => item, { concurrency: 3, ...quiet });
    expect((await results.next()).value).toBe(0);
    await pause(20);
    expect(read).toBeLessThanOrEqual(8);
    await results.return(undefined);
    expect(isClosed).toBe(true);
  });

  it('takes any concurrency without making room for it', async () => {
    const results: number[] = [];
    for await (const result of workInOrder([1, 2, 3], async (item) => item, { concurrency: 1e12, ...quiet })) results.push(result);
    expect(results).toEqual([1, 2, 3]);
  });

  it('fails when the turn of what failed comes, and leaves the rest', async () => {
    let isLeft = false;
    const results: number[] = [];
    const work = async (item: number) => {
      if (item === 3) throw new Error('three');
      return item;
    };
    const all = async () => {
      const onLeave = () => {
        isLeft = true;
      };
      for await (const result of workInOrder([1, 2, 3, 4, 5], work, { concurrency: 2, signal: undefined, onLeave })) {
        await pause(5);
        results.push(result);
      }
    };
    await expect(all()).rejects.toThrow('three');
    expect(results).toEqual([1, 2]);
    expect(isLeft).toBe(true);
  });
});
