import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkBarWrite } from '../../src/stores/bar-writes';
import { type BarRevision, type NewBlock, type PreparedWrite, prepareBarWrite } from '../../src/stores/kept-blocks';
import { MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';
import { runs } from '../runs';

const FULL = 65_536;

it('blocks stay few and rewriting little, whatever is appended or corrected', async () => {
  const days = fc.constantFrom(1, 7, 390, 1_440, 5_000, 9_000);
  const step = fc.record({ day: days, times: fc.integer({ min: 1, max: 60 }), corrected: fc.constantFrom(0, 0, 1, 64, 3_000, 70_000) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      let current: BarRevision<NewBlock> | null = null;
      let appended = 0;
      let written = 0;
      for (const { day, times, corrected } of steps) {
        for (let time = 0; time < times; time++) {
          const base: BarRevision<NewBlock> | null = current;
          const before = (base?.kept?.blocks ?? []).reduce((sum, { bars }) => sum + bars, 0);
          const cut = time === 0 ? Math.min(corrected, before) : 0;
          const bars = madeUpBars(before - cut, day + cut);
          const update = { symbol: 'A', market: MARKET, from: bars.timestamp[0], bars, baseRevision: base?.revision ?? 0 };
          const prepared: PreparedWrite<NewBlock> = await prepareBarWrite(base, await checkBarWrite(update), async ({ data }) => data);
          const { revision, staying, following } = prepared;
          const blocks = [...staying, ...following];
          current = { revision, kept: { market: MARKET, blocks } };
          appended += day + cut;
          written += following.reduce((sum, { bars }) => sum + bars, 0);
          // all but the last are full, or more than half of what is small
          expect(blocks.length).toBeLessThanOrEqual(Math.floor((before + day) / FULL) + 17);
          expect(Math.max(...blocks.map((block) => block.bars))).toBeLessThanOrEqual(FULL);
        }
      }
      // a day is written again with each that follows, as long as they fill a small block; and once more when they fill a large one
      expect(written).toBeLessThanOrEqual(appended * 2 + steps.reduce((sum, { times }) => sum + times * 8_192, 0) + steps.length * FULL);
    }),
    { seed: 9, numRuns: runs(15, 200) },
  );
});
