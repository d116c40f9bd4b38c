import * as TI from 'technicalindicators';
import { describe, expect, it } from 'vitest';
import { indicator } from '../../src/technicalindicators';
import { testFeature } from '../../src/testing/feature-suite';
import { runFamily } from '../features/run-family';
import { randomBars } from '../generated-bars';

const bars = randomBars(400, { seed: 5 });
const KST = {
  ROCPer1: 10,
  ROCPer2: 15,
  ROCPer3: 20,
  ROCPer4: 30,
  SMAROCPer1: 10,
  SMAROCPer2: 10,
  SMAROCPer3: 10,
  SMAROCPer4: 15,
  signalPeriod: 9,
};

testFeature({
  feature: indicator(TI.KST, KST, { missing: 0 }),
  runner: { describe, it },
  name: 'KST',
  length: 100,
});
testFeature({
  feature: indicator(TI.PSAR, { step: 0.02, max: 0.2 }, { lookback: 20, model: false }),
  runner: { describe, it },
  name: 'PSAR of 20 bars',
  length: 100,
});

describe('an indicator of technicalindicators as a feature', () => {
  it('is on each bar the last value of the class over the lookback, and nothing before', () => {
    const rsi = runFamily(indicator(TI.RSI, { period: 14 }, { lookback: 50 }), bars).get('ti_rsi');
    const atr = runFamily(indicator(TI.ATR, { period: 7 }, { lookback: 40, model: false }), bars).get('ti_atr');
    for (let i = 0; i < bars.length; i++) {
      const part = (column: Float64Array, lookback: number) => [...column.subarray(i + 1 - lookback, i + 1)];
      expect(rsi?.[i]).toBe(i < 49 ? Number.NaN : TI.RSI.calculate({ period: 14, values: part(bars.close, 50) }).at(-1));
      const [high, low, close] = [bars.high, bars.low, bars.close].map((column) => part(column, 40));
      expect(atr?.[i]).toBe(i < 39 ? Number.NaN : TI.ATR.calculate({ period: 7, high, low, close }).at(-1));
    }
  });

  it('needs no lookback where it looks at a bounded number of bars: more bars before change nothing but rounding', () => {
    const classes = [
      indicator(TI.SMA, { period: 9 }),
      indicator(TI.WMA, { period: 9 }),
      indicator(TI.SD, { period: 9 }),
      indicator(TI.BollingerBands, { period: 9, stdDev: 2 }),
      indicator(TI.ROC, { period: 9 }),
      indicator(TI.KST, KST, { missing: 0 }),
      indicator(TI.CCI, { period: 9 }),
      indicator(TI.WilliamsR, { period: 9 }),
      indicator(TI.Stochastic, { period: 9, signalPeriod: 3 }),
      indicator(TI.AwesomeOscillator, { fastPeriod: 5, slowPeriod: 9 }),
      indicator(TI.Highest, { period: 9 }),
      indicator(TI.Lowest, { period: 9 }),
      indicator(TI.Sum, { period: 9 }),
      indicator(TI.MFI, { period: 9 }),
      indicator(TI.TrueRange, {}),
    ];
    const again = [
      indicator(TI.SMA, { period: 9 }, { lookback: 200 }),
      indicator(TI.WMA, { period: 9 }, { lookback: 200 }),
      indicator(TI.SD, { period: 9 }, { lookback: 200 }),
      indicator(TI.BollingerBands, { period: 9, stdDev: 2 }, { lookback: 200 }),
      indicator(TI.ROC, { period: 9 }, { lookback: 200 }),
      indicator(TI.KST, KST, { missing: 0, lookback: 200 }),
      indicator(TI.CCI, { period: 9 }, { lookback: 200 }),
      indicator(TI.WilliamsR, { period: 9 }, { lookback: 200 }),
      indicator(TI.Stochastic, { period: 9, signalPeriod: 3 }, { lookback: 200 }),
      indicator(TI.AwesomeOscillator, { fastPeriod: 5, slowPeriod: 9 }, { lookback: 200 }),
      indicator(TI.Highest, { period: 9 }, { lookback: 200 }),
      indicator(TI.Lowest, { period: 9 }, { lookback: 200 }),
      indicator(TI.Sum, { period: 9 }, { lookback: 200 }),
      indicator(TI.MFI, { period: 9 }, { lookback: 200 }),
      indicator(TI.TrueRange, {}, { lookback: 200 }),
    ];
    classes.forEach((family, which) => {
      const [short, long] = [runFamily(family, bars), runFamily(again[which], bars)];
      for (const [name, values] of short) {
        const longer = long.get(name);
        for (let i = 199; i < bars.length; i++) {
          const difference = Math.abs(values[i] - (longer?.[i] ?? Number.NaN));
          expect(difference, `${name} on bar ${i}`).toBeLessThan(1e-6 * Math.max(1, Math.abs(values[i])));
        }
      }
    });
  });

  it('is refused without a lookback where it remembers for ever', () => {
    expect(() => indicator(TI.RSI, { period: 14 })).toThrow(/ti_rsi may remember every bar.*lookback: 200/);
    expect(() => indicator(TI.EMA, { period: 14 })).toThrow(/lookback: 200/);
    expect(() => indicator(class Mine extends TI.SMA {}, { period: 5 })).toThrow(/ti_mine may remember every bar/);
  });

  it('says what it has several outputs of, takes some, and has names of its own', () => {
    const parameters = { period: 20, stdDev: 2 };
    const names = (family: ReturnType<typeof indicator>) => [...runFamily(family, bars).keys()];
    expect(names(indicator(TI.BollingerBands, parameters))).toEqual(
      ['middle', 'upper', 'lower', 'pb'].map((part) => `ti_bollinger_bands_${part}`),
    );
    expect(names(indicator(TI.BollingerBands, parameters, { name: 'wide', outputs: ['pb'] }))).toEqual(['wide_pb']);
    expect(() => indicator(TI.BollingerBands, parameters, { outputs: ['width'] })).toThrow(
      /no output 'width'; it has middle, upper, lower, pb/,
    );
  });

  it('reads another column than the close if that is asked for', () => {
    const highs = runFamily(indicator(TI.SMA, { period: 3 }, { values: 'high', model: false }), bars).get('ti_sma');
    expect(highs?.[10]).toBe(TI.SMA.calculate({ period: 3, values: [...bars.high.subarray(8, 11)] })[0]);
  });

  it('refuses what cannot be run, what is not the caller’s to give, and what is no class', () => {
    expect(() => indicator(TI.SMA, { period: 500 }, { lookback: 20 })).toThrow(/gives no number for 20 bars/);
    expect(() => Reflect.apply(indicator, undefined, [TI.SMA, { period: 5, values: [1] }])).toThrow(
      /parameters.values is not the caller's/,
    );
    expect(() => Reflect.apply(indicator, undefined, [TI.SMA, { period: 5, format: () => 1 }])).toThrow(/parameters/);
    expect(() => Reflect.apply(indicator, undefined, ['SMA', { period: 5 }])).toThrow(/takes a class of technicalindicators/);
    for (const [none, advice] of [
      [TI.sma, /which has no getResult: give TI\.SMA$/],
      [TI.bollingerbands, /give TI\.BollingerBands$/],
      [TI.SMA.calculate, /which has no getResult/],
      [() => 1, /which has no getResult$/],
      [Date, /which has no getResult$/],
    ] as const)
      expect(() => Reflect.apply(indicator, undefined, [none, { period: 5 }, { lookback: 20 }])).toThrow(advice);
  });

  it('refuses a parameter that the class does not read, naming those that it does', () => {
    const odd = (theClass: unknown, parameters: object, lookback?: number) => () =>
      Reflect.apply(indicator, undefined, [theClass, parameters, { lookback }]);
    expect(odd(TI.SMA, { perid: 5 })).toThrow(/ti_sma does not read the parameter 'perid'; it reads 'period'; did you mean 'period'/);
    expect(odd(TI.BollingerBands, { period: 5, stdDev: 2, stddev: 3 })).toThrow(/'stddev'; it reads 'period', 'stdDev'/);
    expect(odd(TI.MACD, { fastPeriod: 3, slowPeriod: 5, signalPeriod: 2, SimpleMAOscilator: true }, 50)).toThrow(
      /did you mean 'SimpleMAOscillator'/,
    );
    expect(odd(TI.OBV, { period: 5 }, 50)).toThrow(/'period'; it reads no parameters$/);
  });

  it('drops no output in silence: one that has no number is refused, unless others are asked for', () => {
    const macd = { fastPeriod: 3, slowPeriod: 5, signalPeriod: 4, SimpleMAOscillator: false, SimpleMASignal: false };
    const of = (more: object) => Reflect.apply(indicator, undefined, [TI.MACD, macd, { lookback: 6, ...more }]);
    expect(() => of({})).toThrow(/gives no number in signal, histogram for 6 bars; .*a longer lookback, or outputs: \['MACD'\]$/);
    expect(() => of({ outputs: ['MACD', 'signal'] })).toThrow(/no number in signal for 6 bars/);
    expect([...runFamily(of({ outputs: ['MACD'] }), bars).keys()]).toEqual(['ti_macd_macd']);
    expect(() => indicator(TI.BollingerBands, { period: 5 })).toThrow(
      /gives no number in upper, lower, pb for 2000 bars; give all the parameters/,
    );
  });

  it('takes a class of your own that extends one, by what its getResult says', () => {
    class Twice extends TI.SMA {
      override getResult() {
        return super.getResult().map((value: number) => 2 * value);
      }
    }
    const twice = runFamily(indicator(Twice, { period: 3 }, { lookback: 3 }), bars).get('ti_twice');
    const once = runFamily(indicator(TI.SMA, { period: 3 }), bars).get('ti_sma');
    expect(twice?.subarray(2)).toEqual(once?.subarray(2).map((value) => 2 * value));
  });

  it('refuses a class that needs few bars and says something else over many', () => {
    for (const [theClass, parameters] of [
      [TI.Highest, { period: 2.5 }],
      [TI.SD, { period: 1.5 }],
      [TI.MFI, { period: -1 }],
      [TI.BollingerBands, { period: 2.5, stdDev: 2 }],
    ] as const)
      expect(() => Reflect.apply(indicator, undefined, [theClass, parameters]), theClass.name).toThrow(
        /is another over the \d+ bars that it needs than over 2000; check its parameters, and say how many/,
      );
    expect(() => Reflect.apply(indicator, undefined, [TI.ROC, { period: '3' }])).toThrow(
      /cannot be run with these parameters: Size required/,
    );
  });
});
