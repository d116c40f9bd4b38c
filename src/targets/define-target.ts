import { type Bars, checkBars, copySteps } from '../bars/bars';
import type { Market } from '../bars/market';
import type { TickerforestError } from '../errors';
import { invalidOption } from '../options/checks';
import { checkArgument, checkOptions, readSafely } from '../options/description';
import { callGiven } from '../options/given-function';
import { wholeMarket } from '../options/market-table';
import { DEFINE_TARGET, target as isTarget, markMade, storedParameters } from '../options/target-tables';
import { described, quoted } from '../text';
import { inOneGo, inTurns, type Steps, stepsOver, type Turns } from '../waiting';
import { type Label, type Labels, noLabels, type PlainJson, type Target, type TargetFacts } from './target';

/** Names of the targets that come with the package. */
const BUILT_IN = ['next_return', 'horizon_return', 'direction', 'volatility_scaled', 'triple_barrier'] as const;

/** Squares of labels, and sums of them, are far from overflow. */
const LARGEST = 1e100;

/** A target of one's own: `label` for all bars at once, or `labelAt` for one row, not both. */
export interface TargetDefinition {
  /** Name as it is stored, in snake_case, none of the package's own. */
  readonly name: string;
  /** Version, to be raised whenever the same parameters give other labels. Default 1. */
  readonly version?: number | undefined;
  /** Everything that the labels depend on, as plain JSON; the target's identity with name and version. Default none. */
  readonly parameters?: Readonly<Record<string, PlainJson>> | undefined;
  /** Whether labels are numbers ('regression') or 0 and 1 ('classification'). */
  readonly kind: 'regression' | 'classification';
  /** What is forecast, in words for people. */
  readonly description: string;
  /** Makes the labels of all bars. */
  readonly label?: ((bars: Bars, market: Market) => Labels) | undefined;
  /** Makes the label of one row, or null where it has none. */
  readonly labelAt?: ((row: number, bars: Bars, market: Market) => Label | null) | undefined;
}

/**
 * Makes a target of one's own. What it returns is checked: a column of values and one of ends as long as the bars, every value a number of magnitude at most 1e100 (0 or 1 in a classification) and
 * every end a later row, or NaN and -1. `end` must say honestly how far a label looks: what is purged between training and test follows from it.
 *
 * @param definition - see {@link TargetDefinition}
 * @returns the target; its `label` throws `INVALID_OPTION` naming target and row, with what `label` or `labelAt` threw as cause
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 * @example
 * const range = defineTarget({
 *   name: 'next_range',
 *   kind: 'regression',
 *   description: 'range of the next bar, as a share of its open',
 *   labelAt: (row, { high, low, open, length }) =>
 *     row + 1 < length ? { value: (high[row + 1] - low[row + 1]) / open[row + 1], end: row + 1 } : null,
 * });
 */
export function defineTarget(definition: TargetDefinition): Target {
  const checked = checkOptions(definition, DEFINE_TARGET, 'defineTarget');
  const { name, version = 1, parameters = Object.freeze({}), kind, description, label, labelAt } = checked;
  if (BUILT_IN.some((one) => one === name)) throw invalidOption(`name '${name}' is that of a target of the package; give yours another`);
  const facts = { name, version, parameters, kind, description };
  if (label !== undefined && labelAt === undefined) return made(facts, (bars, market) => allAtOnce(name, label, bars, market));
  if (labelAt !== undefined && label === undefined) return made(facts, (bars, market) => rowByRow(name, labelAt, bars, market));
  throw invalidOption(`defineTarget takes label (all bars at once) or labelAt (one row), and was given ${label ? 'both' : 'neither'}`);
}

/** Makes the labels of all bars, in steps; what it returns is checked. */
type Labelling = (bars: Bars, market: Market) => Steps<unknown>;

/** How the targets that were made here label in steps. */
const labellings = new WeakMap<Target, Labelling>();

/**
 * @param facts - of one of the package's own, version 1
 * @param label - labels in steps
 * @returns the target, complete and frozen
 */
export function builtInTarget(
  facts: Omit<TargetFacts, 'version'> & { readonly name: (typeof BUILT_IN)[number] },
  label: Labelling,
): Target {
  const parameters = checkArgument(facts.parameters, storedParameters, 'parameters', facts.name);
  return made({ ...facts, version: 1, parameters }, label);
}

/**
 * Labels bars by any target and checks what it returns, as {@link defineTarget} says.
 *
 * @param target - a target, which may have been made by hand
 * @param bars - oldest first
 * @param market - whose bars
 * @returns its labels
 * @throws TickerforestError `INVALID_OPTION` for what is no target, bars or market, or naming target and row of a wrong label; what the target threw is its cause
 */
export function labelBars(target: Target, bars: Bars, market: Market): Labels {
  return inOneGo(labelSteps(target, bars, market));
}

/**
 * {@link labelBars}, giving way. A function of the caller's that labels all bars at once cannot be interrupted.
 *
 * @param target - a target, which may have been made by hand
 * @param bars - oldest first
 * @param market - whose bars
 * @param turns - gives way
 * @returns the same labels
 * @throws TickerforestError as {@link labelBars}; `ABORTED`
 */
export function labelBarsInTurns(target: Target, bars: Bars, market: Market, turns: Turns): Promise<Labels> {
  return inTurns(labelSteps(target, bars, market), turns);
}

/**
 * {@link labelBars} in steps.
 *
 * @param target - a target, which may have been made by hand
 * @param bars - oldest first
 * @param market - whose bars
 * @returns its labels
 * @throws TickerforestError as {@link labelBars}
 */
export function* labelSteps(target: Target, bars: Bars, market: Market): Steps<Labels> {
  const read = checkArgument(target, isTarget, 'target', 'labelBars');
  const label = labellings.get(read) ?? ((some, of) => allAtOnce(read.name, read.label, some, of));
  return yield* checkedLabels(read, label, bars, market);
}

function made(facts: TargetFacts, label: Labelling): Target {
  const target: Target = markMade(
    Object.freeze({ ...facts, label: (bars: Bars, market: Market) => inOneGo(checkedLabels(facts, label, bars, market)) }),
  );
  labellings.set(target, label);
  return target;
}

function* checkedLabels({ name, kind }: TargetFacts, label: Labelling, bars: Bars, market: Market): Steps<Labels> {
  checkBars(bars);
  const { interval, stamp, timeZone, session } = checkArgument(market, wholeMarket, 'market', 'label');
  const given: unknown = yield* label(bars, { interval, stamp, timeZone, session });
  if (!isLabels(given)) {
    throw invalidOption(`target ${quoted(name)} must return { value: Float64Array, end: Int32Array }, not ${describedLabels(given)}`);
  }
  const { value, end } = given;
  if (value.length !== bars.length || end.length !== bars.length) {
    throw invalidOption(
      `target ${quoted(name)} returned ${value.length} values and ${end.length} ends for ${bars.length} bars; give one each a bar`,
    );
  }
  yield* stepsOver(value.length, (from, to) => {
    for (let t = from; t < to; t++) {
      const isNone = Number.isNaN(value[t]) && end[t] === -1;
      const isLabel =
        end[t] > t && end[t] < value.length && (kind === 'regression' ? Math.abs(value[t]) <= LARGEST : value[t] === 0 || value[t] === 1);
      if (!isNone && !isLabel) throw wrongLabel(name, kind, t, value[t], end[t], value.length);
    }
  });
  return { value, end };
}

const WHILE_ALL = 'while it made the labels';

function* allAtOnce(name: string, label: Target['label'], bars: Bars, market: Market): Steps<unknown> {
  const own = yield* copySteps(bars);
  const given: unknown = callGiven(`target ${quoted(name)}`, WHILE_ALL, () => label(own, market));
  // what it has returned may be used for something else later
  return isLabels(given) ? copyOf(name, given) : given;
}

/** Memory that was transferred to somebody else cannot be copied. */
function copyOf(name: string, { value, end }: Labels): unknown {
  return callGiven(`target ${quoted(name)}`, WHILE_ALL, () => ({ value: value.slice(), end: end.slice() }));
}

/** Rows of a caller's function between two steps: each may take long. */
const OWN_ROWS = 16;

function* rowByRow(name: string, labelAt: NonNullable<TargetDefinition['labelAt']>, bars: Bars, market: Market): Steps<Labels> {
  const labels = yield* noLabels(bars.length);
  // of its own: features and stores have the same bars
  const own = yield* copySteps(bars);
  for (let t = 0; t < bars.length; t++) {
    if (t % OWN_ROWS === 0) yield;
    const given: unknown = callGiven(`target ${quoted(name)}`, `while it made the label of row ${t}`, () => labelAt(t, own, market));
    if (given === null) continue;
    const { value, end } = readSafely(`the label of row ${t} of target ${quoted(name)}`, () => partsOf(given));
    if (typeof value !== 'number' || typeof end !== 'number' || Number.isNaN(value) || !Number.isInteger(end)) {
      const got = typeof given === 'object' ? `{ value: ${described(value)}, end: ${described(end)} }` : described(given);
      throw invalidOption(
        `labelAt of target ${quoted(name)} must return { value, end }, or null for no label; for row ${t} it returned ${got}`,
      );
    }
    if (end <= t || end >= bars.length) throw wrongEnd(name, t, end, bars.length);
    labels.value[t] = value;
    labels.end[t] = end;
  }
  return labels;
}

function partsOf(given: unknown): { value?: unknown; end?: unknown } {
  return typeof given === 'object' && given !== null ? { value: Reflect.get(given, 'value'), end: Reflect.get(given, 'end') } : {};
}

function isLabels(given: unknown): given is Labels {
  const { value, end } = readSafely('labels', () => partsOf(given));
  // views first: instanceof asks a proxy, which may throw
  return ArrayBuffer.isView(value) && value instanceof Float64Array && ArrayBuffer.isView(end) && end instanceof Int32Array;
}

function describedLabels(given: unknown): string {
  if (typeof given !== 'object' || given === null) return described(given);
  const { value, end } = partsOf(given);
  return value === undefined && end === undefined ? described(given) : `{ value: ${described(value)}, end: ${described(end)} }`;
}

function wrongLabel(name: string, kind: Target['kind'], row: number, value: number, end: number, rows: number): TickerforestError {
  const target = `target ${quoted(name)}: row ${row}`;
  if (Number.isNaN(value)) return invalidOption(`${target} has no value (NaN) but the end ${end}; a row without label has the end -1`);
  if (end === -1) return invalidOption(`${target} has the value ${value} but the end -1; a row without label has the value NaN`);
  if (end <= row || end >= rows) return wrongEnd(name, row, end, rows);
  return invalidOption(
    `${target} has the value ${value}; ${kind === 'regression' ? `give a finite number of magnitude at most ${LARGEST}` : 'a classification has 0 and 1'}, or NaN for no label`,
  );
}

function wrongEnd(name: string, row: number, end: number, rows: number): TickerforestError {
  return invalidOption(
    `target ${quoted(name)}: the label of row ${row} ends at row ${end}; it must end after its row, at row ${rows - 1} at most`,
  );
}
