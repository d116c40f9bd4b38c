import { History } from '../features/fold-state';
import { invalidOption } from '../options/checks';
import { didYouMean } from '../options/did-you-mean';
import { oneLine, quoted } from '../text';

/** Runs a class over some bars of six columns, from open to timestamp; gives what it says of the last one. What it reads of its input is put into `asked`. */
export type RunIndicator = (columns: readonly History[], from: number, bars: number, asked?: Set<PropertyKey>) => unknown;

/** Bars that are tried for an indicator's first value. */
const MOST_BARS = 2_000;
/** Bars on which an output is looked for: a class may give nothing on one of them. */
const TRIES = 8;
/** How far values may be apart over more bars than are needed, by rounding: running sums drift. */
const TOLERANCE = 1e-6;

/** What is probed. */
export interface Probed {
  /** The indicator, for messages. */
  readonly name: string;
  /** Runs it. */
  readonly run: RunIndicator;
  /** The caller's lookback; undefined: the least with which every output has a value. */
  readonly given: number | undefined;
  /** The caller's outputs; undefined: all. */
  readonly wanted: readonly string[] | undefined;
  /** The caller's parameters. */
  readonly settings: object;
  /** Whether what it reads of its input is a parameter, and not a series. */
  readonly isParameter: (key: string) => boolean;
}

/** What a run over made-up bars tells of an indicator. */
export interface Probe {
  /** Bars that it is to be run over. */
  readonly lookback: number;
  /** Names of the numbers that it gives; one that is '' where it gives a plain number. */
  readonly outputs: readonly string[];
}

/**
 * @param probed - what is probed
 * @returns the lookback, and what outputs there are
 * @throws TickerforestError `INVALID_OPTION` if it throws, gives no numbers or none in an output, reads other parameters, or remembers more bars than it needs
 */
export function probed({ name, run, given, wanted, settings, isParameter }: Probed): Probe {
  const bars = given ?? MOST_BARS;
  const columns = madeUpColumns(bars + TRIES);
  const asked = new Set<PropertyKey>();
  let found: ReadonlyMap<string, number>;
  try {
    found = outputsOf(run(columns, TRIES, bars, asked));
    for (let from = 0; from < TRIES && !areAll(found); from++) found = merged(found, outputsOf(run(columns, from, bars)));
  } catch (cause) {
    const said: unknown = cause instanceof Error ? cause.message : cause;
    const message = typeof said === 'string' ? `: ${oneLine(said, 100)}` : '';
    throw invalidOption(`indicator: ${name} cannot be run with these parameters${message}`, cause);
  }
  checkParameters(name, settings, [...asked].filter((key) => typeof key === 'string').filter(isParameter));
  const outputs = wanted ?? [...found.keys()];
  const unknown = outputs.find((output) => !found.has(output));
  if (unknown !== undefined)
    throw invalidOption(`indicator: ${name} has no output ${quoted(unknown)}; it has ${[...found.keys()].join(', ')}`);
  const empty = outputs.filter((output) => Number.isNaN(found.get(output)));
  if (outputs.length === 0 || empty.length === outputs.length)
    throw invalidOption(
      `indicator: ${name} gives no number for ${bars} bars; give a longer lookback, and all the parameters that it needs`,
    );
  if (empty.length > 0) {
    const others = outputs.filter((output) => !empty.includes(output)).map((output) => quoted(output));
    throw invalidOption(
      `indicator: ${name} gives no number in ${empty.join(', ')} for ${bars} bars; give all the parameters that it needs, a longer lookback, or outputs: [${others.join(', ')}]`,
    );
  }
  return { lookback: given ?? leastLookback(name, run, columns, outputs), outputs };
}

/** A name that a class does not know changes nothing, and would be believed to. */
function checkParameters(name: string, settings: object, known: readonly string[]): void {
  const unread = Object.keys(settings).find((key) => !known.includes(key));
  if (unread === undefined) return;
  const others = known.length === 0 ? 'no parameters' : known.map((key) => quoted(key)).join(', ');
  throw invalidOption(`indicator: ${name} does not read the parameter ${quoted(unread)}; it reads ${others}${didYouMean(unread, known)}`);
}

/** The fewest bars over which every output is there; over more of them it must be the same. */
function leastLookback(name: string, run: RunIndicator, columns: readonly History[], outputs: readonly string[]): number {
  const over = (bars: number): ReadonlyMap<string, number> => {
    try {
      return outputsOf(run(columns, TRIES + MOST_BARS - bars, bars));
    } catch {
      return new Map();
    }
  };
  const many = over(MOST_BARS);
  const needed = outputs.filter((output) => !Number.isNaN(many.get(output) ?? Number.NaN));
  const isWhole = (values: ReadonlyMap<string, number>): boolean =>
    needed.every((output) => !Number.isNaN(values.get(output) ?? Number.NaN));
  // once it has all values it keeps them
  let [none, all] = [0, MOST_BARS];
  while (all - none > 1) {
    const middle = (none + all) >> 1;
    if (isWhole(over(middle))) all = middle;
    else none = middle;
  }
  const few = over(all);
  const isOther = needed.some((output) => {
    const [a = Number.NaN, b = Number.NaN] = [few.get(output), many.get(output)];
    return !(Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b)));
  });
  if (!isOther) return all;
  throw invalidOption(
    `indicator: ${name} is another over the ${all} bars that it needs than over ${MOST_BARS}; check its parameters, and say how many bars it is run over: { lookback: 200 }`,
  );
}

/** A number of each output; NaN where there is none. What is neither a number nor true or false is no output. */
function outputsOf(result: unknown): ReadonlyMap<string, number> {
  if (typeof result === 'number' || typeof result === 'boolean') return new Map([['', numberOf(result)]]);
  if (typeof result !== 'object' || result === null) return new Map();
  return new Map(
    Object.entries(result).flatMap(([key, value]: [string, unknown]) =>
      value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean' ? [[key, numberOf(value)]] : [],
    ),
  );
}

function numberOf(value: number | boolean | null | undefined): number {
  const number = typeof value === 'boolean' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : Number.NaN;
}

function areAll(found: ReadonlyMap<string, number>): boolean {
  return found.size > 0 && ![...found.values()].some(Number.isNaN);
}

function merged(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...one, ...[...other].filter(([key]) => Number.isNaN(one.get(key) ?? Number.NaN))]);
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
