import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { BarSource } from '../../src/bars/bar-source';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { barEnd } from '../../src/bars/forming-bars';
import { resolveMarket } from '../../src/bars/market';
import { ZoneClock } from '../../src/bars/time-zone';
import { wholeAnswers } from '../../src/bars/whole-answers';
import { TickerforestError } from '../../src/errors';
import { Turns } from '../../src/waiting';
import { randomBars } from '../generated-bars';
import { vendor } from '../symbol/vendors';

const DAY = 86_400_000;
const days = randomBars(300, { seed: 3, interval: DAY, start: Date.UTC(2020, 0, 6) });
const minutes = randomBars(300, { seed: 4 });

/** Right after the newest bar is complete. */
function justNow({ timestamp, length }: Bars, interval: number): number {
  const market = resolveMarket(interval, { exchange: 'NYSE' });
  return barEnd(timestamp[length - 1], market, new ZoneClock(market.timeZone));
}

async function times(source: BarSource, now: number, interval?: number, from?: number): Promise<number[]> {
  const whole = wholeAnswers(source, { now, interval });
  const { bars } = await collectBars(whole, { symbol: 'A', ...(from !== undefined && { from }) });
  return [...bars.timestamp];
}

describe('a source that answers in part', () => {
  it('is asked until it has told all, whatever the size of its answers, also of a day that has just ended', async () => {
    const size = fc.integer({ min: 1, max: 320 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(days, minutes),
        size,
        fc.constantFrom('oldest', 'newest'),
        fc.nat(250),
        async (bars, most, of, first) => {
          const interval = bars === days ? DAY : 60_000;
          const source = vendor(bars, { most: { bars: most, of } });
          const wanted = [...bars.timestamp.subarray(first)];
          expect(await times(source, justNow(bars, interval), interval, wanted[0])).toEqual(wanted);
          expect(Math.max(...source.told.values())).toBe(1);
        },
      ),
      { seed: 1, numRuns: 60 },
    );
  });

  it('that tells all again is read giving way, though nothing of it is new', async () => {
    const isOver = vi.spyOn(Turns.prototype, 'isOver', 'get').mockReturnValue(true);
    const giveWay = vi.spyOn(Turns.prototype, 'giveWay').mockResolvedValue();
    const before: number[] = [];
    const source: BarSource = {
      async *fetch() {
        before.push(giveWay.mock.calls.length);
        for (let batch = 1; batch <= 3; batch++) yield { bars: sliceBars(minutes, 100 * (batch - 1), 100 * batch), batch };
      },
    };
    try {
      expect(await times(source, justNow(minutes, 60_000) + DAY, 60_000)).toEqual([...minutes.timestamp]);
      const [, second, third] = before;
      expect(third - second).toBe(3);
    } finally {
      isOver.mockRestore();
      giveWay.mockRestore();
    }
  });

  it.each([
    ['after its bars', 'from 2024-03-04 on', minutes.timestamp[0]],
    ['before its bars', 'up to 2024-03-04', undefined],
  ] as const)('that fails where it is asked for what lies %s is told how to say that it has none', async (_name, range, from) => {
    const whole = vendor(minutes);
    const cause = new Error('404: no data in this range');
    const source: BarSource = {
      async *fetch(request) {
        if (whole.requests.length > 0) throw cause;
        yield* whole.fetch(request);
      },
    };
    const late = from === undefined ? 0 : DAY;
    await expect(times(source, justNow(minutes, 60_000) + late, 60_000, from)).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(new RegExp(`told 300 bars.*\\(${range}\\).*yield nothing there.*answersInFull: true`)),
      cause,
    });
  });

  it('is not asked again where it has said that it need not be, or nothing can follow', async () => {
    const whole = vendor(minutes);
    await times({ ...whole, answersInFull: true }, justNow(minutes, 60_000));
    expect(whole.requests).toHaveLength(1);
    const known = vendor(minutes);
    await times(known, justNow(minutes, 60_000), 60_000, minutes.timestamp[10]);
    expect(known.requests).toHaveLength(1);
    const late = vendor(minutes);
    await times(late, justNow(minutes, 60_000) + DAY, 60_000, minutes.timestamp[10]);
    expect(late.requests).toHaveLength(2);
  });

  it('may say that it has nothing more, or tell the same again; what it throws otherwise ends the reading', async () => {
    const everything: BarSource = {
      fetch: async function* () {
        yield { bars: minutes, batch: 1 };
      },
    };
    expect(await times(everything, justNow(minutes, 60_000) + DAY)).toEqual([...minutes.timestamp]);
    const saying = (error: Error): BarSource => {
      let requests = 0;
      return {
        fetch: async function* () {
          if (requests++ > 0) throw error;
          yield { bars: minutes, batch: 1 };
        },
      };
    };
    const now = justNow(minutes, 60_000) + DAY;
    expect(await times(saying(new TickerforestError('NO_BARS', 'nothing more')), now)).toHaveLength(300);
    await expect(times(saying(new Error('hung up')), now)).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
  });
});
