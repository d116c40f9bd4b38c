import { check, invalidOption, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { WINDOW_BARS } from '../options/limits';
import { listOf, pairOf } from '../options/lists';
import { quoted } from '../text';
import { builtIn, type FeatureFamily, type FeatureSpec } from './family';
import { most } from './names';
import { NEGLIGIBLE } from './negligible';
import { Ema } from './recursions';
import { rollingMean } from './windows';

/** The age at which counting stops. */
const OLDEST_CROSS = 500;
const group = 'technical_indicators';
const { POSITIVE_INFINITY } = Number;

const periods = listOf('periods', whole(WINDOW_BARS));
const averageName = check(
  "the name of an average, such as 'sma_20'",
  (value): value is string => typeof value === 'string' && /^(sma|ema)_\d{1,5}$/.test(value),
);
const crosses = listOf('pairs', pairOf("[short, long], such as ['sma_5', 'sma_20']", averageName, averageName));

type Cross = readonly [short: string, long: string];

/** Parameters of {@link movingAverages}. Without `sma` and `ema` the standard ones; with either, what is not listed is left out. */
export interface MovingAverageParameters {
  /** Bars of simple averages, 1 to 10,000 each. Standard: 5, 10, 20, 50, 100 and 200. */
  readonly sma?: readonly number[] | undefined;
  /** Bars of exponential averages, 1 to 10,000 each. Standard: 12, 26, 50 and 200. */
  readonly ema?: readonly number[] | undefined;
  /** Averages whose distance from the close models see. Default: all listed; of the standard ones all but `sma_10`, `sma_100` and `ema_26`, whose neighbours say nearly the same. */
  readonly modelDistances?: readonly string[] | undefined;
  /** Averages whose slope is measured. Standard: `sma_20`, `sma_50` and `sma_200`. */
  readonly slopes?: readonly string[] | undefined;
  /** Bars that a slope spans, 1 to 10,000. Default 5. */
  readonly slopeBars?: number | undefined;
  /** Pairs of averages whose relative distance is measured, the shorter first. Standard: `sma_5` and `sma_20`, `sma_50` and `sma_200`, `ema_12` and `ema_26`. */
  readonly crosses?: readonly (readonly [short: string, long: string])[] | undefined;
  /** Those of the crosses whose age is measured. Standard: `sma_50` and `sma_200`. */
  readonly crossAges?: readonly (readonly [short: string, long: string])[] | undefined;
}

const NONE = 'none with lists of your own';

/** Parameters of {@link movingAverages}. */
export const MOVING_AVERAGES = {
  sma: { takes: periods, default: `5, 10, 20, 50, 100 and 200; ${NONE}`, sentence: 'Bars of simple averages.' },
  ema: { takes: periods, default: `12, 26, 50 and 200; ${NONE}`, sentence: 'Bars of exponential averages.' },
  modelDistances: {
    takes: listOf('averages', averageName, { most: 128 }),
    default: 'all listed; of the standard ones all but sma_10, sma_100 and ema_26',
    sentence: 'Averages whose distance from the close models see.',
  },
  slopes: {
    takes: listOf('averages', averageName),
    default: `sma_20, sma_50 and sma_200; ${NONE}`,
    sentence: 'Averages whose slope is measured.',
  },
  slopeBars: { takes: whole(WINDOW_BARS), default: 5, sentence: 'Bars that a slope spans.' },
  crosses: {
    takes: crosses,
    default: `sma_5 and sma_20, sma_50 and sma_200, ema_12 and ema_26; ${NONE}`,
    sentence: 'Pairs of averages whose relative distance is measured, the shorter first.',
  },
  crossAges: { takes: crosses, default: `sma_50 and sma_200; ${NONE}`, sentence: 'Those of the crosses whose age is measured.' },
} as const satisfies Descriptions<MovingAverageParameters>;

type Resolved = { readonly [Key in keyof MovingAverageParameters]-?: NonNullable<MovingAverageParameters[Key]> };

const STANDARD: Omit<Resolved, 'slopeBars'> = {
  sma: [5, 10, 20, 50, 100, 200],
  ema: [12, 26, 50, 200],
  modelDistances: ['sma_5', 'sma_20', 'sma_50', 'sma_200', 'ema_12', 'ema_50', 'ema_200'],
  slopes: ['sma_20', 'sma_50', 'sma_200'],
  crosses: [
    ['sma_5', 'sma_20'],
    ['sma_50', 'sma_200'],
    ['ema_12', 'ema_26'],
  ],
  crossAges: [['sma_50', 'sma_200']],
};

/** `sma_5_20_cross`; of two kinds of averages `sma_5_ema_20_cross`. */
function crossName([short, long]: Cross): string {
  return `${short}_${short.slice(0, 4) === long.slice(0, 4) ? long.slice(4) : long}_cross`;
}

/** out = a / b - 1, NaN where either is. */
function relative(a: Float64Array, b: Float64Array, count: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) out[i] = a[i] / b[i] - 1;
}

/** Signed age of a cross from the relative distance of its averages; `state` holds side (1, -1, or 0 before any) and age. */
function ageCross(distance: Float64Array, count: number, state: Float64Array, out: Float64Array): void {
  let [side, age] = state;
  for (let i = 0; i < count; i++) {
    const value = distance[i];
    if (Number.isNaN(value)) {
      out[i] = Number.NaN;
      continue;
    }
    let now = side;
    if (value > NEGLIGIBLE) now = 1;
    else if (value < -NEGLIGIBLE) now = -1;
    if (now !== side) age = 0;
    side = now;
    if (side !== 0 && age < OLDEST_CROSS) age++;
    // not side * age: at side 0 that could be -0
    out[i] = side < 0 ? -age : age;
  }
  state[0] = side;
  state[1] = age;
}

/**
 * Simple and exponential moving averages of the close, and what they say without the price level.
 *
 * | feature | formula | unit, range | model |
 * |---|---|---|---|
 * | `sma_N` | mean of the last N closes (TA-Lib `SMA`) | price, above 0 | no |
 * | `ema_N` | weight 2 / (N + 1), seeded by the mean of the first N closes (TA-Lib `EMA`) | price, above 0 | no |
 * | `sma_N_distance`, `ema_N_distance` | close / average - 1 | ratio, above -1 | as `modelDistances` says |
 * | `sma_N_slope_5` | average / average 5 bars ago - 1 | ratio, above -1 | yes |
 * | `sma_5_20_cross` | short average / long average - 1 | ratio, above -1 | yes |
 * | `sma_50_200_cross_age` | bars since the short average last crossed the long one, the bar of the cross counting 1, up to 500; positive while it is above, negative while below | bars, -500 to 500 | yes |
 *
 * Before a first cross the age counts from the first bar that has both averages. Averages that differ by rounding only (less than 1e-12 of
 * each other) have not crossed; with prices that never moved the age is 0.
 *
 * @param given - its parameters
 * @returns the family
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value
 */
export function movingAverages(given: MovingAverageParameters = {}): FeatureFamily {
  const parameters = resolved(given);
  const { sma, ema, slopes, slopeBars, crosses, crossAges } = parameters;
  const averages = [...sma.map((period) => `sma_${period}`), ...ema.map((period) => `ema_${period}`)];
  const indexOf = (name: string) => averages.indexOf(name);
  const sloped = slopes.map(indexOf);
  const crossed = crosses.map((cross) => cross.map(indexOf));
  const crossNames = crosses.map(crossName);
  const aged = crossAges.map((cross) => crossNames.indexOf(crossName(cross)));
  const distancesAt = averages.length;
  const slopesAt = 2 * averages.length;
  const crossesAt = slopesAt + slopes.length;
  const agesAt = crossesAt + crosses.length;
  const specs = specsOf(averages, parameters);
  return builtIn({
    name: 'moving_averages',
    title: 'moving averages',
    version: 1,
    parameters: { ...parameters },
    features: () => specs,
    fold(_market, state) {
      const close = state.history(most([1, ...sma]) - 1);
      const emas = ema.map((period) => new Ema(state.slots(Ema.SLOTS), period));
      const pasts = sloped.map(() => state.history(slopeBars));
      // side of the aged cross: 1 above, -1 below, 0 not known; age in bars
      const sides = aged.map(() => state.slots(2));
      const { values, lookback } = close;

      return (block, out) => {
        const { length } = block;
        close.load(block.close);
        for (let j = 0; j < sma.length; j++) rollingMean(values, lookback, length, block.first, sma[j], out[j]);
        for (let j = 0; j < emas.length; j++) {
          const average = emas[j];
          const column = out[sma.length + j];
          for (let i = 0; i < length; i++) column[i] = average.next(values[lookback + i]);
        }
        for (let j = 0; j < averages.length; j++) relative(block.close, out[j], length, out[distancesAt + j]);
        for (let j = 0; j < sloped.length; j++) {
          const average = out[sloped[j]];
          const past = pasts[j];
          past.values.set(average.subarray(0, length), slopeBars);
          relative(average, past.values, length, out[slopesAt + j]);
        }
        for (let j = 0; j < crossed.length; j++) {
          const [short, long] = crossed[j];
          relative(out[short], out[long], length, out[crossesAt + j]);
        }
        for (let j = 0; j < aged.length; j++) ageCross(out[crossesAt + aged[j]], length, sides[j], out[agesAt + j]);
      };
    },
  });
}

function resolved(given: MovingAverageParameters): Resolved {
  const { slopeBars = MOVING_AVERAGES.slopeBars.default, ...lists } = checkOptions(given, MOVING_AVERAGES, 'movingAverages');
  const isOwn = lists.sma !== undefined || lists.ema !== undefined;
  const { sma = [], ema = [] } = isOwn ? lists : STANDARD;
  const names = [...sma.map((period) => `sma_${period}`), ...ema.map((period) => `ema_${period}`)];
  if (names.length === 0) throw invalidOption('movingAverages: sma and ema are both empty; list some periods');
  const other = isOwn ? { modelDistances: names, slopes: [], crosses: [], crossAges: [] } : STANDARD;
  const { modelDistances = other.modelDistances, slopes = other.slopes, crosses = other.crosses, crossAges = other.crossAges } = lists;
  const used = { modelDistances, slopes, crosses: crosses.flat() };
  for (const [parameter, averages] of Object.entries(used)) {
    const missing = averages.find((name) => !names.includes(name));
    if (missing !== undefined) throw invalidOption(`movingAverages: ${parameter} has ${quoted(missing)}, which is not among sma and ema`);
  }
  const isCross = (pair: Cross) => crosses.some(([short, long]) => short === pair[0] && long === pair[1]);
  const uncrossed = crossAges.find((pair) => !isCross(pair));
  if (uncrossed !== undefined)
    throw invalidOption(`movingAverages: crossAges has ${quoted(uncrossed.join(', '))}, which is not among crosses`);
  return { sma, ema, modelDistances, slopes, slopeBars, crosses, crossAges };
}

function specsOf(averages: readonly string[], { modelDistances, slopes, slopeBars, crosses, crossAges }: Resolved): FeatureSpec[] {
  const warmup = (...names: readonly string[]) => most(names.map((name) => Number(name.slice(4)))) - 1;
  const ratio = (name: string, bars: number, model = true): FeatureSpec => ({
    name,
    group,
    unit: 'ratio',
    range: [-1, POSITIVE_INFINITY],
    warmup: bars,
    model,
  });
  return [
    ...averages.map(
      (name): FeatureSpec => ({ name, group, unit: 'price', range: [0, POSITIVE_INFINITY], warmup: warmup(name), model: false }),
    ),
    ...averages.map((name) => ratio(`${name}_distance`, warmup(name), modelDistances.includes(name))),
    ...slopes.map((name) => ratio(`${name}_slope_${slopeBars}`, warmup(name) + slopeBars)),
    ...crosses.map((cross) => ratio(crossName(cross), warmup(...cross))),
    ...crossAges.map(
      (cross): FeatureSpec => ({
        name: `${crossName(cross)}_age`,
        group,
        unit: 'bars',
        range: [-OLDEST_CROSS, OLDEST_CROSS],
        warmup: warmup(...cross),
        model: true,
      }),
    ),
  ];
}
