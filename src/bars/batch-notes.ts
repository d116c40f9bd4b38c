import { ownError, TickerforestError } from '../errors';
import { copyPlain, type PlainBounds } from '../options/plain-value';
import { described, oneLine } from '../text';
import type { BarBatch } from './bar-source';
import { LAST_DATE } from './judgement/values';
import { READING_FORMATS, type Reading } from './reading';
import { WARNING_CODES, type Warning } from './warnings';

/** A reading names columns and forms: no source needs more than this. */
const READING: PlainBounds = { values: 200, depth: 4, text: 65_536 };
/** Characters of a warning's sentence that are kept. */
const SENTENCE = 500;
/** Different warnings that are kept; what comes on top is added to one with the same code. */
const KEPT = 100;

/** What a batch says beside its bars. */
export interface BatchNotes {
  /** How the source was read, where it says so. */
  readonly reading: Reading | undefined;
  /** What the source noticed. */
  readonly warnings: readonly Warning[];
}

/**
 * What a batch says beside its bars, checked and copied, since it is stored and shown, and a source may be written by anyone.
 *
 * @param batch - with bars that are checked already
 * @param number - its number, from 1
 * @param symbol - whose bars, for messages
 * @returns reading and warnings
 * @throws TickerforestError `INVALID_BARS` naming the part that is malformed
 */
export function notesOf(batch: BarBatch, number: number, symbol: string): BatchNotes {
  const place = `batch ${number} of ${symbol}`;
  try {
    const { reading, warnings } = batch;
    return {
      reading: reading === undefined ? undefined : readingOf(reading),
      warnings: warnings === undefined ? [] : warningsOf(warnings),
    };
  } catch (cause) {
    const reason = ownError(cause)?.message ?? 'reading or warnings cannot be read; see the cause';
    throw new TickerforestError('INVALID_BARS', `${place}: ${reason}`, { cause });
  }
}

function readingOf(value: unknown): Reading {
  const copy = copyPlain(value, 'reading', READING);
  if (isReading(copy)) return copy;
  throw wrong(`reading is ${described(value)}, not an object whose format is one of ${READING_FORMATS.join(', ')}`);
}

function isReading(value: unknown): value is Reading {
  return isRecord(value) && READING_FORMATS.some((format) => format === value.format);
}

function warningsOf(value: unknown): readonly Warning[] {
  if (!Array.isArray(value)) throw wrong(`warnings is ${described(value)}, not a list of { code, message, count, firstBar }`);
  return value.map((one: unknown, index) => warningOf(one, `warnings[${index}]`));
}

function warningOf(value: unknown, place: string): Warning {
  if (!isRecord(value)) throw wrong(`${place} is ${described(value)}, not { code, message, count, firstBar }`);
  const { message, count, firstBar = null } = value;
  const code = WARNING_CODES.find((known) => known === value.code);
  if (code === undefined) throw wrong(`${place}.code is ${described(value.code)}, not one of ${WARNING_CODES.join(', ')}`);
  if (typeof message !== 'string') throw wrong(`${place}.message is ${described(message)}, not a text`);
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) {
    throw wrong(`${place}.count is ${described(count)}, not a number of bars, 0 or more`);
  }
  if (firstBar !== null && !(typeof firstBar === 'number' && Math.abs(firstBar) <= LAST_DATE)) {
    throw wrong(`${place}.firstBar is ${described(firstBar)}, not milliseconds UTC or null`);
  }
  return { code, message: oneLine(message, SENTENCE), count, firstBar };
}

/** Warnings with the same code and sentence are one, with the sum of their counts; so many different ones at most. */
export class WarningList {
  readonly #kept = new Map<string, Warning>();

  /** @param warnings - to be added */
  add(warnings: readonly Warning[]): void {
    for (const warning of warnings) {
      const key = `${warning.code} ${warning.message}`;
      const same = this.#kept.has(key) || this.#kept.size < KEPT ? key : this.#keyOf(warning);
      const known = this.#kept.get(same);
      this.#kept.set(same, known === undefined ? warning : { ...known, count: known.count + warning.count });
    }
  }

  /** Those that were added. */
  get all(): readonly Warning[] {
    return [...this.#kept.values()];
  }

  #keyOf({ code, message }: Warning): string {
    for (const [key, kept] of this.#kept) if (kept.code === code) return key;
    return `${code} ${message}`;
  }
}

function wrong(what: string): TickerforestError {
  return new TickerforestError('INVALID_BARS', what);
}

function isRecord(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null;
}
