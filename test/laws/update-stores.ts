import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { inject } from 'vitest';
import { mongoBarStore, mongoProfileStore } from '../../src/mongodb';
import type { BarStore } from '../../src/stores/bar-store';
import type { ProfileStore } from '../../src/stores/contract';
import { directoryBarStore } from '../../src/stores/directory/bar-store';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { memoryBarStore } from '../../src/stores/memory/bar-store';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { SUITE } from '../runs';

/** What a store keeps, from outside any store object: it outlives them, as a folder or a database outlives a process. */
export interface StoredData {
  /** Where it is, for another process; null in memory. */
  readonly location: string | null;
  /** A new store object on the data, as a new process would have it. A store in memory can only give itself again. */
  open(): ProfileStore;
  /** The same of a bar store on the same data. */
  openBars(): BarStore;
  /** Closes what was opened and removes the data. */
  remove(): Promise<void>;
}

/** A kind of store. */
export interface StoreKind {
  /** For test names. */
  readonly name: string;
  /** Share of a law's runs: where a commit takes ten times as long, the same minute has room for fewer, and none for shrinking. */
  readonly share: number;
  /** Data of its own, empty. */
  create(): StoredData;
}

// only the long suite has a server
const MONGO_URI = SUITE === 'long' ? inject('mongo').uri : null;

/** All stores that the laws of updates must hold through. In the quick suite, and without a MongoDB server, which the set-up says aloud, two. */
export const STORE_KINDS: readonly StoreKind[] = [
  { name: 'memory', share: 1, create: createMemory },
  { name: 'directory', share: 1, create: createDirectory },
  ...(MONGO_URI === null ? [] : [{ name: 'MongoDB', share: 0.2, create: () => createMongo(MONGO_URI) }]),
];

/** Whether a law tries this kind of store on a sample only: the quick suite does with all but memory, since a store only keeps what it is given. */
export function isSampled(kind: StoreKind): boolean {
  return SUITE === 'quick' && kind.name !== 'memory';
}

/** What a law runs over in a kind of store: all of it, or the first of it. */
export function sampleFor<Item>(kind: StoreKind, all: readonly Item[]): readonly Item[] {
  return isSampled(kind) ? all.slice(0, 1) : all;
}

/** Runs something on a new store object, closed afterwards. */
export async function withOpen<T>(data: StoredData, work: (store: ProfileStore) => Promise<T>): Promise<T> {
  const store = data.open();
  try {
    return await work(store);
  } finally {
    if (data.location !== null) await store.close();
  }
}

/** Runs something on data of its own, removed afterwards. */
export async function withData(kind: StoreKind, work: (data: StoredData) => Promise<void>): Promise<void> {
  const data = kind.create();
  try {
    await work(data);
  } finally {
    await data.remove();
  }
}

function createMemory(): StoredData {
  const store = memoryProfileStore();
  const bars = memoryBarStore();
  return { location: null, open: () => store, openBars: () => bars, remove: () => store.close() };
}

function createDirectory(): StoredData {
  const folder = mkdtempSync(join(tmpdir(), 'tickerforest-updates-'));
  return {
    location: folder,
    open: () => directoryProfileStore(folder),
    openBars: () => directoryBarStore(folder),
    remove: () => rm(folder, { recursive: true }),
  };
}

function createMongo(uri: string): StoredData {
  const client = new MongoClient(uri);
  const db = client.db(`updates-${randomUUID()}`);
  const location = new URL(uri);
  location.searchParams.set('dbName', db.databaseName);
  return {
    location: location.href,
    open: () => mongoProfileStore(db),
    openBars: () => mongoBarStore(db),
    async remove() {
      await db.dropDatabase();
      await client.close();
    },
  };
}
