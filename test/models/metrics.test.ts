import { describe, expect, it } from 'vitest';
import {
  areaUnderCurve,
  areaUnderCurveInTurns,
  classificationScoreSteps,
  classificationScores,
  informationCoefficient,
  informationSteps,
  logLoss,
  logLossSteps,
  majorityAccuracy,
  majoritySteps,
  regressionScoreSteps,
  regressionScores,
  zeroForecastMse,
  zeroForecastSteps,
} from '../../src/models/metrics';
import { sortedInTurns } from '../../src/models/sorting';
import { type Steps, Turns } from '../../src/waiting';
import { uniform } from '../generated-bars';

const f = (...values: number[]) => Float64Array.from(values);

describe('regression scores', () => {
  it('are what scikit-learn documents for its example', () => {
    // sklearn.metrics.r2_score and mean_squared_error: y_true [3, -0.5, 2, 7], y_pred [2.5, 0.0, 2, 8]
    const scores = regressionScores(f(3, -0.5, 2, 7), f(2.5, 0, 2, 8));
    expect(scores.mse).toBe(0.375);
    expect(scores.rmse).toBe(Math.sqrt(0.375));
    expect(scores.r2).toBeCloseTo(0.9486081370449679, 15);
  });

  it('of a constant target are finite', () => {
    expect(regressionScores(f(1, 1), f(1, 2))).toEqual({ mse: 0.5, rmse: Math.sqrt(0.5), r2: 0 });
  });

  it('of the zero forecast and correlation', () => {
    expect(zeroForecastMse(f(3, -4))).toBe(12.5);
    expect(informationCoefficient(f(1, 2, 3), f(2, 4, 6))).toBeCloseTo(1, 15);
    expect(informationCoefficient(f(1, 2, 3), f(3, 2, 1))).toBeCloseTo(-1, 15);
    expect(informationCoefficient(f(1, 2, 3), f(5, 5, 5))).toBe(0);
  });
});

describe('classification scores', () => {
  const actual = f(1, 1, 1, 0, 0, 0, 0, 0);
  const probability = f(0.9, 0.6, 0.2, 0.7, 0.5, 0.1, 0.2, 0.3);

  it('count what was forecast up above one half', () => {
    // 2 true positives, 1 false positive, 1 false negative
    expect(classificationScores(actual, probability)).toEqual({ accuracy: 6 / 8, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
    expect(classificationScores(f(0, 1), f(0, 0))).toEqual({ accuracy: 0.5, precision: 0, recall: 0, f1: 0 });
  });

  it('the area under the curve is the share of pairs in order, ties half', () => {
    const next = uniform(9);
    const labels = Float64Array.from({ length: 300 }, () => (next() < 0.4 ? 1 : 0));
    const scores = labels.map((label) => Math.round((next() + label * 0.2) * 20) / 20);
    let won = 0;
    let pairs = 0;
    labels.forEach((up, i) => {
      labels.forEach((down, j) => {
        if (up === 1 && down === 0) {
          pairs++;
          won += scores[i] > scores[j] ? 1 : scores[i] === scores[j] ? 0.5 : 0;
        }
      });
    });
    expect(areaUnderCurve(labels, scores)).toBeCloseTo(won / pairs, 12);
    expect(areaUnderCurve(f(1, 1), f(0.1, 0.9))).toBe(0.5);
    expect(areaUnderCurve(f(0, 1), f(0.4, 0.4))).toBe(0.5);
  });

  it('a forecast that is no number has no area, as it has no other figure', () => {
    expect(areaUnderCurve(f(1, 0, 1), f(0.2, 0.3, Number.NaN))).toBeNaN();
    expect(areaUnderCurve(f(1, 0, 1), f(0.2, Number.NaN, 0.3))).toBeNaN();
    expect(logLoss(f(1, 0, 1), f(0.2, 0.3, Number.NaN))).toBeNaN();
    expect(areaUnderCurve(f(1, 1), f(0.2, Number.NaN))).toBe(0.5);
  });

  it('the area is the same, to the bit, where many rows are sorted giving way', async () => {
    const next = uniform(11);
    for (const rows of [0, 1, 2, 32_767, 32_768, 32_769, 200_001]) {
      const labels = Float64Array.from({ length: rows }, () => (next() < 0.5 ? 1 : 0));
      const scores = labels.map((label) => Math.round((next() + label * 0.1) * 5_000) / 5_000);
      expect(await sortedInTurns(scores, new Turns())).toEqual(scores.slice().sort());
      expect(await areaUnderCurveInTurns(labels, scores, new Turns())).toBe(areaUnderCurve(labels, scores));
    }
  });

  it('log loss of a coin is ln 2, and certainty that is wrong is finite', () => {
    expect(logLoss(f(1, 0), f(0.5, 0.5))).toBeCloseTo(Math.LN2, 15);
    expect(logLoss(f(1), f(0))).toBeCloseTo(-Math.log(1e-6), 12);
  });

  it("the naive rival forecasts the training rows' majority", () => {
    expect(majorityAccuracy(f(1, 1, 0), f(1, 0, 0, 0))).toBe(0.25);
    expect(majorityAccuracy(f(0, 0, 1), f(1, 0, 0, 0))).toBe(0.75);
  });
});

describe('figures of many rows', () => {
  const rows = 200_001;
  const next = uniform(17);
  const actual = Float64Array.from({ length: rows }, () => next() - 0.5);
  const forecast = actual.map((value) => 0.1 * value + next());
  const labels = actual.map((value) => (value > 0 ? 1 : 0));
  const runs = Math.ceil(rows / 65_536);

  it.each<[string, Steps<unknown>, unknown, number]>([
    ['regression scores', regressionScoreSteps(actual, forecast), regressionScores(actual, forecast), 2],
    ['the error of zero', zeroForecastSteps(actual), zeroForecastMse(actual), 1],
    ['the correlation', informationSteps(actual, forecast), informationCoefficient(actual, forecast), 3],
    ['classification scores', classificationScoreSteps(labels, forecast), classificationScores(labels, forecast), 1],
    ['log loss', logLossSteps(labels, forecast), logLoss(labels, forecast), 1],
    ['accuracy of the majority', majoritySteps(labels, labels), majorityAccuracy(labels, labels), 2],
  ])('%s: can be interrupted every few thousand rows, and are the same', (_, steps, alone, loops) => {
    let count = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count++;
    expect(step.value).toEqual(alone);
    expect(count).toBe(loops * runs);
  });

  it('are sums in the order of the rows, to the bit', () => {
    const mean = actual.reduce((sum, value) => sum + value, 0) / rows;
    const errors = actual.reduce((sum, value, i) => sum + (value - forecast[i]) * (value - forecast[i]), 0);
    const spread = actual.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    expect(regressionScores(actual, forecast)).toEqual({ mse: errors / rows, rmse: Math.sqrt(errors / rows), r2: 1 - errors / spread });
    expect(zeroForecastMse(actual)).toBe(actual.reduce((sum, value) => sum + value * value, 0) / rows);
    const up = labels.reduce((sum, value) => sum + value, 0) / rows;
    expect(majorityAccuracy(labels, labels)).toBe(up > 0.5 ? up : 1 - up);
  });
});
