import type { TargetDefinition } from '../targets/define-target';
import type { DirectionOptions } from '../targets/direction';
import type { GapOptions, MaxGap } from '../targets/holes';
import type { PurgedSplitOptions, RowSpan } from '../targets/purge';
import type { HorizonOptions } from '../targets/returns';
import type { Target } from '../targets/target';
import type { TripleBarrierOptions } from '../targets/triple-barrier';
import type { VolatilityScaledOptions } from '../targets/volatility-scaled';
import { described } from '../text';
import { type Check, callback, check, invalidOption, number, oneOf, text, whole } from './checks';
import { type Descriptions, object } from './description';
import { plainJson } from './plain-json';

/** Longest horizon, in bars. */
const BARS_AHEAD = { from: 1, to: 10_000 } as const;
/** Longest horizon, in minutes: about ten years. */
const MOST_MINUTES = 5_256_000;
/** Milliseconds of the longest gap: 31 years. */
const LONGEST_GAP = 1e12;
/** Bounds of a target's parameters. */
const PARAMETERS = { values: 1_000, depth: 16, text: 16_384 } as const;

const maxGap = {
  takes: check(
    "a number of milliseconds above 0, at most 1,000,000,000,000, or 'session'",
    (value): value is MaxGap => value === 'session' || (typeof value === 'number' && value > 0 && value <= LONGEST_GAP),
  ),
  default: 'none, every label stays',
  sentence: 'Largest distance of two neighbours inside a label; rows whose label spans a larger one have none.',
} as const;

/** Options of {@link nextReturn}. */
export const NEXT_RETURN = { maxGap } as const satisfies Descriptions<GapOptions>;

/** Options of {@link horizonReturn}. */
export const HORIZON_RETURN = {
  bars: { takes: whole(BARS_AHEAD), default: 'none: give minutes', sentence: 'Bars ahead, 1 to 10,000.' },
  minutes: {
    takes: number({ above: 0, to: MOST_MINUTES }),
    default: 'none: give bars',
    sentence: "Minutes ahead, by the timestamps, at least a bar's length.",
  },
  maxGap,
} as const satisfies Descriptions<HorizonOptions>;

/** A name as it is stored. */
export const snakeCase = check(
  'a name in snake_case: small letters, digits and _, at most 64 characters, a letter first',
  (value): value is string => typeof value === 'string' && /^[a-z][a-z0-9_]{0,63}$/.test(value),
);

const kind = oneOf('regression', 'classification');
/** Version of a target or of weights. */
export const storedVersion = whole({ from: 1, to: 1_000_000 });
/** Targets that are made of others have the others' descriptions within theirs. */
const longDescription = text(2_000);

/** Parameters of a target or of weights. */
export const storedParameters = plainJson(PARAMETERS);

/** Targets that the package made itself: frozen, and with more to them than a copy would have. */
const made = new WeakSet<object>();

/**
 * @param target - made by the package, frozen
 * @returns the same: where a target is asked for it is taken as it is, not copied
 */
export function markMade(target: Target): Target {
  made.add(target);
  return target;
}

/** A target. */
export const target: Check<Target> = {
  wanted: 'a target, such as nextReturn()',
  read: (value, { call, name }) => {
    if (!isTargetLike(value)) {
      const hint = typeof value === 'function' ? ': call it, nextReturn()' : '; defineTarget makes one of your own';
      throw invalidOption(`${name} must be ${target.wanted}, not ${described(value)}${hint}`);
    }
    const part = <T>(key: string, takes: Check<T>): T => takes.read(Reflect.get(value, key), { call, name: `${name}.${key}` });
    const parts = {
      name: part('name', snakeCase),
      version: part('version', storedVersion),
      parameters: part('parameters', storedParameters),
      kind: part('kind', kind),
      description: part('description', longDescription),
    };
    return made.has(value) ? value : { ...parts, label: (bars, market) => value.label(bars, market) };
  },
};

function isTargetLike(value: unknown): value is Target {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'label') === 'function';
}

/** A target whose labels are numbers. */
const regressionTarget: Check<Target> = {
  wanted: 'a target of kind regression, such as nextReturn()',
  read: (value, place) => {
    const read = target.read(value, place);
    if (read.kind !== 'regression') {
      throw invalidOption(`${place.name} must be ${regressionTarget.wanted}; '${read.name}' is a classification, whose labels are 0 and 1`);
    }
    return read;
  },
};

/** Options of {@link direction}. */
export const DIRECTION = {
  of: { takes: regressionTarget, default: 'nextReturn()', sentence: 'What moves: a regression target.' },
  deadZone: {
    takes: number({ from: 0 }),
    default: 0,
    sentence: 'Moves of at most this size, either way, are flat; in the unit of `of` (0.0005 is 0.05 % of a return).',
  },
  flat: {
    takes: oneOf('down', 'drop'),
    default: 'down',
    sentence:
      "What a flat move is: 'down' counts it as 0, so 1 means 'up by more than the dead zone' and 0 means 'down or flat'; 'drop' leaves the row without a label.",
  },
  maxGap,
} as const satisfies Descriptions<DirectionOptions>;

const window = {
  takes: whole({ from: 2, to: 10_000 }),
  default: 60,
  sentence: 'Returns that the volatility is made of, 2 to 10,000: those of bar t and the bars before it.',
} as const;

/** Options of {@link volatilityScaled}. */
export const VOLATILITY_SCALED = {
  of: { takes: regressionTarget, default: 'nextReturn()', sentence: 'What is scaled: a regression target.' },
  window,
  maxGap,
} as const satisfies Descriptions<VolatilityScaledOptions>;

const barrier = number({ above: 0, to: 1_000 });

/** Options of {@link tripleBarrier}. */
export const TRIPLE_BARRIER = {
  up: {
    takes: barrier,
    sentence: 'How far above the close the upper barrier is, in units of the volatility of one bar, above 0, at most 1,000.',
  },
  down: { takes: barrier, sentence: 'How far below the close the lower barrier is, in the same unit.' },
  bars: { takes: whole(BARS_AHEAD), sentence: 'After how many bars time is up, 1 to 10,000.' },
  expired: {
    takes: oneOf('down', 'sign', 'drop'),
    default: 'down',
    sentence:
      "What a row is whose time is up before a barrier is touched: 'down' counts it as 0, so 1 means 'touches the upper barrier first' and 0 everything else; 'sign' counts the return until then, 1 above 0; 'drop' leaves the row without a label.",
  },
  window,
  maxGap,
} as const satisfies Descriptions<TripleBarrierOptions>;

/** What {@link defineTarget} is given. */
export const DEFINE_TARGET = {
  name: { takes: snakeCase, sentence: "Name as it is stored, in snake_case, none of the package's own." },
  version: { takes: storedVersion, default: 1, sentence: 'Version, to be raised whenever the same parameters give other labels.' },
  parameters: {
    takes: storedParameters,
    default: 'none',
    sentence: "Everything that the labels depend on, as plain JSON; the target's identity with name and version.",
  },
  kind: { takes: kind, sentence: "Whether labels are numbers ('regression') or 0 and 1 ('classification')." },
  description: { takes: text(200), sentence: 'What is forecast, in words for people.' },
  label: { takes: callback(), default: 'none: give labelAt', sentence: 'Makes the labels of all bars.' },
  labelAt: { takes: callback(), default: 'none: give label', sentence: 'Makes the label of one row, or null where it has none.' },
} as const satisfies Descriptions<TargetDefinition>;

const rowNumber = whole({ from: 0, to: 2 ** 32 });

const ROW_SPAN = {
  from: { takes: rowNumber, sentence: 'Number of the first row, 0 or more.' },
  to: { takes: rowNumber, sentence: 'Number after the last row.' },
} as const satisfies Descriptions<RowSpan>;

/** A stretch of rows. */
const rowSpan = object(ROW_SPAN);

/** Options of {@link purgedSplit}. */
export const PURGED_SPLIT = {
  test: { takes: rowSpan, sentence: 'Rows to be judged on: one stretch of time.' },
  rows: {
    takes: rowSpan,
    default: 'all',
    sentence: 'Rows that may be used at all, `test` among them: without the warm-up of the features.',
  },
  embargo: {
    takes: whole({ from: 0, to: 1_000_000 }),
    default: 0,
    sentence:
      'Bars that are left out, too, on both sides of the test beyond what its labels and those of training look at, 0 to 1,000,000.',
  },
} as const satisfies Descriptions<PurgedSplitOptions>;
