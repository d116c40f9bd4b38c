import { readFileSync } from 'node:fs';
import {
  ADL,
  ADX,
  ATR,
  BollingerBands,
  CCI,
  EMA,
  MACD,
  MFI,
  OBV,
  ROC,
  RSI,
  SD,
  SMA,
  Stochastic,
  TrueRange,
  VWAP,
  WilliamsR,
} from 'technicalindicators';
import { describe, expect, it } from 'vitest';
import { rollingMean, rollingSquares } from '../../src/features/windows';
import { runClassical } from './classical-families';
import { type BarRows, barsOf, barsOfCloses, feature } from './run-family';

/** The bars of the TA-Lib test: where the two packages differ, TA-Lib decides, and talib.test.ts has shown that this library agrees with it. */
const rows: BarRows = JSON.parse(readFileSync(new URL('expected/talib.json', import.meta.url), 'utf8')).bars;
const [high, low, close, volume] = [[...rows.high], [...rows.low], [...rows.close], [...rows.volume]];
const features = runClassical(barsOf(rows));
const ours = (name: string) => feature(features, name);
const flat = runClassical(barsOfCloses(new Array(300).fill(0.1), 10));
const flatInput = { high: new Array(300).fill(0.1), low: new Array(300).fill(0.1), close: new Array(300).fill(0.1) };
const last = <T>(values: readonly T[]): T => values[values.length - 1];

/** The package leaves warm-up out: its results end with the series. */
const aligned = (results: readonly (number | undefined)[], length = close.length): number[] => [
  ...new Array<number>(length - results.length).fill(Number.NaN),
  ...results.map((value) => value ?? Number.NaN),
];

/** Asserts |a - b| <= relative |b| + absolute on every bar from `from` on; NaN on either side fails. */
function expectClose(a: ArrayLike<number>, b: readonly number[], from: number, { relative = 1e-9, absolute = 0 } = {}): void {
  for (let i = from; i < b.length; i++) {
    const within = Math.abs(a[i] - b[i]) <= relative * Math.abs(b[i]) + absolute;
    expect(within, `bar ${i}: ours ${a[i]}, theirs ${b[i]}`).toBe(true);
  }
}

describe('the same as technicalindicators', () => {
  it.each([5, 10, 20, 50, 100, 200])('SMA %i', (period) => {
    expectClose(ours(`sma_${period}`), aligned(SMA.calculate({ period, values: close })), period - 1);
  });

  it.each([12, 26, 50, 200])('EMA %i', (period) => {
    expectClose(ours(`ema_${period}`), aligned(EMA.calculate({ period, values: close })), period - 1);
  });

  it('Bollinger bands', () => {
    const theirs = BollingerBands.calculate({ period: 20, stdDev: 2, values: close });
    expectClose(ours('bollinger_upper'), aligned(theirs.map((band) => band.upper)), 19);
    expectClose(ours('bollinger_middle'), aligned(theirs.map((band) => band.middle)), 19);
    expectClose(ours('bollinger_lower'), aligned(theirs.map((band) => band.lower)), 19);
    expectClose(ours('bollinger_percent_b'), aligned(theirs.map((band) => band.pb)), 19, { absolute: 1e-11 });
  });

  it('true range and ATR', () => {
    expectClose(ours('true_range'), aligned(TrueRange.calculate({ high, low, close })), 1);
    expectClose(ours('atr_7'), aligned(ATR.calculate({ period: 7, high, low, close })), 7);
    expectClose(ours('atr_14'), aligned(ATR.calculate({ period: 14, high, low, close })), 14);
  });

  it('stochastic: its %K is the fast one, its %D is our %K', () => {
    const theirs = Stochastic.calculate({ period: 14, signalPeriod: 3, high, low, close }).map(({ d }) => d);
    expectClose(ours('stochastic_k'), aligned(theirs), 15, { absolute: 1e-9 });
    const smoothed = SMA.calculate({ period: 3, values: theirs.slice(2) });
    expectClose(ours('stochastic_d'), aligned(smoothed), 17, { absolute: 1e-9 });
  });

  it('Williams %R', () => {
    expectClose(ours('williams_r_14'), aligned(WilliamsR.calculate({ period: 14, high, low, close })), 13);
  });

  it('CCI', () => {
    expectClose(ours('cci_20'), aligned(CCI.calculate({ period: 20, high, low, close })), 19, { absolute: 1e-9 });
  });

  it.each([1, 5, 10, 20, 60])('ROC %i', (period) => {
    expectClose(ours(`roc_${period}`), aligned(ROC.calculate({ period, values: close })), period, { absolute: 1e-12 });
  });

  it('VWAP of one session', () => {
    const distance = ours('vwap_session_distance');
    const vwap = close.map((price, i) => price / (1 + distance[i]));
    expectClose(vwap, aligned(VWAP.calculate({ high, low, close, volume })), 0);
  });
});

describe('different from technicalindicators, and who is right', () => {
  it('RSI: it rounds to two decimals; TA-Lib does not', () => {
    for (const period of [7, 14, 21]) {
      const theirs = aligned(RSI.calculate({ period, values: close }));
      expectClose(ours(`rsi_${period}`), theirs, period, { absolute: 0.005 + 1e-9 });
      expect(theirs.slice(period).every((value) => value === Number(value.toFixed(2)))).toBe(true);
      expect([...ours(`rsi_${period}`)].slice(period).some((value) => Math.abs(value - Number(value.toFixed(2))) > 0.004)).toBe(true);
    }
  });

  it('RSI of prices that never moved: it says 100, overbought; there is no strength either way, so 50', () => {
    expect(last(RSI.calculate({ period: 14, values: flatInput.close }))).toBe(100);
    expect(feature(flat, 'rsi_14')[299]).toBe(50);
  });

  it('MACD: it seeds the fast average 14 bars before the slow one, TA-Lib starts both on one bar; the difference fades', () => {
    const theirs = MACD.calculate({
      values: close,
      fastPeriod: 12,
      slowPeriod: 26,
      signalPeriod: 9,
      SimpleMAOscillator: false,
      SimpleMASignal: false,
    });
    const line = aligned(theirs.map(({ MACD: value }) => value));
    const signal = aligned(theirs.map((value) => value.signal));
    const histogram = aligned(theirs.map((value) => value.histogram));
    expect(Math.abs(ours('macd_line')[26] - line[26])).toBeGreaterThan(1e-3);
    expectClose(ours('macd_line'), line, 250, { absolute: 1e-9 });
    expectClose(ours('macd_signal'), signal, 250, { absolute: 1e-9 });
    expectClose(ours('macd_histogram'), histogram, 250, { absolute: 1e-9 });
  });

  it('ADX: it starts from the sum of 14 movements, TA-Lib from 13 and one smoothing step; the difference fades', () => {
    const theirs = ADX.calculate({ period: 14, high, low, close });
    const adx = aligned(theirs.map((value) => value.adx));
    expect(Math.abs(ours('adx_14')[27] - adx[27])).toBeGreaterThan(1e-3);
    expectClose(ours('adx_14'), adx, 500, { absolute: 1e-9 });
    const plus = aligned(theirs.map(({ pdi }) => pdi));
    const minus = aligned(theirs.map(({ mdi }) => mdi));
    expectClose(ours('plus_di_14'), plus, 500, { absolute: 1e-9 });
    expectClose(ours('minus_di_14'), minus, 500, { absolute: 1e-9 });
  });

  it('ADX: one stretch without movement makes it NaN for good; here it recovers', () => {
    const still = new Array<number>(40).fill(100);
    const prices = [...still, ...close];
    const theirs = ADX.calculate({ period: 14, high: [...still, ...high], low: [...still, ...low], close: prices });
    expect(last(theirs).adx).toBeNaN();
    const bars = barsOf({ high: [...still, ...high], low: [...still, ...low], close: prices, volume: prices });
    const recovered = feature(runClassical(bars), 'adx_14');
    expect(recovered[39]).toBe(0);
    expect(Math.abs(recovered[639] - ours('adx_14')[599])).toBeLessThan(1e-9);
  });

  it('OBV: it leaves the first volume out; TA-Lib starts with it', () => {
    const theirs = aligned(OBV.calculate({ close, volume }));
    expectClose(
      ours('obv'),
      theirs.map((value) => value + volume[0]),
      1,
      { relative: 0 },
    );
    expect(volume[0]).toBeGreaterThan(0);
  });

  it('A/D line: it rounds to whole shares, and counts a bar without range as bought; TA-Lib does neither', () => {
    const theirs = ADL.calculate({ high, low, close, volume });
    expectClose(ours('ad_line'), theirs, 0, { relative: 1e-12, absolute: 0.5 });
    expect(last(ADL.calculate({ ...flatInput, volume: new Array(300).fill(10) }))).toBe(3000);
    expect(feature(flat, 'ad_line')[299]).toBe(0);
  });

  it('MFI: it rounds to two decimals, and counts an unchanged typical price as a fall; TA-Lib does neither', () => {
    const theirs = aligned(MFI.calculate({ period: 14, high, low, close, volume }));
    const typical = close.map((price, i) => Math.round((high[i] + low[i] + price) * 100));
    const unchanged = typical.flatMap((price, i) => (i > 0 && price === typical[i - 1] ? [i] : []));
    expect(unchanged).toEqual([173]);
    expectClose(ours('mfi_14').subarray(0, 173), theirs.slice(0, 173), 15, { absolute: 0.005 + 1e-9 });
    expectClose(ours('mfi_14'), theirs, 187, { absolute: 0.005 + 1e-9 });
    expect(ours('mfi_14')[173] - theirs[173]).toBeGreaterThan(1);
  });

  it('%B, Williams %R and CCI of flat prices: it divides 0 by 0, or rounding by rounding; here the middle of the range', () => {
    const period = 20;
    expect(last(BollingerBands.calculate({ period, stdDev: 2, values: new Array(300).fill(100) })).pb).toBeNaN();
    expect(last(WilliamsR.calculate({ period: 14, ...flatInput }))).toBeNaN();
    expect(Math.abs(last(CCI.calculate({ period, ...flatInput })))).toBeGreaterThan(1);
    expect(feature(flat, 'bollinger_percent_b')[299]).toBe(0.5);
    expect(feature(flat, 'williams_r_14')[299]).toBe(-50);
    expect(feature(flat, 'cci_20')[299]).toBe(0);
    expect(feature(flat, 'stochastic_k')[299]).toBe(50);
    expect(last(Stochastic.calculate({ period: 14, signalPeriod: 3, ...flatInput })).d).toBe(0);
  });

  it('SMA: it adds the new and subtracts the old price, so one large price spoils all later means; here each window is summed anew', () => {
    const prices = [...new Array<number>(20).fill(1e6), ...new Array<number>(200).fill(1e-6)];
    const theirs = last(SMA.calculate({ period: 5, values: prices }));
    expect(Math.abs(theirs / 1e-6 - 1)).toBeGreaterThan(1e-7);
    expect(Math.abs(feature(runClassical(barsOfCloses(prices, 1)), 'sma_5')[219] / 1e-6 - 1)).toBeLessThan(1e-15);
  });

  it('standard deviation: its window stops at a value of 0, such as the return of an unchanged price', () => {
    const values = Float64Array.of(0.02, 0, 0.01, -0.03);
    const mean = new Float64Array(4);
    const squares = new Float64Array(4);
    rollingMean(values, 3, 1, 3, 4, mean);
    rollingSquares(values, 3, 1, 4, mean, squares);
    expect(Math.sqrt(squares[0] / 4)).toBeCloseTo(Math.sqrt(0.0014 / 4), 15);
    expect(last(SD.calculate({ period: 4, values: [...values.map((value) => value + 1)] }))).toBeCloseTo(Math.sqrt(0.0014 / 4), 12);
    expect(last(SD.calculate({ period: 4, values: [...values] }))).not.toBeCloseTo(Math.sqrt(0.0014 / 4), 3);
  });
});
