import type { Market } from '../bars/market';
import type { FeatureFamily } from '../features/family';
import { featureChanges } from '../features/feature-changes';
import type { FeatureEngineer } from '../features/feature-engineer';
import { featureSetOf } from '../features/feature-set';
import type { TrainingSettings } from '../models/ml-model-trainer';
import type { MlProfile } from '../profiles/documents';
import { oneLine } from '../text';
import { isSameMarket } from './market';
import type { StoredSymbol } from './stored-symbol';

/**
 * @param engineer - the stored engine
 * @param market - whose bars are asked for
 * @param features - what the run computes
 * @returns why the engine cannot go on, in words; null if it can
 */
export function changedState(engineer: FeatureEngineer, market: Market, features: readonly FeatureFamily[]): string | null {
  if (!isSameMarket(market, engineer.market)) return 'the market is described otherwise than before';
  if (featureSetOf(market, features).hash === engineer.hash) return null;
  return `the features are not those of before: ${featureChanges(engineer.families, features, market) ?? 'computed otherwise'}`;
}

/**
 * @param profile - the stored ML profile
 * @param settings - what the run asks for
 * @returns why models that were made by other settings are trained again, in words; none if they were made by these, or nobody knows
 */
export function changedSettings({ asked_for: before }: MlProfile, settings: TrainingSettings): readonly string[] {
  if (before === undefined) return [];
  const was = Object.keys(before.parameters);
  const is = Object.keys(settings.parameters);
  const changed = [
    ...differences('', runWide(before), runWide(settings)),
    ...listed(
      'added',
      is.filter((key) => !was.includes(key)),
    ),
    ...listed(
      'removed',
      was.filter((key) => !is.includes(key)),
    ),
    ...is.filter((key) => was.includes(key)).flatMap((key) => differencesOf(key, before, settings)),
  ];
  if (changed.length === 0) return [];
  const more = changed.length > SHOWN ? ` and ${changed.length - SHOWN} more` : '';
  return [`other settings are asked for: ${changed.slice(0, SHOWN).join(', ')}${more}`];
}

/** Differences that a sentence tells, and characters of a value. */
const SHOWN = 12;
const LONGEST = 200;

/** What all models have in common. */
function runWide({ parameters: _, types: __, targets: ___, weights = null, ...rest }: TrainingSettings): Readonly<Record<string, unknown>> {
  return { ...rest, weights: weights === null ? 'equal' : JSON.stringify(weights) };
}

function differencesOf(key: string, before: TrainingSettings, now: TrainingSettings): readonly string[] {
  // documents of older releases do not say what kind the models are, and what they forecast
  const [was, is] = [before, now].map(({ types, targets }) =>
    before.types === undefined || before.targets === undefined ? {} : { type: types?.[key], target: JSON.stringify(targets?.[key]) },
  );
  // the seed stands in every model's, and is told once
  const [old, own] = [before, now].map(({ parameters }) => ({ ...parameters[key], random_state: null }));
  return [...differences(`${key}.`, was, is), ...differences(`${key}.`, old, own)];
}

function differences(place: string, was: Readonly<Record<string, unknown>>, is: Readonly<Record<string, unknown>>): readonly string[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((name) => was[name] !== is[name]);
  return names.map((name) => `${place}${name} ${shown(was[name])} is ${shown(is[name])} now`);
}

function shown(value: unknown): string {
  return value === undefined ? 'not set' : oneLine(String(value), LONGEST);
}

function listed(what: string, keys: readonly string[]): readonly string[] {
  return keys.length === 0
    ? []
    : [`${keys.length === 1 ? 'model' : 'models'} ${keys.slice(0, SHOWN).join(', ')}${keys.length > SHOWN ? ', ...' : ''} ${what}`];
}

/**
 * @param stored - what is stored of a symbol
 * @returns documents that are missing and can be made again without a training
 */
export function missingDocuments({ company, statistical, revision }: StoredSymbol): readonly string[] {
  if (revision === 0) return [];
  return [...(company === null ? ['company profile'] : []), ...(statistical === null ? ['statistical profile'] : [])];
}
