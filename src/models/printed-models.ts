import { counted, figure, minute, type Row, type Sheet, short } from '../printed';
import type { HeldOutForecasts } from './evaluation';
import type { TrainingOutcome } from './ml-model-trainer';
import type { TrainedModel } from './trained-model';

/** Models, features and parameters that are shown. */
const SHOWN = 8;

/**
 * @param model - a trained model
 * @returns what is printed of it
 */
export function modelTable({ key, type, task, parameters, target, featureNames, ensemble }: TrainedModel): Sheet {
  const trees = ensemble && `${counted(ensemble.treeOffsets.length - 1, 'tree')}, ${counted(ensemble.left.length, 'node')}`;
  return {
    title: `${key}: ${type}, ${task}`,
    rows: [
      ['forecasts', target.description],
      [
        'sees',
        `${counted(featureNames.length, 'feature')}: ${featureNames.slice(0, SHOWN).join(', ')}${featureNames.length > SHOWN ? ', ...' : ''}`,
      ],
      ...(trees === undefined ? [] : [['trees', trees] as const]),
      [
        'parameters',
        Object.entries(parameters)
          .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
          .join(', '),
        3,
      ],
    ],
  };
}

/**
 * @param outcome - what a training has led to
 * @returns what is printed of it
 */
export function trainingTable({ models, metrics, rows }: TrainingOutcome): Sheet {
  const keys = Object.keys(models);
  return {
    title: `${counted(keys.length, 'model')}, trained on ${counted(rows.to - rows.from, 'row')}`,
    rows: [
      ...keys.slice(0, SHOWN).map((key, i): Row => {
        const figures = metrics[key]?.walk_forward;
        return [i === 0 ? 'held out' : '', `${key}  ${figures === undefined ? '-' : heldOutLine(figures)}`];
      }),
      ...(keys.length > SHOWN ? [['', `and ${keys.length - SHOWN} more`] as const] : []),
    ],
  };
}

function heldOutLine(figures: NonNullable<TrainingOutcome['metrics'][string]>['walk_forward']): string {
  if ('skill' in figures) return `skill ${figure(figures.skill)}, correlation ${figure(figures.ic)}`;
  return `accuracy ${figure(figures.accuracy)}, baseline ${figure(figures.naive_accuracy)}, area under curve ${figure(figures.auc)}`;
}

/**
 * @param heldOut - forecasts of held-out rows
 * @returns what is printed of them
 */
export function heldOutTable({ timestamp, end, forecast, actual }: HeldOutForecasts): Sheet {
  const { length } = timestamp;
  if (length === 0) return { title: 'no held-out forecasts', rows: [] };
  const line = (row: number): string => `${minute(new Date(timestamp[row]))}: forecast ${short(forecast[row])}, came ${short(actual[row])}`;
  return {
    title: `${counted(length, 'held-out forecast')}, judged until ${minute(new Date(end[length - 1]))}`,
    rows: [
      ['first', line(0)],
      ['last', line(length - 1)],
    ],
  };
}
