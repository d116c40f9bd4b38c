import { invalidOption } from '../options/checks';
import { readSafely } from '../options/description';
import { described } from '../text';
import { inOneGo, type Steps, stepsOver } from '../waiting';
import type { Labels } from './target';

/**
 * @param labels - what a caller gives as labels
 * @param call - the function, for messages
 * @param rows - how many there must be; default: as many as there are
 * @returns their ends
 * @throws TickerforestError `INVALID_OPTION` for what is no column of ends, or an end that is neither a later row nor -1
 */
export function checkedEnds(labels: Pick<Labels, 'end'>, call: string, rows?: number): Int32Array {
  return inOneGo(checkedEndSteps(labels, call, rows));
}

/**
 * {@link checkedEnds} in steps.
 *
 * @param labels - see there
 * @param call - see there
 * @param rows - see there
 * @returns the same
 * @throws TickerforestError as {@link checkedEnds}
 */
export function* checkedEndSteps(labels: Pick<Labels, 'end'>, call: string, rows?: number): Steps<Int32Array> {
  const given: unknown = labels;
  const end: unknown =
    typeof given === 'object' && given !== null ? readSafely(`${call}: labels`, () => Reflect.get(given, 'end')) : undefined;
  // a view first: instanceof asks a proxy, which may throw
  if (!(ArrayBuffer.isView(end) && end instanceof Int32Array)) {
    throw invalidOption(`${call}: labels.end must be an Int32Array, as a target's label returns it, not ${described(end)}`);
  }
  if (rows !== undefined && end.length !== rows)
    throw invalidOption(`${call}: labels has ${end.length} rows for ${rows} bars; give one a bar`);
  yield* stepsOver(end.length, (from, to) => {
    for (let t = from; t < to; t++) {
      if (end[t] !== -1 && !(end[t] > t && end[t] < end.length)) {
        throw invalidOption(
          `${call}: labels.end[${t}] is ${end[t]}; it must be a later row, ${end.length - 1} at most, or -1 for no label`,
        );
      }
    }
  });
  return end;
}
