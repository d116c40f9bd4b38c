import { createServer, type Server } from 'node:net';
import { BSON, type Document } from 'mongodb';

/** The commands of MongoDB's Stable API version 1 (manual, 'Stable API': commands), and the handshake of drivers. */
const STABLE = new Set(
  `abortTransaction aggregate authenticate bulkWrite collMod commitTransaction count create createIndexes delete drop dropDatabase dropIndexes
  endSessions explain find findAndModify getMore hello insert killCursors listCollections listDatabases listIndexes ping refreshSessions
  update`.split(/\s+/),
);
const HELLO = {
  ok: 1,
  ismaster: true,
  isWritablePrimary: true,
  helloOk: true,
  maxBsonObjectSize: 16 * 2 ** 20,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
};
const OP_REPLY = 1;
const OP_MSG = 2013;

/** A server in this process that keeps documents in memory, and refuses what a server does whose client insists on the stable API. */
export interface StableApiServer {
  /** Its connection string. */
  readonly uri: string;
  /** Names of the commands that were sent to it, each once. */
  readonly commands: ReadonlySet<string>;
  /** Stops it. */
  close(): Promise<void>;
}

/** @returns the server, listening on a free port of the loopback */
export async function startStableApiServer(): Promise<StableApiServer> {
  const commands = new Set<string>();
  const data = new Map<string, Map<unknown, Document>>();
  const indexes = new Map<string, Document[]>();
  const server = createServer((socket) => {
    let rest = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (piece) => {
      rest = Buffer.concat([rest, piece]);
      while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        const isMessage = message.readInt32LE(12) === OP_MSG;
        const command = isMessage ? readMessage(message) : readQuery(message);
        commands.add(Object.keys(command)[0]);
        socket.write(reply(message, isMessage, answer(data, indexes, command)));
      }
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    uri: `mongodb://127.0.0.1:${portOf(server)}/`,
    commands,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address.port;
}

/** The sections after the flags: the command (kind 0), and lists that belong into it (kind 1). */
function readMessage(message: Buffer): Document {
  const command: Document = {};
  for (let at = 20; at < message.length; ) {
    const kind = message[at++];
    const end = at + message.readInt32LE(at);
    if (kind === 0) {
      Object.assign(command, BSON.deserialize(message.subarray(at, end)));
    } else {
      const nameEnd = message.indexOf(0, at + 4);
      const list: Document[] = [];
      for (let start = nameEnd + 1; start < end; start += message.readInt32LE(start)) {
        list.push(BSON.deserialize(message.subarray(start, start + message.readInt32LE(start))));
      }
      command[message.toString('utf8', at + 4, nameEnd)] = list;
    }
    at = end;
  }
  return command;
}

/** The oldest form, of a driver's first greeting: flags, a name that ends with 0, two numbers, the command. */
function readQuery(message: Buffer): Document {
  return BSON.deserialize(message.subarray(message.indexOf(0, 20) + 9));
}

function reply(message: Buffer, isMessage: boolean, document: Document): Buffer {
  const body = BSON.serialize(document);
  const head = Buffer.alloc(isMessage ? 21 : 36);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(isMessage ? OP_MSG : OP_REPLY, 12);
  if (!isMessage) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}

function answer(data: Map<string, Map<unknown, Document>>, indexes: Map<string, Document[]>, command: Document): Document {
  const [name] = Object.keys(command);
  if (/^(hello|ismaster)$/i.test(name)) return { ...HELLO, localTime: new Date() };
  if (command.apiStrict !== true || !STABLE.has(name)) {
    return { ok: 0, code: 323, codeName: 'APIStrictError', errmsg: `apiStrict is true, and ${name} is not in API Version 1` };
  }
  const stored = data.get(command[name]) ?? new Map<unknown, Document>();
  data.set(command[name], stored);
  const matching = (filter: Document) =>
    [...stored.values()].filter((document) => Object.entries(filter).every(([key, wanted]) => isAsked(document[key], wanted)));
  switch (name) {
    case 'find':
      return cursor(matching(command.filter));
    case 'aggregate': {
      const [{ $group }] = command.pipeline;
      const field = String($group._id).slice(1);
      return cursor([...new Set([...stored.values()].map((document) => document[field]))].map((_id) => ({ _id })));
    }
    case 'insert': {
      const writeErrors: Document[] = [];
      command.documents.forEach((document: Document, index: number) => {
        if (stored.has(document._id)) writeErrors.push({ index, code: 11_000, errmsg: 'E11000 duplicate key' });
        else stored.set(document._id, document);
      });
      return { ok: 1, n: command.documents.length - writeErrors.length, ...(writeErrors.length > 0 && { writeErrors }) };
    }
    case 'update': {
      const [{ q, u, upsert }] = command.updates;
      const [found] = matching(q);
      const isThere = found !== undefined;
      const { _id } = found ?? q;
      if (isThere || upsert) stored.set(_id, { ...u, _id });
      return {
        ok: 1,
        n: isThere || upsert ? 1 : 0,
        nModified: isThere ? 1 : 0,
        ...(!isThere && upsert && { upserted: [{ index: 0, _id }] }),
      };
    }
    case 'delete':
      for (const { q } of command.deletes) for (const { _id } of matching(q)) stored.delete(_id);
      return { ok: 1, n: command.deletes.length };
    case 'createIndexes':
      indexes.set(command[name], [...(indexes.get(command[name]) ?? []), ...command.indexes]);
      return { ok: 1 };
    case 'listIndexes':
      return cursor(indexes.get(command[name]) ?? []);
    default:
      return { ok: 1 };
  }
}

/** Whether a field is as a filter wants it: equal, or as its operator says. */
function isAsked(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  return Object.entries(wanted).every(([operator, operand]) => {
    if (operator === '$exists') return (value !== undefined) === operand;
    if (operator === '$lte') return typeof value === 'number' && value <= operand;
    if (operator === '$size') return Array.isArray(value) && value.length === operand;
    throw new Error(`the server does not know ${operator}`);
  });
}

function cursor(firstBatch: Document[]): Document {
  return { ok: 1, cursor: { id: BSON.Long.ZERO, ns: 'market.any', firstBatch } };
}
