import { invalidOption } from '../options/checks';
import { checkOptions } from '../options/description';
import { PURGED_SPLIT } from '../options/target-tables';
import { inOneGo, type Steps, stepsOver } from '../waiting';
import { checkedEnds } from './ends';
import type { Labels } from './target';

/** Rows `from` to `to - 1`. */
export interface RowSpan {
  /** Number of the first row, 0 or more. */
  readonly from: number;
  /** Number after the last row. */
  readonly to: number;
}

/** Which rows {@link purgedSplit} divides. */
export interface PurgedSplitOptions {
  /** Rows to be judged on: one stretch of time. */
  readonly test: RowSpan;
  /** Rows that may be used at all, `test` among them: without the warm-up of the features. Default all. */
  readonly rows?: RowSpan | undefined;
  /** Bars that are left out, too, on both sides of the test beyond what its labels and those of training look at, 0 to 1,000,000. Default 0. */
  readonly embargo?: number | undefined;
}

/** Rows with a label, divided. Numbers ascend. */
export interface PurgedSplit {
  /** Rows to train on: none of their labels shares a bar with the test. */
  readonly train: Int32Array;
  /** Rows of the test that have a label. */
  readonly test: Int32Array;
  /** Rows that are in neither, because their labels share a bar with the test or its embargo. */
  readonly purged: Int32Array;
}

/**
 * Divides labelled rows into training and test so that no label is in both (M. López de Prado, Advances in Financial Machine Learning, chapter 7: purging and
 * embargo). The test's interval goes from its first row to the last bar that one of its labels looks at, `embargo` bars longer at each end; a training row whose own
 * interval [t, end] touches it is purged. Exact for ends in any order: a barrier touched early keeps its row, though the row before may be purged.
 *
 * @param labels - their ends
 * @param options - see {@link PurgedSplitOptions}
 * @returns the rows; training rows may lie before and after the test
 * @throws TickerforestError `INVALID_OPTION` for rows that are not there, or an empty test
 */
export function purgedSplit(labels: Pick<Labels, 'end'>, options: PurgedSplitOptions): PurgedSplit {
  const end = checkedEnds(labels, 'purgedSplit');
  const { test, rows = { from: 0, to: end.length }, embargo = 0 } = checkOptions(options, PURGED_SPLIT, 'purgedSplit');
  checkWithin(rows, { from: 0, to: end.length }, 'rows', 'there are rows');
  checkWithin(test, rows, 'test', 'rows to be used are');
  if (test.from === test.to) throw invalidOption(`test ${inWords(test)} has no rows`);
  const judged = inOneGo(judgedBars(end, test, embargo));
  const parts: { train: number[]; test: number[]; purged: number[] } = { train: [], test: [], purged: [] };
  for (let t = rows.from; t < rows.to; t++) {
    if (end[t] < 0) continue;
    const part = t >= test.from && t < test.to ? 'test' : touches(judged, t, end[t]) ? 'purged' : 'train';
    parts[part].push(t);
  }
  return { train: Int32Array.from(parts.train), test: Int32Array.from(parts.test), purged: Int32Array.from(parts.purged) };
}

/** Bars that no label of a training row may look at. */
export interface JudgedBars {
  /** The first one: of the test, or of the embargo before it. */
  readonly first: number;
  /** The last one that a label of the test looks at, or of the embargo after it. */
  readonly last: number;
}

/**
 * @param end - of every row's label
 * @param test - rows to be judged on, one or more
 * @param embargo - bars besides, on both sides
 * @returns the bars that a training label must not touch, in steps
 */
export function* judgedBars(end: Int32Array, test: RowSpan, embargo: number): Steps<JudgedBars> {
  let last = test.to - 1;
  yield* stepsOver(test.to - test.from, (from, to) => {
    for (let t = test.from + from; t < test.from + to; t++) last = Math.max(last, end[t]);
  });
  return { first: test.from - embargo, last: last + embargo };
}

/**
 * The rule of {@link purgedSplit} and of the hold-out of a training.
 *
 * @param judged - of the test
 * @param row - with a label, not of the test
 * @param end - of its label
 * @returns whether the row is purged: its interval [row, end] touches what is judged
 */
export function touches({ first, last }: JudgedBars, row: number, end: number): boolean {
  return end >= first && row <= last;
}

function checkWithin(span: RowSpan, within: RowSpan, name: string, what: string): void {
  if (span.from <= span.to && span.from >= within.from && span.to <= within.to) return;
  throw invalidOption(`${name} ${inWords(span)} is no stretch of rows here; ${what} ${inWords(within)}`);
}

function inWords({ from, to }: RowSpan): string {
  return `{ from: ${from}, to: ${to} }`;
}
