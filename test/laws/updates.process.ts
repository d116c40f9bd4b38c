// Runs as a process of its own, as the daily job of a service does: `STORE LOCATION UNTIL RETRAIN`, on bars that are the same everywhere.
import { sliceBars } from '../../src/bars/bars';
import { GENERATED_SERIES } from './generated-series';
import { openStore } from './open-store';
import { runSymbol } from './stored-results';

const [kind, location, until, retrain] = process.argv.slice(2);
const [series] = GENERATED_SERIES;
const store = openStore(kind, location);
const { action } = await runSymbol(series, store, sliceBars(series.bars, 0, Number(until)), {
  retrainPolicy: () => ({ retrain: retrain === 'yes', reasons: ['as told'] }),
});
await store.close();
process.stdout.write(action);
