import type { Bars } from '../bars/bars';
import type { BarStore } from '../stores/bar-store';
import type { PrepareDatasetOptions } from '../symbol/prepare-dataset';
import { described, quoted } from '../text';
import { abortSignal, type Check, hasFunctions, invalidOption, isPromise } from './checks';
import type { Descriptions } from './description';
import { isInMemory } from './source-tables';
import { TRAIN_SYMBOL } from './symbol-tables';
import { sampleWeights } from './weight-tables';

const MOST_COLUMNS = 10_000;

/** A store that is read from, or bars, which are looked at when they are read. */
const bars: Check<BarStore | Bars> = {
  wanted: 'a BarStore or Bars',
  read: (value, { name }) => {
    if (isPromise(value)) throw invalidOption(`${name} is a Promise: await it`);
    if (isStore(value) || isBars(value)) return value;
    throw invalidOption(`${name} must be ${bars.wanted}, not ${described(value)}; rows and files are a source: source: csvBars(path)`);
  },
};

function isStore(value: unknown): value is BarStore {
  return typeof value === 'object' && hasFunctions(value, ['describe', 'read']);
}

function isBars(value: unknown): value is Bars {
  return isInMemory(value) && !Array.isArray(value);
}

/** Names of columns; whether there are such is seen there. */
export const columnNames: Check<readonly string[]> = {
  wanted: 'an array of names',
  read: (value, { name }) => {
    if (!Array.isArray(value)) {
      const hint = typeof value === 'string' ? `: [${quoted(value)}]` : '';
      throw invalidOption(`${name} must be ${columnNames.wanted}, not ${described(value)}${hint}`);
    }
    const { length } = value;
    if (length > MOST_COLUMNS) throw invalidOption(`${name} has ${length} names; give at most 10,000`);
    return Array.from({ length }, (_, i) => {
      const one: unknown = value[i];
      if (typeof one !== 'string') throw invalidOption(`${name}[${i}] must be a name, not ${described(one)}`);
      return one;
    });
  },
};

const { source, symbol, features, target, interval, historyYears, from, to, badBars, maxBars, maxJump, threads, strict, now, onProgress } =
  TRAIN_SYMBOL;
const { exchange, timeZone, session, stamp } = TRAIN_SYMBOL;

/** Options of {@link prepareDataset}. */
export const PREPARE_DATASET = {
  source: {
    takes: source.takes,
    default: '`bars` has them',
    sentence: 'Where the bars are: a source such as {@link csvBars}, rows, or {@link Bars}.',
  },
  bars: {
    takes: bars,
    default: '`source` has them',
    sentence:
      "Instead of a source: a {@link BarStore}, whose kept bars of `symbol` are taken as they are, or {@link Bars} in memory, which are judged like a source's.",
  },
  symbol: { takes: symbol.takes, default: 'dataset', sentence: 'Which symbol; only a source or store of several symbols needs it.' },
  features,
  target,
  weights: {
    takes: sampleWeights,
    default: 'equalWeights()',
    sentence: 'How much each row counts when models learn, such as `uniqueness`.',
  },
  columns: {
    takes: columnNames,
    default: 'none',
    sentence: "Features that {@link Dataset.column} gives in full precision, also such as models do not see: `['sma_20']`.",
  },
  interval,
  historyYears,
  from,
  to,
  badBars,
  maxBars,
  maxJump,
  threads: {
    ...threads,
    sentence: 'Threads beside the calling one that read a large CSV file and compute features; 0: the calling thread does all.',
  },
  strict: { ...strict, sentence: 'Whether warnings are errors (`STRICT`).' },
  now,
  exchange,
  timeZone,
  session,
  stamp,
  onProgress,
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts.' },
} as const satisfies Descriptions<PrepareDatasetOptions>;
