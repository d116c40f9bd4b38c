import { describe, expect, it } from 'vitest';
import { featureSetHash, featureSpecs, rsi, timeframes } from '../../src/features';
import { formula } from '../../src/formulas/formula';
import { DEEPEST } from '../../src/formulas/grammar';
import { MOST_NODES } from '../../src/formulas/syntax';
import { FeatureEngineer, resolveMarket, TickerforestError } from '../../src/index';
import { generatedMarkets } from '../../src/testing/feature-markets';
import { barsOf, MINUTES, runFamily } from '../features/run-family';

const days = resolveMarket(86_400_000, { exchange: 'NYSE' });
const specOf = (text: string) => featureSpecs(days, [formula('one', text)])[0];
const INFINITE = Number.POSITIVE_INFINITY;

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof TickerforestError && error.code === 'INVALID_OPTION') return error.message;
    throw error;
  }
  return 'taken';
}
const refusalOf = (text: string) => refusal(() => formula('one', text));

describe('what is derived of a formula', () => {
  it.each([
    ['(close - sma(close, 50)) / atr(14)', 'ratio', 49, true, [-INFINITE, INFINITE]],
    ['sma(close, 10) - sma(close, 30)', 'price', 29, false, [-INFINITE, INFINITE]],
    ['close * volume', 'price x shares', 0, false, [0, INFINITE]],
    ['var(close, 5)', 'price^2', 4, false, [0, INFINITE]],
    ['sqrt(var(close, 5)) / close', 'ratio', 4, true, [0, INFINITE]],
    ['1 / volume', '1 / shares', 0, false, [0, INFINITE]],
    ['rsi(14) - rsi_14', 'percent', 14, true, [-100, 100]],
    ['log(close)', 'logarithm of price', 0, false, [-INFINITE, INFINITE]],
    ['delta(log(close), 5)', 'ratio', 5, true, [-INFINITE, INFINITE]],
    ['close > 100', '1 or 0', 0, false, [0, 1]],
    ['close > open and volume > 0', '1 or 0', 0, true, [0, 1]],
    ['(high - low + 1e-12) / close', 'ratio', 0, true, [-INFINITE, INFINITE]],
    ['corr(close, volume, 20)', 'ratio', 19, true, [-1, 1]],
    ['argmax(high, 20)', 'bars', 19, true, [0, 19]],
    ['ema(rsi(ema(close, 5), 7), 9)', 'percent', 4 + 7 + 8, true, [0, 100]],
    ['where(rsi_14 > 70, -1, clip(close / open, 0.5, 2))', 'ratio', 14, true, [-1, 2]],
    ['-(rank(close, 11) ^ 2)', 'number', 10, true, [-1, 0]],
    ['rsi_14 / 100', 'ratio', 14, true, [0, 1]],
    ['rsi_14 * 0.01', 'ratio', 14, true, [0, 1]],
    ['rsi_14 / 2', 'percent', 14, true, [0, 50]],
    ['100 * rank(close, 11)', 'percent', 10, true, [0, 100]],
    ['2 * rank(close, 11)', 'ratio', 10, true, [0, 2]],
    ['close / 100', 'price', 0, false, [0, INFINITE]],
    ['100 / (1 + rsi_14)', 'ratio', 14, true, [100 / 101, 100]],
  ] as const)('%s', (text, unit, warmup, model, range) => {
    // what it gives where it has no value belongs to the range
    expect(specOf(text)).toMatchObject({ unit, warmup, model, range: [Math.min(0, range[0]), Math.max(0, range[1])] });
  });

  it('can be said otherwise', () => {
    const [spec] = featureSpecs(days, [formula('one', 'close', { unit: 'dollars', model: true, group: 'risk_metrics' })]);
    expect(spec).toMatchObject({ unit: 'dollars', model: true, group: 'risk_metrics' });
  });
});

describe('a formula that cannot be read is refused, with the character and what was expected', () => {
  it.each([
    ['', 1, "a formula such as 'close / open - 1'"],
    ['(close', 7, "')' for the '(' at character 1, not the end"],
    ['close)', 6, "an operator, not ')'"],
    ['close +', 8, "a number, a name or '(', not the end"],
    ['close * / open', 9, "a number, a name or '(', not '/'"],
    ['2 close', 3, 'a product is written with *'],
    ['(close)(open)', 8, 'a product is written with *'],
    ['close(2)', 1, "an operator after 'close', which is no function"],
    ['sma', 1, "sma(x, n), not 'sma' alone"],
    ['sma(close)', 1, 'sma(x, n), not sma of 1'],
    ['sma(close, 0)', 12, 'a whole number of bars from 1 to 10,000'],
    ['sma(close, 2.5)', 12, 'a whole number of bars from 1 to 10,000'],
    ['sma(close, volume)', 12, 'a whole number of bars'],
    ['std(close, 1)', 12, 'from 2 to 10,000'],
    ['lag(close, -1)', 12, 'from 1 to 10,000'],
    ['max(open, close)', 11, 'where(x > y, x, y)'],
    ['quantile(close, 5, 2)', 20, 'a share from 0 to 1'],
    ['clip(close / open, 2, 1)', 20, 'low below high'],
    ['clsoe / open', 1, "perhaps 'close'"],
    ['mean(close, 5)', 1, 'a function'],
    ['Close', 1, "perhaps 'close'"],
    ['close ^ open', 9, 'a whole exponent from -16 to 16'],
    ['close ^ 0.5', 9, 'a root is sqrt(x)'],
    ['open < close < high', 1, "'a < b and b < c'"],
    ['not close > open', 1, 'not (a > b)'],
    ['close > open ? 1', 17, "':' and another value, for the '?' at character 14"],
    ['close > open ? high > low ? 1 : 2 : 3', 27, 'parentheses around a condition'],
    ['close, open', 6, 'an operator'],
    ['close = open', 7, "'=='"],
    ['close && open', 7, "'and'"],
    ['0x10 * close', 1, 'a number such as 14, 0.5 or 1e-6'],
    ['1e999 * close', 1, 'a number up to 1e308'],
    ['close + 1e-400', 9, 'a number from 1e-323 on, or 0'],
    ['close * 0.0001e-330', 9, 'a number from 1e-323 on, or 0'],
    ['close / 1.', 9, 'a number such as 14, 0.5 or 1e-6'],
    ['close.open', 6, 'nothing has parts here'],
  ])('%s', (text, character, expected) => {
    const message = refusalOf(text);
    expect(message).toContain(`formula 'one', character ${character}: expected `);
    expect(message).toContain(expected);
  });

  it.each([
    ['1 + 1', 'names no column and no feature'],
    [`close ${'+ close '.repeat(300)}`, '2,000'],
    [
      `rank(close, 10000) ${'+ rank(open, 9999) '.repeat(1)}${Array.from({ length: 10 }, (_, i) => `+ rank(low, ${9_000 + i})`).join('')}`,
      '100,000',
    ],
  ])('%.20s...: %s', (text, expected) => {
    expect(refusalOf(text)).toContain(expected);
  });

  it('what is nested too deep or has too many parts is refused before mathjs recurses', () => {
    const nested = (open: string, close: string, times: number) => `${open.repeat(times)}close${close.repeat(times)}`;
    for (const [open, close] of [
      ['(', ')'],
      ['-', ''],
      ['not(', ')'],
      ['abs(', ')'],
      ['close>1?1:', ''],
      ['(1>0?', ':0)'],
    ]) {
      expect(refusalOf(nested(open, close, 150))).toContain(`at most ${DEEPEST} `);
      expect(refusalOf(nested(open, close, 10))).toBe('taken');
    }
    expect(refusalOf(`1${'+1'.repeat(MOST_NODES)}`)).toContain(`at most ${MOST_NODES} numbers, names and operators`);
    expect(refusalOf(`close${'+1'.repeat(200)}`)).toBe('taken');
    expect(refusalOf('('.repeat(10_000_000))).toContain('2,000');
  });

  it('lines and tabs are spaces', () => {
    expect(specOf('\tclose\r\n  / open\n')).toMatchObject({ unit: 'ratio' });
    expect(refusalOf('close\nopen')).toContain('character 7');
  });

  it.each([
    [() => formula('Gap', 'close'), 'name must be a name of lower case letters'],
    [() => formula('one', 'close', { otherwise: Number.NaN }), "otherwise must be a finite number or 'error', not NaN"],
    [() => formula('one', 'close', { version: 0 }), 'version must be'],
    [() => Reflect.apply(formula, undefined, ['one', 5]), 'text must be a text'],
    [() => Reflect.apply(formula, undefined, ['one', ['close']]), 'text must be a text'],
    [() => Reflect.apply(formula, undefined, ['one', 'close', { colour: 'red' }]), 'colour'],
  ])('%s', (call, expected) => {
    expect(refusal(call)).toContain(expected);
  });

  it('a feature that another market has is refused there', () => {
    const hourly = formula('one', 'return_1mo / minute_of_session');
    expect(() => featureSpecs(days, [hourly])).toThrow(
      /formula 'one', character 14: expected a feature that bars of this length have, not 'minute_of_session'/,
    );
  });
});

describe('values', () => {
  const close = [10, 11, 12, 12, 12, 12, 15, 14];
  const bars = barsOf({ open: close, high: close, low: close, close, volume: [5, 0, 5, 5, 5, 5, 5, 5] });
  const valuesOf = (text: string, otherwise: number | 'error' = 0) => [
    ...(runFamily(formula('one', text, { otherwise }), bars).get('one') ?? []),
  ];

  it('where there is none, another number or an error stands', async () => {
    expect(valuesOf('volume / lag(volume, 1)').slice(1)).toEqual([0, 0, 1, 1, 1, 1, 1]);
    expect(valuesOf('volume / lag(volume, 1)', -1).slice(1)).toEqual([0, -1, 1, 1, 1, 1, 1]);
    expect(valuesOf('sma(volume / lag(volume, 1), 2)', -1).slice(2)).toEqual([-1, -1, 1, 1, 1, 1]);
    // the value that is not chosen does not count
    expect(valuesOf('lag(volume, 1) > 0 ? volume / lag(volume, 1) : 7', 'error').slice(1)).toEqual([0, 7, 1, 1, 1, 1, 1]);
    const strict = new FeatureEngineer(MINUTES, [formula('one', 'volume / lag(volume, 1)', { otherwise: 'error' })]);
    await expect(strict.update(bars)).rejects.toThrow(/FEATURE_FAILED|one is NaN on bar 2/);
  });

  it('flat windows have no deviation, no rank above others and no line', () => {
    const flat = barsOf({
      open: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
      high: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
      low: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
      close: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
      volume: [1, 1, 1, 1, 1, 1],
    });
    for (const [text, expected] of Object.entries({
      'std(close, 3)': 0,
      'zscore(close, 3)': 0,
      'skew(close, 3)': 0,
      'kurt(close, 4)': 0,
      'corr(close, volume, 3)': 0,
      'slope(close, 3)': 0,
      'rsquare(close, 3)': 0,
      'resi(close, 3)': 0,
      'rank(close, 3)': 0.5,
      'rsi(3)': 50,
      'argmax(close, 3)': 2,
    })) {
      expect((runFamily(formula('one', text), flat).get('one') ?? [])[5], text).toBe(expected);
    }
  });

  it('a quantile is the same wherever the series is cut, of zeros of both signs, too', () => {
    const { bars: many, market } = generatedMarkets(300, 4)[0];
    for (const share of [0, 0.3, 0.5, 1]) {
      const family = formula('one', `quantile((close - open) * (volume > 1000 ? 0 : 1), 7, ${share})`);
      const whole = runFamily(family, many, market).get('one');
      expect(whole).toContain(0);
      expect(runFamily(family, many, market, [...many.timestamp.keys()].slice(1)).get('one')).toEqual(whole);
    }
  });

  it.each(generatedMarkets(400, 2))('rsi, atr and sma are those of the library, to the bit: $title', ({ market, bars: series }) => {
    const of = (text: string) => runFamily(formula('one', text), series, market).get('one')?.subarray(60);
    expect(of('rsi(14)')).toEqual(of('rsi_14'));
    expect(of('atr(14)')).toEqual(of('atr_14'));
    expect(of('sma(close, 50)')).toEqual(of('sma_50'));
    expect(of('ema(close, 50)')).toEqual(of('ema_50'));
  });

  it('a feature of longer bars has no value until the first of them has closed, and neither has a formula', async () => {
    const [, , , hours] = generatedMarkets(600, 5);
    const family = formula('one', 'return_1w > 0 ? close / open - 1 : volume / lag(volume, 1)');
    expect(featureSpecs(hours.market, [family])[0].gaps).toBe(true);
    const engineer = new FeatureEngineer(hours.market, [family, timeframes({ lengths: ['1w'] })]);
    await engineer.update(hours.bars, {
      onBlock: (specs, columns, _first, count) => {
        if (specs[0].name !== 'one') return;
        const start = columns[0].subarray(0, count).findIndex((value) => !Number.isNaN(value));
        expect(start).toBeGreaterThan(10);
        expect(columns[0].subarray(start, count).some(Number.isNaN)).toBe(false);
      },
    });
    expect(engineer.latest('one')).not.toBeNull();
  });
});

describe('a formula is what its name, version and text say', () => {
  it('and tells stored states apart', async () => {
    const gap = formula('gap', 'close / open - 1');
    expect(featureSetHash(days, [gap])).toBe(featureSetHash(days, [formula('gap', 'close / open - 1')]));
    const others = [
      formula('gap', 'close / open - 2'),
      formula('gap', 'close / open - 1', { version: 2 }),
      formula('gap', 'close / open - 1', { otherwise: 1 }),
    ];
    for (const other of others) expect(featureSetHash(days, [other])).not.toBe(featureSetHash(days, [gap]));
    expect(gap.parameters).toEqual({ text: 'close / open - 1', otherwise: 0 });

    const [, , , , { market, bars }] = generatedMarkets(100, 1);
    const engineer = new FeatureEngineer(market, [rsi(), gap]);
    await engineer.update(bars);
    const saved = engineer.save();
    expect(FeatureEngineer.restore(saved, [rsi(), gap]).latest('gap')).toBe(engineer.latest('gap'));
    expect(() => FeatureEngineer.restore(saved)).toThrow(/gap version 1 \(text close \/ open - 1, otherwise 0\)/);
    expect(() => FeatureEngineer.restore(saved, [rsi(), others[0]])).toThrow(/made with other features: .*gap/);
  });
});
