// Runs trainSymbol as a process of its own that is killed on the way: `STORE PLACE DATABASE SCENARIO MOMENT NUMBER`.
import { MongoClient } from 'mongodb';
import type { ProfileStore } from '../../src/stores/contract';
import { directoryProfileStoreOn } from '../../src/stores/directory/profile-store';
import { PAUSES_MS } from '../../src/stores/mongo/connection';
import { driverOperations } from '../../src/stores/mongo/operations';
import { mongoProfileStoreOn } from '../../src/stores/mongo/profile-store';
import { dyingFileSystem } from '../stores/dying-file-system';
import { dyingMongoOperations } from '../stores/dying-mongo-operations';
import { runService, SCENARIOS } from './kill-scenarios';

/** A store whose process dies before its n-th write, and how many there were. */
function dyingStore(kind: string, place: string, dbName: string, lastWrite: number): { store: ProfileStore; writes: () => number } {
  if (kind === 'directory') {
    const { files, steps } = dyingFileSystem(lastWrite);
    return { store: directoryProfileStoreOn(files, place), writes: steps };
  }
  const client = new MongoClient(place);
  const { operations, steps } = dyingMongoOperations(
    driverOperations(client.db(dbName), () => client.close()),
    lastWrite,
  );
  return { store: mongoProfileStoreOn(operations, { attemptMs: 60_000, pausesMs: PAUSES_MS }), writes: steps };
}

const [kind, place, dbName, name, moment, text] = process.argv.slice(2);
const scenario = SCENARIOS.find((candidate) => candidate.name === name);
if (!scenario) throw new Error(`unknown scenario '${name}'`);
const { store, writes } = dyingStore(kind, place, dbName, moment === 'write' ? Number(text) : Number.POSITIVE_INFINITY);
let reports = 0;
process.stdout.write('ready\n');
await runService(scenario, store, ({ stage }) => {
  reports++;
  process.stdout.write(`${stage}\n`);
  if (moment === 'report' && reports === Number(text)) process.kill(process.pid, 'SIGKILL');
});
await store.close();
process.stdout.write(`${writes()} writes\n${reports} reports\n`);
