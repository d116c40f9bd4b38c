import { types } from 'node:util';
import { TickerforestError } from '../errors';
import { check } from '../options/checks';
import { checkArgument, checkOptions } from '../options/description';
import { RETRAIN, RETRAIN_INPUTS } from '../options/symbol-tables';
import { described } from '../text';

const texts = check(
  'a list of texts',
  (value): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string'),
);

/** What a retrain decision looks at. */
export interface RetrainInputs {
  /** Whether the store has models for the symbol that this release can use. */
  readonly hasModels: boolean;
  /** Whether the models were trained on another feature set than this release computes, or its state could not be read. */
  readonly featureSetChanged: boolean;
  /** Whether bars that were trained on have changed at the vendor. */
  readonly historyRewritten: boolean;
  /** Bars that the source has after the newest stored one. */
  readonly newBars: number;
  /** Bars in the history, the new ones included. */
  readonly barsInHistory: number;
  /** Bars since the newest one that the models were trained on, the new ones included. */
  readonly barsSinceTraining: number;
  /** Days since the models were trained; 0 without models. */
  readonly modelAgeDays: number;
}

/** Whether to train again, and why. Stored, with its time, in the ML profile. */
export interface RetrainVerdict {
  /** The decision. */
  readonly retrain: boolean;
  /** Why, in words for people; at least one. */
  readonly reasons: readonly string[];
  /** What was looked at, thresholds included. */
  readonly inputs: Readonly<Record<string, number | boolean | string>>;
}

/**
 * A policy of your own. It is asked where there are new bars and models that could be kept; models that cannot be used are always trained.
 *
 * @param inputs - the situation
 * @param standard - what the standard policy would do
 * @returns the decision and why, at least one reason
 */
export type RetrainPolicy = (inputs: RetrainInputs, standard: RetrainVerdict) => Pick<RetrainVerdict, 'retrain' | 'reasons'>;

/** When {@link IncrementalUpdateStrategy} trains again. */
export interface RetrainOptions {
  /** Fewer bars than this since training: keep the models. 1 or more, default 100. */
  readonly minNewBars?: number | undefined;
  /** Older models than this, with enough new bars: train again. 0 or more days, default 7. */
  readonly maxModelAgeDays?: number | undefined;
  /** Decides instead of the two thresholds. Default: none. */
  readonly retrainPolicy?: RetrainPolicy | undefined;
}

/** How a reason begins that says why stored models cannot be used: they are there, so nobody says that there are none. */
export const UNUSABLE = 'the stored models cannot be used';

/**
 * Decides whether models are trained again. The first rule that applies decides:
 *
 * | situation | train again |
 * |---|---|
 * | no models, another feature set, or history rewritten | yes |
 * | a reason of the caller's that leaves no choice | yes |
 * | no new bars | no |
 * | a policy of the caller's | as it says |
 * | fewer than `minNewBars` bars since training | no |
 * | models older than `maxModelAgeDays` | yes |
 * | anything else | no |
 *
 * Bars are counted since the training, not since the last update: a daily series, updated bar by bar, would otherwise never retrain.
 *
 * @param inputs - the situation
 * @param options - thresholds, or a policy of your own
 * @param asked - reasons that leave no choice, such as other parameters. Default: none
 * @returns the decision with its reasons
 * @throws TickerforestError `INVALID_OPTION` naming an input or option, or if the caller's policy throws or returns no decision with reasons
 */
export function shouldRetrainModels(inputs: RetrainInputs, options: RetrainOptions = {}, asked: readonly string[] = []): RetrainVerdict {
  checkArgument(asked, texts, 'asked', 'shouldRetrainModels');
  const {
    minNewBars = RETRAIN.minNewBars.default,
    maxModelAgeDays = RETRAIN.maxModelAgeDays.default,
    retrainPolicy,
  } = checkOptions(options, RETRAIN, 'shouldRetrainModels');
  checkOptions(inputs, RETRAIN_INPUTS, 'shouldRetrainModels');
  const decide = (retrain: boolean, reasons: readonly string[], policy: 'standard' | 'custom' = 'standard'): RetrainVerdict => ({
    retrain,
    reasons,
    inputs: { ...inputs, minNewBars, maxModelAgeDays, policy },
  });
  const forced = [
    ...(inputs.hasModels || inputs.featureSetChanged || asked.some((reason) => reason.startsWith(UNUSABLE))
      ? []
      : ['there are no models yet']),
    ...(inputs.featureSetChanged ? ['the market or feature set has changed, or the stored state cannot be read'] : []),
    ...(inputs.historyRewritten ? ['the source has rewritten bars that were trained on'] : []),
    ...asked,
  ];
  if (forced.length > 0) return decide(true, forced);
  if (inputs.newBars === 0) return decide(false, ['no new bars']);

  const since = `${inputs.barsSinceTraining} ${inputs.barsSinceTraining === 1 ? 'bar' : 'bars'} since training`;
  const age = `models are ${inputs.modelAgeDays.toFixed(1)} days old`;
  const standard =
    inputs.barsSinceTraining < minNewBars
      ? decide(false, [`${since}, fewer than minNewBars ${minNewBars}`])
      : inputs.modelAgeDays > maxModelAgeDays
        ? decide(true, [`${age}, more than maxModelAgeDays ${maxModelAgeDays}`])
        : decide(false, [`${age}, not more than maxModelAgeDays ${maxModelAgeDays}`]);
  if (retrainPolicy === undefined) return standard;
  const { retrain, reasons } = ask(retrainPolicy, inputs, standard);
  return decide(retrain, reasons, 'custom');
}

/** The caller's decision, checked, because it is stored. */
function ask(policy: RetrainPolicy, inputs: RetrainInputs, standard: RetrainVerdict): Pick<RetrainVerdict, 'retrain' | 'reasons'> {
  let decision: unknown;
  try {
    decision = policy(inputs, standard);
    if (isDecision(decision)) return { retrain: decision.retrain, reasons: [...decision.reasons] };
  } catch (cause) {
    throw new TickerforestError('INVALID_OPTION', 'retrainPolicy threw; see the cause; nothing was stored', { cause });
  }
  // an async policy may fail yet, and nobody would hear it
  if (types.isPromise(decision)) decision.catch(() => {});
  const got = types.isPromise(decision) ? 'a promise: it cannot be async' : described(decision);
  throw new TickerforestError('INVALID_OPTION', `retrainPolicy must return { retrain: boolean, reasons: [text, ...] }, not ${got}`);
}

function isDecision(value: unknown): value is Pick<RetrainVerdict, 'retrain' | 'reasons'> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'retrain' in value &&
    typeof value.retrain === 'boolean' &&
    'reasons' in value &&
    Array.isArray(value.reasons) &&
    value.reasons.length > 0 &&
    value.reasons.every((reason) => typeof reason === 'string' && reason !== '')
  );
}
