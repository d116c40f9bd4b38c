import type { MongoConnectionOptions } from '../stores/mongo/open-database';
import { described } from '../text';
import { type Check, check, hasFunctions, invalidOption, isPromise, number } from './checks';
import { type Descriptions, object } from './description';

const LONGEST_PATH = 4_096;

/** The path of a file or folder. */
export const path: Check<string> = check(
  'a path, as a text',
  (value): value is string => typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_PATH && !value.includes('\0'),
);

/** Where a database is. */
export const MONGO = {
  uri: {
    takes: check(
      "a connection string such as 'mongodb://host:27017'",
      (value): value is string => typeof value === 'string' && value !== '',
    ),
    sentence: "Connection string: 'mongodb://user:password@host:27017/?replicaSet=rs0'.",
  },
  dbName: {
    takes: check(
      'a database\'s name: a text of 1 to 63 characters, none of them a blank or one of / \\ . " $ * < > : | ?',
      // MongoDB's own rule, of the platform that allows least
      (value): value is string => typeof value === 'string' && /^[^\s/\\."$*<>:|?\0]{1,63}$/.test(value),
    ),
    sentence: 'Name of the database.',
  },
  operationTimeout: {
    takes: number({ above: 0, to: 2 ** 31 - 1 }, 'a number of milliseconds'),
    default: 30_000,
    sentence: 'Milliseconds that the server may take for one answer before the operation is tried again.',
  },
} as const satisfies Descriptions<MongoConnectionOptions>;

/**
 * @param isDatabase - whether it is an open database
 * @returns a check of what a store can be made on: an open database, or where one is. What is given instead is never quoted: it may hold a password
 */
export function database<Db>(isDatabase: (value: unknown) => value is Db): Check<Db | MongoConnectionOptions> {
  const connection = object<MongoConnectionOptions>(MONGO);
  return {
    wanted: 'an open Db, or { uri, dbName }',
    read: (value, place) => {
      if (isDatabase(value)) return value;
      const how =
        typeof value === 'string'
          ? 'a text: give { uri: ..., dbName: ... }'
          : isPromise(value)
            ? 'a Promise: await it'
            : hasFunctions(value, ['db'])
              ? "a MongoClient: give client.db('name')"
              : typeof value === 'object' && value !== null && !Array.isArray(value)
                ? undefined
                : `${described(value)}: give an open Db, or { uri: ..., dbName: ... }`;
      if (how !== undefined) throw invalidOption(`${place.name} is ${how}`);
      return connection.read(value, { ...place, name: '' });
    },
  };
}
