import { History } from '../features/fold-state';
import { invalidOption } from '../options/checks';
import { oneLine } from '../text';

/** Runs a class over some bars of six columns, from open to timestamp; gives what it says of the last one. */
export type RunIndicator = (columns: readonly History[], from: number, bars: number) => unknown;

/** Bars that are tried for an indicator's first value. */
const MOST_BARS = 2_000;

/** What a run over made-up bars tells of an indicator. */
export interface Probe {
  /** Bars that it is to be run over. */
  readonly lookback: number;
  /** Names of the numbers that it gives; one that is '' where it gives a plain number. */
  readonly outputs: readonly string[];
}

/**
 * @param name - the indicator, for messages
 * @param run - runs it
 * @param given - the caller's lookback; undefined: the least with which every output has a value
 * @returns the lookback, and what outputs there are
 * @throws TickerforestError `INVALID_OPTION` if it throws, or gives no numbers
 */
export function probed(name: string, run: RunIndicator, given: number | undefined): Probe {
  const columns = madeUpColumns(given ?? MOST_BARS);
  const bars = given ?? MOST_BARS;
  let outputs: readonly string[];
  try {
    outputs = outputsOf(run(columns, 0, bars));
  } catch (cause) {
    const message = cause instanceof Error ? `: ${oneLine(cause.message, 100)}` : '';
    throw invalidOption(`indicator: ${name} cannot be run with these parameters${message}`, cause);
  }
  if (outputs.length === 0) {
    throw invalidOption(
      `indicator: ${name} gives no number for ${bars} bars; give a longer lookback, and all the parameters that it needs`,
    );
  }
  if (given !== undefined) return { lookback: given, outputs };
  const isWhole = (bars: number): boolean => {
    try {
      return outputsOf(run(columns, 0, bars)).length === outputs.length;
    } catch {
      return false;
    }
  };
  // once it has all values it keeps them
  let [none, all] = [0, MOST_BARS];
  while (all - none > 1) {
    const middle = (none + all) >> 1;
    if (isWhole(middle)) all = middle;
    else none = middle;
  }
  return { lookback: all, outputs };
}

function outputsOf(result: unknown): string[] {
  const isValue = (value: unknown) => (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'boolean';
  if (isValue(result)) return [''];
  if (typeof result !== 'object' || result === null) return [];
  return Object.entries(result).flatMap(([key, value]) => (isValue(value) ? [key] : []));
}

/** A series that never stands still, so that no indicator is without a value for that. */
function madeUpColumns(bars: number): History[] {
  return Array.from({ length: 6 }, (_, column) => {
    const history = new History(bars);
    for (let i = 0; i < bars; i++) history.values[i] = madeUp(i, column);
    return history;
  });
}

function madeUp(i: number, column: number): number {
  const open = priceAt(i);
  const close = priceAt(i + 1);
  const reach = 0.2 + 0.1 * Math.abs(Math.sin(i * 1.7));
  return [open, Math.max(open, close) + reach, Math.min(open, close) - reach, close, 1_000 + 500 * Math.sin(i * 0.9), i * 60_000][column];
}

function priceAt(i: number): number {
  return 100 + 10 * Math.sin(i / 17) + 3 * Math.sin(i * 0.83) + Math.sin(i * 2.1);
}
