import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { uniform } from '../generated-bars';
import { DisturbedSymbol, hasServer, newTally, OPENINGS, openStore, proxyOf, tallyLine, useDisturbedServer } from './disturbed-symbol';
import type { Direction, ProxyMode } from './proxy';

const DIRECTIONS: readonly Direction[] = ['to server', 'to client'];
const PASS: ProxyMode = { kind: 'pass' };

/** One disturbance of one turn. */
interface Disturbance {
  readonly mode: ProxyMode;
  /** Milliseconds from the beginning of the turn. */
  readonly start: number;
  /** Milliseconds; or until the turn has ended in whatever way. */
  readonly length: number | 'whole turn';
}

/** How disturbed turns are taken. */
interface Turns {
  readonly opening: (typeof OPENINGS)[number];
  /** Default 5,000 ms. */
  readonly operationTimeout?: number;
  /** Turns at once. Default 6. */
  readonly workers?: number;
  /** Whether disturbances wait longer on a machine that is busy, where a turn does. Default false: what waits for a timeout must not. */
  readonly isMeasured?: boolean;
}

/** What listing the symbols takes on a quiet machine at most, milliseconds. */
const QUIET_LIST = 20;

describe.skipIf(!hasServer)('a line that fails', () => {
  const server = useDisturbedServer();

  /** Works through disturbances; several workers at once, since they wait most of the time, each with a symbol and a proxy of its own. */
  async function workThrough(
    what: string,
    disturbances: readonly Disturbance[],
    { opening, operationTimeout = 5_000, workers = 6, isMeasured = false }: Turns,
  ) {
    const tally = newTally();
    const queue = disturbances[Symbol.iterator]();
    let destroyed = 0;
    await Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        const symbol = new DisturbedSymbol(server.client(), tally);
        const { uri, proxy } = await proxyOf(server.uri(), worker + 1);
        const { store, close } = openStore(opening, uri, symbol.db.databaseName, operationTimeout);
        // connects, so that what is counted begins with the turn
        await store.listSymbols();
        const before = performance.now();
        await store.listSymbols();
        const slowness = isMeasured ? Math.max(1, (performance.now() - before) / QUIET_LIST) : 1;
        for (const { mode, start, length } of queue) {
          let isOver = false;
          const disturb = async () => {
            if (start > 0) await pause(start * slowness);
            if (isOver) return;
            await proxy.set(mode);
            if (length === 'whole turn') return;
            await pause(length * slowness);
            await proxy.set(PASS);
          };
          let disturbing: Promise<void> = Promise.resolve();
          await symbol.turn(
            store,
            async () => {
              disturbing = disturb();
            },
            async () => {
              isOver = true;
              await disturbing;
              await proxy.set(PASS);
            },
          );
        }
        destroyed += proxy.harm().destroyed;
        await close();
        await proxy.close();
        await symbol.end();
      }),
    );
    console.log(`${tallyLine(`${what}, ${opening}`, tally)}; ${destroyed} connections cut`);
    expect(tally.tried).toBe(disturbances.length);
    return { tally, destroyed };
  }

  it.each(OPENINGS)('once, at any chunk, either way: %s', async (opening) => {
    const cuts = Array.from({ length: 40 }, (_, i) => ({ direction: DIRECTIONS[i % 2], chunk: i + 1 }));
    const { tally, destroyed } = await workThrough(
      'one chunk cut',
      cuts.map((cut) => ({ mode: { kind: 'cut', count: 'of all', ...cut }, start: 0, length: 'whole turn' })),
      { opening },
    );
    expect(tally.through).toBe(tally.tried);
    // the last ones came after the turn
    expect(destroyed).toBeGreaterThan(0.6 * tally.tried);
  });

  it.each(OPENINGS)('of every connection after any number of bytes, for a while: %s', async (opening) => {
    const next = uniform(7);
    const { tally, destroyed } = await workThrough(
      'every connection cut after some bytes',
      Array.from({ length: 60 }, (_, i) => {
        const afterBytes = Math.floor(20_000 * next() ** 3);
        return { mode: { kind: 'cut', direction: DIRECTIONS[i % 2], afterBytes }, start: 150 * next(), length: 500 * next() };
      }),
      { opening, workers: 10, isMeasured: true },
    );
    expect(tally.through).toBeGreaterThan(0.5 * tally.tried);
    expect(destroyed).toBeGreaterThan(0.5 * tally.tried);
  });

  it('for as long as the turn tries', async () => {
    const opening = 'connection';
    const next = uniform(8);
    const modes: ProxyMode[] = [
      { kind: 'refuse' },
      { kind: 'black hole' },
      { kind: 'cut', direction: 'to server', afterBytes: 3_000 },
      { kind: 'cut', direction: 'to client', afterBytes: 900 },
    ];
    const { tally } = await workThrough(
      'down until it gave up',
      Array.from({ length: 8 }, (_, i) => ({ mode: modes[i % 4], start: 50 * next(), length: 'whole turn' })),
      { opening, operationTimeout: 300, workers: 8 },
    );
    expect(tally.errors.old + tally.errors.new).toBeGreaterThan(2);
  });

  it.each(OPENINGS)('is slow, or swallows everything, or is not there for a while: %s', async (opening) => {
    const next = uniform(9);
    const modes = (): ProxyMode[] => [{ kind: 'delay', ms: 30 * next() }, { kind: 'black hole' }, { kind: 'refuse' }];
    const { tally } = await workThrough(
      'delayed, swallowed or refused for a while',
      Array.from({ length: 12 }, (_, i) => ({ mode: modes()[i % 3], start: 50 * next(), length: 800 * next() })),
      { opening, operationTimeout: 700, workers: 12 },
    );
    expect(tally.through).toBeGreaterThan(0.5 * tally.tried);
  });

  it.each(OPENINGS)('in the same moment for every connection is found again: %s', async (opening) => {
    const { uri, proxy } = await proxyOf(server.uri(), 1);
    const { store, close } = openStore(opening, uri, `outages-${randomUUID()}`, 1_000);
    const symbols = Array.from({ length: 8 }, (_, i) => `S${i}`);
    await store.listSymbols();
    for (let round = 0; round < 3; round++) {
      // longer than the driver waits between two looks at the server, so that it looks at once
      await pause(600);
      await proxy.set({ kind: 'delay', ms: 400 });
      const reads = Promise.all(symbols.map((symbol) => store.getMlProfile(symbol)));
      await pause(50);
      proxy.cut();
      setImmediate(() => {
        // a busy machine: when this process looks again, everything has arrived
        for (const until = performance.now() + 50; performance.now() < until; );
      });
      await proxy.set(PASS);
      expect(await reads).toStrictEqual(symbols.map(() => null));
    }
    expect(proxy.harm().destroyed).toBeGreaterThan(3 * symbols.length);
    await close();
    await proxy.close();
  });
});
