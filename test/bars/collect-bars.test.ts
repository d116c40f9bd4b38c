import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BarBatch, BarRequest, BarSource } from '../../src/bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import { type BatchProgress, collectBars } from '../../src/bars/collect-bars';
import { BAD_BAR_REASONS, type BadBarReason } from '../../src/bars/judgement/values';
import { TickerforestError } from '../../src/errors';
import { assertSameBars } from '../../src/testing/sample-kept-bars';
import { failure } from './errors';

/** timestamp, open, high, low, close, volume */
type Values = readonly [number, number, number, number, number, number];
const good = (timestamp: number): Values => [timestamp, 10, 12, 9, 11, 100];

function barsOf(rows: readonly Values[]): Bars {
  const bars = allocateBars(rows.length);
  rows.forEach((values, i) => {
    for (const [column, name] of BAR_COLUMNS.entries()) bars[name][i] = values[column];
  });
  return bars;
}

/** Minutes with the values of a walk. */
function sampleOf(length: number): Bars {
  const bars = allocateBars(length);
  for (let i = 0; i < length; i++) {
    const price = 100 + 10 * Math.sin(i / 1_000);
    bars.timestamp[i] = Date.UTC(2024, 0, 1) + i * 60_000;
    for (const name of ['open', 'high', 'low', 'close'] as const) bars[name][i] = price;
  }
  return bars;
}

function reversed(bars: Bars): Bars {
  const backwards = allocateBars(bars.length);
  for (const name of BAR_COLUMNS) backwards[name].set(bars[name].toReversed());
  return backwards;
}

/** Serves the rows in batches of the given size, and remembers whether it was told to stop. */
function sourceOf(rows: readonly Values[], size = rows.length || 1): BarSource & { closed: boolean } {
  const source = {
    closed: false,
    async *fetch(): AsyncGenerator<BarBatch> {
      try {
        for (let i = 0, batch = 1; i < rows.length; i += size, batch++) yield { bars: barsOf(rows.slice(i, i + size)), batch };
      } finally {
        source.closed = true;
      }
    },
  };
  return source;
}

const request: BarRequest = { symbol: 'X' };

const BAD: readonly [BadBarReason, Values][] = [
  ['non_finite', [Number.NaN, 10, 12, 9, 11, 100]],
  ['non_finite', [Number.POSITIVE_INFINITY, 10, 12, 9, 11, 100]],
  ['non_finite', [3, Number.NaN, 12, 9, 11, 100]],
  ['non_finite', [3, 10, Number.POSITIVE_INFINITY, 9, 11, 100]],
  ['non_finite', [3, 10, 12, Number.NEGATIVE_INFINITY, 11, 100]],
  ['non_finite', [3, 10, 12, 9, Number.NaN, 100]],
  ['non_finite', [3, 10, 12, 9, 11, Number.NaN]],
  ['non_positive_price', [3, 0, 12, 9, 11, 100]],
  ['non_positive_price', [3, 10, -12, 9, 11, 100]],
  ['non_positive_price', [3, 10, 12, 0, 11, 100]],
  ['non_positive_price', [3, 10, 12, 9, -1, 100]],
  ['high_below_low', [3, 10, 8, 9, 11, 100]],
  ['negative_volume', [3, 10, 12, 9, 11, -1]],
  ['non_finite', [8.64e15 + 1, 10, 12, 9, 11, 100]],
];

describe('collectBars', () => {
  it.each(BAD)('rejects a bar for %s: %j', async (reason, values) => {
    const rows = [good(1), good(2), values, good(4)];
    for (const size of [1, 2, 4]) {
      const { message } = await failure('INVALID_BARS', () => collectBars(sourceOf(rows, size), request));
      expect(message).toContain(`1 of 4 bars of X are bad (${reason} 1)`);
      expect(message).toContain(`high ${values[2]}`);
      expect(message).toContain("badBars: 'drop'");
      const dropped = await collectBars(sourceOf(rows, size), request, { badBars: 'drop' });
      expect([...dropped.bars.timestamp]).toEqual([1, 2, 4]);
      expect(dropped.rejected.total).toBe(1);
      expect(dropped.rejected.byReason[reason]).toBe(1);
      expect(dropped.rejected.first).toContain(reason);
    }
  });

  it('lets pass what is no error: no volume, one price all day, an open outside of low and high, times before 1970', async () => {
    const rows: Values[] = [
      [-5, 10, 10, 10, 10, 0],
      [0, 13, 12, 9, 8, 1e-8],
    ];
    const { bars, rejected, batches } = await collectBars(sourceOf(rows), request);
    expect(bars).toEqual(barsOf(rows));
    expect(rejected).toEqual({ total: 0, byReason: Object.fromEntries(BAD_BAR_REASONS.map((reason) => [reason, 0])) });
    expect(batches).toBe(1);
  });

  it('counts over all batches before it rejects, and shows the first bar with where it came from', async () => {
    const rows = [good(5), [6, 10, 8, 9, 11, 100], [7, 10, 12, 9, 11, -1], [8, 10, 8, 9, 11, 100], good(9)] as const;
    const source: BarSource = {
      async *fetch() {
        for (const [i, values] of rows.entries()) yield { bars: barsOf([values]), batch: i + 1, describe: () => `page ${i + 1}` };
      },
    };
    const { message } = await failure('INVALID_BARS', () => collectBars(source, request));
    expect(message).toContain('3 of 5 bars of X are bad (high_below_low 2, negative_volume 1)');
    expect(message).toContain('the first is page 2: 1970-01-01T00:00:00.006Z open 10, high 8, low 9, close 11, volume 100');
  });

  it.each([
    ['a volume that is -1 throughout', 20, 20, false],
    ['every other bar', 10, 20, false],
    ['some bars', 3, 20, true],
    ['all bars of a short answer', 2, 2, true],
  ])('advises to drop bad bars only where that is not most of them: %s', async (_, worst, all, advises) => {
    const rows = Array.from({ length: all }, (_, i): Values => (i < worst ? [i, 10, 12, 9, 11, -1] : good(i)));
    const source: BarSource = {
      async *fetch() {
        yield { bars: barsOf(rows), batch: 1 };
      },
    };
    const { message } = await failure('INVALID_BARS', () => collectBars(source, request));
    expect(message).toContain(`${worst} of ${all} bars of X are bad (negative_volume ${worst})`);
    expect(message.includes("badBars: 'drop'")).toBe(advises);
    expect(message.includes('columns: { volume: null }')).toBe(!advises);
  });

  it('grows over block borders', async () => {
    const rows = Array.from({ length: 140_000 }, (_, i): Values => [i, 10 + i, 12 + i, 9, 11, i]);
    const whole = barsOf(rows);
    const source: BarSource = {
      async *fetch() {
        // one buffer for every batch, as a frugal source may do it
        const buffer = allocateBars(999);
        for (let start = 0, batch = 1; start < rows.length; start += 999, batch++) {
          const end = Math.min(rows.length, start + 999);
          const part = sliceBars(whole, start, end);
          for (const column of BAR_COLUMNS) buffer[column].set(part[column]);
          yield { bars: sliceBars(buffer, 0, end - start), batch };
        }
      },
    };
    const { bars, batches } = await collectBars(source, request);
    expect(batches).toBe(141);
    for (const column of BAR_COLUMNS) expect(Buffer.compare(Buffer.from(bars[column]), Buffer.from(whole[column]))).toBe(0);
  });

  it('ignores bars outside of the range and counts the older ones', async () => {
    const rows = [good(1), good(1), [2, -1, 12, 9, 11, 100], good(3), good(4), good(5), good(9)] as const;
    const ranged = await collectBars(sourceOf(rows), { symbol: 'X', from: 3, to: 5 });
    expect([...ranged.bars.timestamp]).toEqual([3, 4, 5]);
    expect(ranged).toMatchObject({ known: 0, offered: 7, old: 3, later: 1, rejected: { total: 0 } });
    const refused = await failure('INVALID_BARS', () =>
      collectBars(sourceOf(rows), { symbol: 'X', from: 3, to: 5 }, { oldBars: 'reject' }),
    );
    expect(refused.message).toMatch(/from 1970-01-01T00:00:00.003Z on and sent one of 1970-01-01T00:00:00.001Z.*oldBars/);
  });

  it('collects known bars before the new ones, without counting bad ones among them', async () => {
    const rows = [good(1), good(1), [2, -1, 12, 9, 11, 100], good(3), good(4), good(3), good(5), good(9)] as const;
    const updated = await collectBars(sourceOf(rows), request, { after: 3 });
    expect([...updated.bars.timestamp]).toEqual([1, 3, 4, 5, 9]);
    expect(updated).toMatchObject({ known: 2, knownBad: 1, repeated: 2, rejected: { total: 0 }, warnings: [] });
    const nothing = await collectBars(sourceOf(rows), request, { after: 9 });
    expect(nothing.bars.length).toBe(nothing.known);
    const none = await collectBars(sourceOf([]), request, { after: 9 });
    expect(none.bars.length).toBe(0);
  });

  it('leaves out a bar that the source calls forming', async () => {
    const source: BarSource = {
      async *fetch() {
        yield { bars: barsOf([good(1), good(2)]), batch: 1 };
        yield { bars: barsOf([good(3), good(4)]), batch: 2, forming: true };
      },
    };
    const { bars, forming } = await collectBars(source, request);
    expect([...bars.timestamp]).toEqual([1, 2, 3]);
    expect(forming).toBe(1);
  });

  it('tells an empty source from one whose bars are all bad', async () => {
    expect((await failure('NO_BARS', () => collectBars(sourceOf([]), request))).message).toContain('no bars of X');
    const bad: Values = [1, 0, 0, 0, 0, 0];
    const { message } = await failure('NO_BARS', () => collectBars(sourceOf([bad]), request, { badBars: 'drop' }));
    expect(message).toContain('all 1 bars of X were dropped (non_positive_price 1)');
    expect((await collectBars(sourceOf([]), request, { after: 5 })).bars.length).toBe(0);
  });

  it('wraps what a source throws, and passes on the library’s own errors', async () => {
    const cause = new Error('HTTP 503');
    const failing = (error: unknown): BarSource => ({
      async *fetch() {
        yield { bars: barsOf([good(1), good(2)]), batch: 1 };
        yield { bars: barsOf([good(3)]), batch: 2 };
        throw error;
      },
    });
    const error = await failure('SOURCE_FAILED', () => collectBars(failing(cause), request));
    expect(error.message).toContain('failed at batch 3, after 3 bars');
    expect(error.message).not.toContain('503');
    expect(error.cause).toBe(cause);
    expect((await failure('SOURCE_FAILED', () => collectBars(failing('just text'), request))).cause).toBe('just text');
    const own = new TickerforestError('CSV_FORMAT', 'x.csv, line 3');
    expect(await failure('CSV_FORMAT', () => collectBars(failing(own), request))).toBe(own);
    const immediate: BarSource = {
      fetch() {
        throw cause;
      },
    };
    expect((await failure('SOURCE_FAILED', () => collectBars(immediate, request))).message).toContain('batch 1, after 0 bars');
  });

  it('gives way while it judges a long history, in whatever order it came, and hears an abort then', async () => {
    const bars = sampleOf(200_000);
    for (const isBackwards of [false, true]) {
      const given = isBackwards ? reversed(bars) : bars;
      const source: BarSource = {
        async *fetch() {
          yield { bars: given, batch: 1 };
        },
      };
      let isJudging = false;
      let rounds = 0;
      const count = () => {
        if (isJudging) rounds++;
        if (rounds >= 0) setImmediate(count);
      };
      setImmediate(count);
      const collected = await collectBars(source, request, {
        onBatch: () => {
          isJudging = true;
        },
      });
      expect(rounds).toBeGreaterThan(5);
      rounds = Number.NEGATIVE_INFINITY;
      assertSameBars(collected.bars, bars);
      const abort = new AbortController();
      const onBatch = () => {
        setImmediate(() => setImmediate(() => abort.abort()));
      };
      await failure('ABORTED', () => collectBars(source, { ...request, signal: abort.signal }, { onBatch }));
    }
  });

  it('aborts before the first batch, between batches, and when the source throws because of it', async () => {
    const source = sourceOf([good(1), good(2), good(3)], 1);
    await failure('ABORTED', () => collectBars(source, { symbol: 'X', signal: AbortSignal.abort() }));
    const abort = new AbortController();
    await failure('ABORTED', () => collectBars(source, { symbol: 'X', signal: abort.signal }, { onBatch: () => abort.abort() }));
    expect(source.closed).toBe(true);
    const late = new AbortController();
    const sensitive: BarSource = {
      async *fetch({ signal }) {
        yield { bars: barsOf([good(1)]), batch: 1 };
        late.abort(new Error('closing down'));
        signal?.throwIfAborted();
      },
    };
    const error = await failure('ABORTED', () => collectBars(sensitive, { symbol: 'X', signal: late.signal }));
    expect(error.cause).toMatchObject({ message: 'closing down' });
  });

  it('refuses batches that are not made of columns of one length', async () => {
    const serve = (bars: Bars): BarSource => ({
      async *fetch() {
        yield { bars: barsOf([good(1)]), batch: 1 };
        yield { bars, batch: 2 };
      },
    });
    const short = { ...barsOf([good(2), good(3)]), low: new Float64Array(1) };
    expect((await failure('INVALID_BARS', () => collectBars(serve(short), request))).message).toContain(
      'batch 2 of X: column low has 1 values where bars.length is 2',
    );
    const plain: Bars = { ...barsOf([good(2)]), ...JSON.parse('{ "volume": [100] }') };
    expect((await failure('INVALID_BARS', () => collectBars(serve(plain), request))).message).toContain(
      'batch 2 of X: column volume is an array',
    );
    const missing: Bars = { ...barsOf([good(2)]), ...JSON.parse('{ "close": null }') };
    expect((await failure('INVALID_BARS', () => collectBars(serve(missing), request))).message).toContain(
      'batch 2 of X: column close is null',
    );
  });

  it('does not wait for a source that never closes, nor where a test has stopped the clock', async () => {
    const never = () => new Promise<never>(() => {});
    const next = async () => ({ done: false, value: { bars: barsOf([good(1)]), batch: 1 } });
    const source: BarSource = { fetch: () => ({ [Symbol.asyncIterator]: () => ({ next, return: never }) }) };
    const abort = new AbortController();
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    await failure('ABORTED', () => collectBars(source, { ...request, signal: abort.signal }, { onBatch: () => abort.abort() }));
    await failure('TOO_MANY_BARS', () => collectBars(source, request, { maxBars: 3 }));
  });

  it('reports progress, and closes the source when the listener or a batch ends the reading', async () => {
    const seen: BatchProgress[] = [];
    const source: BarSource = {
      async *fetch() {
        yield { bars: barsOf([good(1), good(2)]), batch: 1, batches: 2 };
        yield { bars: barsOf([good(2), good(3)]), batch: 2, fraction: 1 };
      },
    };
    await collectBars(source, request, { onBatch: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      { batch: 1, batches: 2, bars: 2 },
      { batch: 2, fraction: 1, bars: 4 },
    ]);
    const closing = sourceOf([good(1), good(2)], 1);
    const listener = () => {
      throw new RangeError('listener');
    };
    await expect(collectBars(closing, request, { onBatch: listener })).rejects.toThrow(RangeError);
    expect(closing.closed).toBe(true);
  });
});
