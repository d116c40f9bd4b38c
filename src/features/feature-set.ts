import { createHash } from 'node:crypto';
import { type Market, marketFrom } from '../bars/market';
import { invalidOption } from '../options/checks';
import { checkArgument, readSafely } from '../options/description';
import { checkSpec, clash, featureList } from '../options/feature-list';
import { wholeMarket } from '../options/market-table';
import { described, oneLine } from '../text';
import { type FeatureFamily, type FeatureSpec, isBuiltIn } from './family';
import { named } from './guarded-fold';
import { MAKERS, originalFeatures, standardFeatures } from './standard-features';

/** Raise it when a feature's meaning changes without its specification changing: old checkpoints are then rebuilt. */
const ENGINE_VERSION = 2;

/** What identifies a family. */
export type FamilyIdentity = Pick<FeatureFamily, 'name' | 'version' | 'parameters'>;

/** Families for a market: what they compute, and what identifies that. */
export interface FeatureSet {
  /** The families, in order. */
  readonly families: readonly FeatureFamily[];
  /** Each family's features. */
  readonly specs: readonly (readonly FeatureSpec[])[];
  /** 16 hexadecimal digits: two sets of one hash compute the same. */
  readonly hash: string;
  /** Whether a checkpoint says nothing of the families, because the hash tells that they are a list of this library's. */
  readonly isListed: boolean;
}

/** Features of a family of a user's own. */
const MOST_FEATURES = 1_000;

type Computed = Omit<FeatureSet, 'families'>;

/** What was computed of built-in families lately: an update needs the same several times. */
const known = new Map<string, Computed>();
const MOST_KNOWN = 32;
const identities = new WeakMap<FeatureFamily, string>();

/**
 * @param family - a family
 * @returns name, version and parameters as one text; the order of keys does not matter
 */
export function identityOf(family: FamilyIdentity): string {
  const { name, version, parameters } = family;
  return JSON.stringify([name, version, parameters], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function knownIdentity(family: FeatureFamily): string {
  const before = identities.get(family);
  if (before !== undefined) return before;
  const identity = identityOf(family);
  // only these are certain not to change
  if (isBuiltIn(family)) identities.set(family, identity);
  return identity;
}

/**
 * @param market - whose bars, a whole one
 * @param families - checked families
 * @returns their set
 * @throws TickerforestError `INVALID_OPTION` if two features have one name, `FEATURE_FAILED` if a family of a user's own throws
 */
export function featureSetOf(market: Market, families: readonly FeatureFamily[]): FeatureSet {
  const listed = families.map(knownIdentity).join('\n');
  if (!families.every(isBuiltIn)) return { families, ...compute(market, families, listed) };
  const key = `${JSON.stringify(market)}\n${listed}`;
  let computed = known.get(key);
  if (computed === undefined) {
    computed = compute(market, families, listed);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, computed);
  }
  return { families, ...computed };
}

function compute(market: Market, families: readonly FeatureFamily[], listed: string): Computed {
  const specs = families.map((family) => (isBuiltIn(family) ? family.features(market) : ownSpecs(family, market)));
  const owners = new Map<string, FeatureFamily>();
  families.forEach((family, i) => {
    for (const { name } of specs[i]) {
      const owner = owners.get(name);
      if (owner !== undefined) throw invalidOption(clash(familyText(owner), familyText(family), name));
      owners.set(name, family);
    }
  });
  const isListed = [standardFeatures(), originalFeatures()].some((list) => list.map(knownIdentity).join('\n') === listed);
  const outline = specs.flat().map(({ name, warmup, model }) => [name, warmup, model]);
  const identity = [ENGINE_VERSION, market, outline, ...(isListed ? [] : [listed])];
  return { specs, hash: createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16), isListed };
}

function ownSpecs(family: FeatureFamily, market: Market): readonly FeatureSpec[] {
  if (MAKERS.has(family.name)) {
    throw invalidOption(`features: a family of your own is called '${family.name}', as one of this library's; give it another name`);
  }
  const specs = named(family, 'cannot list its features', () => family.features(market));
  if (!Array.isArray(specs)) throw invalidOption(`features: ${family.name}.features must return an array, not ${described(specs)}`);
  if (specs.length > MOST_FEATURES) {
    throw invalidOption(`features: ${family.name} has ${specs.length} features; give at most ${MOST_FEATURES} a family`);
  }
  return readSafely(family.name, () => specs.map((spec, i) => checkSpec(spec, `${family.name}.features[${i}]`)));
}

/**
 * @param family - a family, or what a file says of one
 * @returns it for people: 'rsi [7, 14]', 'bollinger (period 10, deviations 1.5)', 'my_gap version 2'
 */
export function familyText({ name, version, parameters }: FamilyIdentity): string {
  const entries = Object.entries(parameters);
  const value = (one: unknown) => JSON.stringify(one).replaceAll('"', '').replaceAll(',', ', ');
  const [first] = entries;
  const isList = entries.length === 1 && Array.isArray(first[1]);
  const given = isList ? value(first[1]) : entries.length > 0 ? `(${entries.map(([key, one]) => `${key} ${value(one)}`).join(', ')})` : '';
  const shown = oneLine(given, SHOWN_PARAMETERS);
  const versioned = MAKERS.has(name) && version === 1 ? name : `${name} version ${version}`;
  return shown === '' ? versioned : `${versioned} ${shown}`;
}

const SHOWN_PARAMETERS = 80;

/**
 * @param market - whose bars, as a caller gives it
 * @param call - the function that the caller has called
 * @returns the same, its properties in the order that checkpoints and hashes have
 * @throws TickerforestError `INVALID_OPTION` naming what is missing or wrong
 */
export function checkedMarket(market: Market, call: string): Market {
  const { interval, ...rest } = checkArgument(market, wholeMarket, 'market', call);
  return marketFrom(interval, rest);
}

/**
 * Lists features with unit, range and warm-up.
 *
 * @param market - whose bars; which features there are depends on their length
 * @param features - families, see {@link standardFeatures}
 * @returns every feature, in the order of the families
 * @throws TickerforestError `INVALID_OPTION` naming what is missing of the market or wrong, or if two features have one name
 */
export function featureSpecs(market: Market, features: readonly FeatureFamily[] = standardFeatures()): readonly FeatureSpec[] {
  return featureSetOf(checkedMarket(market, 'featureSpecs'), checkArgument(features, featureList, 'features', 'featureSpecs')).specs.flat();
}

/**
 * Identifies what the engine computes: its version, the market, the features, and, unless they are {@link standardFeatures} or {@link originalFeatures}, name, version and
 * parameters of the families. A checkpoint or model of another hash cannot be used.
 *
 * @param market - whose bars
 * @param features - families, see {@link standardFeatures}
 * @returns 16 hexadecimal digits
 * @throws TickerforestError `INVALID_OPTION` naming what is missing of the market or wrong, or if two features have one name
 */
export function featureSetHash(market: Market, features: readonly FeatureFamily[] = standardFeatures()): string {
  return featureSetOf(checkedMarket(market, 'featureSetHash'), checkArgument(features, featureList, 'features', 'featureSetHash')).hash;
}
