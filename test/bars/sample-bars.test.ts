import { describe, expect, it } from 'vitest';
import type { Bars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { type SampleOptions, sampleBars } from '../../src/bars/sample-bars';
import { failure } from './errors';

const DAY = 86_400_000;
const make = async (options: SampleOptions = {}, symbol = 'DEMO'): Promise<Bars> =>
  (await collectBars(sampleBars(options), { symbol })).bars;

describe('sampleBars', () => {
  it('makes 1,500 weekdays of good bars by default', async () => {
    const bars = await make();
    expect(bars.length).toBe(1_500);
    expect(new Date(bars.timestamp[0]).toISOString()).toBe('2019-01-01T00:00:00.000Z');
    expect(new Date(bars.timestamp[1_499]).toISOString()).toBe('2024-09-30T00:00:00.000Z');
    expect([...bars.timestamp].filter((time) => new Date(time).getUTCDay() % 6 === 0)).toEqual([]);
    for (let i = 0; i < bars.length; i++) {
      expect(bars.low[i]).toBeLessThanOrEqual(Math.min(bars.open[i], bars.close[i]));
      expect(bars.high[i]).toBeGreaterThanOrEqual(Math.max(bars.open[i], bars.close[i]));
    }
  });

  it('makes the same bars again, and goes on where it is asked for more', async () => {
    const bars = await make();
    expect(await make()).toEqual(bars);
    expect((await make({ bars: 1_600 })).close.slice(0, 1_500)).toEqual(bars.close.slice());
    expect([...bars.close.slice(0, 5)]).toMatchInlineSnapshot(`
      [
        98.08,
        97.7,
        98.72,
        97.59,
        99.24,
      ]
    `);
    expect((await make({ seed: 2 })).close).not.toEqual(bars.close);
    expect((await make({}, 'OTHER')).close).not.toEqual(bars.close);
  });

  it('has calm and wild stretches: squared returns follow each other', async () => {
    const { close } = await make({ bars: 20_000 });
    const squares = Array.from({ length: close.length - 1 }, (_, i) => (close[i + 1] / close[i] - 1) ** 2);
    const mean = squares.reduce((sum, value) => sum + value, 0) / squares.length;
    const variance = squares.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const covariance = squares.slice(1).reduce((sum, value, i) => sum + (value - mean) * (squares[i] - mean), 0);
    expect(covariance / variance).toBeGreaterThan(0.05);
    expect(Math.sqrt(mean)).toBeGreaterThan(0.008);
    expect(Math.sqrt(mean)).toBeLessThan(0.02);
  });

  it('makes bars of any length round the clock, and many', async () => {
    const minutes = await make({ bars: 120_000, interval: 60_000 });
    expect(minutes.timestamp[119_999] - minutes.timestamp[0]).toBe(119_999 * 60_000);
    expect(Math.min(...minutes.low.slice(0, 50_000))).toBeGreaterThan(1);
    expect((await make({ bars: 3, interval: 7 * DAY })).timestamp[1]).toBe(Date.UTC(2019, 0, 8));
  });

  it('refuses what is out of range', async () => {
    for (const options of [{ bars: 0 }, { bars: 1.5 }, { bars: 1e9 }, { interval: 1 }, { seed: -1 }, { seed: Number.NaN }]) {
      await failure('INVALID_OPTION', () => sampleBars(options));
    }
    await failure('ABORTED', async () => {
      for await (const _ of sampleBars().fetch({ symbol: 'X', signal: AbortSignal.abort() }));
    });
  });
});
