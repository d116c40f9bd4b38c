import type { FeatureFamily, FeatureSpec } from '../features/family';
import type { History } from '../features/fold-state';
import { oneOf } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { settledFamily } from '../options/feature-list';
import { listOf } from '../options/lists';
import { type Library, technicalIndicators } from './package';

/** Names of the patterns, the function that finds each, and how many bars it looks at. */
const PATTERNS = {
  doji: ['doji', 1],
  dragonfly_doji: ['dragonflydoji', 1],
  gravestone_doji: ['gravestonedoji', 1],
  bullish_marubozu: ['bullishmarubozu', 1],
  bearish_marubozu: ['bearishmarubozu', 1],
  bullish_spinning_top: ['bullishspinningtop', 1],
  bearish_spinning_top: ['bearishspinningtop', 1],
  bullish_hammer_stick: ['bullishhammerstick', 1],
  bearish_hammer_stick: ['bearishhammerstick', 1],
  bullish_inverted_hammer_stick: ['bullishinvertedhammerstick', 1],
  bearish_inverted_hammer_stick: ['bearishinvertedhammerstick', 1],
  bullish_engulfing: ['bullishengulfingpattern', 2],
  bearish_engulfing: ['bearishengulfingpattern', 2],
  bullish_harami: ['bullishharami', 2],
  bearish_harami: ['bearishharami', 2],
  bullish_harami_cross: ['bullishharamicross', 2],
  bearish_harami_cross: ['bearishharamicross', 2],
  dark_cloud_cover: ['darkcloudcover', 2],
  piercing_line: ['piercingline', 2],
  abandoned_baby: ['abandonedbaby', 3],
  downside_tasuki_gap: ['downsidetasukigap', 3],
  evening_star: ['eveningstar', 3],
  evening_doji_star: ['eveningdojistar', 3],
  morning_star: ['morningstar', 3],
  morning_doji_star: ['morningdojistar', 3],
  three_black_crows: ['threeblackcrows', 3],
  three_white_soldiers: ['threewhitesoldiers', 3],
  hammer: ['hammerpattern', 5],
  hammer_unconfirmed: ['hammerpatternunconfirmed', 5],
  hanging_man: ['hangingman', 5],
  hanging_man_unconfirmed: ['hangingmanunconfirmed', 5],
  shooting_star: ['shootingstar', 5],
  shooting_star_unconfirmed: ['shootingstarunconfirmed', 5],
  tweezer_top: ['tweezertop', 5],
  tweezer_bottom: ['tweezerbottom', 5],
} as const satisfies Readonly<Record<string, readonly [call: keyof Library, bars: number]>>;

/** Name of a candlestick pattern. */
export type CandlestickPattern = keyof typeof PATTERNS;

/** The patterns of {@link candlesticks}, in order. */
export const CANDLESTICK_PATTERNS: readonly CandlestickPattern[] = Object.freeze(Object.keys(PATTERNS).filter(isPattern));

/** Parameters of {@link candlesticks}. */
export interface CandlestickParameters {
  /** Which patterns. Default: all, {@link CANDLESTICK_PATTERNS}. */
  readonly patterns?: readonly CandlestickPattern[] | undefined;
}

const CANDLESTICKS = {
  patterns: {
    takes: listOf('patterns', oneOf(...CANDLESTICK_PATTERNS), { least: 1 }),
    default: 'all',
    sentence: 'Which patterns.',
  },
} as const satisfies Descriptions<CandlestickParameters>;

const COLUMNS = ['open', 'high', 'low', 'close'] as const;
/** Bars of the longest pattern. */
const LONGEST = 5;

/**
 * Candlestick patterns of the package technicalindicators, as features `candle_<pattern>`: 1 on a bar that ends one, else 0, from the first bar that has enough
 * before it. What a pattern is, that package says; docs/technicalindicators.md has how often TA-Lib agrees. Each looks at 1 to 5 bars and at nothing else.
 *
 * @param given - which patterns
 * @returns the family, all for the models
 * @throws TickerforestError `INVALID_OPTION` naming parameter and value, or the package if it is not installed
 * @example
 * ```ts
 * const features = [...standardFeatures(), candlesticks({ patterns: ['doji', 'bullish_engulfing'] })];
 * await trainSymbol({ symbol, source, store, features });
 * ```
 */
export function candlesticks(given: CandlestickParameters = {}): FeatureFamily {
  const { patterns = CANDLESTICK_PATTERNS } = checkOptions(given, CANDLESTICKS, 'candlesticks');
  const library = technicalIndicators('candlesticks');
  const specs = patterns.map((pattern): FeatureSpec => {
    const [, bars] = PATTERNS[pattern];
    return { name: `candle_${pattern}`, group: 'technical_indicators', unit: '0 or 1', range: [0, 1], warmup: bars - 1, model: true };
  });
  return settledFamily({
    name: 'candlesticks',
    title: 'candlestick patterns',
    version: 1,
    parameters: Object.freeze({ patterns: Object.freeze([...patterns]) }),
    features: () => specs,
    fold(_market, state) {
      const histories = COLUMNS.map(() => state.history(LONGEST - 1));
      const found = patterns.map((pattern) => {
        const [call, bars] = PATTERNS[pattern];
        return { bars, find: library[call] };
      });
      return (block, out) => {
        histories.forEach((history, column) => {
          history.load(block[COLUMNS[column]]);
        });
        for (let i = 0; i < block.length; i++) {
          // none of them writes to what it is given, so patterns of one length share it
          const candles = [1, 2, 3, LONGEST].map((bars) => [bars, candlesBefore(histories, i, bars)] as const);
          const byLength = new Map(candles);
          found.forEach(({ bars, find }, j) => {
            const seen = byLength.get(bars);
            out[j][i] = seen === undefined || block.first + i < bars - 1 ? Number.NaN : find(seen) ? 1 : 0;
          });
        }
      };
    },
  });
}

/** Bar i of the block, and those before it. */
function candlesBefore(histories: readonly History[], i: number, bars: number) {
  const from = LONGEST - bars + i;
  const [open, high, low, close] = histories.map(({ values }) => Array.from(values.subarray(from, from + bars)));
  return { open, high, low, close };
}

function isPattern(name: string): name is CandlestickPattern {
  return Object.hasOwn(PATTERNS, name);
}
