import { describe, expect, it } from 'vitest';
import { type Bars, sliceBars } from '../../src/bars/bars';
import { DAY_MS, type Market, resolveMarket } from '../../src/bars/market';
import { type BuildingBlocks, type FeatureBar, type FoldState, rsi } from '../../src/features';
import { BLOCK_BARS } from '../../src/features/family';
import { defineFeature, FeatureEngineer, type FeatureFamily, standardFeatures } from '../../src/index';
import { randomBars } from '../generated-bars';

const market = resolveMarket(60_000);
const bars = randomBars(1_500, { seed: 13 });

async function valuesOf(features: readonly FeatureFamily[], of: Bars = bars, on = market): Promise<Map<string, Float64Array>> {
  const values = new Map<string, Float64Array>();
  await new FeatureEngineer(on, features).update(of, {
    matrix: false,
    onBlock: (specs, columns, first, count) => {
      specs.forEach(({ name }, j) => {
        const column = values.get(name) ?? new Float64Array(of.length);
        column.set(columns[j].subarray(0, count), first);
        values.set(name, column);
      });
    },
  });
  return values;
}

async function seriesOf(
  next: (blocks: BuildingBlocks) => (bar: FeatureBar) => number,
  of: Bars = bars,
  on = market,
): Promise<Float64Array> {
  const feature = defineFeature({ name: 'mine', gaps: true, next });
  return (await valuesOf([feature], of, on)).get('mine') ?? new Float64Array();
}

/** The n closes that end with bar i. */
const last = (n: number, i: number) => Array.from(bars.close.subarray(i + 1 - n, i + 1));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('building blocks', () => {
  const N = 9;
  const figures: readonly [string, (values: readonly number[]) => number, (blocks: BuildingBlocks) => (bar: FeatureBar) => number][] = [
    ['sum', sum, ({ window }) => ofWindow(window(N), (w) => w.sum)],
    ['mean', (v) => sum(v) / N, ({ window }) => ofWindow(window(N), (w) => w.mean)],
    ['std', (v) => Math.sqrt(sum(v.map((x) => (x - sum(v) / N) ** 2)) / (N - 1)), ({ window }) => ofWindow(window(N), (w) => w.std)],
    ['min', (v) => Math.min(...v), ({ window }) => ofWindow(window(N), (w) => w.min)],
    ['max', (v) => Math.max(...v), ({ window }) => ofWindow(window(N), (w) => w.max)],
    [
      'rank',
      (v) => sum(v.slice(0, -1).map((x) => (x < v[N - 1] ? 1 : x === v[N - 1] ? 0.5 : 0))) / (N - 1),
      ({ window }) => ofWindow(window(N), (w) => w.rank),
    ],
    ['median', (v) => [...v].sort((a, b) => a - b)[4], ({ window }) => ofWindow(window(N), (w) => w.quantile(0.5))],
    [
      'quantile 0.3',
      (v) => {
        const sorted = [...v].sort((a, b) => a - b);
        return sorted[2] + 0.4 * (sorted[3] - sorted[2]);
      },
      ({ window }) => ofWindow(window(N), (w) => w.quantile(0.3)),
    ],
  ];
  function ofWindow(window: ReturnType<BuildingBlocks['window']>, figure: (w: ReturnType<typeof window.next>) => number) {
    return (bar: FeatureBar) => figure(window.next(bar.close));
  }

  it.each(figures)('window: %s is that of the last values', async (_, reference, next) => {
    const values = await seriesOf(next);
    for (let i = 0; i < bars.length; i++) {
      if (i < N - 1) expect(values[i]).toBeNaN();
      else expect(Math.abs(values[i] - reference(last(N, i)))).toBeLessThan(1e-9);
    }
  });

  it('lag is the value of so many bars ago', async () => {
    const values = await seriesOf(({ lag }) => {
      const close = lag(3);
      return (bar) => close.next(bar.close);
    });
    expect([...values.subarray(0, 3)].every(Number.isNaN)).toBe(true);
    expect([...values.subarray(3)]).toEqual([...bars.close.subarray(0, bars.length - 3)]);
  });

  it('ema and wilder are those of the standard features, to the bit', async () => {
    const ema = await seriesOf(({ ema }) => {
      const average = ema(12);
      return (bar) => average.next(bar.close);
    });
    expect([...ema]).toEqual([...((await valuesOf(standardFeatures())).get('ema_12') ?? [])]);
    const own = await seriesOf(({ lag, wilder }) => {
      const [close, rises, falls] = [lag(1), wilder(14), wilder(14)];
      return (bar) => {
        const change = bar.close - close.next(bar.close);
        const up = rises.next(change > 0 ? change : change - change);
        return 100 * (up / (up + falls.next(change < 0 ? -change : change - change)));
      };
    });
    expect([...own]).toEqual([...((await valuesOf([rsi()])).get('rsi_14') ?? [])]);
  });

  it('blocks take no NaN in, and say NaN', async () => {
    const values = await seriesOf(({ lag, window, ema }) => {
      const [close, changes, average] = [lag(2), window(3), ema(2)];
      return (bar) => average.next(changes.next(bar.close - close.next(bar.close)).sum);
    });
    // two for the lag, two more for the window, one more for the average
    expect(values.findIndex((value) => !Number.isNaN(value))).toBe(5);
  });

  it('higher is the last closed longer bar, and says when it is new', async () => {
    const days = randomBars(400, { interval: DAY_MS, start: Date.UTC(2024, 0, 1), seed: 2 });
    const daily = resolveMarket(DAY_MS);
    const part = (pick: (week: ReturnType<BuildingBlocks['higher']>) => number) =>
      seriesOf(
        ({ higher }) => {
          const week = higher('1w');
          return () => pick(week);
        },
        days,
        daily,
      );
    const [open, high, low, close, volume, closed, isNew] = await Promise.all([
      part((week) => week.open),
      part((week) => week.high),
      part((week) => week.low),
      part((week) => week.close),
      part((week) => week.volume),
      part((week) => week.closed),
      part((week) => (week.isNew ? 1 : 0)),
    ]);
    for (let i = 0; i < days.length; i++) {
      // round the clock from a Monday: every Sunday's bar closes a week
      const weeks = Math.floor((i + 1) / 7);
      expect(closed[i]).toBe(weeks);
      expect(isNew[i]).toBe(i % 7 === 6 ? 1 : 0);
      if (weeks === 0) {
        expect(open[i]).toBeNaN();
        continue;
      }
      const week = sliceBars(days, 7 * (weeks - 1), 7 * weeks);
      const expected = [week.open[0], Math.max(...week.high), Math.min(...week.low), week.close[6]];
      expect([open[i], high[i], low[i], close[i]]).toEqual(expected);
      expect(volume[i]).toBe(sum([...week.volume]));
    }
  });
});

describe('a feature of one’s own', () => {
  const refused: readonly [string, unknown, string][] = [
    ['without a name', { next: () => () => 1 }, 'name must be a name of lower case letters'],
    [
      'with a name that stores cannot hold',
      { name: 'my.gap', next: () => () => 1 },
      "name must be a name of lower case letters, digits and underscores, at most 64: 'my_gap', not 'my.gap'",
    ],
    ['with neither form', { name: 'a' }, 'a has neither next nor fold; give one of them'],
    ['with both forms', { name: 'a', next: () => () => 1, fold: () => () => {} }, 'a has both next and fold'],
    ['with a range upside down', { name: 'a', range: [1, 0], next: () => () => 1 }, 'range must be [lowest, highest]'],
    ['with parameters that are no JSON', { name: 'a', parameters: { when: new Date() }, next: () => () => 1 }, 'parameters.when'],
    ['with an unknown option', { name: 'a', warmUp: 3, next: () => () => 1 }, "unknown option 'warmUp'; did you mean 'warmup'?"],
    ['with a group that there is not', { name: 'a', group: 'mine', next: () => () => 1 }, "group must be 'technical_indicators'"],
  ];
  it.each(refused)('is refused %s', (_, definition, message) => {
    expect(() => Reflect.apply(defineFeature, null, [definition])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(message) }),
    );
  });

  const failing: readonly [string, (state: FoldState) => (bar: FeatureBar) => unknown, RegExp][] = [
    [
      'throws',
      () => () => {
        throw new Error('secret');
      },
      /^feature mine version 1 failed on bar 0 \(2024-03-04 14:30 UTC\): it threw, see cause$/,
    ],
    ['returns a text', () => () => '1', /failed on bar 0 .*: it returned '1' \(a text\), not a number/],
    ['returns nothing', () => () => undefined, /it returned undefined, not a number/],
    ['is async', () => async () => 1, /it returned a Promise, not a number; it must not be async/],
    [
      'is async and fails',
      () => async () => {
        throw new Error('later');
      },
      /it returned a Promise, not a number/,
    ],
    [
      'is infinite',
      () => (bar) => (bar.number < 1_100 ? 1 : Number.POSITIVE_INFINITY),
      /mine is Infinity on bar 1100 .*infinities are no values/,
    ],
    [
      'is more than models can see',
      () => (bar) => (bar.number < 1_100 ? 1 : -1e39),
      /mine is -1e\+39 on bar 1100 .*single-precision numbers, of magnitude up to 3\.4e38/,
    ],
  ];
  it.each(failing)('that %s is named, with its bar', async (_, make, message) => {
    const feature = Reflect.apply(defineFeature, null, [{ name: 'mine', next: make }]);
    const error = await valuesOf([rsi(), feature]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'FEATURE_FAILED', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('secret');
  });

  const misused: readonly [string, (blocks: BuildingBlocks) => (bar: FeatureBar) => number, RegExp][] = [
    ['asks for a block too late', (blocks) => () => blocks.lag(1).next(1), /memory of a fold is asked for while it runs/],
    [
      'sets a slot to NaN',
      ({ slot }) => {
        const one = slot();
        return () => {
          one.value = Number.NaN;
          return 1;
        };
      },
      /a slot is set to NaN; use a finite number/,
    ],
    [
      'asks for half a bar',
      ({ lag }) => {
        lag(0.5);
        return () => 1;
      },
      /lag must be a whole number from 1 to 10,000, not 0.5/,
    ],
    ...[-0.1, 1.5, Number.NaN].map((probability): (typeof misused)[number] => [
      `asks for quantile ${probability}`,
      ({ window }) => {
        const one = window(3);
        return (bar) => one.next(bar.close).quantile(probability);
      },
      new RegExp(`on bar 0 .*quantile takes a number from 0 to 1, not ${probability}`),
    ]),
    ...(['lag', 'window', 'ema', 'wilder'] as const).map((block): (typeof misused)[number] => [
      `gives a ${block} what is no number`,
      (blocks) => {
        const one = blocks[block](3);
        return (bar) => {
          Reflect.apply(one.next, one, [Reflect.get(bar, 'clsoe')]);
          return 1;
        };
      },
      /on bar 0 .*next of a block is given undefined, not a number/,
    ]),
    [
      'asks for longer bars that are not longer',
      ({ higher }) => {
        higher('1m');
        return () => 1;
      },
      /higher\('1m'\) is not longer than the market's bars/,
    ],
    [
      'asks for bars of no length',
      ({ higher }) => {
        higher('7m');
        return () => 1;
      },
      /higher must be minutes or hours that divide a day/,
    ],
  ];
  it.each(misused)('that %s is told', async (_, next, message) => {
    await expect((async () => valuesOf([defineFeature({ name: 'mine', next })]))()).rejects.toMatchObject({
      code: 'FEATURE_FAILED',
      message: expect.stringMatching(message),
    });
  });

  it('by blocks: NaN in a slot, a column that is not written and a fold that is none are told', async () => {
    const spoilt = defineFeature({
      name: 'spoilt',
      fold: (_market, state) => {
        const slots = state.slots(2);
        return (_block, out) => {
          out.fill(1);
          slots[1] = Number.NaN;
        };
      },
    });
    await expect(valuesOf([spoilt])).rejects.toMatchObject({
      code: 'FEATURE_FAILED',
      message: expect.stringContaining('left NaN or an infinity in a slot'),
    });
    const silent = defineFeature({ name: 'silent', fold: () => () => {} });
    await expect(valuesOf([...standardFeatures(), silent])).rejects.toMatchObject({
      message: expect.stringContaining('silent is NaN on bar 0'),
    });
    const late = Reflect.apply(defineFeature, null, [{ name: 'late', fold: () => async () => Promise.reject(new Error('later')) }]);
    await expect(valuesOf([late])).rejects.toMatchObject({ message: expect.stringContaining('its function of a block must not be async') });
    const none = Reflect.apply(defineFeature, null, [{ name: 'none', fold: () => 7 }]);
    expect(() => new FeatureEngineer(market, [none])).toThrow(expect.objectContaining({ code: 'FEATURE_FAILED' }));
  });

  it('cannot spoil bars or values of others, whatever it writes to', async () => {
    const kept: (readonly Float64Array[])[] = [];
    const vandal = defineFeature({
      name: 'vandal',
      fold: () => (block, out) => {
        for (const column of [block.open, block.high, block.low, block.close, block.volume, block.timestamp]) column.fill(7);
        new Float64Array(block.close.buffer).fill(7);
        kept.push([block.close, out]);
        for (const columns of kept) for (const column of columns) column.fill(7);
      },
    });
    const before = structuredClone(bars);
    const alone = await valuesOf(standardFeatures());
    const beside = await valuesOf([standardFeatures()[0], vandal, ...standardFeatures().slice(1)]);
    for (const [name, column] of alone) expect(beside.get(name), name).toEqual(column);
    expect(bars).toEqual(before);
    expect(beside.get('vandal')?.[BLOCK_BARS]).toBe(7);
  });

  it('cannot change the market, nor the hours of an exchange', async () => {
    const nasdaq = resolveMarket(60_000, { exchange: 'NASDAQ' });
    const before = structuredClone(nasdaq);
    for (const change of [
      (market: object) => Object.assign(market, { interval: 5 }),
      ({ session }: Market) => Object.assign(session, { open: 5 }),
    ]) {
      const vandal = defineFeature({
        name: 'vandal',
        next: (_, market) => {
          change(market);
          return () => 1;
        },
      });
      expect(() => new FeatureEngineer(nasdaq, [vandal])).toThrow(expect.objectContaining({ code: 'FEATURE_FAILED' }));
    }
    expect(resolveMarket(60_000, { exchange: 'NASDAQ' })).toEqual(before);
    // what the caller describes stays the caller's
    const session = { open: 60, close: 600, earlyCloses: 'none' } as const;
    expect(Object.isFrozen(resolveMarket(60_000, { session }).session)).toBe(true);
    expect(Object.isFrozen(session)).toBe(false);
  });

  it('what it gives during its warm-up is not used', async () => {
    const feature = defineFeature({ name: 'mine', warmup: 5, next: () => () => 1 });
    const column = (await valuesOf([feature])).get('mine') ?? new Float64Array();
    expect([...column.subarray(0, 6)]).toEqual([...Array(5).fill(Number.NaN), 1]);
  });

  it('an object of one’s own is a family of several features, copied and checked', async () => {
    const family = {
      name: 'bodies',
      title: 'bodies',
      version: 1,
      parameters: { of: 'bars' },
      features: () =>
        ['body', 'wick'].map((name) => ({
          ...{ name, unit: 'ratio', warmup: 0, model: true },
          group: 'technical_indicators' as const,
          range: [-1, Number.POSITIVE_INFINITY] as const,
        })),
      fold:
        () =>
        (block: Bars, [body, wick]: readonly Float64Array[]) => {
          for (let i = 0; i < block.length; i++) {
            body[i] = block.close[i] / block.open[i] - 1;
            wick[i] = block.high[i] / block.low[i] - 1;
          }
        },
    };
    const engineer = new FeatureEngineer(market, [family]);
    family.parameters.of = 'nothing';
    family.name = 'other';
    expect(engineer.families[0]).toMatchObject({ name: 'bodies', parameters: { of: 'bars' } });
    await engineer.update(bars);
    expect(engineer.latest('wick')).toBeGreaterThanOrEqual(0);
    const broken = { ...family, features: () => [{ name: 'body' }] };
    expect(() => Reflect.construct(FeatureEngineer, [market, [broken]])).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('other.features[0].group must be') }),
    );
  });
});
