import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { BAR_COLUMNS } from '../../src/bars/bars';
import { inferInterval } from '../../src/bars/judgement/spacing';
import { closeOfDay, DAY_MS, MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { ZoneClock } from '../../src/bars/time-zone';
import { counted } from './counted';
import { failure } from './errors';
import { hasSharedData, sharedFile } from './shared-data';
import { countBySymbol, expectAllCounted, load, sum } from './shared-symbols';

const iso = (time: number) => new Date(time).toISOString();

describe.skipIf(!hasSharedData)('the files of ../shared/data', () => {
  it.each([
    ['spy-1min-2024-2025', 102_236, '2024-03-26T13:30:00.000Z', '2025-04-02T19:23:00.000Z'],
    ['spy-1min-2025-07-dirty', 19_953, '2025-07-01T08:00:00.000Z', '2025-07-31T00:00:00.000Z'],
    ['sw-1min-2024-gaps', 51_124, '2024-07-08T13:45:00.000Z', '2024-12-31T21:41:00.000Z'],
  ])('loads %s, %i minutes', async (name, count, first, last) => {
    const collected = await load(name, 'any');
    const { bars, rejected, known } = collected;
    expect([bars.length, counted(collected), collected.offered]).toEqual([count, count, count]);
    expect(iso(bars.timestamp[0])).toBe(first);
    expect(iso(bars.timestamp[count - 1])).toBe(last);
    expect(inferInterval(bars.timestamp)).toBe(MINUTE_MS);
    expect([rejected.total, known]).toEqual([0, 0]);
  });

  it('reads every figure of a file as Number() does', async () => {
    const { bars } = await load('spy-1min-2024-2025', 'SPY');
    const lines = gunzipSync(readFileSync(sharedFile('spy-1min-2024-2025')))
      .toString()
      .trim()
      .split('\n')
      .slice(1);
    expect(bars.length).toBe(lines.length);
    const wrong = lines.filter((line, i) => {
      const [timestamp, ...numbers] = line.split(',');
      const expected = [Date.parse(timestamp), ...numbers.map(Number)];
      return BAR_COLUMNS.some((column, c) => bars[column][i] !== expected[c]);
    });
    expect(wrong).toEqual([]);
  });

  it('loads daily stocks, as traded and adjusted', async () => {
    const traded = (await load('us-stocks-daily-1999-2021', 'AAPL', { prices: 'as_traded' })).bars;
    const adjusted = (await load('us-stocks-daily-1999-2021', 'AAPL')).bars;
    expect(inferInterval(traded.timestamp)).toBe(DAY_MS);
    // the 7-for-1 split of 2014-06-09
    const split = traded.timestamp.indexOf(Date.UTC(2014, 5, 9));
    const jump = (prices: Float64Array) => prices[split] / prices[split - 1];
    expect(jump(traded.close)).toBeCloseTo(1 / 7, 1);
    expect(jump(adjusted.close)).toBeCloseTo(1.016, 3);
    expect(jump(traded.volume)).toBeGreaterThan(5);
    expect(jump(adjusted.volume)).toBeLessThan(1.5);
    const turnover = ({ close, volume }: typeof traded) => close[0] * volume[0];
    expect(turnover(adjusted) / turnover(traded)).toBeCloseTo(1, 12);
  });

  it('names some symbols when the requested one is not there', async () => {
    const { message } = await failure('NO_BARS', () => load('us-stocks-daily-1999-2021', 'aapl'));
    expect(message).toContain("'aapl'; there are AAPL, ABMD, AIG, AMZN, BA, BAC, C, CCL and 24 more");
  });

  it('loads ten stocks of single sessions', async () => {
    const counts = await countBySymbol('us-stocks-1min-sessions');
    expect(sum(counts)).toBe(21_258);
  });

  it('puts rows that are newest first in order, and says so', async () => {
    const counts = await countBySymbol('us-stocks-1min-2019-02-descending');
    expect(sum(counts)).toBe(43_164);
    expect(counts).toMatchObject({ UGA: 388, PPLT: 566, VIX: 1923 });
    const aapl = await load('us-stocks-1min-2019-02-descending', 'AAPL');
    expect(aapl.warnings).toMatchObject([{ code: 'put_in_order', count: 1947 }]);
    expect(iso(aapl.bars.timestamp[0])).toBe('2019-02-11T14:31:00.000Z');
    expect([aapl.bars.open[0], aapl.bars.volume[0]]).toEqual([171.14, 619_925]);
    const vix = await load('us-stocks-1min-2019-02-descending', 'VIX');
    expect(vix.bars.volume.every((volume) => volume === 0)).toBe(true);
    // of a stock that trades now and then two minutes are more frequent than one
    expect((await load('us-stocks-1min-2019-02-descending', 'UGA')).market?.interval).toBe(MINUTE_MS);
  });

  it('takes a block that stands there twice once, and counts it', async () => {
    const { bars, repeated, rejected, warnings } = await load('nifty-1min-2016-07-duplicates', 'NIFTY');
    expect([bars.length, repeated, rejected.total]).toEqual([14_625 - 7125, 7125, 0]);
    expect(warnings.map(({ code }) => code)).toEqual(['put_in_order', 'repeated_bars']);
  });

  it('counts every bar that a file offers', async () => {
    // the long suite does so with every file
    for (const [name, symbol] of [
      ['nifty-1min-2016-07-duplicates', 'any'],
      ['us-stocks-1min-2019-02-descending', 'UGA'],
    ]) {
      await expectAllCounted(name, symbol);
    }
  });

  it('finds the splits of as-traded prices, and bad prints', async () => {
    const { warnings } = await load('us-stocks-daily-1999-2021', 'AAPL', { prices: 'as_traded' });
    const split = warnings.find(({ code }) => code === 'suspected_splits');
    expect(split).toMatchObject({ firstBar: Date.UTC(2000, 5, 21) });
    expect(split?.message).toContain('2-for-1 split');
    const dirty = await load('spy-1min-2025-07-dirty', 'SPY');
    expect(dirty.warnings).toMatchObject([{ code: 'suspected_spikes' }]);
    const clean = await load('spy-1min-2024-2025', 'SPY');
    expect(clean.warnings).toEqual([]);
  });

  it("finds SPY's trading to end where closeOfDay says, on all 256 days", async () => {
    const { bars } = await load('spy-1min-2024-2025', 'SPY');
    const { timeZone, session } = resolveMarket(MINUTE_MS, { exchange: 'ARCA' });
    const clock = new ZoneClock(timeZone);
    const byDay = new Map<number, { first: number; afternoon: number; thin: number }>();
    for (let i = 0; i < bars.length; i++) {
      const local = bars.timestamp[i] + clock.offsetAt(bars.timestamp[i]);
      const day = Math.floor(local / DAY_MS);
      const minute = (local - day * DAY_MS) / MINUTE_MS;
      if (minute < session.open || minute >= session.close) continue;
      const entry = byDay.get(day) ?? { first: minute, afternoon: 0, thin: 0 };
      byDay.set(day, entry);
      // from 13:02 on, past the closing auction of a half day
      if (minute < 782) continue;
      entry.afternoon++;
      if (bars.volume[i] < 2000) entry.thin++;
    }
    expect(byDay.size).toBe(256);
    const days = [...byDay];
    expect(days.every(([, { first }]) => first === 570)).toBe(true);
    const quiet = days.filter(([, { afternoon, thin }]) => thin > 0.25 * afternoon).map(([day]) => iso(day * DAY_MS).slice(0, 10));
    const half = days.filter(([day]) => closeOfDay(session, day) === 780).map(([day]) => iso(day * DAY_MS).slice(0, 10));
    expect(quiet).toEqual(['2024-07-03', '2024-11-29', '2024-12-24']);
    expect(half).toEqual(quiet);
  });
});
