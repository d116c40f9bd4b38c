import type { FeatureFamily, FeatureGroup, FeatureSpec } from '../features/family';
import type { History } from '../features/fold-state';
import { flag, hasFunctions, invalidOption, number, oneOf, text, whole } from '../options/checks';
import { checkArgument, checkOptions, type Descriptions, readSafely } from '../options/description';
import { FEATURE_PARTS, featureName, settledFamily } from '../options/feature-list';
import { WINDOW_BARS } from '../options/limits';
import { listOf } from '../options/lists';
import { plainJson } from '../options/plain-json';
import { described } from '../text';
import { type Library, technicalIndicators } from './package';
import { probed, type RunIndicator } from './probe';

/** What an indicator may read of the bars. */
export type IndicatorInput = 'open' | 'high' | 'low' | 'close' | 'volume' | 'timestamp';

const INPUTS = ['open', 'high', 'low', 'close', 'volume', 'timestamp'] as const satisfies readonly IndicatorInput[];

/** A class of technicalindicators: `TI.KST`. */
export type IndicatorClass<Input> = new (
  input: Input,
) => {
  /** Its values, oldest first. */
  getResult(): unknown;
};

/** Parameters of a class, without the series, which are the bars'. */
export type IndicatorParameters<Input> = Partial<Omit<Input, IndicatorInput | 'values' | 'format' | 'reversedInput'>>;

/** How {@link indicator} makes a feature of a class. */
export interface IndicatorOptions {
  /** Bars that it is run over, 1 to 10,000. Default: as many as it needs for a value; to be given for indicators that remember for ever (EMA, RSI, MACD, ATR, ...). */
  readonly lookback?: number | undefined;
  /** Name of the feature, or what its names begin with. Default: the class's after `ti_`: 'ti_kst'. */
  readonly name?: string | undefined;
  /** What `values` are: a column of the bars. Default 'close'. */
  readonly values?: IndicatorInput | undefined;
  /** Which of its outputs, where it has several: `['macd', 'histogram']`. Default: all. */
  readonly outputs?: readonly string[] | undefined;
  /** What stands where the class says nothing or no number, as KST's signal does where it is 0. Default: that is an error. */
  readonly missing?: number | undefined;
  /** To be raised when values change, as with another release of technicalindicators. Whole, 1 or more; default 1. */
  readonly version?: number | undefined;
  /** Where the statistical profile shows it. Default 'technical_indicators'. */
  readonly group?: FeatureGroup | undefined;
  /** What one is one of. Default 'number'. */
  readonly unit?: string | undefined;
  /** Smallest and largest value that is possible. Default: any finite number. */
  readonly range?: readonly [number, number] | undefined;
  /** Whether models see it: it should not depend on the price level. Default true. */
  readonly model?: boolean | undefined;
}

/** Options of {@link indicator}. */
const INDICATOR = {
  lookback: { takes: whole(WINDOW_BARS), default: 'as many as it needs', sentence: 'Bars that it is run over.' },
  name: { takes: featureName, default: "the class's after `ti_`", sentence: 'Name of the feature, or what its names begin with.' },
  values: { takes: oneOf(...INPUTS), default: 'close', sentence: 'What `values` are.' },
  outputs: { takes: listOf('outputs', text(60), { least: 1 }), default: 'all', sentence: 'Which of its outputs.' },
  missing: { takes: number({ from: -1e300, to: 1e300 }), default: 'an error', sentence: 'What stands where the class says nothing.' },
  version: { takes: whole({ from: 1, to: 1_000_000 }), default: 1, sentence: 'To be raised when values change.' },
  group: { takes: FEATURE_PARTS.group, default: 'technical_indicators', sentence: 'Where the statistical profile shows it.' },
  unit: { takes: FEATURE_PARTS.unit, default: 'number', sentence: 'What one is one of.' },
  range: { takes: FEATURE_PARTS.range, default: 'any finite number', sentence: 'Smallest and largest value that is possible.' },
  model: { takes: flag, default: true, sentence: 'Whether models see it.' },
} as const satisfies Descriptions<IndicatorOptions>;

const parametersOf = plainJson({ values: 100, depth: 4, text: 1_000 });
const NOT_PARAMETERS = [...INPUTS, 'values', 'reversedInput', 'format'];

/** Classes that look at a bounded number of bars, as many as they need for their first whole value. */
const BOUNDED = [
  ...['SMA', 'WMA', 'SD', 'BollingerBands', 'ROC', 'KST', 'CCI', 'WilliamsR', 'Stochastic', 'AwesomeOscillator'],
  ...['Highest', 'Lowest', 'Sum', 'MFI', 'TrueRange'],
] as const satisfies readonly (keyof Library)[];

/**
 * Any indicator of the package technicalindicators as a feature: its value on a bar is, by definition, the last one that the class gives when it is run over the last
 * `lookback` bars. So it is the same however a series is cut, and costs as many steps a bar as the lookback is long; what it remembers longer than that, it forgets.
 *
 * @param indicatorClass - the class: `TI.KST`
 * @param parameters - what its constructor takes besides the series: `{ ROCPer1: 10, ... }`
 * @param given - the lookback, names, what the feature measures
 * @returns the feature; several, `ti_kst_kst` and `ti_kst_signal`, where the class gives several numbers
 * @throws TickerforestError `INVALID_OPTION` naming the option, the package if it is not installed, or why the class gives no value
 * @example
 * ```ts
 * import * as TI from 'technicalindicators';
 *
 * const rsi = indicator(TI.RSI, { period: 14 }, { lookback: 200, range: [0, 100] });
 * await trainSymbol({ symbol, source, store, features: [...standardFeatures(), rsi] });
 * ```
 */
export function indicator<Input>(
  indicatorClass: IndicatorClass<Input>,
  parameters: IndicatorParameters<Input>,
  given: IndicatorOptions = {},
): FeatureFamily {
  if (typeof indicatorClass !== 'function') {
    throw invalidOption(`indicator takes a class of technicalindicators, TI.KST, not ${described(indicatorClass)}`);
  }
  const library = technicalIndicators('indicator');
  if (!readSafely('indicator: class', () => hasFunctions(Reflect.get(indicatorClass, 'prototype'), ['getResult']))) {
    const { name } = indicatorClass;
    const meant = Object.keys(library).find((key) => key !== name && key.toLowerCase() === name.toLowerCase());
    const advice = meant === undefined ? '' : `: give TI.${meant}`;
    throw invalidOption(
      `indicator takes a class of technicalindicators, TI.KST, not ${described(indicatorClass)}, which has no getResult${advice}`,
    );
  }
  const settings = checkArgument(parameters, parametersOf, 'parameters', 'indicator');
  const series = NOT_PARAMETERS.find((key) => Object.hasOwn(settings, key));
  if (series !== undefined) throw invalidOption(`indicator: parameters.${series} is not the caller's to give; it is made of the bars`);
  const options = checkOptions(given, INDICATOR, 'indicator');
  const known = Object.entries(library).find(([, value]) => value === indicatorClass)?.[0];
  const name = options.name ?? `ti_${nameOf(known ?? indicatorClass.name)}`;
  const { values = 'close', missing, version = 1 } = options;
  const run: RunIndicator = (columns, from, bars, asked) => {
    const input: Record<string, unknown> = { ...settings };
    const provide = (key: string, { values: column }: History) => {
      // a class reads one or two of them: the others need not be copied
      Object.defineProperty(input, key, { enumerable: true, get: () => Array.from(column.subarray(from, from + bars)) });
    };
    INPUTS.forEach((key, column) => {
      provide(key, columns[column]);
    });
    provide('values', columns[INPUTS.indexOf(values)]);
    const made: unknown = Reflect.construct(indicatorClass, [asked === undefined ? input : watched(input, asked)]);
    const isMade = typeof made === 'object' && made !== null && hasFunctions(made, ['getResult']);
    const results: unknown = isMade ? Reflect.apply(Reflect.get(made, 'getResult'), made, []) : undefined;
    return Array.isArray(results) ? results.at(-1) : undefined;
  };
  const isBounded = BOUNDED.some((bounded) => bounded === known);
  if (options.lookback === undefined && !isBounded) {
    throw invalidOption(
      `indicator: ${name} may remember every bar that it has seen, and values then depend on where a series begins; say how many bars it is run over: { lookback: 200 }`,
    );
  }
  const isParameter = (key: string): boolean => !NOT_PARAMETERS.includes(key);
  const { lookback, outputs } = probed({ name, run, given: options.lookback, wanted: options.outputs, settings, isParameter });
  const spec = (feature: string): FeatureSpec => ({
    name: feature,
    group: options.group ?? 'technical_indicators',
    unit: options.unit ?? 'number',
    range: options.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    warmup: lookback - 1,
    model: options.model ?? true,
  });
  const names = outputs.map((output) => (output === '' ? name : `${name}_${nameOf(output)}`));
  for (const feature of names) checkArgument(feature, featureName, 'name', 'indicator');
  const specs = names.map(spec);
  return settledFamily({
    name,
    title: name,
    version,
    parameters: Object.freeze({ settings, lookback, values, outputs: Object.freeze([...outputs]), missing: missing ?? null }),
    features: () => specs,
    fold(_market, state) {
      const histories = INPUTS.map(() => state.history(lookback - 1));
      return (block, out) => {
        histories.forEach((history, column) => {
          history.load(block[INPUTS[column]]);
        });
        for (let i = 0; i < block.length; i++) {
          const isEarly = block.first + i < lookback - 1;
          const result = isEarly ? undefined : run(histories, i, lookback);
          outputs.forEach((output, j) => {
            const value = numberIn(result, output);
            out[j][i] = Number.isFinite(value) ? value : isEarly ? Number.NaN : (missing ?? Number.NaN);
          });
        }
      };
    },
  });
}

/** The same object, which notes what is read of it. */
function watched(input: object, asked: Set<PropertyKey>): object {
  return new Proxy(input, {
    get: (of, key): unknown => {
      asked.add(key);
      return Reflect.get(of, key);
    },
  });
}

/** One output of a result; NaN where it is not there. */
function numberIn(result: unknown, output: string): number {
  const value: unknown = output === '' ? result : typeof result === 'object' && result !== null ? Reflect.get(result, output) : undefined;
  return typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : Number.NaN;
}

/** 'BollingerBands' as 'bollinger_bands', 'pdi' as it is. */
function nameOf(name: string): string {
  return name
    .slice(0, 64)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
}
