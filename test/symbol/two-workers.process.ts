// A worker that trains one symbol again and again, beside others that do the same: `FOLDER SECONDS BARS LEASE`. Writes what became of each run, a line each.
import { setTimeout as pause } from 'node:timers/promises';
import { arrayBars } from '../../src/bars/array-source';
import { sliceBars } from '../../src/bars/bars';
import { TickerforestError } from '../../src/errors';
import { directoryProfileStore } from '../../src/stores/directory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';

/** Bars that come between two runs. */
const NEW_BARS = 10;

const [folder = '', seconds, count, leaseDuration] = process.argv.slice(2);
const bars = randomBars(Number(count) + NEW_BARS * 10_000, { seed: 3 });
const store = directoryProfileStore(folder);
const end = Date.now() + Number(seconds) * 1000;
while (Date.now() < end) {
  const revision = (await store.getCompanyProfile('AAPL'))?.revision ?? 0;
  const length = Number(count) + NEW_BARS * revision;
  try {
    const result = await trainSymbol({
      symbol: 'AAPL',
      store,
      source: arrayBars(sliceBars(bars, 0, length)),
      now: new Date(bars.timestamp[length]),
      minNewBars: 1,
      maxModelAgeDays: 0,
      leaseDuration: Number(leaseDuration),
    });
    const { revision: stored } = result.companyProfile;
    process.stdout.write(`${stored > revision ? `commit ${stored}` : result.action}\n`);
  } catch (error) {
    process.stdout.write(`${error instanceof TickerforestError ? error.code : String(error)}\n`);
    await pause(20);
  }
}
await store.close();
