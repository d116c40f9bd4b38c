import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sliceBars } from '../../src/bars/bars';
import { DAY_MS } from '../../src/bars/market';
import { rsi, timeframes } from '../../src/features';
import type { ColumnTaker } from '../../src/features/feature-columns';
import { defineFeature, FeatureEngineer, type FeatureFamily, resolveMarket, standardFeatures } from '../../src/index';
import { randomBars } from '../generated-bars';

const weekly = defineFeature({
  name: 'weekly_rank',
  warmup: 20,
  next: ({ lag, window, higher, slot }) => {
    const close = lag(1);
    const changes = window(20);
    const week = higher('1w');
    const weeks = slot();
    return (bar) => {
      if (week.isNew) weeks.value += 1;
      return changes.next(bar.close / close.next(bar.close) - 1).rank + weeks.value;
    };
  },
});
const priceOnly = defineFeature({ name: 'price_only', model: false, next: () => (bar) => bar.close });
const LISTS: readonly (readonly FeatureFamily[])[] = [standardFeatures(), [rsi(), priceOnly, weekly, timeframes()]];

/** Takes columns into a matrix, out of room that families share. */
class Collector implements ColumnTaker {
  readonly taken = new Map<number, Float32Array>();
  readonly #rows: number;
  readonly #free: Float32Array[] = [];

  constructor(rows: number) {
    this.#rows = rows;
  }

  room(count: number): Float32Array[] {
    return Array.from({ length: count }, () => this.#free.pop() ?? new Float32Array(this.#rows));
  }

  async take(first: number, columns: readonly Float32Array[]): Promise<void> {
    await Promise.resolve();
    for (const [j, column] of columns.entries()) {
      this.taken.set(first + j, column.slice());
      this.#free.push(column.fill(Number.NaN));
    }
  }
}

describe('columns that are given away as they are made', () => {
  it('are those of a matrix, the bars ahead included, and leave the engine as it is before these', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.nat(1_000_000),
          list: fc.constantFrom(...LISTS),
          interval: fc.constantFrom(60_000, DAY_MS),
          before: fc.integer({ min: 0, max: 300 }),
          own: fc.integer({ min: 1, max: 1_300 }),
          ahead: fc.integer({ min: 0, max: 700 }),
        }),
        async ({ seed, list, interval, before, own, ahead }) => {
          const market = resolveMarket(interval);
          const bars = randomBars(before + own + ahead, { seed, interval });
          const told = () => new FeatureEngineer(market, list);
          const [engine, plain] = [told(), told()];
          for (const one of [engine, plain]) await one.update(sliceBars(bars, 0, before), { matrix: false });
          const collector = new Collector(own + ahead);
          const end = before + own;
          const rest = sliceBars(bars, end, bars.length);
          await engine.updateColumns(sliceBars(bars, before, end), collector, rest, {});

          const alone = told();
          await alone.update(sliceBars(bars, 0, end), { matrix: false });
          expect(engine.save()).toEqual(alone.save());
          const matrix = await plain.update(sliceBars(bars, before, bars.length));
          expect(matrix.names.map((_, column) => collector.taken.get(column))).toEqual(matrix.columns.map((column) => column.slice()));
          await engine.update(rest, { matrix: false });
          expect(engine.save()).toEqual(plain.save());
        },
      ),
      { seed: 77, numRuns: 12 },
    );
  });
});
