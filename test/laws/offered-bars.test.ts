import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BarBatch, BarSource } from '../../src/bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars } from '../../src/bars/bars';
import { type CollectedBars, type CollectOptions, collectBars } from '../../src/bars/collect-bars';
import { TickerforestError } from '../../src/errors';
import { counted } from '../bars/counted';
import { randomBars } from '../generated-bars';
import { runs } from '../runs';

const DAY = 86_400_000;
const NOW = Date.UTC(2024, 2, 5);

type Row = readonly number[];

const rowsOf = (bars: Bars): Row[] => Array.from({ length: bars.length }, (_, i) => BAR_COLUMNS.map((column) => bars[column][i]));

function barsOf(rows: readonly Row[]): Bars {
  const bars = allocateBars(rows.length);
  rows.forEach((values, i) => {
    for (const [column, name] of BAR_COLUMNS.entries()) bars[name][i] = values[column];
  });
  return bars;
}

function served(rows: readonly Row[], size: number, forming = false): BarSource {
  return {
    async *fetch(): AsyncGenerator<BarBatch> {
      for (let i = 0, batch = 1; i < rows.length; i += size, batch++) {
        yield { bars: barsOf(rows.slice(i, i + size)), batch, forming: forming && i + size >= rows.length };
      }
    },
  };
}

/** What a vendor may do to good bars. Each is one of the ways in which files and answers were found to be. */
const spoiling = fc.oneof(
  fc.record({ how: fc.constant('shuffle' as const), seed: fc.nat() }),
  fc.record({
    how: fc.constantFrom('reverse' as const, 'pages newest first' as const, 'pages that overlap' as const),
    size: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    how: fc.constantFrom('repeat a stretch' as const, 'cut' as const, 'values gone' as const),
    at: fc.nat(),
    size: fc.integer({ min: 1, max: 30 }),
  }),
  fc.record({
    how: fc.constant('date' as const),
    at: fc.nat(),
    by: fc.constantFrom(30 * DAY, -30 * DAY, 4000 * DAY, -20_000 * DAY, 1_000, -30_000, 59_999),
  }),
  fc.record({
    how: fc.constant('price' as const),
    at: fc.nat(),
    size: fc.integer({ min: 1, max: 4 }),
    by: fc.constantFrom(0.01, 1e-12, 100, -1, 1.2),
  }),
  fc.record({ how: fc.constant('again with another close' as const), at: fc.nat() }),
  fc.record({ how: fc.constant('no time' as const), at: fc.nat() }),
);
type Spoiling = typeof spoiling extends fc.Arbitrary<infer T> ? T : never;

function spoil(rows: readonly Row[], one: Spoiling): Row[] {
  const all = [...rows];
  if (all.length === 0) return all;
  const at = 'at' in one ? one.at % all.length : 0;
  const change = (index: number, values: (row: Row) => Row) => {
    if (index < all.length) all[index] = values(all[index]);
  };
  switch (one.how) {
    case 'shuffle': {
      let state = one.seed >>> 0;
      for (let i = all.length - 1; i > 0; i--) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        const j = state % (i + 1);
        [all[i], all[j]] = [all[j], all[i]];
      }
      return all;
    }
    case 'reverse':
      return all.reverse();
    case 'pages newest first': {
      const pages: Row[][] = [];
      for (let i = 0; i < all.length; i += one.size) pages.unshift(all.slice(i, i + one.size));
      return pages.flat();
    }
    case 'pages that overlap': {
      const pages: Row[] = [];
      for (let i = 0; i < all.length; i += one.size) pages.push(...all.slice(Math.max(0, i - 1), i + one.size));
      return pages;
    }
    case 'repeat a stretch':
      return [...all.slice(0, at + one.size), ...all.slice(at)];
    case 'cut':
      return [...all.slice(0, at), ...all.slice(at + one.size)];
    case 'values gone':
      for (let i = at; i < at + one.size; i++) change(i, ([time]) => [time, Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0]);
      return all;
    case 'date':
      change(at, ([time, ...values]) => [time + one.by, ...values]);
      return all;
    case 'price':
      for (let i = at; i < at + one.size; i++) change(i, ([time, ...v]) => [time, ...v.slice(0, 4).map((price) => price * one.by), v[4]]);
      return all;
    case 'again with another close':
      return [...all.slice(0, at + 1), [...all[at].slice(0, 4), all[at][4] * 1.0001, all[at][5]], ...all.slice(at + 1)];
    case 'no time':
      change(at, ([, ...values]) => [Number.NaN, ...values]);
      return all;
  }
}

const situations = fc.record({
  days: fc.boolean(),
  bars: fc.integer({ min: 0, max: 160 }),
  spoilings: fc.array(spoiling, { maxLength: 4 }),
  size: fc.integer({ min: 1, max: 90 }),
  forming: fc.boolean(),
  knows: fc.option(fc.integer({ min: 0, max: 100 })),
  from: fc.option(fc.integer({ min: 0, max: 100 })),
  to: fc.option(fc.integer({ min: 0, max: 100 })),
  now: fc.option(fc.integer({ min: 0, max: 100 })),
  drops: fc.boolean(),
});

describe('law: bars offered = bars kept + bars counted with their reason', () => {
  it('over any source and order', async () => {
    let ended = 0;
    const minutes = rowsOf(randomBars(160, { seed: 5, missing: 0.03 }));
    const weekdays = rowsOf(randomBars(160, { seed: 6, interval: DAY, start: Date.UTC(2023, 8, 4), volatility: 0.01, missing: 0.2 }));
    await fc.assert(
      fc.asyncProperty(situations, async ({ days, bars, spoilings, size, forming, knows, from, to, now, drops }) => {
        const good = (days ? weekdays : minutes).slice(0, bars);
        const rows = spoilings.reduce<Row[]>(spoil, [...good]);
        const timeAt = (percent: number | null) =>
          percent === null ? undefined : (days ? weekdays : minutes)[Math.floor(1.59 * percent)][0];
        const [first, last, clock, after] = [timeAt(from), timeAt(to), timeAt(now), timeAt(knows)];
        const options: CollectOptions = {
          badBars: drops ? 'drop' : 'reject',
          now: clock ?? NOW,
          ...(after !== undefined && { after, interval: days ? DAY : 60_000 }),
        };
        const request = { symbol: 'X', ...(first !== undefined && { from: first }), ...(last !== undefined && { to: last }) };
        let collected: CollectedBars;
        try {
          collected = await collectBars(served(rows, size, forming), request, options);
        } catch (error) {
          if (!(error instanceof TickerforestError)) throw error;
          expect(['INVALID_BARS', 'NO_BARS', 'TOO_FEW_BARS']).toContain(error.code);
          return;
        }
        ended++;
        expect(collected.offered).toBe(rows.length);
        expect(counted(collected)).toBe(rows.length);
        const { timestamp } = collected.bars;
        expect(timestamp.every((time, i) => i === 0 || time > timestamp[i - 1])).toBe(true);
        if (!drops) expect(collected.rejected.total + collected.pending.total).toBe(0);
      }),
      { seed: 20241126, numRuns: runs(1_500, 5_000) },
    );
    // most sources can be read
    expect(ended).toBeGreaterThan(runs(1_500, 5_000) / 3);
  });

  it('in whatever order distinct good bars come, they are taken as if they had come oldest first', async () => {
    const sorted = rowsOf(randomBars(120, { seed: 7, missing: 0.05 }));
    const expected = await collectBars(served(sorted, 50), { symbol: 'X' });
    const orders = spoiling.filter(({ how }) =>
      ['shuffle', 'reverse', 'pages newest first', 'pages that overlap', 'repeat a stretch'].includes(how),
    );
    await fc.assert(
      fc.asyncProperty(
        orders,
        fc.integer({ min: 1, max: 130 }),
        fc.constantFrom('reject' as const, 'drop' as const),
        async (order, size, badBars) => {
          const { bars, rejected } = await collectBars(served(spoil(sorted, order), size), { symbol: 'X' }, { badBars });
          expect(bars).toEqual(expected.bars);
          expect(rejected.total).toBe(0);
        },
      ),
      { seed: 20241127, numRuns: runs(150, 600) },
    );
  });

  it('one bar with a wrong date costs one bar, whichever date it has', async () => {
    const sorted = rowsOf(randomBars(200, { seed: 8, interval: DAY, start: Date.UTC(2020, 0, 6), volatility: 0.01 }));
    const dated = fc.record({
      at: fc.integer({ min: 2, max: 197 }),
      by: fc.constantFrom(30, -30, 365, 3_650, -3_650, -20_000, 100_000),
      isReversed: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(dated, async ({ at, by, isReversed }) => {
        const rows = spoil(sorted, { how: 'date', at, by: by * DAY });
        if (isReversed) rows.reverse();
        const { bars, rejected } = await collectBars(served(rows, 60), { symbol: 'X' }, { badBars: 'drop', now: Date.UTC(2021, 0, 1) });
        expect(rejected).toMatchObject({ total: 1 });
        expect([...bars.timestamp]).toEqual(sorted.filter((_, i) => i !== at).map(([time]) => time));
        await expect(collectBars(served(rows, 60), { symbol: 'X' }, { now: Date.UTC(2021, 0, 1) })).rejects.toThrow(
          /1 of 200 bars of X are bad/,
        );
      }),
      { seed: 20241128, numRuns: runs(60, 300) },
    );
  });
});
