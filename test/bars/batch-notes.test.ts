import { describe, expect, it } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { collectBars } from '../../src/bars/collect-bars';
import { randomBars } from '../generated-bars';
import { failure } from './errors';

const bars = randomBars(300, { seed: 3 });

/** A source written in JavaScript: its batches say what they like. */
function saying(...notes: readonly object[]): BarSource {
  return {
    async *fetch() {
      for (const [i, note] of notes.entries()) {
        yield Object.defineProperties({ bars, batch: i + 1 }, Object.getOwnPropertyDescriptors(note));
      }
    },
  };
}

const collect = (...notes: readonly object[]) => collectBars(saying(...notes), { symbol: 'TEST' }, { badBars: 'drop' });
const footer = { code: 'footer', message: 'line 7 is no bar', count: 1, firstBar: null };

describe('what a source says beside its bars', () => {
  it('is kept', async () => {
    const { warnings, reading } = await collect({ warnings: [footer], reading: { format: 'csv', columns: { close: 'Last' } } });
    expect(warnings[0]).toEqual(footer);
    expect(reading).toEqual({ format: 'csv', columns: { close: 'Last' } });
  });

  it.each([
    ['no list', 5, /^batch 1 of TEST: warnings is 5, not a list/],
    ['a text in it', ['late'], /warnings\[0\] is 'late' \(a text\)/],
    [
      'a code that is not known',
      [{ ...footer, code: 'x'.repeat(5_000) }],
      /warnings\[0\]\.code is 'x{60}\.\.\.' \(5000 characters\) \(a text\), not one of put_in_order/,
    ],
    ['no sentence', [footer, { ...footer, message: undefined }], /warnings\[1\]\.message is undefined/],
    ['NaN bars', [{ ...footer, count: Number.NaN }], /count is NaN/],
    ['fewer than no bars', [{ ...footer, count: -1 }], /count is -1/],
    ['endless bars', [{ ...footer, count: Number.POSITIVE_INFINITY }], /count is Infinity/],
    ['no time', [{ ...footer, firstBar: Number.NaN }], /firstBar is NaN/],
    ['a time after all dates', [{ ...footer, firstBar: 9e15 }], /firstBar is 9000000000000000/],
    ['a Date', [{ ...footer, firstBar: new Date() }], /firstBar is a Date/],
  ])('is refused at once, not when it is to be stored: warnings with %s', async (_, warnings, message) => {
    await expect(collect({ warnings })).rejects.toMatchObject({ code: 'INVALID_BARS', message: expect.stringMatching(message) });
  });

  it.each([
    ['a text', 'csv', /reading is 'csv' \(a text\)/],
    ['of no known format', { format: 'xlsx' }, /format is one of csv, json/],
    ['with a function', { format: 'csv', f: () => 1 }, /reading\.f is a function/],
    ['with a bigint', { format: 'csv', f: 1n }, /reading\.f is 1n/],
    ['without end', { format: 'csv', text: 'y'.repeat(1e6) }, /reading .*65,536 characters/],
  ])('is refused at once: a reading %s', async (_, reading, message) => {
    await expect(collect({ reading })).rejects.toMatchObject({ code: 'INVALID_BARS', message: expect.stringMatching(message) });
  });

  it('is refused if it goes in circles, or throws', async () => {
    const circle: Record<string, unknown> = { format: 'csv' };
    circle.circle = circle;
    await failure('INVALID_BARS', () => collect({ reading: circle }));
    const throwing = Object.defineProperty({}, 'warnings', {
      enumerable: true,
      get: () => {
        throw new Error('https://vendor.example/?key=secret');
      },
    });
    const error = await failure('INVALID_BARS', () => collect(throwing));
    expect(error.message).not.toContain('secret');
  });

  it('has its sentences cut, on one line', async () => {
    const { warnings } = await collect({ warnings: [{ ...footer, message: `\u001b[31mfine\nERROR forged ${'m'.repeat(1e6)}` }] });
    expect(warnings[0].message).toMatch(/^\\u001b\[31mfine\\u000aERROR forged m+\.\.\.$/);
    expect(warnings[0].message.length).toBeLessThan(600);
  });

  it('is bounded in number, and no count is lost', async () => {
    const many = (batch: number) => ({ warnings: Array.from({ length: 5_000 }, (_, i) => ({ ...footer, message: `line ${batch} ${i}` })) });
    const { warnings } = await collect(many(1), many(2), { warnings: [{ ...footer, code: 'assumed', count: 2 }] });
    expect(warnings.length).toBeLessThan(115);
    const total = warnings.filter(({ code }) => code === 'footer').reduce((sum, { count }) => sum + count, 0);
    expect(total).toBe(10_000);
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'assumed', count: 2 }));
  });
});
