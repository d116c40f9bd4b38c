import type { FeatureEngineer } from '../features/feature-engineer';
import type { PlanInputs } from '../updates/incremental-update-strategy';
import { type RetrainPolicy, UNUSABLE } from '../updates/retrain-policy';
import type { FetchedBars } from './ask-source';
import { changedSettings, missingDocuments } from './asked-for';
import type { SymbolJob } from './job';
import type { Known } from './known-bars';
import type { StoredSymbol } from './stored-symbol';

/** What a run has found out of the stored state. */
export interface StateFound {
  /** The stored engine, if it can go on. */
  readonly engineer: FeatureEngineer | null;
  /** Why the stored state cannot go on, or must not. */
  readonly rebuild: readonly string[];
  /** The caller's, see {@link askedOnce}. */
  readonly policy: RetrainPolicy | undefined;
}

/**
 * @param job - the run
 * @param stored - what is stored
 * @param found - what of it can go on
 * @param known - what is known of the bars; null: everything is made anew
 * @param fetched - what the source said
 * @returns what the plan is made of, but for what a look at the past has shown
 */
export function planInputs(
  job: SymbolJob,
  stored: StoredSymbol,
  { engineer, rebuild, policy }: StateFound,
  known: Known | null,
  { bars, ignored }: FetchedBars,
): PlanInputs {
  const { minNewBars, maxModelAgeDays, retrain, rebuild: isWanted } = job.options;
  const { models, ml, problem, modelsProblem } = stored;
  const isKnown = known !== null;
  return {
    history: known?.history ?? null,
    models: models && ml && { trainedAt: ml.trained_at.getTime(), barsSinceTraining: ml.bars_since_training },
    featureSetChanged: problem !== null || (stored.engineer !== null && engineer === null && isWanted !== true),
    bars,
    ignored,
    now: job.now.getTime(),
    options: { minNewBars, maxModelAgeDays, retrainPolicy: policy },
    rebuild: isKnown ? rebuild : [],
    retrain: [
      ...(retrain === true ? ['retrain: true'] : []),
      ...(modelsProblem !== null ? [`${UNUSABLE}: ${modelsProblem.message}`] : []),
      ...(known !== null && ml !== null ? changedSettings(ml, job.trainer.settingsFor(known.interval)) : []),
      ...(isKnown && ml?.status === 'failed' ? [`the training before failed (${ml.training_failure?.code ?? 'no reason is stored'})`] : []),
    ],
    missing: isKnown && engineer !== null ? missingDocuments(stored) : [],
  };
}

/**
 * A run asks twice, for the outline and the plan; the caller's policy is asked once.
 *
 * @param policy - the caller's
 * @returns a policy that answers the same again
 */
export function askedOnce(policy: RetrainPolicy): RetrainPolicy {
  let answer: ReturnType<RetrainPolicy> | undefined;
  return (inputs, standard) => {
    answer ??= policy(inputs, standard);
    return answer;
  };
}
