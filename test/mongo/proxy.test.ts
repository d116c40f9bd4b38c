import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HostileProxy, startHostileProxy } from './proxy';

/** A server that sends back what it gets. */
async function echoServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function startedProxy(seed?: number): Promise<HostileProxy> {
  const targetPort = await echoServer();
  const proxy = await startHostileProxy(seed === undefined ? { targetPort } : { targetPort, seed });
  onTestFinished(() => proxy.close());
  return proxy;
}

/** A client that keeps what it got. */
async function client(proxy: HostileProxy) {
  const socket = connect(proxy.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let got = Buffer.alloc(0);
  socket.on('data', (chunk) => (got = Buffer.concat([got, chunk])));
  socket.on('error', () => {});
  // a connection that is destroyed may end with a reset: an error first, then this
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return {
    socket,
    closed,
    got: () => got,
    /** Sends, and waits until as much has come back. */
    async echoed(bytes: Buffer): Promise<Buffer> {
      const start = got.length;
      socket.write(bytes);
      while (got.length < start + bytes.length)
        await Promise.race([once(socket, 'data'), closed.then(() => Promise.reject(new Error('closed')))]);
      return got.subarray(start);
    },
  };
}

const HELLO = Buffer.from('hello, server');
const LARGE = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 31) & 255));

function bitsChanged(a: Buffer, b: Buffer): number {
  expect(a.length).toBe(b.length);
  return a.reduce((count, byte, i) => count + (byte ^ b[i]).toString(2).replaceAll('0', '').length, 0);
}

describe('the hostile proxy', () => {
  it('passes everything, in order and to the end', async () => {
    const proxy = await startedProxy();
    const { echoed, socket, closed } = await client(proxy);
    expect(Buffer.compare(await echoed(LARGE), LARGE)).toBe(0);
    expect(proxy.connections()).toBe(1);
    socket.end();
    await closed;
    await expect.poll(() => proxy.connections()).toBe(0);
    expect(proxy.harm()).toEqual({ garbled: 0, destroyed: 0 });
  });

  it('cuts what is open, and serves the next one', async () => {
    const proxy = await startedProxy();
    const first = await client(proxy);
    await first.echoed(HELLO);
    proxy.cut();
    await first.closed;
    expect(proxy.harm().destroyed).toBe(1);
    expect(await (await client(proxy)).echoed(HELLO)).toEqual(HELLO);
  });

  it.each([0, 1, 5, 70_000])('cuts before more than %i bytes went to the client', async (afterBytes) => {
    const proxy = await startedProxy();
    const { socket, closed, got, echoed } = await client(proxy);
    await echoed(HELLO);
    await proxy.set({ kind: 'cut', direction: 'to client', afterBytes });
    socket.write(LARGE);
    await closed;
    // a reset may overtake what was sent before it, never add to it
    expect(got().length).toBeLessThanOrEqual(HELLO.length + afterBytes);
    expect(proxy.harm().destroyed).toBe(1);
  });

  it('cuts before more than so many bytes went to the server', async () => {
    const proxy = await startedProxy();
    const { socket, closed, got } = await client(proxy);
    await proxy.set({ kind: 'cut', direction: 'to server', afterBytes: 5 });
    socket.write(HELLO);
    await closed;
    expect(got().length).toBeLessThanOrEqual(5);
    expect(proxy.harm().destroyed).toBe(1);
  });

  it('cuts at the chunk told of all connections, and swallows it', async () => {
    const proxy = await startedProxy();
    const clients = [await client(proxy), await client(proxy)];
    for (const { echoed } of clients) await echoed(HELLO);
    await proxy.set({ kind: 'cut', direction: 'to server', chunk: 3, count: 'of all' });
    for (const { echoed } of clients) expect(await echoed(HELLO)).toEqual(HELLO);
    await expect(clients[0].echoed(HELLO)).rejects.toThrow('closed');
    expect(await clients[1].echoed(HELLO)).toEqual(HELLO);
    expect(await (await client(proxy)).echoed(HELLO)).toEqual(HELLO);
    expect(proxy.harm()).toEqual({ garbled: 0, destroyed: 1 });
  });

  it('cuts each connection at its chunk told', async () => {
    const proxy = await startedProxy();
    await proxy.set({ kind: 'cut', direction: 'to client', chunk: 2 });
    for (let i = 1; i <= 2; i++) {
      const { echoed } = await client(proxy);
      expect(await echoed(HELLO)).toEqual(HELLO);
      await expect(echoed(HELLO)).rejects.toThrow('closed');
      expect(proxy.harm().destroyed).toBe(i);
    }
  });

  it.each(['overwrite', 'insert', 'drop'] as const)('can %s bytes', async (how) => {
    const proxy = await startedProxy();
    const { socket, got, echoed } = await client(proxy);
    await proxy.set({ kind: 'garble', direction: 'to client', chunk: 1, count: 'of all', bytes: 2, how });
    socket.write(HELLO);
    const length = HELLO.length + { overwrite: 0, insert: 2, drop: -2 }[how];
    await expect.poll(() => got().length).toBe(length);
    if (how === 'overwrite') expect(HELLO.filter((byte, i) => byte !== got()[i])).toHaveLength(2);
    const [long, short] = how === 'insert' ? [got(), HELLO] : [HELLO, got()];
    // what is left are the others, in order
    if (how !== 'overwrite') expect([...long].reduce((found, byte) => found + Number(byte === short[found]), 0)).toBe(short.length);
    expect(await echoed(HELLO)).toEqual(HELLO);
    expect(proxy.harm().garbled).toBe(1);
  });

  it('delays each chunk', async () => {
    const proxy = await startedProxy();
    const { echoed, got, socket } = await client(proxy);
    await proxy.set({ kind: 'delay', ms: 1_000 });
    socket.write(HELLO);
    await pause(20);
    expect(got().length).toBe(0);
    await proxy.set({ kind: 'pass' });
    expect((await echoed(HELLO)).subarray(0, HELLO.length)).toEqual(HELLO);
  });

  it('swallows everything as a black hole, and goes on afterwards without what it swallowed', async () => {
    const proxy = await startedProxy();
    const before = await client(proxy);
    await proxy.set({ kind: 'black hole' });
    const during = await client(proxy);
    before.socket.write('lost');
    during.socket.write('lost');
    await pause(100);
    expect([before.got().length, during.got().length, proxy.connections()]).toEqual([0, 0, 2]);
    await proxy.set({ kind: 'pass' });
    expect(await before.echoed(HELLO)).toEqual(HELLO);
    expect(await during.echoed(HELLO)).toEqual(HELLO);
  });

  it('refuses, and listens again at the same port', async () => {
    const proxy = await startedProxy();
    const first = await client(proxy);
    await proxy.set({ kind: 'refuse' });
    await first.closed;
    const refused = connect(proxy.port, '127.0.0.1');
    await expect(once(refused, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.set({ kind: 'refuse' });
    await proxy.set({ kind: 'pass' });
    expect(await (await client(proxy)).echoed(HELLO)).toEqual(HELLO);
  });

  it.each(['to server', 'to client'] as const)('garbles the second chunk %s, and no other', async (direction) => {
    const proxy = await startedProxy();
    const { echoed } = await client(proxy);
    await proxy.set({ kind: 'garble', direction, chunk: 2, bytes: 3 });
    const answers = [await echoed(HELLO), await echoed(HELLO), await echoed(HELLO)];
    expect(answers.map((answer) => bitsChanged(answer, HELLO))).toEqual([0, 3, 0]);
    expect(proxy.harm().garbled).toBe(1);
  });

  it('garbles a share of the chunks, the same ones for the same seed', async () => {
    const run = async (seed: number) => {
      const proxy = await startedProxy(seed);
      const { echoed } = await client(proxy);
      await proxy.set({ kind: 'garble', direction: 'to server', probability: 0.25 });
      const answers: string[] = [];
      for (let i = 0; i < 200; i++) answers.push((await echoed(HELLO)).toString('hex'));
      return { answers, garbled: proxy.harm().garbled };
    };
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(one);
    expect(other.answers).not.toEqual(one.answers);
    const plain = HELLO.toString('hex');
    expect(one.answers.filter((answer) => answer !== plain)).toHaveLength(one.garbled);
    expect(one.garbled).toBeGreaterThan(25);
    expect(one.garbled).toBeLessThan(80);
  });

  it('ends a connection whose server is gone', async () => {
    const proxy = await startHostileProxy({ targetPort: 1 });
    onTestFinished(() => proxy.close());
    const { closed } = await client(proxy);
    await closed;
    expect(proxy.connections()).toBe(0);
  });
});
