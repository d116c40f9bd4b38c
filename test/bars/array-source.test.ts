import { describe, expect, it } from 'vitest';
import { arrayBars, type BarRow } from '../../src/bars/array-source';
import { allocateBars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { assertSameBars } from '../../src/testing/sample-kept-bars';
import { failure } from './errors';

const row = (timestamp: BarRow['timestamp'], close = 1): BarRow => ({ timestamp, open: 1, high: 2, low: 0.5, close, volume: 3 });
const request = { symbol: 'X' };

describe('arrayBars', () => {
  it('reads milliseconds, dates and text', async () => {
    const rows = [row(0), row(new Date(60_000)), row('1970-01-01T00:02:00Z'), row('1970-01-01 00:03', 2)];
    const { bars } = await collectBars(arrayBars(rows), request);
    expect([...bars.timestamp]).toEqual([0, 60_000, 120_000, 180_000]);
    expect([...bars.close]).toEqual([1, 1, 1, 2]);
    expect([bars.open[3], bars.high[3], bars.low[3], bars.volume[3]]).toEqual([1, 2, 0.5, 3]);
    expect(bars.close.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("serves the requested symbol's rows, and those that name none", async () => {
    const rows = [{ ...row(1), symbol: 'X' }, { ...row(2), symbol: 'Y' }, row(3)];
    expect([...(await collectBars(arrayBars(rows), request)).bars.timestamp]).toEqual([1, 3]);
    const { message } = await failure('NO_BARS', () => collectBars(arrayBars(rows.slice(1, 2)), request));
    expect(message).toContain("'X'; there are 'Y'");
  });

  it('serves bars in batches of 50,000, with their number', async () => {
    const bars = allocateBars(100_001);
    for (let i = 0; i < bars.length; i++) {
      bars.timestamp[i] = i * 60_000;
      bars.open[i] = bars.high[i] = bars.low[i] = bars.close[i] = 100 + (i % 7);
    }
    const rows = Array.from(bars.timestamp, (timestamp) => row(timestamp));
    for (const source of [arrayBars(bars), arrayBars(rows)]) {
      const sizes: number[][] = [];
      for await (const { bars: part, batch, batches } of source.fetch(request)) sizes.push([batch, batches ?? 0, part.length]);
      expect(sizes).toEqual([
        [1, 3, 50_000],
        [2, 3, 50_000],
        [3, 3, 1],
      ]);
    }
    const collected = await collectBars(arrayBars(bars), request);
    assertSameBars(collected.bars, bars);
    expect(collected.bars.close).not.toBe(bars.close);
  });

  it('names the row and field that is wrong', async () => {
    const broken = JSON.parse('{ "timestamp": 3, "open": "12 USD", "high": 1, "low": 1, "close": 1, "volume": 1 }');
    expect((await failure('INVALID_BARS', () => collectBars(arrayBars([row(1), broken]), request))).message).toContain(
      "rows[1].open is '12 USD' (a text), not a number",
    );
    const late = [row(1), row('teatime')];
    expect((await failure('INVALID_BARS', () => collectBars(arrayBars(late), request))).message).toContain(
      "rows[1].timestamp is 'teatime'",
    );
    const twice = [row(1), row(2), { ...row(2, 0.7), symbol: 'X' }];
    expect((await failure('INVALID_BARS', () => collectBars(arrayBars(twice), request))).message).toContain('duplicate');
    const dateless = [row(new Date(Number.NaN))];
    expect((await failure('INVALID_BARS', () => collectBars(arrayBars(dateless), request))).message).toContain('non_finite');
  });

  it('stops when the signal fires', async () => {
    for (const source of [arrayBars([row(1)]), arrayBars(allocateBars(1))]) {
      await failure('ABORTED', async () => {
        for await (const _ of source.fetch({ symbol: 'X', signal: AbortSignal.abort() }));
      });
    }
  });

  it('gives way while it reads: a signal that fires meanwhile is heard', async () => {
    const rows = new Array<BarRow>(3_000_000).fill(row(1));
    let bars = 0;
    await failure('ABORTED', async () => {
      for await (const batch of arrayBars(rows).fetch({ symbol: 'X', signal: AbortSignal.timeout(1) })) bars += batch.bars.length;
    });
    expect(bars).toBeLessThan(rows.length);
  });
});
