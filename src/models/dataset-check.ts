import { isDeepStrictEqual } from 'node:util';
import { invalidOption } from '../options/checks';
import type { Labels } from '../targets/target';
import type { RowRange } from '../trees/feature-matrix';

/** What a dataset says besides what a trainer needs. */
export interface ToldRows {
  /** Its labels, if it has any. */
  readonly labels: unknown;
  /** Its rows, if it has any. */
  readonly rows: unknown;
}

/**
 * A trainer labels bars itself, and learns from all rows that have features and a label. A dataset that says otherwise has been changed, and would be disregarded.
 *
 * @param told - of a dataset
 * @param labels - by the dataset's target
 * @param rows - with features and a label
 * @throws TickerforestError `INVALID_OPTION` saying what differs, and how it is done
 */
export function assertUnchanged(told: ToldRows, labels: Labels, rows: RowRange): void {
  if (told.rows !== undefined && !isSame(told.rows, rows)) {
    throw invalidOption(
      `the dataset's rows have been changed: a trainer learns from all that have features and a label, ${rows.from} to ${rows.to}. To leave some out, ` +
        'give prepareDataset from and to, or fit a model with weights of 0, as docs/experiments.md does for folds',
    );
  }
  if (told.labels === undefined || isSame(told.labels, labels)) return;
  throw invalidOption(
    "the dataset's labels have been changed, or its target does not give the same labels twice: a trainer asks the target for them. Labels of your own are a target, see defineTarget",
  );
}

function isSame(told: unknown, own: object): boolean {
  const part = (key: string): unknown => (typeof told === 'object' && told !== null ? Reflect.get(told, key) : undefined);
  return Object.entries(own).every(([key, value]) => isDeepStrictEqual(part(key), value));
}
