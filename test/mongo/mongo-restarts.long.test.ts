import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sliceBars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import { mongoProfileStore } from '../../src/mongodb';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars, uniform } from '../generated-bars';
import {
  createCollections,
  DisturbedSymbol,
  hasOwnServer,
  newTally,
  OPENINGS,
  openStore,
  sayNotRun,
  tallyLine,
  useDisturbedServer,
} from './disturbed-symbol';

const bars = randomBars(700, { seed: 12 });
const now = new Date(bars.timestamp[699] + 60_000);
const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };

/** Creates, updates, and trains again, one call after the other, each again and again until it is through; says how often one failed. */
async function trainToTheEnd(store: ProfileStore): Promise<number> {
  let failures = 0;
  for (const [length, retrain] of [
    [500, false],
    [600, false],
    [700, true],
  ] as const) {
    for (;;) {
      try {
        await trainSymbol({
          symbol: 'AAPL',
          source: sliceBars(bars, 0, length),
          store,
          now,
          models,
          leaseDuration: 1_000,
          retrainPolicy: () => ({ retrain, reasons: ['test'] }),
        });
        break;
      } catch (error) {
        if (!(error instanceof TickerforestError)) throw error;
        // the lease of a call that could not give it back has to run out
        expect(['STORE_FAILED', 'SYMBOL_LEASED', 'LEASE_LOST', 'CONFLICT']).toContain(error.code);
        failures++;
        await pause(200);
      }
    }
  }
  return failures;
}

async function contents(store: ProfileStore) {
  const [ml, statistical, checkpoint] = [
    await store.getMlProfile('AAPL'),
    await store.getStatisticalProfile('AAPL'),
    await store.getCheckpoint('AAPL'),
  ];
  return { version: ml?.model_version, features: statistical?.features, state: checkpoint?.state, models: checkpoint?.models };
}

describe.skipIf(!hasOwnServer)('a server that is killed and started again', () => {
  const server = useDisturbedServer();
  sayNotRun('kill');

  it.each(OPENINGS)('in the middle of a turn costs a retry or a clear error, and no data: %s', async (opening) => {
    const next = uniform(21);
    const tally = newTally();
    const symbol = new DisturbedSymbol(server.client(), tally);
    const { store, close } = openStore(opening, server.uri(), symbol.db.databaseName, 5_000);
    await createCollections(symbol.db, store);
    for (let turn = 0; turn < 12; turn++) {
      let restarted: Promise<void> = Promise.resolve();
      await symbol.turn(
        store,
        async () => {
          restarted = (async () => {
            await pause(120 * next());
            await server.process().kill();
            await pause(300 + 900 * next());
            await server.process().start();
          })();
        },
        () => restarted,
      );
    }
    console.log(tallyLine(`server killed and started again, ${opening}`, tally));
    expect(tally.through).toBeGreaterThan(0);
    await close();
    await symbol.end();
  });

  it('in the middle of trainSymbol lets it finish, and ends as if nothing had happened', async () => {
    const undisturbed = memoryProfileStore();
    expect(await trainToTheEnd(undisturbed)).toBe(0);
    const expected = await contents(undisturbed);
    const next = uniform(22);
    let failures = 0;
    let kills = 0;
    let runs = 0;
    // on a quick machine a run may be over before the first kill
    for (let round = 0; kills < 4; round++) {
      runs += 3;
      const db = server.client().db(`restarts-${round}-${Date.now()}`);
      const store = mongoProfileStore({ uri: server.uri(), dbName: db.databaseName, operationTimeout: 5_000 });
      await createCollections(db, store);
      let isOver = false;
      const killing = (async () => {
        // a few a round: on a machine that is busy, a server that dies all the time would let nobody finish
        for (let kill = 0; kill < 2; kill++) {
          await pause(300 * next());
          if (isOver) break;
          await server.process().kill();
          kills++;
          await pause(200 + 600 * next());
          await server.process().start();
        }
      })();
      const training = trainToTheEnd(store).finally(() => {
        isOver = true;
      });
      // a server that cannot be started again ends the test, not only the killing
      const [failed] = await Promise.all([training, killing]);
      failures += failed;
      expect(await contents(mongoProfileStore(db))).toEqual(expected);
      await store.close();
      await db.dropDatabase();
    }
    console.log(
      `MongoDB, server killed ${kills} times during ${runs} runs of trainSymbol: ${failures} clear errors, all runs came to their end`,
    );
  });

  it('that stays away is a clear error within a bounded time, and nothing else', async () => {
    await server.process().kill();
    try {
      const store = mongoProfileStore({ uri: server.uri(), dbName: 'away', operationTimeout: 1_000 });
      const calls = [
        store.getMlProfile('AAPL'),
        store.getCheckpoint('AAPL'),
        store.listSymbols(),
        store.acquireLease('AAPL', { owner: 'me', milliseconds: 1_000 }),
        trainSymbol({ symbol: 'AAPL', source: bars, store, now, models }),
      ];
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: {
            name: 'TickerforestError',
            code: 'STORE_FAILED',
            message: expect.stringContaining('check that it runs'),
            cause: expect.any(Error),
          },
        });
      }
      await store.close();
    } finally {
      await server.process().start();
    }
  });
});
