import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BAR_COLUMNS, type Bars } from '../../bars/bars';
import { marketOf, type StoredMarket, storedMarket } from '../../bars/stored-market';
import { crc32 } from '../../checksum';
import type { BarRevision, KeptBlock, NewBlock } from '../kept-blocks';
import { blockOf, type StoredBlock, storedBlock } from '../stored-block';
import type { FileSystem } from './file-system';
import { decodeNpy, encodeNpy, npyLength } from './npy';
import { storedFiles } from './stored-files';

const FORMAT = 1;
/** A manifest has some 200 bytes for each block: this is a thousand years of minutes. */
const LARGEST_MANIFEST = 64 * 2 ** 20;

const { readBytes, damaged } = storedFiles("restore the folder, or call the bar store's deleteSymbol() and fetch the bars again");

/** A block of bars in a file of its own. */
export interface BarFile extends KeptBlock {
  /** Name of the file, beside the manifest. */
  readonly file: string;
  /** CRC-32 of the file. */
  readonly crc32: number;
}

/** What a revision of a symbol's bars consists of. */
export interface BarManifest extends BarRevision<BarFile> {
  /** Ids of the newest writes, this one first: by them a write sees whether the revisions after it were built on it. */
  readonly writes: readonly string[];
}

/** A block, as a manifest names it. */
interface WrittenBlock extends StoredBlock {
  readonly file: string;
  readonly crc32: number;
}

/** A manifest as it is written, guarding itself. */
interface WrittenManifest {
  readonly format: number;
  readonly symbol: string;
  readonly revision: number;
  readonly writes: readonly string[];
  /** Null: the symbol was deleted. */
  readonly market: StoredMarket | null;
  readonly columns: readonly string[];
  readonly blocks: readonly WrittenBlock[];
}

/**
 * @param revision - number of a revision
 * @returns name of its manifest
 */
export function manifestName(revision: number): string {
  return `revision-${revision}.json`;
}

/**
 * @param name - name of a file
 * @returns number of the revision whose manifest it is; 0 for any other file
 */
export function revisionOfManifest(name: string): number {
  return Number(/^revision-([1-9][0-9]{0,14})\.json$/.exec(name)?.[1] ?? 0);
}

/**
 * @param revision - number of the revision that is to be made
 * @param id - id of the write
 * @returns name of its manifest before it counts
 */
export function stagedManifestName(revision: number, id: string): string {
  return `staged-${revision}-${id}.json`;
}

/**
 * @param revision - number of the revision that is to be made
 * @param index - number of the block in it
 * @param id - id of the write
 * @returns name of the block's file
 */
export function blockName(revision: number, index: number, id: string): string {
  return `bars-${revision}-${index}-${id}.npy`;
}

/**
 * @param name - name of a file
 * @returns number of the revision for which it was written: a block, or a manifest before it counted; Infinity for any other file
 */
export function writtenFor(name: string): number {
  const match = /^(?:bars-([1-9][0-9]{0,14})-[0-9]+-[0-9a-f-]+\.npy|staged-([1-9][0-9]{0,14})-[0-9a-f-]+\.json)$/.exec(name);
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1] ?? match[2]);
}

/**
 * @param symbol - the symbol
 * @param manifest - what its revision consists of
 * @returns contents of the manifest's file
 */
export function encodeBarManifest(symbol: string, { revision, writes, kept }: BarManifest): Uint8Array {
  const market = kept && storedMarket(kept.market);
  const blocks = kept?.blocks.map(({ file, crc32, ...block }) => ({ file, ...storedBlock(block), crc32 })) ?? [];
  const written: WrittenManifest = { format: FORMAT, symbol, revision, writes, market, columns: BAR_COLUMNS, blocks };
  const text = JSON.stringify(written);
  return new TextEncoder().encode(text.slice(0, -1) + ending(text));
}

/**
 * Reads the manifest of a revision.
 *
 * @param files - the file system
 * @param folder - folder of the symbol's bars
 * @param symbol - the symbol
 * @param revision - the revision
 * @returns what it consists of
 * @throws TickerforestError `STORE_FAILED` naming the file, if it is missing or damaged
 */
export async function readBarManifest(files: FileSystem, folder: string, symbol: string, revision: number): Promise<BarManifest> {
  const path = join(folder, manifestName(revision));
  const bytes = await readBytes(files, path, LARGEST_MANIFEST);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw damaged(path, 'it is no text', cause);
  }
  const json = `${text.slice(0, -ENDING)}}`;
  // the checksum says that it is what this library wrote, so the format tells the whole shape
  if (text.slice(-ENDING) !== ending(json)) throw damaged(path, 'its contents are not what was written (SHA-256 differs)');
  const written: unknown = JSON.parse(json);
  if (!isManifest(written)) throw damaged(path, `it is no manifest of format ${FORMAT}`);
  if (written.symbol !== symbol || written.revision !== revision) throw damaged(path, 'it belongs to another revision or symbol');
  const { writes, market, blocks } = written;
  const barFiles = blocks.map(({ file, crc32, ...block }) => ({ ...blockOf(block), file, crc32 }));
  return { revision, writes, kept: market && { market: marketOf(market), blocks: barFiles } };
}

/**
 * @param file - name of the block's file
 * @param block - the block
 * @returns its entry for the manifest, and contents of the file
 */
export function encodeBlock(file: string, { data, ...block }: NewBlock): { readonly entry: BarFile; readonly bytes: Uint8Array } {
  const bytes = encodeNpy(data);
  return { entry: { ...block, file, crc32: crc32(bytes) }, bytes };
}

/**
 * Reads a block and compares it with the manifest.
 *
 * @param files - the file system
 * @param folder - folder of the symbol's bars
 * @param block - its entry in the manifest
 * @returns its bars
 * @throws TickerforestError `STORE_FAILED` naming the file, if it is missing or damaged
 */
export async function readBlock(files: FileSystem, folder: string, block: BarFile): Promise<Bars> {
  const path = join(folder, block.file);
  const length = npyLength(block.bars);
  const bytes = await readBytes(files, path, length);
  if (bytes.length !== length) throw damaged(path, `it has ${bytes.length} bytes instead of ${length}`);
  if (crc32(bytes) !== block.crc32) throw damaged(path, 'its contents are not what was written (CRC-32 differs)');
  return decodeNpy(bytes, block.bars);
}

/** What follows the last value of a manifest. */
function ending(json: string): string {
  return `,"sha256":"${createHash('sha256').update(json).digest('hex')}"}\n`;
}

/** Its length, SHA-256 being 64 digits: computed by hand, as making a digest would cost each import of this package 5 ms. */
const ENDING = `,"sha256":""}\n`.length + 64;

function isManifest(value: unknown): value is WrittenManifest {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === FORMAT;
}
