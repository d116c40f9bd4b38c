import { types } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arrayBars } from '../../src/bars/array-source';
import { sliceBars } from '../../src/bars/bars';
import type { ProfileType } from '../../src/profiles/documents';
import { takeDates } from '../../src/stores/document-dates';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { readAll } from '../../src/testing/assertions';
import { sampleCompany, sampleMl, sampleStatistical } from '../../src/testing/sample-profiles';
import { randomBars } from '../generated-bars';

const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };

/** Every Date in a value, by its path. */
function datesOf(value: unknown, path = ''): Record<string, number> {
  if (types.isDate(value)) return { [path]: value.getTime() };
  if (typeof value !== 'object' || value === null) return {};
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => datesOf(inner, `${path}/${key}`)));
}

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

it('finds every Date of the sample documents again', () => {
  const documents = [sampleCompany('A', 1), sampleMl('A', '1'), sampleStatistical('A', 1)];
  for (const document of documents) {
    const { fundamental_data: _, ...own } = { fundamental_data: null, ...document };
    expect(datesOf(takeDates(throughJson(own), document.profile_type))).toEqual(datesOf(own));
  }
});

it('finds every Date again of what runs store: the first one, a correction, a split, a training that failed', async () => {
  const store = memoryProfileStore();
  const bars = randomBars(500, { seed: 5 });
  const later = (days: number) => new Date(Date.UTC(2024, 2, 10 + days));
  const run = (count: number, change: (close: number) => number, days: number) => {
    const { open, high, low, close, ...rest } = sliceBars(bars, 0, count);
    const changed = { ...rest, open: open.map(change), high: high.map(change), low: low.map(change), close: close.map(change) };
    return trainSymbol({ symbol: 'A', source: arrayBars(changed), store, models, now: later(days) });
  };
  const seen = new Set<string>();
  for (const [count, factor, days] of [
    [400, 1, 0],
    [450, 1, 1],
    [500, 0.5, 20],
  ]) {
    await run(count, (price) => price * factor, days);
    const found = await readAll(store, 'A');
    for (const type of ['company', 'ml', 'statistical'] as const satisfies readonly ProfileType[]) {
      const dates = datesOf(found[type]);
      for (const path of Object.keys(dates)) seen.add(path);
      expect(datesOf(takeDates(throughJson(found[type]), type))).toEqual(dates);
    }
  }
  expect(seen).toContain('/last_rewrite/found_at');
});

it('takes texts of moments only, and leaves everything else as it is', () => {
  const taken = (text: unknown) => takeDates({ created_at: text }, 'statistical').created_at;
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(taken(date.toISOString())).toEqual(date);
    }),
    { seed: 1, numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(taken(value)).toBe(value);
    }),
    { seed: 2, numRuns: 300 },
  );
  expect(taken('2024-01-02T03:04:05.123456+00:00')).toEqual(new Date('2024-01-02T03:04:05.123Z'));
  for (const text of ['2024-01-02', '2024-01-02T03:04:05', '2024-13-02T03:04:05Z', '2024-01-02 03:04:05Z', '1704164645000', '']) {
    expect(taken(text)).toBe(text);
  }
  for (const odd of [null, 5, 'text', [], { raw_data: { warnings: null }, last_update: [] }, { models: { metrics: { a: null } } }]) {
    expect(takeDates(structuredClone(odd), 'company')).toEqual(odd);
    expect(takeDates(structuredClone(odd), 'ml')).toEqual(odd);
  }
});
