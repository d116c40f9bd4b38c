// Runs as a process of its own, as the daily job of a service does: `URI DATABASE BARS`. Features of every companion beside the standard ones, and one model of each library.
import * as TI from 'technicalindicators';
import { sampleBars } from '../../src/bars/sample-bars';
import { standardFeatures } from '../../src/features/standard-features';
import { alpha158, formula } from '../../src/formulas';
import { gradientBoostingRegressor } from '../../src/index';
import { mongoProfileStore } from '../../src/mongodb';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { candlesticks, indicator } from '../../src/technicalindicators';

const [uri, dbName, bars] = process.argv.slice(2);
const store = uri === 'memory' ? memoryProfileStore() : mongoProfileStore({ uri, dbName });
const { action, plan, statisticalProfile } = await trainSymbol({
  symbol: 'ALL',
  source: sampleBars({ bars: Number(bars) }),
  store,
  features: [
    ...standardFeatures(),
    alpha158(),
    candlesticks(),
    formula('mean_gap', '(close - sma(close, 50)) / atr(14)'),
    formula('loud_rise', 'close > open and volume > 2 * sma(volume, 20) ? rank(high - low, 60) : 0'),
    formula('swing', 'clip(zscore(delta(close, 5), 40), -3, 3)'),
    indicator(TI.TRIX, { period: 9 }, { lookback: 100 }),
  ],
  models: { boosting: gradientBoostingRegressor({ trees: 5 }) },
  retrainPolicy: () => ({ retrain: false, reasons: ['as told'] }),
});
await store.close();
process.stdout.write(JSON.stringify({ action, newBars: plan.newBars, features: statisticalProfile.features }));
