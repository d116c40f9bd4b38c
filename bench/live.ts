/**
 * What a bar costs in live use: `session.next` and `session.preview`, with the default features of minutes of NYSE and the three models.
 *
 *     npm run bench:live -- [--bars 5000] [--live 2000]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type BarRow, memoryProfileStore, openSymbol, trainSymbol } from '../src/index';
import { randomBars } from '../test/generated-bars';

const { values: given } = parseArgs({ options: { bars: { type: 'string', default: '5000' }, live: { type: 'string', default: '2000' } } });
const stored = Number(given.bars);
const live = Number(given.live);

const bars = randomBars(stored + live);
const rows: BarRow[] = Array.from(bars.timestamp, (timestamp, i) => ({
  timestamp,
  open: bars.open[i],
  high: bars.high[i],
  low: bars.low[i],
  close: bars.close[i],
  volume: bars.volume[i],
}));
const store = memoryProfileStore();
const market = { exchange: 'NYSE' };
const { mlProfile } = await trainSymbol({ symbol: 'A', source: rows.slice(0, stored), store, ...market });
const session = await openSymbol({ symbol: 'A', store });

const nexts: number[] = [];
const previews: number[] = [];
function timed(times: number[], work: () => void): void {
  const start = performance.now();
  work();
  times.push(performance.now() - start);
}
for (const row of rows.slice(stored)) {
  timed(previews, () => session.preview(row));
  timed(nexts, () => session.next(row));
}
const at = (times: number[], share: number) => times.sort((a, b) => a - b)[Math.floor(share * (times.length - 1))].toFixed(3);

console.log(
  `${availableParallelism()} cores, Node ${process.version}; ${mlProfile.feature_names.length} model features, ${mlProfile.models.models_trained.length} models, ${live} bars after ${stored}`,
);
for (const [name, times] of Object.entries({ next: nexts, preview: previews })) {
  console.log(`${name.padEnd(8)} median ${at(times, 0.5)} ms, 99 % within ${at(times, 0.99)} ms`);
}
