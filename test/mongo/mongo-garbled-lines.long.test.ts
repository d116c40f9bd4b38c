import { describe, expect, it } from 'vitest';
import { uniform } from '../generated-bars';
import {
  DisturbedSymbol,
  hasOwnServer,
  hasServer,
  newTally,
  OPENINGS,
  openStore,
  proxyOf,
  sayNotRun,
  tallyLine,
  useDisturbedServer,
} from './disturbed-symbol';
import type { Direction, Garbling } from './proxy';

const WORKERS = 8;
const TURNS = 80;
/** So many chunks a turn consists of, and some more. */
const CHUNKS = 60;
/**
 * The drivers take an answer's lengths and counts for granted: a wrong one (a section of a negative length, two thousand million documents in the
 * answer to the greeting) makes the parsers of 7.9 and 6.10 loop until the process is out of memory, and nothing above them can help. So answers
 * keep their heads and their length.
 */
const GARBLINGS: Readonly<
  Record<Direction, Required<Pick<Garbling, 'spare'>> & { readonly ways: readonly NonNullable<Garbling['how']>[] }>
> = {
  'to server': { ways: ['flip', 'overwrite', 'insert', 'drop'], spare: 'nothing' },
  'to client': { ways: ['flip', 'overwrite'], spare: 'heads' },
};
/** What somebody else's server makes of garbage, its other databases might suffer. */
const DIRECTIONS: readonly Direction[] = hasOwnServer ? ['to server', 'to client'] : ['to client'];

describe.skipIf(!hasServer)('a line that garbles', () => {
  const server = useDisturbedServer();
  sayNotRun('send garbage');

  it.each(DIRECTIONS)('what goes %s does not spoil anything', async (direction) => {
    const { ways, spare } = GARBLINGS[direction];
    const tally = newTally();
    let garbled = 0;
    let restarts = 0;
    let turns = 0;
    await Promise.all(
      Array.from({ length: WORKERS }, async (_, worker) => {
        const next = uniform(100 + worker);
        const symbol = new DisturbedSymbol(server.client(), tally, 'garbled');
        const { uri, proxy } = await proxyOf(server.uri(), worker + 1);
        const { store, close } = openStore(OPENINGS[worker % 2], uri, symbol.db.databaseName, 400);
        await store.listSymbols();
        for (; turns < TURNS; turns++) {
          const chunk = 1 + Math.floor(next() * CHUNKS);
          const how = ways[Math.floor(next() * ways.length)];
          const bytes = 1 + Math.floor(4 * next() ** 2);
          await symbol.turn(
            store,
            () => proxy.set({ kind: 'garble', direction, chunk, count: 'of all', how, bytes, spare }),
            async () => {
              await proxy.set({ kind: 'pass' });
              if (await server.revive()) restarts++;
            },
          );
        }
        garbled += proxy.harm().garbled;
        await close();
        await proxy.close();
        await symbol.end();
      }),
    );
    console.log(`${tallyLine(`garbled ${direction}`, tally)}; ${garbled} chunks garbled, ${restarts} times the server had died of it`);
    expect(garbled).toBeGreaterThan(0.5 * tally.tried);
  });
});
