import { type Market, marketFrom } from '../bars/market';
import { decodeBinary, encodeBinary, type ReadContents, type Section } from '../binary-file';
import { TickerforestError } from '../errors';
import { checkArgument } from '../options/description';
import { wholeMarket } from '../options/market-table';
import { oneLine } from '../text';
import type { FeatureFamily } from './family';
import { featureChanges, identitiesFrom, listOfHash, rebuilt } from './feature-changes';
import { type FamilyIdentity, familyText, featureSetOf } from './feature-set';
import { standardFeatures } from './standard-features';

const MAGIC = 'TFCP';
const VERSION = 2;

/**
 * @param checkpoint - what {@link FeatureEngineer.save} returned
 * @returns families that it was made with and that are not this release's, for people: only who has them can restore it
 * @throws TickerforestError `CHECKPOINT_UNUSABLE` for damaged bytes
 */
export function ownFamilies(checkpoint: Uint8Array): readonly string[] {
  const { header } = readCheckpoint(checkpoint);
  if (header.features === undefined) return [];
  return (identitiesFrom(header.features) ?? []).filter((family) => rebuilt(family) === null).map(familyText);
}

/**
 * @param checkpoint - what {@link FeatureEngineer.save} returned
 * @param features - a list
 * @returns what differs between the features that it was made with and the list; null if nothing does, or nothing is known of them
 * @throws TickerforestError `CHECKPOINT_UNUSABLE` for damaged bytes
 */
export function changesSince(checkpoint: Uint8Array, features: readonly FeatureFamily[] = standardFeatures()): string | null {
  const { header } = readCheckpoint(checkpoint);
  return inMarket(header.market, (market) => featureChanges(madeWith(header, market), features, market));
}

/** What a checkpoint says of itself. */
export interface CheckpointHeader {
  readonly featureSet: string;
  readonly market: Market;
  readonly bars: number;
  readonly lastTimestamp: number;
  readonly barHash: string;
  /** What it was made with; absent: a list of this library's. */
  readonly features?: unknown;
}

/** A checkpoint as it was read. */
export interface ReadCheckpoint extends ReadContents {
  /** What it says of itself. */
  readonly header: CheckpointHeader;
}

/**
 * @param header - what the checkpoint says of itself
 * @param families - what it was made with; null: a list of this library's, which the hash tells
 * @param sections - what the engine remembers
 * @returns the checkpoint
 */
export function writeCheckpoint(
  header: Omit<CheckpointHeader, 'features'>,
  families: readonly FeatureFamily[] | null,
  sections: Readonly<Record<'state' | 'summaries' | 'counts', Section>>,
): Uint8Array {
  const { featureSet, market, bars, lastTimestamp, barHash } = header;
  const features = families?.map(({ name, version, parameters }) => ({ name, version, parameters }));
  return encodeBinary(MAGIC, VERSION, {
    header: { featureSet, market, bars, lastTimestamp, barHash, ...(features && { features }) },
    sections: new Map(Object.entries(sections)),
  });
}

/**
 * @param checkpoint - what {@link FeatureEngineer.save} returned
 * @returns its contents
 * @throws TickerforestError `CHECKPOINT_UNUSABLE` for damaged bytes
 */
export function readCheckpoint(checkpoint: Uint8Array): ReadCheckpoint {
  const { header, section } = decodeBinary(checkpoint, MAGIC, VERSION, 'CHECKPOINT_UNUSABLE');
  if (!isCheckpointHeader(header)) throw refusal('its header names no market');
  return { header, section };
}

/**
 * @param reason - what is wrong with it
 * @returns the error to throw
 */
export function refusal(reason: string): TickerforestError {
  return new TickerforestError(
    'CHECKPOINT_UNUSABLE',
    `feature checkpoint: ${reason}${reason.endsWith(', or') ? '' : ';'} fold the history again`,
  );
}

/**
 * @param header - of a checkpoint
 * @param market - the market that it names
 * @returns the families that it was made with; null if that is not known
 * @throws TickerforestError `CHECKPOINT_UNUSABLE` for a header that is none
 */
export function madeWith({ features, featureSet }: CheckpointHeader, market: Market): readonly FamilyIdentity[] | null {
  if (features === undefined) return listOfHash(featureSet, market);
  const identities = identitiesFrom(features);
  if (identities === null) throw refusal('its header describes no features');
  return identities;
}

/**
 * @param header - of a checkpoint
 * @param market - the market that it names
 * @returns the families that it was made with, ready to run; the standard ones if it is not known
 * @throws TickerforestError `CHECKPOINT_UNUSABLE` if some of them are not this release's
 */
export function familiesOf(header: CheckpointHeader, market: Market): readonly FeatureFamily[] {
  if (header.features === undefined) return listOfHash(header.featureSet, market) ?? standardFeatures();
  const made = madeWith(header, market) ?? [];
  const families = made.map(rebuilt);
  const own = made.filter((_, i) => families[i] === null);
  if (own.length === 0)
    return withoutClash(
      market,
      families.filter((family) => family !== null),
    );
  throw refusal(
    `it was made with features that are not this release's, ${oneLine(own.map(familyText).join(', '), 200)}: give the same list again, or`,
  );
}

function withoutClash(market: Market, families: readonly FeatureFamily[]): readonly FeatureFamily[] {
  try {
    featureSetOf(market, families);
    return families;
  } catch (error) {
    if (error instanceof TickerforestError && error.code === 'INVALID_OPTION') throw refusal('its header names a feature twice');
    throw error;
  }
}

/**
 * @param market - what a checkpoint says of its market
 * @param make - what is done with it
 * @returns what it returned; null for what is no market
 */
export function inMarket<T>(market: unknown, make: (whole: Market) => T): T | null {
  let whole: Market;
  try {
    const { interval, ...rest } = checkArgument(market, wholeMarket, 'market', 'FeatureEngineer.restore');
    whole = marketFrom(interval, rest);
  } catch (error) {
    if (error instanceof TickerforestError && error.code === 'INVALID_OPTION') return null;
    throw error;
  }
  return make(whole);
}

function isCheckpointHeader(header: unknown): header is CheckpointHeader {
  if (typeof header !== 'object' || header === null) return false;
  return ['featureSet', 'market', 'bars', 'lastTimestamp', 'barHash'].every((key) => Object.hasOwn(header, key));
}
