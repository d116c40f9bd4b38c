import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { randomNumbers } from '../features/random-bars';
import { MessageHeads } from './message-heads';

/** Which way bytes go. */
export type Direction = 'to server' | 'to client';

/** What the proxy does with the connections that it has and gets. */
export type ProxyMode =
  /** Everything arrives as it was sent. */
  | { readonly kind: 'pass' }
  /** New connections are accepted, but nothing arrives any more, in either direction. Bytes sent meanwhile are lost. */
  | { readonly kind: 'black hole' }
  /** All connections are destroyed, and nobody listens. */
  | { readonly kind: 'refuse' }
  /** Each chunk waits for so many milliseconds. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Every connection lets so many more bytes through that way, counted from the change of mode, and is then destroyed in both directions. */
  | { readonly kind: 'cut'; readonly direction: Direction; readonly afterBytes: number }
  /** The n-th chunk (see {@link Counting}) that goes that way is swallowed, and its connection destroyed. */
  | ({ readonly kind: 'cut'; readonly direction: Direction } & Counting)
  /** Each chunk that goes that way is changed with the given probability, 0-1. */
  | ({ readonly kind: 'garble'; readonly direction: Direction; readonly probability: number } & Garbling)
  /** The n-th chunk (see {@link Counting}) that goes that way is changed, no other. */
  | ({ readonly kind: 'garble'; readonly direction: Direction } & Counting & Garbling);

/** Which chunk is meant, counted from the change of mode. */
export interface Counting {
  /** Its number, from 1. */
  readonly chunk: number;
  /** Chunks 'of each' connection are counted, so that one of every connection is hit; or those 'of all' together, so that one is. Default 'of each'. */
  readonly count?: 'of each' | 'of all';
}

/** What is done to a chunk. */
export interface Garbling {
  /** How many bytes it is done to, at drawn positions. Default 1. */
  readonly bytes?: number;
  /**
   * 'flip': one bit in each; 'overwrite': another value for each; 'insert': drawn bytes before each; 'drop': they are left out.
   * Default 'flip'.
   */
  readonly how?: 'flip' | 'overwrite' | 'insert' | 'drop';
  /** 'heads': it is not done to the bytes of a MongoDB message that tell how much there is to read. Default 'nothing'. */
  readonly spare?: 'heads' | 'nothing';
}

/** A TCP proxy on 127.0.0.1 that does harm when told. */
export interface HostileProxy {
  /** Where it listens; stays the same. */
  readonly port: number;
  /** Connections that are open now. */
  connections(): number;
  /** Chunks that were garbled, and connections that were destroyed, since the start: a test that needs harm checks that it was done. */
  harm(): { readonly garbled: number; readonly destroyed: number };
  /** Changes what it does, also with the connections that are open. */
  set(mode: ProxyMode): Promise<void>;
  /** Destroys all connections that are open; new ones are served as the mode says. */
  cut(): void;
  /** Destroys all connections and stops listening. */
  close(): Promise<void>;
}

/** Where the proxy leads to, and what it draws from. */
export interface ProxyOptions {
  /** The server's port. */
  readonly targetPort: number;
  /** The server's address. Default 127.0.0.1. */
  readonly targetHost?: string;
  /** Of all that is drawn. Default 1. */
  readonly seed?: number;
}

/** What went each way. */
type Passed = Record<Direction, { bytes: number; chunks: number }>;

/** One connection of a client, and the one to the server that stands behind it. */
interface Line {
  readonly client: Socket;
  readonly server: Socket;
  /** Draws in [0, 1), one series each direction, so that neither depends on the timing of the other. */
  readonly draws: Readonly<Record<Direction, () => number>>;
  /** The messages that were sent each way. */
  readonly messages: Readonly<Record<Direction, MessageHeads>>;
  /** Since the change of mode. */
  readonly passed: Passed;
}

/**
 * Starts a proxy, in mode 'pass'. Its decisions are drawn from the seed, the connection's number and the direction; the same chunks in the
 * same order meet the same fate. How a stream falls into chunks is the network's choice.
 *
 * @param options - where the server is
 * @returns the listening proxy
 */
export async function startHostileProxy({ targetPort, targetHost = '127.0.0.1', seed = 1 }: ProxyOptions): Promise<HostileProxy> {
  let mode: ProxyMode = { kind: 'pass' };
  let connectionCount = 0;
  let garbled = 0;
  let destroyed = 0;
  const lines = new Set<Line>();
  const passedByAll = nothingPassed();

  const destroy = (line: Line) => {
    if (!lines.delete(line)) return;
    line.client.destroy();
    line.server.destroy();
  };
  const cutLine = (line: Line) => {
    if (lines.has(line)) destroyed++;
    destroy(line);
  };
  const cut = () => {
    for (const line of [...lines]) cutLine(line);
  };

  const carry = async (line: Line, direction: Direction, chunk: Buffer): Promise<void> => {
    const now = mode;
    const passed = line.passed[direction];
    const before = passed.bytes;
    passed.bytes += chunk.length;
    passed.chunks++;
    passedByAll[direction].chunks++;
    const isCounted = ({ chunk: n, count = 'of each' }: Counting) => (count === 'of each' ? passed : passedByAll[direction]).chunks === n;
    const bodies = line.messages[direction].bodies(chunk);
    // before anything is awaited: the counts go on
    const isMeant = 'chunk' in now && now.direction === direction && isCounted(now);
    const target = direction === 'to server' ? line.server : line.client;
    if (now.kind === 'black hole' || now.kind === 'refuse') return;
    if (now.kind === 'delay') await pause(now.ms);
    if (now.kind === 'cut' && 'chunk' in now && isMeant) {
      cutLine(line);
      return;
    }
    if (now.kind === 'cut' && 'afterBytes' in now && now.direction === direction && passed.bytes >= now.afterBytes) {
      const rest = chunk.subarray(0, Math.max(0, now.afterBytes - before));
      // what may still pass has to leave this process before the connection is destroyed
      await written(target, rest);
      cutLine(line);
      return;
    }
    if (now.kind === 'garble' && now.direction === direction) {
      const draw = line.draws[direction];
      if ('chunk' in now ? isMeant : draw() < now.probability) {
        garbled++;
        await written(target, changed(chunk, now.spare === 'heads' ? bodies : [...chunk.keys()], now, draw));
        return;
      }
    }
    await written(target, chunk);
  };

  const serve = (client: Socket) => {
    connectionCount++;
    const server = connect({ port: targetPort, host: targetHost, allowHalfOpen: true });
    const line: Line = {
      client,
      server,
      draws: {
        'to server': series(seed, 2 * connectionCount),
        'to client': series(seed, 2 * connectionCount + 1),
      },
      messages: { 'to server': new MessageHeads(), 'to client': new MessageHeads() },
      passed: nothingPassed(),
    };
    lines.add(line);
    for (const [from, to, direction] of [
      [client, server, 'to server'],
      [server, client, 'to client'],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => destroy(line));
      from.on('close', () => destroy(line));
      let last = Promise.resolve();
      from.on('data', (chunk) => {
        // one chunk after the other: the next one is read when this one has left
        from.pause();
        last = carry(line, direction, chunk).then(() => void from.resume());
      });
      from.on('end', () => void last.then(() => to.end()));
    }
  };

  const listener = createServer({ allowHalfOpen: true }, serve);
  const port = await listen(listener, 0);
  return {
    port,
    connections: () => lines.size,
    harm: () => ({ garbled, destroyed }),
    cut,
    async set(next) {
      mode = next;
      for (const passed of [passedByAll, ...[...lines].map((line) => line.passed)]) Object.assign(passed, nothingPassed());
      if (next.kind === 'refuse') {
        cut();
        await stop(listener);
      } else if (!listener.listening) await listen(listener, port);
    },
    async close() {
      cut();
      await stop(listener);
    },
  };
}

/** Numbers in [0, 1) of a seed and a small count; counts next to each other give series that have nothing in common. */
function series(seed: number, count: number): () => number {
  return randomNumbers(Math.imul(seed, 0x85ebca6b) ^ Math.imul(count, 0x9e3779b1));
}

function nothingPassed(): Passed {
  return { 'to server': { bytes: 0, chunks: 0 }, 'to client': { bytes: 0, chunks: 0 } };
}

/** What becomes of one byte. */
const CHANGES: Readonly<Record<NonNullable<Garbling['how']>, (byte: number, draw: () => number) => readonly number[]>> = {
  flip: (byte, draw) => [byte ^ (1 << Math.floor(draw() * 8))],
  overwrite: (byte, draw) => [(byte + 1 + Math.floor(draw() * 255)) & 255],
  insert: (byte, draw) => [Math.floor(draw() * 256), byte],
  drop: () => [],
};

/** A copy of a chunk that is changed at some of the positions that are open to it. */
function changed(chunk: Buffer, open: readonly number[], { bytes = 1, how = 'flip' }: Garbling, draw: () => number): Buffer {
  // without drawing a byte twice, so that no change undoes another
  const positions = new Set<number>();
  while (positions.size < Math.min(bytes, open.length)) positions.add(open[Math.floor(draw() * open.length)]);
  const change = CHANGES[how];
  return Buffer.from([...chunk].flatMap((byte, i) => (positions.has(i) ? change(byte, draw) : [byte])));
}

/** Resolves when the bytes were handed to the system, or cannot be any more. */
function written(target: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (target.destroyed || target.writableEnded) resolve();
    else target.write(bytes, () => resolve());
  });
}

async function listen(listener: Server, port: number): Promise<number> {
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error(`no TCP port: ${address}`);
  return address.port;
}

async function stop(listener: Server): Promise<void> {
  if (!listener.listening) return;
  const closed = once(listener, 'close');
  listener.close();
  await closed;
}
