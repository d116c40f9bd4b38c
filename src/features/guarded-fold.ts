import { allocateBars, BAR_COLUMNS } from '../bars/bars';
import type { Market } from '../bars/market';
import { ownError, TickerforestError } from '../errors';
import { hushed, invalidOption } from '../options/checks';
import { described, oneLine } from '../text';
import { type BarBlock, BLOCK_BARS, type BlockFold, type FeatureFamily, type FeatureSpec } from './family';
import type { FoldState } from './fold-state';

/** A fold, and where it writes. */
export interface FoldWithColumns {
  /** The fold. */
  readonly fold: BlockFold;
  /** One column a feature, each with room for a block. */
  readonly out: readonly Float64Array[];
}

/**
 * A fold that is not this library's: it sees copies of the bars and writes to columns of its own, so that what it does to either is nobody else's; what it throws is named,
 * and its values are checked.
 *
 * @param family - the family
 * @param specs - its features for the market
 * @param market - whose bars
 * @param state - its memory, still empty
 * @returns the fold, which throws TickerforestError `FEATURE_FAILED`
 */
export function guardedFold(family: FeatureFamily, specs: readonly FeatureSpec[], market: Market, state: FoldState): FoldWithColumns {
  const fold = named(family, 'cannot be started', () => family.fold(market, state));
  if (typeof fold !== 'function') {
    hushed(fold);
    throw failed(family, `has a fold that returns ${described(fold)} instead of a function`);
  }
  // 1 once a feature with gaps has had its first value
  const started = state.slots(specs.length);
  state.complete();
  const copy = allocateBars(BLOCK_BARS);
  const out = specs.map(() => new Float64Array(BLOCK_BARS));
  const guarded: BlockFold = (block) => {
    const { first, length } = block;
    const columns = BAR_COLUMNS.map((name) => [name, copy[name].subarray(0, length)] as const);
    for (const [name, column] of columns) column.set(block[name]);
    for (const column of out) column.fill(Number.NaN);
    const own: BarBlock = { ...copy, ...Object.fromEntries(columns), first, length };
    named(family, `failed on bars ${first} to ${first + length - 1}, from ${time(block.timestamp[0])} on`, () => {
      const returned: unknown = fold(own, out);
      if (hushed(returned)) throw invalidOption('its function of a block must not be async');
    });
    specs.forEach((spec, j) => {
      checkValues(family, spec, out[j], block, started, j);
    });
    if (state.isSpoilt) {
      throw failed(
        family,
        `left NaN or an infinity in a slot on bars ${first} to ${first + length - 1}; use 0 and a counter for "not yet"`,
      );
    }
  };
  return { fold: guarded, out };
}

function checkValues(
  family: FeatureFamily,
  { name, warmup, range, gaps, model }: FeatureSpec,
  column: Float64Array,
  { first, length, timestamp }: BarBlock,
  started: Float64Array,
  at: number,
): void {
  const [low, high] = range;
  for (let i = 0; i < length; i++) {
    const value = column[i];
    if (first + i < warmup) {
      column[i] = Number.NaN;
    } else if (value >= low && value <= high && Number.isFinite(value)) {
      started[at] = 1;
      if (model && !Number.isFinite(Math.fround(value))) {
        const bar = `${name} is ${value} on bar ${first + i} (${time(timestamp[i])})`;
        throw failed(
          family,
          `gives no value: ${bar}; models see single-precision numbers, of magnitude up to 3.4e38: give it another unit, or model: false`,
        );
      }
    } else if (!(gaps && started[at] === 0 && Number.isNaN(value))) {
      const bar = `${name} is ${value} on bar ${first + i} (${time(timestamp[i])})`;
      const isLate = first + i === warmup && Number.isNaN(value);
      const expected = Number.isNaN(value)
        ? `from bar ${warmup} on, its warmup, every bar must have a number${isLate ? '; raise warmup, or set gaps where bars do not tell' : ''}`
        : `its range is ${low} to ${high}, and infinities are no values`;
      throw failed(family, `gives no value: ${bar}; ${expected}`);
    }
  }
}

/**
 * @param family - whose failure
 * @param bar - number of the bar
 * @param timestamp - its timestamp
 * @param cause - what was thrown
 * @returns an error that {@link named} passes on
 */
export function failedOnBar(family: FamilyName, bar: number, timestamp: number, cause: unknown): TickerforestError {
  return failed(family, `failed on bar ${bar} (${time(timestamp)}): ${reason(cause)}`, cause);
}

/**
 * Names the family in whatever a part of it throws.
 *
 * @param family - the family
 * @param what - what cannot be done, for the message
 * @param part - calls the family
 * @returns what it returned
 * @throws TickerforestError `FEATURE_FAILED`
 */
export function named<T>(family: FamilyName, what: string, part: () => T): T {
  try {
    return part();
  } catch (cause) {
    const own = ownError(cause);
    if (own?.code === 'FEATURE_FAILED' && own.message.startsWith(nameOf(family))) throw own;
    throw failed(family, `${what}: ${reason(cause)}`, cause);
  }
}

/** A message of this library's says what is wrong; others may say anything. */
function reason(cause: unknown): string {
  const own = ownError(cause);
  return own === null ? 'it threw, see cause' : oneLine(own.message, 300);
}

type FamilyName = Pick<FeatureFamily, 'name' | 'version'>;

function nameOf({ name, version }: FamilyName): string {
  return `feature ${name} version ${version}`;
}

function failed(family: FamilyName, what: string, cause?: unknown): TickerforestError {
  return new TickerforestError('FEATURE_FAILED', `${nameOf(family)} ${what}`, cause === undefined ? undefined : { cause });
}

function time(timestamp: number): string {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? String(timestamp) : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
