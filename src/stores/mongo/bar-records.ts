import { promisify, types } from 'node:util';
import zlib from 'node:zlib';
import { allocateBars, BAR_COLUMNS, type Bars } from '../../bars/bars';
import { marketOf, type StoredMarket, storedMarket } from '../../bars/stored-market';
import { TickerforestError } from '../../errors';
import { quoted } from '../../text';
import type { BarRevision, KeptBlock, NewBlock } from '../kept-blocks';
import { blockOf, type StoredBlock, storedBlock } from '../stored-block';
import type { StoredDocument } from './operations';
import { digest } from './records';

/** Version of the layout of `bar_revisions` and `bar_blocks`. */
const FORMAT = 1;
/** A higher one makes minutes 6 % smaller, and takes four times as long. */
const LEVEL = 1;

const deflate = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.deflate);
const inflate = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);

/** A block of bars in a document of its own. */
export interface BarBlock extends KeptBlock {
  /** Its `_id` in `bar_blocks`. */
  readonly id: string;
  /** SHA-256 of its bytes there, hexadecimal. */
  readonly sha256: string;
}

/** What a revision of a symbol's bars consists of. */
export interface BarRecord extends BarRevision<BarBlock> {
  /** The symbol. */
  readonly symbol: string;
  /** Ids of the newest writes, this one first: by them a write sees whether the revisions after it were built on it. */
  readonly writes: readonly string[];
}

/** What a write announces before it writes anything else, so that what it leaves behind if it dies can be found. */
export interface BarIntent {
  /** Its `_id`. */
  readonly id: string;
  /** The revision to be made. */
  readonly revision: number;
  /** Ids of the blocks to be written. */
  readonly blocks: readonly string[];
}

/**
 * @param symbol - the symbol
 * @param revision - the revision
 * @returns id of its record
 */
export function barRecordId(symbol: string, revision: number): string {
  return `revision ${revision} of ${symbol}`;
}

/**
 * @param stored - a document of `bar_revisions`
 * @param symbol - whose it must be
 * @returns the revision whose record it is, by its id; 0 for any other document
 */
export function revisionOfRecord({ _id }: StoredDocument, symbol: string): number {
  const revision = Number(/^revision ([1-9][0-9]{0,14}) of /.exec(_id)?.[1] ?? 0);
  return _id === barRecordId(symbol, revision) ? revision : 0;
}

/**
 * @param symbol - the symbol
 * @param revision - the revision to be made
 * @param index - number of the block in it
 * @param write - id of the write
 * @returns id of the block
 */
export function barBlockId(symbol: string, revision: number, index: number, write: string): string {
  return `block ${revision} ${index} ${write} of ${symbol}`;
}

/**
 * @param id - what should be the id of a block
 * @param symbol - whose it must be
 * @returns the revision for which it was written; Infinity if it is no such id
 */
export function revisionOfBlock(id: string, symbol: string): number {
  const match = /^block ([1-9][0-9]{0,14}) [0-9]{1,9} [0-9a-f-]{36} of /.exec(id);
  return match && id.slice(match[0].length) === symbol ? Number(match[1]) : Number.POSITIVE_INFINITY;
}

/**
 * @param symbol - the symbol
 * @param write - id of the write
 * @returns id of its intent
 */
export function barIntentId(symbol: string, write: string): string {
  return `write ${write} of ${symbol}`;
}

/**
 * @param stored - a document of `bar_revisions`, whole or its outline
 * @returns whether it is a write's intent
 */
export function isIntent({ _id }: StoredDocument): boolean {
  return _id.startsWith('write ');
}

/**
 * @param symbol - the symbol
 * @param intent - the intent
 * @returns the document
 */
export function encodeBarIntent(symbol: string, { id, revision, blocks }: BarIntent): StoredDocument {
  return { _id: id, symbol, revision, blocks };
}

/**
 * @param stored - an intent as found
 * @returns it; one that says nothing useful announces no blocks
 */
export function decodeBarIntent({ _id, revision, blocks }: StoredDocument): BarIntent {
  const ids: unknown[] = Array.isArray(blocks) ? blocks : [];
  return { id: _id, revision: Number(revision), blocks: ids.filter((id) => typeof id === 'string') };
}

/**
 * @param record - a record
 * @returns the record as stored, guarding itself by a SHA-256
 */
export function encodeBarRecord({ symbol, revision, writes, kept }: BarRecord): StoredDocument {
  const market = kept && storedMarket(kept.market);
  const blocks = kept?.blocks.map(({ id, sha256, ...block }) => ({ id, ...storedBlock(block), sha256 })) ?? [];
  const record = { symbol, revision, deleted: kept === null, writes, market, blocks };
  return { _id: barRecordId(symbol, revision), format: FORMAT, ...record, sha256: sealOf(record) };
}

/**
 * @param stored - a record as found
 * @param symbol - whose it must be
 * @returns the record
 * @throws TickerforestError `STORE_FAILED` if it is damaged or of another format
 */
export function decodeBarRecord(stored: StoredDocument, symbol: string): BarRecord {
  const { _id, format, revision, deleted, writes, market, blocks, sha256 } = stored;
  const what = `record ${quoted(_id)} in bar_revisions`;
  if (format !== FORMAT && typeof format === 'number') throw damagedBars(what, `it is of format ${format}, this release reads ${FORMAT}`);
  const record = { symbol, revision, deleted, writes, market, blocks };
  if (!isWritten(record) || revisionOfRecord(stored, symbol) !== revision || sealOf(record) !== sha256) {
    throw damagedBars(what, 'its contents are not what was written (SHA-256 differs)');
  }
  if (record.market === null) return { symbol, revision: record.revision, writes: record.writes, kept: null };
  const entries = record.blocks.map(({ id, sha256, ...block }) => ({ ...blockOf(block), id, sha256 }));
  return { symbol, revision: record.revision, writes: record.writes, kept: { market: marketOf(record.market), blocks: entries } };
}

/**
 * @param symbol - the symbol
 * @param revision - the revision to be made
 * @param id - id of the block
 * @param block - the block
 * @returns its document, and its entry for the record
 */
export async function packBlock(
  symbol: string,
  revision: number,
  id: string,
  { data, ...block }: NewBlock,
): Promise<{ document: StoredDocument; entry: BarBlock }> {
  const raw = new Uint8Array(data.length * BAR_COLUMNS.length * 8);
  for (const [index, name] of BAR_COLUMNS.entries()) {
    const column = data[name];
    raw.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), index * column.byteLength);
  }
  const packed = await deflate(raw, { level: LEVEL });
  // in memory of its own: the driver may reuse what zlib gave
  const bytes = new Uint8Array(packed);
  return { document: { _id: id, symbol, revision, bars: data.length, bytes }, entry: { ...block, id, sha256: digest(bytes) } };
}

/**
 * @param symbol - the symbol
 * @param block - its entry in the record
 * @param stored - its document; null if there is none
 * @returns its bars
 * @throws TickerforestError `STORE_FAILED` naming symbol and block, if it is missing or damaged
 */
export async function unpackBlock(symbol: string, block: BarBlock, stored: StoredDocument | null): Promise<Bars> {
  const what = `block ${quoted(block.id)} of ${quoted(symbol)} in bar_blocks`;
  const bytes = bytesOf(stored);
  if (bytes === null) throw damagedBars(what, stored ? 'it has no bytes' : 'it is missing');
  if (digest(bytes) !== block.sha256) throw damagedBars(what, 'its contents are not what was written (SHA-256 differs)');
  const bars = allocateBars(block.bars);
  const columns = new Uint8Array(bars.timestamp.buffer);
  // that many bytes were packed: the checksum says so
  columns.set(await inflate(bytes, { maxOutputLength: columns.length }));
  return bars;
}

/**
 * @param stored - a block as found
 * @returns its bytes: the driver gives a Buffer of Node's
 */
export function bytesOf(stored: StoredDocument | null): Uint8Array | null {
  return types.isUint8Array(stored?.bytes) ? stored.bytes : null;
}

/**
 * @param what - the document
 * @param reason - what is wrong with it
 * @returns the error to throw
 */
export function damagedBars(what: string, reason: string): TickerforestError {
  const advice = "restore bar_revisions and bar_blocks from a backup, or call the bar store's deleteSymbol() and fetch the bars again";
  return new TickerforestError('STORE_FAILED', `${what} is damaged: ${reason}; ${advice}`, { cause: new Error(reason) });
}

/** A block, as a record names it. */
interface WrittenBlock extends StoredBlock {
  readonly id: string;
  readonly sha256: string;
}

/** What a record's checksum is of. */
interface WrittenRecord {
  readonly symbol: string;
  readonly revision: number;
  readonly deleted: boolean;
  readonly writes: readonly string[];
  readonly market: StoredMarket | null;
  readonly blocks: readonly WrittenBlock[];
}

/** In a fixed order: a server may give fields back in another one. */
function sealOf({ symbol, revision, deleted, writes, market, blocks }: WrittenRecord): string {
  const hours = market && [market.session.open, market.session.close, market.session.early_closes];
  const values = [
    [FORMAT, symbol, revision, deleted, writes, market && [market.interval_ms, market.stamp, market.time_zone, hours]],
    blocks.map(({ id, bars, first_timestamp, last_timestamp, bar_hash, sha256 }) => [
      id,
      bars,
      first_timestamp,
      last_timestamp,
      bar_hash,
      sha256,
    ]),
  ];
  return digest(new TextEncoder().encode(JSON.stringify(values)));
}

/** Whether it has a record's shape, as far as the checksum needs it; that says the rest. */
function isWritten(value: Readonly<Record<keyof WrittenRecord, unknown>>): value is WrittenRecord {
  const { writes, market, blocks } = value;
  const isObject = (one: unknown) => typeof one === 'object' && one !== null;
  const hasHours = typeof market === 'object' && market !== null && 'session' in market && isObject(market.session);
  return Array.isArray(writes) && Array.isArray(blocks) && blocks.every(isObject) && (market === null || hasHours);
}
