import type { Market } from '../bars/market';
import { callback, flag, hushed, invalidOption, text, whole } from '../options/checks';
import { checkOptions, type Descriptions } from '../options/description';
import { FEATURE_PARTS, featureName, settledFamily } from '../options/feature-list';
import { plainJson } from '../options/plain-json';
import { described } from '../text';
import { type BuildingBlocks, buildingBlocks, type FeatureBar } from './building-blocks';
import type { BarBlock, BlockFold, FeatureFamily, FeatureGroup, FeatureSpec } from './family';
import type { FoldState } from './fold-state';
import { failedOnBar } from './guarded-fold';

/** What {@link defineFeature} is given, without the function that computes it. */
export interface FeatureFacts {
  /** Its name, as it stands in stored documents: lower case letters, digits and underscores, at most 64, 'my_gap'. */
  readonly name: string;
  /** To be raised when its values change though name and parameters do not. Whole, 1 or more; default 1. */
  readonly version?: number | undefined;
  /** What people see while it runs. Default: its name. */
  readonly title?: string | undefined;
  /** Its parameters: two features of one name and version that differ in these are different. Plain JSON; default none. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  /** Where the statistical profile shows it. Default 'technical_indicators'. */
  readonly group?: FeatureGroup | undefined;
  /** What one is one of: 'price', 'ratio', 'percent'. Default 'number'. */
  readonly unit?: string | undefined;
  /** Smallest and largest value that is possible; others are an error. Default: any finite number. */
  readonly range?: readonly [number, number] | undefined;
  /** Bars before the first value, whole, 0 to 1,000,000: what it gives on bars 0 to warmup - 1 is not used, later bars must have a number. Default 0. */
  readonly warmup?: number | undefined;
  /** Whether bars do not tell when the first value comes, as with `higher`: NaN is then taken until the first number, and no longer. Default false. */
  readonly gaps?: boolean | undefined;
  /** Whether models see it: it should not depend on the price level. Default true. */
  readonly model?: boolean | undefined;
}

/** What {@link defineFeature} is given: one of `next` and `fold`. */
export type FeatureDefinition = FeatureFacts &
  (
    | {
        /**
         * Bar by bar: returns the function that gives each bar's value. It is called once for each series, with what the function may be made of.
         *
         * @param blocks - building blocks that keep and restore themselves
         * @param market - whose bars
         */
        readonly next: (blocks: BuildingBlocks, market: Market) => (bar: FeatureBar) => number;
        /** Not beside `next`. */
        readonly fold?: undefined;
      }
    | {
        /**
         * A block at a time: returns the function that writes the values of its bars, that of the block's bar i to `out[i]`. It is called once for each series, and
         * allocates from `state` whatever outlives a block.
         *
         * @param market - whose bars
         * @param state - where its memory is
         */
        readonly fold: (market: Market, state: FoldState) => (block: BarBlock, out: Float64Array) => void;
        /** Not beside `fold`. */
        readonly next?: undefined;
      }
  );

type AllOptions = FeatureFacts & {
  readonly next?: FeatureDefinition['next'];
  readonly fold?: FeatureDefinition['fold'];
};

/** Options of {@link defineFeature}. */
export const DEFINE_FEATURE = {
  name: { takes: featureName, sentence: 'Its name, as it stands in stored documents.' },
  version: {
    takes: whole({ from: 1, to: 1_000_000 }),
    default: 1,
    sentence: 'To be raised when its values change though name and parameters do not.',
  },
  title: { takes: text(100), default: 'its name', sentence: 'What people see while it runs.' },
  parameters: {
    takes: plainJson({ values: 1_000, depth: 8, text: 10_000 }),
    default: 'none',
    sentence: 'Its parameters: two features of one name and version that differ in these are different.',
  },
  group: { takes: FEATURE_PARTS.group, default: 'technical_indicators', sentence: 'Where the statistical profile shows it.' },
  unit: { takes: FEATURE_PARTS.unit, default: 'number', sentence: "What one is one of: 'price', 'ratio', 'percent'." },
  range: { takes: FEATURE_PARTS.range, default: 'any finite number', sentence: 'Smallest and largest value that is possible.' },
  warmup: { takes: FEATURE_PARTS.warmup, default: 0, sentence: 'Bars before the first value.' },
  gaps: { takes: flag, default: false, sentence: 'Whether bars do not tell when the first value comes.' },
  model: { takes: flag, default: true, sentence: 'Whether models see it: it should not depend on the price level.' },
  next: { takes: callback(), default: 'or `fold`', sentence: "Bar by bar: returns the function that gives each bar's value." },
  fold: {
    takes: callback(),
    default: 'or `next`',
    sentence: 'A block at a time: returns the function that writes the values of its bars.',
  },
} as const satisfies Descriptions<AllOptions>;

/**
 * A feature of your own. It is given to `trainSymbol({ features: [...standardFeatures(), mine] })` or {@link FeatureEngineer}, saved and restored with everything else, and
 * checked: a value that is no number, out of range or missing after the warm-up, and whatever it throws, is `FEATURE_FAILED` naming feature and bar.
 * `testFeature` of `tickerforest/testing` tells whether it keeps the laws: its values may depend on the bars so far and on nothing else.
 *
 * @param definition - its name, what it measures, and `next` or `fold`
 * @returns the feature, as a family of one
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 * @example
 * ```ts
 * const gapRank = defineFeature({
 *   name: 'gap_rank',
 *   range: [0, 1],
 *   warmup: 20,
 *   next: ({ lag, window }) => {
 *     const close = lag(1);
 *     const gaps = window(20);
 *     return (bar) => gaps.next(bar.open / close.next(bar.close) - 1).rank;
 *   },
 * });
 * ```
 */
export function defineFeature(definition: FeatureDefinition): FeatureFamily {
  const checked = checkOptions<AllOptions>(definition, DEFINE_FEATURE, 'defineFeature');
  const { name, version = 1, title = name, parameters = {}, gaps = false, next, fold } = checked;
  const spec: FeatureSpec = {
    name,
    group: checked.group ?? 'technical_indicators',
    unit: checked.unit ?? 'number',
    range: checked.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    warmup: checked.warmup ?? 0,
    model: checked.model ?? true,
    ...(gaps && { gaps }),
  };
  const family = (make: FeatureFamily['fold']): FeatureFamily =>
    settledFamily({ name, title, version, parameters, features: () => [spec], fold: make });
  if (next !== undefined && fold === undefined) return family((market, state) => barByBar(next, market, state, { name, version }));
  if (fold !== undefined && next === undefined) {
    return family((market, state) => {
      const made = fold(market, state);
      assertFunction(made, 'fold', 'a block');
      return (block, [out]) => made(block, out);
    });
  }
  throw invalidOption(`defineFeature: ${name} has ${next === undefined ? 'neither next nor' : 'both next and'} fold; give one of them`);
}

function assertFunction(made: unknown, option: string, of: string): void {
  if (typeof made === 'function') return;
  const advice = hushed(made) ? '; it must not be async' : '';
  throw invalidOption(`${option} must return a function of ${of}, not ${described(made)}${advice}`);
}

function barByBar(
  next: NonNullable<FeatureDefinition['next']>,
  market: Market,
  state: FoldState,
  feature: Pick<FeatureFamily, 'name' | 'version'>,
): BlockFold {
  const { blocks, follow } = buildingBlocks(state, market);
  const value = next(blocks, market);
  assertFunction(value, 'next', 'a bar');
  return ({ first, length, timestamp, open, high, low, close, volume }, [out]) => {
    for (let i = 0; i < length; i++) {
      const bar: FeatureBar = {
        timestamp: timestamp[i],
        open: open[i],
        high: high[i],
        low: low[i],
        close: close[i],
        volume: volume[i],
        number: first + i,
      };
      try {
        follow(bar);
        const given: unknown = value(bar);
        if (typeof given !== 'number') {
          throw invalidOption(`it returned ${described(given)}, not a number${hushed(given) ? '; it must not be async' : ''}`);
        }
        out[i] = given;
      } catch (cause) {
        throw failedOnBar(feature, first + i, timestamp[i], cause);
      }
    }
  };
}
