import type { FeatureFamily, FeatureSpec } from '../features/family';
import { described, quoted } from '../text';
import { type Check, callback, flag, hasFunctions, invalidOption, isPromise, oneOf, text, whole } from './checks';
import { plainJson } from './plain-json';

/** Families that a list may have. */
const MOST_FAMILIES = 500;
/** Most bars that a feature may wait for. */
const LONGEST_WARMUP = 1_000_000;
const parameters = plainJson({ values: 1_000, depth: 8, text: 10_000 });

const version = whole({ from: 1, to: 1_000_000 });
const title = text(100);
const fold = callback<FeatureFamily['fold']>();
const features = callback<FeatureFamily['features']>();

/** Lower case, digits and underscores: what every store takes as a key. */
export const featureName: Check<string> = {
  wanted: "a name of lower case letters, digits and underscores, at most 64: 'my_gap'",
  read: (value, { name }) => {
    if (typeof value === 'string' && value.length <= 64 && /^[a-z][a-z0-9_]*$/.test(value)) return value;
    throw invalidOption(`${name} must be ${featureName.wanted}, not ${described(value)}`);
  },
};

/** Families in which nothing is anybody's any more. */
const settled = new WeakSet<object>();

/**
 * @param one - a family whose parts have been checked, and whose parameters are frozen all through
 * @returns the family, frozen, to be passed on as it is from now on
 */
export function settledFamily(one: FeatureFamily): FeatureFamily {
  settled.add(one);
  return Object.freeze(one);
}

/** A feature family, one of this library's or of a user's own; those that are not settled are copied. */
const family: Check<FeatureFamily> = {
  wanted: 'a feature family',
  read: (value, { call, name }) => {
    if (isSettled(value)) return value;
    if (isPromise(value)) throw invalidOption(`${name} is a Promise: await it`);
    if (typeof value === 'function') {
      const maker = typeof value.name === 'string' && /^\w{1,40}$/.test(value.name) ? value.name : 'it';
      throw invalidOption(`${name} is a function: call ${maker}()`);
    }
    if (!isFamily(value)) {
      throw invalidOption(`${name} must be a feature family, not ${described(value)}: rsi(), or what defineFeature returns`);
    }
    const place = (key: string) => ({ call, name: `${name}.${key}` });
    // functions are called as the caller's own
    features.read(value.features, place('features'));
    fold.read(value.fold, place('fold'));
    return settledFamily({
      name: featureName.read(value.name, place('name')),
      title: title.read(value.title, place('title')),
      version: version.read(value.version, place('version')),
      parameters: parameters.read(value.parameters, place('parameters')),
      features: (market) => value.features(market),
      fold: (market, state) => value.fold(market, state),
    });
  },
};

function isSettled(value: unknown): value is FeatureFamily {
  return typeof value === 'object' && value !== null && settled.has(value);
}

function isFamily(value: unknown): value is FeatureFamily {
  return typeof value === 'object' && hasFunctions(value, ['features', 'fold']);
}

/** A list of feature families. */
export const featureList: Check<readonly FeatureFamily[]> = {
  wanted: 'an array of feature families',
  read: (value, { call, name }) => {
    if (!Array.isArray(value)) {
      const hint = isFamily(value)
        ? ': put it into brackets'
        : typeof value === 'function'
          ? ': call it'
          : ': [...standardFeatures(), mine]';
      throw invalidOption(`${name} must be ${featureList.wanted}, not ${described(value)}${hint}`);
    }
    const { length } = value;
    if (length === 0 || length > MOST_FAMILIES) throw invalidOption(`${name} has ${length} families; give 1 to ${MOST_FAMILIES}`);
    return Array.from({ length }, (_, i) => family.read(value[i], { call, name: `${name}[${i}]` }));
  },
};

const group = oneOf<FeatureSpec['group']>(
  'technical_indicators',
  'statistical_features',
  'risk_metrics',
  'volatility_features',
  'multi_timeframe',
  'regime_features',
);
const warmup = whole({ from: 0, to: LONGEST_WARMUP });
const unit = text(60);

const range: Check<readonly [number, number]> = {
  wanted: '[lowest, highest], infinities included',
  read: (value, { name }) => {
    const [low, high]: readonly unknown[] = Array.isArray(value) && value.length === 2 ? value : [];
    if (typeof low === 'number' && typeof high === 'number' && low < high) return [low, high];
    throw invalidOption(
      `${name} must be ${range.wanted}, not ${Array.isArray(value) ? `[${value.slice(0, 4).map(described).join(', ')}]` : described(value)}`,
    );
  },
};

/** What each part of a {@link FeatureSpec} is. */
export const FEATURE_PARTS = { group, unit, range, warmup, model: flag };

/**
 * @param value - what a family that is not this library's says of one of its features
 * @param name - where it stands, for messages
 * @returns a copy, checked
 * @throws TickerforestError `INVALID_OPTION` naming the part and its value
 */
export function checkSpec(value: unknown, name: string): FeatureSpec {
  if (typeof value !== 'object' || value === null) throw invalidOption(`${name} must be an object, not ${described(value)}`);
  const part = <T>(key: string, check: Check<T>): T => check.read(Reflect.get(value, key), { call: 'features', name: `${name}.${key}` });
  const spec = {
    name: part('name', featureName),
    group: part('group', group),
    unit: part('unit', unit),
    range: part('range', range),
    warmup: part('warmup', warmup),
    model: part('model', flag),
  };
  const gaps: unknown = Reflect.get(value, 'gaps');
  if (gaps !== undefined && typeof gaps !== 'boolean') throw invalidOption(`${name}.gaps must be true or left out, not ${described(gaps)}`);
  return gaps === true ? { ...spec, gaps } : spec;
}

/**
 * @param first - a family
 * @param second - another, or the same
 * @param feature - the name that both have
 * @returns the sentence about it
 */
export function clash(first: string, second: string, feature: string): string {
  return first === second
    ? `features: ${first} has ${quoted(feature)} twice`
    : `features: ${quoted(feature)} is a feature of ${first} and of ${second}; leave one of them out, or give it other parameters`;
}
