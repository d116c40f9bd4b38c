/** One of the two sides of bench/against.ts, a process of its own: does one round of a kind of work when it is told to, and answers what it took. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Tickerforest from '../../src/index';
import type * as Mongodb from '../../src/mongodb';
import { DAY_BARS, type Kind } from './kinds';

type Store = Tickerforest.ProfileStore;
/** What the library offered when this bench was written, and the names that it had before. */
type Either = Partial<typeof Tickerforest> & { readonly directoryProfileStore?: (folder: string) => Store };

const [root, historyBars, uri, dbName] = process.argv.slice(2);
const build = join(root, 'dist/index.js');
const { allocateBars, sliceBars, trainSymbol, memoryProfileStore, directoryProfileStore, directoryStores }: Either = await import(
  pathToFileURL(build).href
);
if (!allocateBars || !sliceBars || !trainSymbol || !memoryProfileStore) throw new Error(`${build} is no build of tickerforest`);

const HISTORY = Number(historyBars);
const START = Date.UTC(2020, 0, 1);
const MINUTE_MS = 60_000;
const UPDATES_AT_MOST = 400;

const { mongoProfileStore }: typeof Mongodb = await import(pathToFileURL(join(root, 'dist/mongodb.js')).href);
const folder = await mkdtemp(join(tmpdir(), 'bench-against-'));
const openDirectory = directoryProfileStore ?? ((path: string) => directoryStores?.(path).store);
const stores: Readonly<Partial<Record<Kind, Store | undefined>>> = {
  'update, memory': memoryProfileStore(),
  'update, directory': openDirectory(folder),
  'update, mongodb': uri === '' ? undefined : mongoProfileStore({ uri, dbName }),
};

const bars = walk(HISTORY + UPDATES_AT_MOST * DAY_BARS);
const rounds = new Map<Kind, number>();

process.on('message', (kind: Kind | 'end') => {
  if (kind === 'end') void end();
  else void once(kind).then((milliseconds) => process.send?.(milliseconds));
});
process.send?.('ready');

async function end(): Promise<void> {
  await stores['update, mongodb']?.close();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
}

async function once(kind: Kind): Promise<number> {
  const store = kind === 'training' ? memoryProfileStore?.() : stores[kind];
  if (!store || !trainSymbol) throw new Error(`${build} has no store for '${kind}'`);
  const round = rounds.get(kind) ?? 0;
  rounds.set(kind, round + 1);
  const length = kind === 'training' ? HISTORY : HISTORY + round * DAY_BARS;
  const source = {
    async *fetch({ from = 0 }: { readonly from?: number | undefined }) {
      if (!sliceBars) return;
      const first = Math.min(length, Math.max(0, Math.ceil((from - START) / MINUTE_MS)));
      yield { bars: sliceBars(bars, first, length), batch: 1 };
    },
  };
  const started = performance.now();
  const { action } = await trainSymbol({ symbol: 'BTC', source, store, maxModelAgeDays: 36_500 });
  const took = performance.now() - started;
  const expected = kind === 'training' || round === 0 ? 'create_new_profile' : 'incremental_update';
  if (action !== expected) throw new Error(`'${kind}' did a ${action}`);
  return took;
}

/** Minutes without a hole, a seeded random walk: the same for both sides, whatever they call their generators. */
function walk(length: number): Tickerforest.Bars {
  if (!allocateBars) throw new Error('no bars');
  let state = 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const made = allocateBars(length);
  let price = 100;
  for (let row = 0; row < length; row++) {
    const open = price;
    price *= 1 + 2e-3 * (uniform() - 0.5);
    made.timestamp[row] = START + row * MINUTE_MS;
    made.open[row] = open;
    made.close[row] = price;
    made.high[row] = Math.max(open, price) * (1 + 5e-4 * uniform());
    made.low[row] = Math.min(open, price) * (1 - 5e-4 * uniform());
    made.volume[row] = Math.round(1 + 1000 * uniform());
  }
  return made;
}
