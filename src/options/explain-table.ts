import type { ExplainOptions } from '../explain/explain';
import type { PermutationOptions } from '../explain/permutation-importance';
import type { RowRange } from '../trees/feature-matrix';
import { abortSignal, callback, check, oneOf, whole } from './checks';
import { type Descriptions, object } from './description';

const number = whole({ from: 0, to: 2 ** 32 });

/** Rows of a matrix. */
const ROW_RANGE = {
  from: { takes: number, sentence: 'Number of the first row.' },
  to: { takes: number, sentence: 'Number after the last row.' },
} as const satisfies Descriptions<RowRange>;

/** A range of rows; whether it is within a matrix is seen there. */
export const rowRange = object(ROW_RANGE, '{ from, to }, numbers of rows');

const trees = check(
  'the trees of a model, as loadModelCovers returns them',
  (value): value is NonNullable<ExplainOptions['trees']> =>
    typeof value === 'object' && value !== null && ArrayBuffer.isView(Reflect.get(value, 'left')) && 'cover' in value,
);

/** Options of {@link explain}. */
export const EXPLAIN = {
  rows: { takes: rowRange, default: 'all', sentence: 'Which rows of the matrix.' },
  trees: {
    takes: trees,
    default: "the model's own, which have covers if it was trained in this process",
    sentence: 'The trees of a model that was loaded, with their covers: `loadModelCovers` of `tickerforest/research`.',
  },
  onProgress: { takes: callback(), default: 'none', sentence: 'Called about ten times a second, and when all is done.' },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts; heard within some milliseconds.' },
} as const satisfies Descriptions<ExplainOptions>;

/** Options of {@link permutationImportance}. */
export const PERMUTATION = {
  scoring: {
    takes: oneOf('r2', 'neg_mean_squared_error', 'accuracy', 'roc_auc', 'neg_log_loss'),
    default: "'r2' of a number, 'accuracy' of a class",
    sentence: 'What is lost by shuffling.',
  },
  repeats: { takes: whole({ from: 1, to: 1_000 }), default: 5, sentence: 'How often each feature is shuffled.' },
  seed: { takes: whole({ from: 0, to: 2 ** 32 - 1 }), default: 1, sentence: 'Seed of the shuffling.' },
  onProgress: { takes: callback(), default: 'none', sentence: 'Called after each feature.' },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts; heard within some milliseconds.' },
} as const satisfies Descriptions<PermutationOptions>;
