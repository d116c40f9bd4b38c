import type { Market } from '../bars/market';
import { TickerforestError } from '../errors';
import type { FeatureFamily } from './family';
import { type FamilyIdentity, familyText, featureSetOf, identityOf } from './feature-set';
import { MAKERS, originalFeatures, standardFeatures } from './standard-features';

/** Names that a sentence lists. */
const SHOWN = 12;

/**
 * What differs between two lists of features, for people.
 *
 * @param before - families that something was made with; null: they are not known
 * @param after - those of now
 * @param market - whose bars, which decides what a family's parameters come to
 * @returns 'added my_gap version 1; removed rsi [7, 14, 21]'; null if nothing does, or nothing is known
 */
export function featureChanges(before: readonly FamilyIdentity[] | null, after: readonly FamilyIdentity[], market: Market): string | null {
  if (before === null) return null;
  const known = new Set(before.map(identityOf));
  const wanted = new Set(after.map(identityOf));
  const removed = before.filter((family) => !wanted.has(identityOf(family)));
  const added = after.filter((family) => !known.has(identityOf(family)));
  const changed: string[] = [];
  for (const family of [...added]) {
    const old = removed.find(({ name }) => name === family.name);
    if (old === undefined) continue;
    removed.splice(removed.indexOf(old), 1);
    added.splice(added.indexOf(family), 1);
    changed.push(familyChange(old, family, market));
  }
  const parts = [listed('added', added.map(familyText)), listed('removed', removed.map(familyText)), listed('changed', changed)];
  const text = parts.filter((part) => part !== '').join('; ');
  if (text !== '') return text;
  return before.every((family, i) => identityOf(family) === identityOf(after[i])) ? null : 'in another order';
}

/** Where only features came or went, these say more than the parameters. */
function familyChange(old: FamilyIdentity, family: FamilyIdentity, market: Market): string {
  const [before, after] = [old, family].map((one) => namesOf(one, market));
  if (before === null || after === null || old.version !== family.version) return `${familyText(old)} to ${familyText(family)}`;
  const more = after.filter((name) => !before.includes(name));
  const fewer = before.filter((name) => !after.includes(name));
  const words = [listed('with', more), listed('without', fewer)].filter((part) => part !== '').join(', ');
  return words === '' ? `${familyText(old)} to ${familyText(family)}` : `${family.name}, now ${words}`;
}

function namesOf(family: FamilyIdentity, market: Market): readonly string[] | null {
  const made = rebuilt(family);
  return made === null ? null : made.features(market).map(({ name }) => name);
}

function listed(word: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${word} ${names.slice(0, SHOWN).join(', ')}${rest}`;
}

/**
 * @param identity - what a file says of a family
 * @returns the family, if it is one of this library's and of this version; else null
 */
export function rebuilt({ name, version, parameters }: FamilyIdentity): FeatureFamily | null {
  const make = MAKERS.get(name);
  if (make === undefined) return null;
  try {
    const family = make(parameters);
    return family.version === version ? family : null;
  } catch (error) {
    if (error instanceof TickerforestError && error.code === 'INVALID_OPTION') return null;
    throw error;
  }
}

/**
 * @param hash - of a feature set
 * @param market - whose bars
 * @returns the list of this library's that has it; null if none has
 */
export function listOfHash(hash: string, market: Market): readonly FeatureFamily[] | null {
  return [standardFeatures(), originalFeatures()].find((list) => featureSetOf(market, list).hash === hash) ?? null;
}

/**
 * @param value - what a file's header says of its families
 * @returns the same, if it is that
 */
export function identitiesFrom(value: unknown): readonly FamilyIdentity[] | null {
  return Array.isArray(value) && value.length > 0 && value.every(isIdentity) ? value : null;
}

function isIdentity(value: unknown): value is FamilyIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const name: unknown = Reflect.get(value, 'name');
  const parameters: unknown = Reflect.get(value, 'parameters');
  return (
    typeof name === 'string' &&
    /^[a-z][a-z0-9_]{0,63}$/.test(name) &&
    Number.isSafeInteger(Reflect.get(value, 'version')) &&
    typeof parameters === 'object' &&
    parameters !== null &&
    !Array.isArray(parameters)
  );
}
