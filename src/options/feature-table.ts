import type { FeatureUpdateOptions, MatrixPlace } from '../features/feature-update';
import { abortSignal, callback, flag, whole } from './checks';
import { type Descriptions, object } from './description';
import { matrix } from './model-tables';

/** Where rows of a matrix go. */
const MATRIX_PLACE = {
  matrix: { takes: matrix, sentence: 'Made by `FeatureEngineer.allocateMatrix`.' },
  row: { takes: whole({ from: 0, to: 2 ** 32 }), sentence: 'Row of the first bar.' },
} as const satisfies Descriptions<MatrixPlace>;

/** Options of {@link FeatureEngineer.update}. */
export const FEATURE_UPDATE = {
  matrix: { takes: flag, default: true, sentence: 'Whether to return the rows of the model matrix.' },
  into: {
    takes: object(MATRIX_PLACE),
    default: 'a new one',
    sentence: 'A matrix whose rows from `row` on are filled, so that a long one can be made in pieces; it is returned.',
  },
  onProgress: { takes: callback(), default: 'none', sentence: 'Called for every family and every few thousand bars.' },
  onBlock: {
    takes: callback(),
    default: 'none',
    sentence: 'Called with the full-precision values of every feature, model or not, a family and a block at a time.',
  },
  threads: {
    takes: whole({ from: 0, to: 64 }),
    default: 'as many as the machine has cores; 0 below 0.2 s of work',
    sentence: "Threads beside the calling one that compute this library's families.",
  },
  onNoWorkers: {
    takes: callback(),
    default: 'none',
    sentence: 'Called with the reason if no worker thread could be started: the calling thread then computes all.',
  },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts between blocks; the engine cannot be used afterwards.' },
} as const satisfies Descriptions<FeatureUpdateOptions>;
