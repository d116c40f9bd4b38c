import type { TrainingSettings } from '../models/ml-model-trainer';
import type { MlProfile } from '../profiles/documents';
import type { StoredSymbol } from './stored-symbol';

/**
 * @param profile - the stored ML profile
 * @param settings - what the run asks for
 * @returns why models that were made by other settings are trained again, in words; none if they were made by these, or nobody knows
 */
export function changedSettings({ asked_for: before }: MlProfile, settings: TrainingSettings): readonly string[] {
  if (before === undefined) return [];
  // documents of older releases do not say what kind the models are, and what they forecast
  const hasKinds = before.types !== undefined && before.targets !== undefined;
  const flat = ({ parameters, types = {}, targets = {}, weights = null, ...rest }: TrainingSettings): Map<string, unknown> =>
    new Map<string, unknown>([
      ...Object.entries(rest),
      ['weights', weights === null ? 'equal' : JSON.stringify(weights)],
      ...Object.entries(hasKinds ? types : {}).map(([key, type]): [string, unknown] => [`${key}.type`, type]),
      ...Object.entries(hasKinds ? targets : {}).map(([key, target]): [string, unknown] => [`${key}.target`, JSON.stringify(target)]),
      ...Object.entries(parameters).flatMap(([key, own]) =>
        Object.entries(own).map(([name, value]): [string, unknown] => [`${key}.${name}`, value]),
      ),
    ]);
  const was = flat(before);
  const is = flat(settings);
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
    (name) => was.get(name) !== is.get(name) && !name.endsWith('.random_state'),
  );
  if (changed.length === 0) return [];
  return [`other settings are asked for: ${changed.map((name) => `${name} ${was.get(name)} is ${is.get(name)} now`).join(', ')}`];
}

/**
 * @param stored - what is stored of a symbol
 * @returns documents that are missing and can be made again without a training
 */
export function missingDocuments({ company, statistical, revision }: StoredSymbol): readonly string[] {
  if (revision === 0) return [];
  return [...(company === null ? ['company profile'] : []), ...(statistical === null ? ['statistical profile'] : [])];
}
