import type { FeatureUpdateOptions } from '../features/feature-engineer';
import { abortSignal, callback, flag } from './checks';
import type { Descriptions } from './description';

/** Options of {@link FeatureEngineer.update}. */
export const FEATURE_UPDATE = {
  matrix: { takes: flag, default: true, sentence: 'Whether to return the rows of the model matrix.' },
  onProgress: { takes: callback(), default: 'none', sentence: 'Called for every family and every few thousand bars.' },
  onBlock: {
    takes: callback(),
    default: 'none',
    sentence: 'Called with the full-precision values of every feature, model or not, a family and a block at a time.',
  },
  signal: { takes: abortSignal, default: 'none', sentence: 'Aborts between blocks; the engine cannot be used afterwards.' },
} as const satisfies Descriptions<FeatureUpdateOptions>;
