import type { BarStore } from '../stores/bar-store';
import type { ProfileStore } from '../stores/contract';
import type { DescribeSymbolOptions } from '../symbol/describe-symbol';
import type { TrainingWindowOption, TrainSymbolOptions } from '../symbol/job';
import type { OpenSymbolOptions, SessionCommitOptions, SessionExplainOptions } from '../symbol/open-symbol';
import type { PredictSymbolOptions } from '../symbol/predict-symbol';
import type { TrainSymbolsOptions } from '../symbol/train-symbols';
import { described, quoted } from '../text';
import type { RetrainInputs, RetrainOptions } from '../updates/retrain-policy';
import {
  abortSignal,
  type Check,
  callback,
  check,
  date,
  flag,
  hasFunctions,
  invalidOption,
  isPromise,
  number,
  oneOf,
  whole,
} from './checks';
import { type Descriptions, object } from './description';
import { featureList } from './feature-list';
import { LONGEST_YEARS, OVERLAP_BARS } from './limits';
import { interval, MARKET } from './market-table';
import { modelSet, TRAINER } from './model-tables';
import { FUNDAMENTALS, plainObject } from './plain-value';
import { isInMemory } from './source-tables';
import { symbolName } from './symbol';

const READING = ['getCompanyProfile', 'getMlProfile', 'getStatisticalProfile', 'getCheckpoint'];
const WRITING = ['commit', 'acquireLease', 'renewLease', 'releaseLease'];

const PROFILES = {
  noun: 'ProfileStore',
  makers: 'memoryProfileStore(), directoryProfileStore(path) or mongoProfileStore(...)',
  ofPath: 'directoryProfileStore(path)',
  ofDatabase: 'mongoProfileStore(db)',
};
const BARS = {
  noun: 'BarStore',
  makers: 'memoryBarStore(), directoryBarStore(path) or mongoBarStore(...)',
  ofPath: 'directoryBarStore(path)',
  ofDatabase: 'mongoBarStore(db)',
};

function storeWith<Store extends object>(
  functions: readonly string[],
  { noun, makers, ofPath, ofDatabase }: typeof PROFILES,
): Check<Store> {
  return {
    wanted: `a ${noun}`,
    read: (value, { name }) => {
      if (hasAll<Store>(value, functions)) return value;
      if (isPromise(value)) throw invalidOption(`${name} is a Promise: await it`);
      if (value === undefined || value === null) throw invalidOption(`${name} is ${described(value)}: give ${makers}`);
      if (typeof value === 'string') throw invalidOption(`${name} is ${described(value)}: give ${ofPath}`);
      if (typeof value === 'function') throw invalidOption(`${name} is the function ${functionName(value)}itself: call it`);
      if (hasFunctions(value, ['collection'])) throw invalidOption(`${name} is ${described(value)}: give ${ofDatabase}`);
      const missing = typeof value === 'object' ? functions.find((key) => !hasFunctions(value, [key])) : undefined;
      const lacks = missing === undefined ? '' : ` without the function ${missing}`;
      throw invalidOption(`${name} must be a ${noun}, not ${described(value)}${lacks}: give ${makers}`);
    },
  };
}

function hasAll<Store extends object>(value: unknown, functions: readonly string[]): value is Store {
  return typeof value === 'object' && hasFunctions(value, functions);
}

function functionName(value: unknown): string {
  const name: unknown = typeof value === 'function' ? value.name : undefined;
  return typeof name === 'string' && /^[A-Za-z]\w{0,40}$/.test(name) ? `${name} ` : '';
}

/** Rows and columns are looked at when they are read. */
const source: Check<TrainSymbolOptions['source']> = {
  wanted: 'a BarSource, rows or columns',
  read: (value, { name }) => {
    if (isSource(value)) return value;
    if (isPromise(value)) throw invalidOption(`${name} is a Promise: await it`);
    if (typeof value === 'string') throw invalidOption(`${name} is ${described(value)}: call csvBars(${quoted(value, 30)})`);
    if (typeof value === 'function') {
      const how = value.name === 'csvBars' ? 'call it with a path' : 'call it, or give { fetch }';
      throw invalidOption(`${name} is the function ${functionName(value)}itself: ${how}`);
    }
    throw invalidOption(`${name} must be ${source.wanted}, not ${described(value)}: give csvBars(path), or rows in order of time`);
  },
};

function isSource(value: unknown): value is TrainSymbolOptions['source'] {
  return (typeof value === 'object' && hasFunctions(value, ['fetch'])) || isInMemory(value);
}

/** One of the two parts of {@link TrainingWindowOption}. */
const WINDOW = {
  bars: { takes: whole({ from: 1, to: 1e9 }), default: 'none', sentence: 'How many bars.' },
  days: { takes: number({ above: 0, to: LONGEST_YEARS * 366 }), default: 'none', sentence: 'How many days.' },
} as const satisfies Descriptions<{ bars?: number; days?: number }>;

const window = object(WINDOW, '{ bars: ... } or { days: ... }', (value) => (typeof value === 'number' ? `: { bars: ${value} }` : ''));

const trainingWindow: Check<TrainingWindowOption> = {
  ...window,
  read: (value, place) => {
    const { bars, days } = window.read(value, place);
    if (bars !== undefined && days === undefined) return { bars };
    if (days !== undefined && bars === undefined) return { days };
    throw invalidOption(
      `${place.name} has ${bars === undefined ? 'neither' : 'both'} bars ${bars === undefined ? 'nor' : 'and'} days; give one of them`,
    );
  },
};

/** When models are trained again. */
export const RETRAIN = {
  minNewBars: {
    takes: number({ from: 1, to: Number.POSITIVE_INFINITY }),
    default: 100,
    sentence: 'Fewer bars than this since training: keep the models.',
  },
  maxModelAgeDays: {
    takes: number({ from: 0, to: Number.POSITIVE_INFINITY }),
    default: 7,
    sentence: 'Older models than this, with enough new bars: train again.',
  },
  retrainPolicy: { takes: callback(), default: 'none', sentence: 'Decides instead of the two thresholds.' },
} as const satisfies Descriptions<RetrainOptions>;

/** What one symbol's training may have of its own. */
type OptionsOfSymbol = Omit<TrainSymbolOptions, 'symbol' | 'store' | 'bars' | 'signal' | 'onProgress'>;

const OF_A_SYMBOL = {
  source: {
    takes: source,
    sentence: 'Where its bars are: a source such as {@link csvBars}, rows, or {@link Bars}.',
  },
  historyYears: {
    takes: number({ above: 0, to: LONGEST_YEARS }),
    default: 'all',
    sentence: 'Only so many years before now.',
  },
  from: { takes: date, default: 'all', sentence: 'Only bars from this time on.' },
  to: { takes: date, default: 'all', sentence: 'Only bars up to this time.' },
  features: {
    takes: featureList,
    default: 'standardFeatures()',
    sentence: 'What is computed of the bars: `[...standardFeatures(), rsi({ periods: [2] }), mine]`.',
  },
  interval: { takes: interval, default: 'the most frequent distance between the first bars', sentence: 'Length of a bar, milliseconds.' },
  fundamentals: {
    takes: plainObject(FUNDAMENTALS),
    default: 'what is stored',
    sentence: 'What the company profile should say about the company: plain JSON values and Dates.',
  },
  badBars: {
    takes: oneOf('reject', 'drop'),
    default: 'reject',
    sentence: "What to do about bad bars: 'reject' throws one error for all of them; 'drop' leaves them out and counts them.",
  },
  maxBars: {
    takes: whole({ from: 1, to: 100_000_000 }),
    default: 20_000_000,
    sentence: 'Most bars that a source may have, 1 to 100,000,000; more is `TOO_MANY_BARS`.',
  },
  maxJump: {
    takes: number({ above: 1, to: Number.POSITIVE_INFINITY }),
    default: 5,
    sentence: 'How many times prices may be off those of the bar before, and come back within five bars, before these bars are bad.',
  },
  strict: {
    takes: flag,
    default: 'false',
    sentence: 'Whether warnings are errors (`STRICT`): the run ends before anything is trained or stored.',
  },
  overlapBars: {
    takes: whole(OVERLAP_BARS),
    default: "a day's bars, at least 64",
    sentence: 'Stored bars that every update reads again and compares with what the source says now.',
  },
  retrain: {
    takes: flag,
    default: 'false',
    sentence: 'Whether models are trained, whatever the retrain policy says, also without new bars.',
  },
  rebuild: {
    takes: flag,
    default: 'false',
    sentence:
      'Whether to begin anew from what the source has now, even if that is less than what is stored: the one consent to a shorter history.',
  },
  oldBars: {
    takes: oneOf('ignore', 'reject'),
    default: 'ignore',
    sentence: "What an update does about bars before the compared ones: 'ignore' leaves them out and counts them, 'reject' throws.",
  },
  trainingWindow: { takes: trainingWindow, default: 'the whole history', sentence: 'What models are trained on.' },
  leaseDuration: {
    takes: number({ from: 1_000, to: 86_400_000 }, 'milliseconds'),
    default: 60_000,
    sentence: 'How long other workers leave the symbol alone if this process dies, milliseconds.',
  },
  now: { takes: date, default: 'the current time', sentence: 'The time that counts as now.' },
  ...MARKET,
  ...TRAINER,
  ...RETRAIN,
} as const satisfies Descriptions<OptionsOfSymbol>;

const ABOUT_THE_RUN = {
  store: {
    takes: storeWith<ProfileStore>([...READING, ...WRITING], PROFILES),
    sentence: 'Where profiles are kept: {@link directoryProfileStore}, {@link memoryProfileStore}, `mongoProfileStore`, or your own.',
  },
  bars: {
    takes: storeWith<BarStore>(['describe', 'read', 'write'], BARS),
    default: 'nowhere',
    sentence: 'Where bars are kept: {@link directoryBarStore}, {@link memoryBarStore}, `mongoBarStore`, or your own.',
  },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts; the store is as it was.' },
} as const;

/** Options of {@link trainSymbol}. */
export const TRAIN_SYMBOL = {
  symbol: { takes: symbolName, sentence: 'Which symbol, spelled as the source spells it.' },
  ...OF_A_SYMBOL,
  ...ABOUT_THE_RUN,
  onProgress: { takes: callback(), default: 'none', sentence: 'Called with percent, stage and message.' },
} as const satisfies Descriptions<TrainSymbolOptions>;

/** What `perSymbol` of {@link trainSymbols} may return. */
export const PER_SYMBOL = {
  ...OF_A_SYMBOL,
  source: { ...OF_A_SYMBOL.source, default: 'that of all symbols' },
} as const satisfies Descriptions<OptionsOfSymbol>;

const symbols: Check<TrainSymbolsOptions['symbols']> = check(
  'an array or another iterable of texts',
  (value): value is TrainSymbolsOptions['symbols'] =>
    typeof value === 'object' && (hasSymbolFunction(value, Symbol.iterator) || hasSymbolFunction(value, Symbol.asyncIterator)),
  (value) => (typeof value === 'string' ? `: [${quoted(value)}]` : isPromise(value) ? ': await it' : ''),
);

function hasSymbolFunction(value: object | null, key: symbol): boolean {
  return value !== null && typeof Reflect.get(value, key) === 'function';
}

/** Options of {@link trainSymbols}. */
export const TRAIN_SYMBOLS = {
  symbols: {
    takes: symbols,
    sentence: 'The symbols, each once (a second time is an outcome with `INVALID_OPTION`); read as they are needed.',
  },
  concurrency: { takes: whole({ from: 1, to: 1_000 }), default: 4, sentence: 'Symbols at work at the same time.' },
  ...OF_A_SYMBOL,
  ...ABOUT_THE_RUN,
  perSymbol: {
    takes: callback(),
    default: 'nothing',
    sentence: 'What is different for one symbol: its exchange, its fundamentals, a source of its own.',
  },
  onProgress: { takes: callback(), default: 'none', sentence: "Called with every symbol's progress." },
} as const satisfies Descriptions<TrainSymbolsOptions>;

/** Options of {@link predictSymbol}. */
export const PREDICT_SYMBOL = {
  symbol: { takes: symbolName, sentence: 'A symbol that {@link trainSymbol} has stored.' },
  store: { takes: storeWith<ProfileStore>(READING, PROFILES), sentence: 'The store.' },
  features: {
    takes: featureList,
    default: 'what is stored',
    sentence: 'The list that the symbol was trained with; needed only if some of it is your own.',
  },
  models: { takes: modelSet, default: 'none', sentence: 'Models of your own kinds, which read what is stored of them.' },
  explain: {
    takes: check(
      'true, false or a whole number from 1 to 1,000',
      (value): value is boolean | number =>
        typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1_000),
    ),
    default: false,
    sentence: 'Whether to tell which features moved the forecasts most: of each model so many, or 5.',
  },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts.' },
} as const satisfies Descriptions<PredictSymbolOptions>;

const { to: _, retrain, rebuild: __, now, ...OF_A_SESSION } = OF_A_SYMBOL;
const { store, bars, signal } = ABOUT_THE_RUN;

/** Options of {@link openSymbol}. */
export const OPEN_SYMBOL = {
  symbol: { takes: symbolName, sentence: 'A symbol that {@link trainSymbol} has stored.' },
  ...OF_A_SESSION,
  source: {
    takes: source,
    default: 'what is stored, and the bars given to `next`',
    sentence: 'Where its older bars are: a commit compares them, and a training that is due reads them where none are kept.',
  },
  features: { ...PREDICT_SYMBOL.features },
  explain: {
    ...PREDICT_SYMBOL.explain,
    sentence: 'Whether `session.explain` can be asked which features moved a forecast most: of each model so many, or 5.',
  },
  store,
  bars,
} as const satisfies Descriptions<OpenSymbolOptions>;

/** Options of {@link SymbolSession.commit}. */
export const SESSION_COMMIT = {
  now,
  retrain,
  signal,
  onProgress: TRAIN_SYMBOL.onProgress,
} as const satisfies Descriptions<SessionCommitOptions>;

/** Options of {@link SymbolSession.explain}. */
export const SESSION_EXPLAIN = {
  signal: PREDICT_SYMBOL.signal,
} as const satisfies Descriptions<SessionExplainOptions>;

/** Options of {@link describeSymbol}. */
export const DESCRIBE_SYMBOL = {
  symbol: { takes: symbolName, sentence: 'Which symbol.' },
  store: { takes: storeWith<ProfileStore>(READING, PROFILES), sentence: 'The store of its profiles.' },
  bars: { takes: storeWith<BarStore>(['describe'], BARS), default: 'none is looked at', sentence: 'The store of its bars.' },
} as const satisfies Descriptions<DescribeSymbolOptions>;

const barCount = whole({ from: 0, to: Number.MAX_SAFE_INTEGER });

/** What the retrain policy looks at. */
export const RETRAIN_INPUTS = {
  hasModels: { takes: flag, sentence: 'Whether the store has models for the symbol that this release can use.' },
  featureSetChanged: {
    takes: flag,
    sentence: 'Whether the models were trained on another feature set than this release computes, or its state could not be read.',
  },
  historyRewritten: { takes: flag, sentence: 'Whether bars that were trained on have changed at the vendor.' },
  newBars: { takes: barCount, sentence: 'Bars that the source has after the newest stored one.' },
  barsInHistory: { takes: barCount, sentence: 'Bars in the history, the new ones included.' },
  barsSinceTraining: {
    takes: barCount,
    sentence: 'Bars since the newest one that the models were trained on, the new ones included.',
  },
  modelAgeDays: { takes: number({ from: 0 }), sentence: 'Days since the models were trained; 0 without models.' },
} as const satisfies Descriptions<RetrainInputs>;
