import type { FeatureFamily, FeatureGroup } from '../features/family';
import { type Check, flag, invalidOption, text, whole } from '../options/checks';
import { checkArgument, checkOptions, type Descriptions } from '../options/description';
import { FEATURE_PARTS, featureName } from '../options/feature-list';
import { described } from '../text';
import { formulaFamily, type Otherwise } from './formula-family';

/** Options of {@link formula}. */
export interface FormulaOptions {
  /** To be raised when its values change though name and text do not. Whole, 1 or more; default 1. */
  readonly version?: number | undefined;
  /** What people see while it runs. Default: its name. */
  readonly title?: string | undefined;
  /** Where the statistical profile shows it. Default 'technical_indicators'. */
  readonly group?: FeatureGroup | undefined;
  /** What one is one of. Default: derived from the columns, 'ratio' for a price by a price. */
  readonly unit?: string | undefined;
  /** Whether models see it. Default: derived; those whose values depend on the level of prices or volumes are not seen. */
  readonly model?: boolean | undefined;
  /**
   * What it gives on a bar, after its warm-up, on which it has no value: where something is divided by 0, or is the logarithm of 0, and as long as a window holds such a bar. A
   * number, or 'error': then it is `FEATURE_FAILED`, and nothing is stored. Default 0.
   */
  readonly otherwise?: Otherwise | undefined;
}

const otherwise: Check<Otherwise> = {
  wanted: "a finite number or 'error'",
  read: (value, { name }) => {
    if (value === 'error' || (typeof value === 'number' && Number.isFinite(value))) return value === 0 ? 0 : value;
    throw invalidOption(`${name} must be ${otherwise.wanted}, not ${described(value)}`);
  },
};

/** Options of {@link formula}. */
export const FORMULA = {
  version: {
    takes: whole({ from: 1, to: 1_000_000 }),
    default: 1,
    sentence: 'To be raised when its values change though name and text do not.',
  },
  title: { takes: text(100), default: 'its name', sentence: 'What people see while it runs.' },
  group: { takes: FEATURE_PARTS.group, default: 'technical_indicators', sentence: 'Where the statistical profile shows it.' },
  unit: { takes: FEATURE_PARTS.unit, default: 'derived', sentence: 'What one is one of.' },
  model: { takes: flag, default: 'whether it is free of price and volume levels', sentence: 'Whether models see it.' },
  otherwise: { takes: otherwise, default: 0, sentence: 'What it gives on a bar, after its warm-up, on which it has no value.' },
} as const satisfies Descriptions<FormulaOptions>;

/**
 * A feature that is written as a formula, read with mathjs (an optional peer dependency, whose parser alone is used). It is given to `trainSymbol({ features: [...standardFeatures(),
 * mine] })` or `FeatureEngineer` like any other, and identified by name, version and text. Unit, range and warm-up are derived. docs/formulas.md lists operators, functions
 * and their definitions.
 *
 * @param name - its name, as it stands in stored documents: lower case letters, digits and underscores, at most 64
 * @param text - the formula, at most 2,000 characters: numbers, `open`, `high`, `low`, `close`, `volume`, features of `standardFeatures()` by name, `+ - * / ^`, comparisons,
 *   `and`, `or`, `not`, `x ? y : z`, parentheses and functions
 * @param options - version, unit, and what it gives where it has no value
 * @returns the feature, as a family of one
 * @throws TickerforestError `INVALID_OPTION` naming the character and what was expected there, an option and its value, or mathjs if it is not installed
 * @example
 * ```ts
 * const meanGap = formula('mean_gap', '(close - sma(close, 50)) / atr(14)');
 * await trainSymbol({ symbol: 'DEMO', source: sampleBars(), store, features: [...standardFeatures(), meanGap] });
 * ```
 */
export function formula(name: string, text: string, options: FormulaOptions = {}): FeatureFamily {
  const called = checkArgument(name, featureName, 'name', 'formula');
  const {
    version = 1,
    title = called,
    group = 'technical_indicators',
    unit,
    model,
    otherwise = 0,
  } = checkOptions(options, FORMULA, 'formula');
  return formulaFamily({
    name: called,
    title,
    version,
    parameters: Object.freeze({ text, otherwise }),
    formulas: [{ name: called, text, group, unit, model }],
    otherwise,
  });
}
