import type { Bars } from '../bars/bars';
import type { Market } from '../bars/market';
import { TickerforestError } from '../errors';
import { labelBarsInTurns } from '../targets/define-target';
import { direction } from '../targets/direction';
import { identityOf, type Target } from '../targets/target';
import { inTurns, type Turns } from '../waiting';
import type { Model, ModelSet } from './model';
import { type TrainingRows, trainingRows } from './training-rows';

/** A model on its way: what it forecasts, and on which rows. */
export interface Candidate {
  /** Its name. */
  readonly key: string;
  /** The model. */
  readonly model: Model;
  /** What it forecasts. */
  readonly target: Target;
  /** The rows that it learns from and is judged on. */
  readonly set: TrainingRows;
}

/**
 * Labels the bars, once for all models of one target.
 *
 * @param models - the models, by name
 * @param run - what the run forecasts
 * @param data - bars, their market, and rows that have no features yet
 * @param split - how much is held out
 * @param turns - gives way
 * @returns the models with their rows
 * @throws TickerforestError `TOO_FEW_BARS`, `INVALID_OPTION`, `ABORTED`, and what targets throw
 */
export async function candidatesFor(
  models: ModelSet,
  run: Target,
  { bars, market, warmup }: { readonly bars: Bars; readonly market: Market; readonly warmup: number },
  split: { readonly testFraction: number; readonly embargo: number },
  turns: Turns,
): Promise<Candidate[]> {
  const sets = new Map<string, Candidate>();
  const candidates: Candidate[] = [];
  for (const [key, model] of Object.entries(models)) {
    const target = targetOf(key, model, run);
    const identity = JSON.stringify(identityOf(target));
    const known = sets.get(identity);
    const labels = known?.target === target ? known.set.labels : await labelBarsInTurns(target, bars, market, turns);
    if (known !== undefined && known.set.labels !== labels) await assertSameLabels(known, key, labels, turns);
    const candidate = { key, model, target, set: known?.set ?? (await inTurns(trainingRows(labels, warmup, target, split), turns)) };
    sets.set(identity, known ?? candidate);
    candidates.push(candidate);
    if (turns.isOver) await turns.giveWay();
  }
  return candidates;
}

/**
 * @param key - a model's name
 * @param model - the model
 * @param run - what the run forecasts
 * @returns what the model forecasts: its own target; else the run's, of a classification its direction
 * @throws TickerforestError `INVALID_OPTION` if one is a number and the other a class
 */
export function targetOf(key: string, { task, target }: Model, run: Target): Target {
  const own = target ?? (task === 'classification' && run.kind === 'regression' ? direction({ of: run }) : run);
  if (own.kind === task) return own;
  throw new TickerforestError(
    'INVALID_OPTION',
    `models.${key} forecasts a ${task === 'regression' ? 'number' : 'class'}, but its target is the ${own.description}, a ${own.kind}; give it a target of its own`,
  );
}

/** What is stored of a target does not say its function: two of one identity must not be taken for each other. */
async function assertSameLabels(
  { key, target, set: { labels } }: Candidate,
  other: string,
  { value, end }: TrainingRows['labels'],
  turns: Turns,
): Promise<void> {
  await turns.forRuns(value.length, (from, to) => {
    for (let row = from; row < to; row++) {
      if (Object.is(value[row], labels.value[row]) && end[row] === labels.end[row]) continue;
      throw new TickerforestError(
        'INVALID_OPTION',
        `the targets of models.${key} and models.${other} are both '${target.name}' version ${target.version} with the same parameters, but label row ${row} ${labels.value[row]} and ${value[row]}; say in their parameters what differs`,
      );
    }
  });
}
