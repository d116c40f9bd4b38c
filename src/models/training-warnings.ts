import type { Warning } from '../bars/warnings';
import { TickerforestError } from '../errors';
import { isBuiltInModel } from '../options/model-check';
import type { Target } from '../targets/target';
import type { Model } from './model';
import type { TrainingRows } from './training-rows';

/** A model that is to be trained. */
interface Trainee {
  readonly key: string;
  readonly model: Model;
  readonly target: Target;
  readonly set: TrainingRows;
}

/**
 * What is found before a training that makes models say the same of every bar: a classifier learns one class, or the least leaf of trees is more than half of the rows.
 *
 * @param trainees - the models, with the rows that they learn from
 * @param areEqual - whether all rows count the same: a leaf counts weights
 * @returns what people should know
 * @throws TickerforestError `CONSTANT_PRICES` naming the target if a model of numbers has the same label on every row
 */
export function trainingWarnings(trainees: readonly Trainee[], areEqual: boolean): Warning[] {
  const ofOneClass: Trainee[] = [];
  const ofOneLeaf: Trainee[] = [];
  for (const trainee of trainees) {
    const label = onlyLabel(trainee.set);
    if (label !== undefined && trainee.target.kind === 'regression') throw constant(trainee, label);
    if (label !== undefined) ofOneClass.push(trainee);
    else if (areEqual && leafOf(trainee) * 2 > trainee.set.labelled) ofOneLeaf.push(trainee);
  }
  return [
    ...ofOneClass.map(
      ({ key, target, set }): Warning => ({
        code: 'one_class',
        message: `models.${key} forecasts the same of every bar: the ${target.description} is ${onlyLabel(set)} on all ${set.labelled} rows that it learns from; give more bars, or a target that has both`,
        count: set.labelled,
        firstBar: null,
      }),
    ),
    ...ofOneLeaf.map((trainee): Warning => {
      const { key, set } = trainee;
      const leaf = leafOf(trainee);
      return {
        code: 'no_split',
        message: `models.${key} forecasts the mean for every bar: leaves of ${leaf} rows do not divide ${set.labelled}; give at least ${2 * leaf} rows with a label, or smaller leaves: minSamplesLeaf ${Math.max(1, Math.floor(set.labelled / 20))}`,
        count: set.labelled,
        firstBar: null,
      };
    }),
  ];
}

/**
 * What is found after a training: a model of this library's that says the same of every row that it has learnt from.
 *
 * @param trainees - the models
 * @param forecasts - what each says of its rows
 * @param warned - what people know already
 * @returns what they should know besides
 */
export function constantForecasts(trainees: readonly Trainee[], forecasts: readonly Float64Array[], warned: readonly Warning[]): Warning[] {
  const isKnown = (key: string) => warned.some(({ message }) => message.startsWith(`models.${key} `));
  return trainees.flatMap(({ key, model, set: { labelled } }, at): Warning[] => {
    const said = forecasts[at];
    if (!isBuiltInModel(model) || isKnown(key) || !said.every((one) => one === said[0])) return [];
    const message = `models.${key} forecasts the same of every bar: no feature divides the ${labelled} rows that it learns from; give more bars, or features that vary and are warmed up by then`;
    return [{ code: 'no_split', message, count: labelled, firstBar: null }];
  });
}

/** The label of all rows; undefined if there are several. */
function onlyLabel({ rows, labels: { value } }: TrainingRows): number | undefined {
  let only: number | undefined;
  for (let row = rows.from; row < rows.to; row++) {
    if (Number.isNaN(value[row])) continue;
    if (only !== undefined && value[row] !== only) return undefined;
    only = value[row];
  }
  return only;
}

/** Least rows of a leaf; 0 for what is no model of trees. */
function leafOf({ model: { parameters } }: Trainee): number {
  const { min_samples_leaf: leaf } = parameters;
  return typeof leaf === 'number' ? leaf : 0;
}

function constant({ target, set: { labelled } }: Trainee, label: number): TickerforestError {
  return new TickerforestError(
    'CONSTANT_PRICES',
    `the ${target.description} is ${label} on all ${labelled} training rows: there is nothing to learn; check the source's prices, or give another target`,
  );
}
