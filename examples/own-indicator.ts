// An indicator of one's own: trained with it, stored, updated and restored in another process. Give the same list wherever the symbol is used.
import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineFeature, directoryStores, predictSymbol, sampleBars, standardFeatures, trainSymbol } from 'tickerforest';

/** Where a bar's range ranks among the last 60, below 0 if it fell. */
const rangeRank = defineFeature({
  name: 'range_rank',
  parameters: { bars: 60 }, // with the name and the version they tell stored states apart
  range: [-1, 1],
  warmup: 60,
  next: ({ lag, window }) => {
    const close = lag(1);
    const ranges = window(60);
    return (bar) => {
      const { rank } = ranges.next((bar.high - bar.low) / bar.close);
      return bar.close < close.next(bar.close) ? -rank : rank;
    };
  },
});
const features = [...standardFeatures(), rangeRank];

const [, script, folder = await mkdtemp(join(tmpdir(), 'own-indicator-')), days = '1490'] = process.argv;
const stores = directoryStores(folder);
const source = sampleBars({ bars: Number(days) });
const { action, plan, statisticalProfile } = await trainSymbol({ symbol: 'DEMO', source, ...stores, features });
const { latest, mean } = statisticalProfile.features.technical_indicators.range_rank;
console.log(`process ${process.pid}: ${action}, ${plan.newBars} new bars; range_rank is ${latest}, its mean ${mean}`);
console.log('  up tomorrow:', (await predictSymbol({ symbol: 'DEMO', store: stores.store, features })).probabilityUp);

// ten days later, in another process
if (days === '1490') spawnSync(process.execPath, [...process.execArgv, script, folder, '1500'], { stdio: 'inherit' });
