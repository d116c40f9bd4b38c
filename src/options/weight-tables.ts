import type { HalfLife, SampleWeights, TimeDecayOptions, WeightsDefinition } from '../targets/weights';
import { described } from '../text';
import { type Check, callback, invalidOption, number, text } from './checks';
import { type Descriptions, object } from './description';
import { snakeCase, storedParameters, storedVersion } from './target-tables';

/** After what time rows count half. */
const HALF_LIFE = {
  bars: { takes: number({ above: 0, to: 1e9 }), default: 'none: give days', sentence: 'Bars, above 0.' },
  days: { takes: number({ above: 0, to: 1e6 }), default: 'none: give bars', sentence: 'Days of 24 hours by the timestamps, above 0.' },
} as const satisfies Descriptions<HalfLife>;

/** Options of {@link timeDecay}. */
export const TIME_DECAY = {
  halfLife: {
    takes: object(HALF_LIFE, 'an object of bars or days', (value) => (typeof value === 'number' ? `: { bars: ${value} }` : '')),
    sentence: 'After what age a row counts half as much as the newest one.',
  },
} as const satisfies Descriptions<TimeDecayOptions>;

/** What {@link defineWeights} is given. */
export const DEFINE_WEIGHTS = {
  name: { takes: snakeCase, sentence: "Name as it is stored, in snake_case, none of the package's own." },
  version: {
    takes: storedVersion,
    default: 1,
    sentence: 'Version, to be raised whenever the same parameters give other weights.',
  },
  parameters: { takes: storedParameters, default: 'none', sentence: 'Everything that the weights depend on, as plain JSON.' },
  description: { takes: text(200), sentence: 'What counts more, in words for people.' },
  weigh: {
    takes: callback(),
    sentence: 'Weighs rows: one weight a row, above 0; those of rows without label are not looked at.',
  },
} as const satisfies Descriptions<WeightsDefinition>;

/** Weights of rows. */
export const sampleWeights: Check<SampleWeights> = {
  wanted: 'weights, such as uniqueness()',
  read: (value, { call, name }) => {
    if (!isWeightsLike(value)) {
      const hint = typeof value === 'function' ? ': call it, uniqueness()' : '; defineWeights makes some of your own';
      throw invalidOption(`${name} must be ${sampleWeights.wanted}, not ${described(value)}${hint}`);
    }
    const part = <T>(key: string, takes: Check<T>): T => takes.read(Reflect.get(value, key), { call, name: `${name}.${key}` });
    return {
      name: part('name', snakeCase),
      version: part('version', storedVersion),
      parameters: part('parameters', storedParameters),
      description: part('description', text(2_000)),
      weigh: (labels, bars, market) => value.weigh(labels, bars, market),
    };
  },
};

function isWeightsLike(value: unknown): value is SampleWeights {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'weigh') === 'function';
}
