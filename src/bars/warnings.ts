import { quoted } from '../text';

/** All codes of {@link Warning}s. */
export const WARNING_CODES = [
  'put_in_order',
  'repeated_bars',
  'replaced_bars',
  'live_row',
  'snapped_stamps',
  'time_zone',
  'suspected_spikes',
  'suspected_splits',
  'empty_volume',
  'not_compared',
  'other_name',
  'footer',
  'events',
  'assumed',
  'one_class',
  'no_split',
  'training_failed',
  'source_unavailable',
  'bars_not_kept',
  'no_workers',
] as const;

/**
 * What a run assumed, mended or left out without being told to, as a stable word. `docs/warnings.md` says of each what it means and what to do.
 *
 * | code | meaning |
 * |---|---|
 * | `put_in_order` | bars did not come oldest first and were put in order |
 * | `repeated_bars` | the same bar came more than once, all six numbers equal, and was taken once |
 * | `replaced_bars` | different bars came for one time; the later one was taken (`badBars: 'drop'` only) |
 * | `live_row` | a row stamped inside the newest bar, as vendors add for the last trade, was left out |
 * | `snapped_stamps` | timestamps were a little beside their place and were moved onto it |
 * | `time_zone` | timestamps fit the exchange better when they are read in another time zone |
 * | `suspected_spikes` | prices that the next bars take back: bad prints, perhaps |
 * | `suspected_splits` | prices that jump by a ratio of small numbers: prices as traded, through a split |
 * | `empty_volume` | the column that was taken for the volume is 0 or empty on every row |
 * | `not_compared` | an update asked for bars that it knows, to compare them, and got none |
 * | `other_name` | a column that may name the symbol names another one than was asked for |
 * | `footer` | lines after the last bar are no bars (totals, a note) and were left out |
 * | `events` | rows that tell of dividends or splits, as some vendors write between bars, were left out |
 * | `assumed` | times within a day have no offset and were read as UTC, which nothing confirms |
 * | `one_class` | all bars that a classifier learnt from are of one class: it forecasts the same of every bar |
 * | `no_split` | too few bars for the least leaf of a model's trees, or no feature that divides them: it forecasts the same of every bar |
 * | `training_failed` | training was due and could not be done: new bars were taken in, the models stay |
 * | `source_unavailable` | the source failed; the run went on with the bars that are kept |
 * | `bars_not_kept` | bars cannot be kept from their beginning, since the source has forgotten it |
 * | `no_workers` | no worker thread could be started; the calling thread did all the work |
 */
export type WarningCode = (typeof WARNING_CODES)[number];

/** What is so of a source as it is, not of new bars: every run that reads it says it again. */
export const OF_THE_SOURCE: ReadonlySet<WarningCode> = new Set<WarningCode>([
  'time_zone',
  'empty_volume',
  'other_name',
  'footer',
  'events',
  'assumed',
]);

/** Something that people should know about a run, though it went on. */
export interface Warning {
  /** What kind it is. */
  readonly code: WarningCode;
  /** One sentence for people: what was found, where first, what to do. */
  readonly message: string;
  /** How many bars it concerns; 0 where it concerns all of the source. */
  readonly count: number;
  /** Timestamp of the first of these bars, milliseconds UTC; null where there is none. */
  readonly firstBar: number | null;
}

/**
 * @param reason - why no worker thread could be started
 * @returns the warning: the same for whatever was to be done in threads, as a run says it once
 */
export function noWorkers(reason: Error): Warning {
  const message = `no worker thread could be started (${quoted(reason.message)}), so the calling thread does all the work; say so with threads: 0`;
  return { code: 'no_workers', message, count: 0, firstBar: null };
}

/**
 * @param more - warnings of a later part of a run
 * @param said - those of the parts before
 * @returns those whose code none of the parts before has used
 */
export function unsaid(more: readonly Warning[], said: readonly Warning[]): readonly Warning[] {
  return more.filter(({ code }) => said.every((other) => other.code !== code));
}
