// Writes a directory store with a build of an earlier release, and what it forecasts: test/symbol/stored-releases.test.ts reads it with the release of today.
// In a clone at that release, after npm ci, DIST is its dist/:
//   node scripts/expected/stored-release.mjs DIST test/fixtures/stored-release.json.gz
// What is there was written by commit e6ddbb3, the last one before features, targets and models became values.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const DAY = 86_400_000;
const MINUTE = 60_000;
/** Bars that are stored, and bars that come after them. */
const STORED = 260;
const LATER = 40;

const [dist, file] = process.argv.slice(2).map((path) => resolve(path));
const { directoryStores, predictSymbol, trainSymbol } = await import(pathToFileURL(join(dist, 'index.js')).href);

/** Numbers from 0 to 1, the same everywhere (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A walk of prices in cents and whole volumes. */
function walk(seed, volatility, times) {
  const next = random(seed);
  let close = 10_000;
  return times.map((timestamp) => {
    const open = close;
    close = Math.round(close * (1 + (next() + next() + next() - 1.5) * volatility));
    const reach = Math.round(close * volatility * next());
    const [high, low] = [Math.max(open, close) + reach, Math.min(open, close) - Math.round(reach * next())];
    return { timestamp, open: open / 100, high: high / 100, low: low / 100, close: close / 100, volume: Math.floor(next() * 10_000) };
  });
}

const monday = Date.UTC(2024, 0, 8);
const weekdays = Array.from({ length: (7 * (STORED + LATER)) / 5 + 7 }, (_, i) => monday + i * DAY).filter(
  (time) => new Date(time).getUTCDay() % 6 !== 0,
);
const symbols = [
  { symbol: 'DAYS', exchange: 'NYSE', bars: walk(1, 0.02, weekdays.slice(0, STORED + LATER)) },
  {
    symbol: 'MINUTES',
    exchange: 'NASDAQ',
    // an afternoon and a morning: 14:30 UTC is the open
    bars: walk(
      2,
      0.002,
      Array.from({ length: STORED + LATER }, (_, i) => monday + 14.5 * 60 * MINUTE + i * MINUTE),
    ),
  },
];

const folder = await mkdtemp(join(tmpdir(), 'stored-release-'));
const small = { trees: 3, maxDepth: 3 };
const written = { bars: {}, forecasts: {}, files: {} };
for (const { symbol, exchange, bars } of symbols) {
  const { profiles, store = profiles, bars: kept } = directoryStores(folder);
  const common = { symbol, exchange, store, bars: kept, models: { regression_rf: small, classification_rf: small, regression_gb: small } };
  // trained, then updated: the newest state and its anchor are those of an update
  const now = (count) => new Date(bars[count - 1].timestamp + DAY);
  await trainSymbol({ ...common, source: bars.slice(0, STORED - 3), now: now(STORED - 3) });
  await trainSymbol({ ...common, source: bars.slice(0, STORED), now: now(STORED) });
  const { asOf, direction, probabilityUp, predictedReturn } = await predictSymbol({ symbol, store });
  const checkpoint = await store.getCheckpoint(symbol);
  const sha256 = Object.fromEntries(
    Object.entries(checkpoint.models).map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]),
  );
  written.bars[symbol] = bars;
  written.forecasts[symbol] = { asOf, direction, probabilityUp, predictedReturn, sha256 };
  await store.close();
  await kept.close();
}
for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  written.files[relative(folder, path).replaceAll('\\', '/')] = (await readFile(path)).toString('base64');
}
await rm(folder, { recursive: true });
const packed = gzipSync(JSON.stringify(written), { level: 9 });
await writeFile(file, packed);
console.log(`${Object.keys(written.files).length} files of ${symbols.length} symbols, ${packed.length} bytes`);
