import { type Db, MongoClient, type MongoClientOptions } from 'mongodb';
import { propertyOf, TickerforestError } from '../../errors';
import { hasFunctions } from '../../options/checks';
import { checkArgument, readSafely } from '../../options/description';
import { database as databaseCheck, MONGO } from '../../options/store-tables';
import { PAUSES_MS, type Patience } from './connection';
import { driverOperations, type Kept, type MongoOperations } from './operations';

const OPERATION_TIMEOUT_MS = MONGO.operationTimeout.default;
const SERVER_SELECTION_MS = 10_000;
/** The driver looks for a server that was away twice a second: with less than that it would not find it again. */
const SHORTEST_SELECTION_MS = 2_000;
/** The driver's own timeouts come first: they close the connection and say more. */
const GRACE_MS = 500;

/** Where a database is, for a store that opens and closes its own connection. */
export interface MongoConnectionOptions {
  /** Connection string: 'mongodb://user:password@host:27017/?replicaSet=rs0'. */
  readonly uri: string;
  /** Name of the database. */
  readonly dbName: string;
  /** Milliseconds that the server may take for one answer before the operation is tried again. Above 0, at most 2^31 - 1. Default 30,000. */
  readonly operationTimeout?: number | undefined;
}

/** Operations on a database, and how often to try them. */
export interface OpenDatabase {
  /** The operations, each tried once. */
  readonly operations: MongoOperations;
  /** How often to try them. */
  readonly patience: Patience;
}

/**
 * @param database - the caller's: an open database, or where one is
 * @param call - the function that it was given to, for messages
 * @param kept - what will be kept there
 * @returns operations on it; nothing is connected before the first one
 * @throws TickerforestError `INVALID_OPTION` naming the option that is missing or invalid
 */
export function openDatabase(database: Db | MongoConnectionOptions, call: string, kept: Kept): OpenDatabase {
  const checked = checkArgument(database, DATABASE, 'database', call);
  if (isDb(checked)) {
    readSafely('database', () => assertHosts(checked.client, "the client's connection string"));
    const operations = readSafely('database', () => driverOperations(checked, async () => {}, kept));
    return { operations, patience: { attemptMs: OPERATION_TIMEOUT_MS + GRACE_MS, pausesMs: PAUSES_MS } };
  }
  const { dbName, operationTimeout = OPERATION_TIMEOUT_MS } = checked;
  const client = openClient(checked, operationTimeout);
  const operations = driverOperations(client.db(dbName), () => client.close(), kept);
  return { operations, patience: { attemptMs: Math.max(operationTimeout, SHORTEST_SELECTION_MS) + GRACE_MS, pausesMs: PAUSES_MS } };
}

const DATABASE = databaseCheck(isDb);

/** By what it can do: the caller's driver need not be this package's copy of it. */
function isDb(value: unknown): value is Db {
  return typeof value === 'object' && hasFunctions(value, ['collection']);
}

function openClient({ uri }: MongoConnectionOptions, operationTimeout: number): MongoClient {
  // this store tries again itself, after a pause. The driver does at once, while connections that broke together are still closing: a check of
  // the server that then writes to one of them hangs for ever (6.10 to 7.9, servers that do not stream their state), and no server is found again
  const options: MongoClientOptions = { socketTimeoutMS: operationTimeout, retryReads: false, retryWrites: false };
  const patience = Math.max(SHORTEST_SELECTION_MS, Math.min(SERVER_SELECTION_MS, operationTimeout));
  // the connection that watches the server waits so long for an answer: after an outage, nobody is found before it gives up
  if (!/[?&]connectTimeoutMS=/i.test(uri)) options.connectTimeoutMS = patience;
  if (!/[?&]serverSelectionTimeoutMS=/i.test(uri)) options.serverSelectionTimeoutMS = patience;
  try {
    const client = new MongoClient(uri, options);
    assertHosts(client, 'uri');
    return client;
  } catch (error) {
    if (error instanceof TickerforestError) throw error;
    // the driver's message and stack may quote the password, so they must not go on
    const reason = withoutCredentials(String(propertyOf(error, 'message') ?? ''), uri);
    const message =
      "uri is no connection string of MongoDB's: 'mongodb://host:27017' or 'mongodb+srv://host', user and password percent-encoded";
    throw new TickerforestError('INVALID_OPTION', message, { cause: new Error(reason) });
  }
}

/** The driver (7.9) takes a host without a name, of a comma too many, and throws where nobody can catch it when it connects: that would end the process. */
function assertHosts(client: MongoClient, name: string): void {
  const { hosts } = client.options;
  for (const [at, { host, socketPath }] of hosts.entries()) {
    if (socketPath !== undefined || (typeof host === 'string' && host !== '' && !/\s/.test(host))) continue;
    const what = host === '' ? 'is empty' : 'has a blank in it';
    const message = `${name} names ${hosts.length} hosts, and number ${at + 1} ${what}: write 'mongodb://host1:27017,host2:27017', without further commas or blanks`;
    throw new TickerforestError('INVALID_OPTION', message);
  }
}

/** Blots out whatever of the string may be user or password, also where it is too broken to tell. */
function withoutCredentials(text: string, uri: string): string {
  const start = uri.indexOf('://') + 1;
  const end = uri.lastIndexOf('@');
  const credentials = uri.slice(start, end < 0 ? uri.length : end);
  const pieces = credentials.split(/[:/@?]/).filter((piece) => piece !== '');
  return [uri, credentials, ...pieces].filter((piece) => piece !== '').reduce((blotted, piece) => blotted.replaceAll(piece, '...'), text);
}
