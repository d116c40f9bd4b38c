// Runs trainSymbol as a process of its own that is killed on the way: `STORE PLACE DATABASE KEEPING SCENARIO MOMENT NUMBER`.
import { MongoClient } from 'mongodb';
import { directoryBarStoreOn } from '../../src/stores/directory/bar-store';
import { directoryProfileStoreOn } from '../../src/stores/directory/profile-store';
import { mongoBarStoreOn } from '../../src/stores/mongo/bar-store';
import { PAUSES_MS } from '../../src/stores/mongo/connection';
import { driverOperations } from '../../src/stores/mongo/operations';
import { mongoProfileStoreOn } from '../../src/stores/mongo/profile-store';
import { dyingFileSystem } from '../stores/dying-file-system';
import { dyingMongoOperations } from '../stores/dying-mongo-operations';
import { type OpenStores, runService, SCENARIOS } from './kill-scenarios';

/** Stores whose process dies before their n-th write, and how many there were. */
function dyingStores(
  kind: string,
  place: string,
  dbName: string,
  keeps: boolean,
  lastWrite: number,
): OpenStores & { writes: () => number } {
  if (kind === 'directory') {
    const { files, steps } = dyingFileSystem(lastWrite);
    return { store: directoryProfileStoreOn(files, place), bars: keeps ? directoryBarStoreOn(files, place) : undefined, writes: steps };
  }
  const client = new MongoClient(place);
  const { operations, steps } = dyingMongoOperations(
    driverOperations(client.db(dbName), () => client.close()),
    lastWrite,
  );
  const timing = { attemptMs: 60_000, pausesMs: PAUSES_MS };
  const bars = keeps ? mongoBarStoreOn(operations, timing) : undefined;
  return { store: mongoProfileStoreOn(operations, timing), bars, writes: steps };
}

const [kind, place, dbName, keeping, name, moment, text] = process.argv.slice(2);
const scenario = SCENARIOS.find((candidate) => candidate.name === name);
if (!scenario) throw new Error(`unknown scenario '${name}'`);
const { writes, ...stores } = dyingStores(
  kind,
  place,
  dbName,
  keeping === 'with kept bars',
  moment === 'write' ? Number(text) : Number.POSITIVE_INFINITY,
);
let reports = 0;
process.stdout.write('ready\n');
await runService(scenario, stores, ({ stage }) => {
  reports++;
  process.stdout.write(`${stage}\n`);
  if (moment === 'report' && reports === Number(text)) process.kill(process.pid, 'SIGKILL');
});
await stores.bars?.close();
await stores.store.close();
process.stdout.write(`${writes()} writes\n${reports} reports\n`);
