// Features written as formulas, and Qlib's Alpha158, beside a few built-in ones: trained, stored, and used again in an update. Needs mathjs.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryStores, gradientBoostingRegressor, predictSymbol, sampleBars, trainSymbol } from 'tickerforest';
import { rsi } from 'tickerforest/features';
import { alpha158, formula } from 'tickerforest/formulas';

const features = [
  rsi(),
  formula('mean_gap', '(close - sma(close, 50)) / atr(14)'),
  formula('loud_rise', 'close > open and volume > 2 * sma(volume, 20) ? rank(high - low, 60) : 0'),
  formula('rsi_turn', 'delta(rsi_14, 3) / std(rsi_14, 20)', { otherwise: 0 }),
  alpha158(),
];
const models = { boosting: gradientBoostingRegressor({ trees: 30 }) };
const stores = directoryStores(await mkdtemp(join(tmpdir(), 'formulas-')));

for (const bars of [990, 1_000]) {
  const { action, plan, statisticalProfile } = await trainSymbol({
    symbol: 'DEMO',
    source: sampleBars({ bars }),
    ...stores,
    features,
    models,
  });
  const { mean_gap, rsi_turn } = statisticalProfile.features.technical_indicators;
  console.log(`${action}: ${plan.newBars} new bars; mean_gap is ${mean_gap.latest}, rsi_turn ${rsi_turn.latest}`);
}
console.log('return tomorrow:', (await predictSymbol({ symbol: 'DEMO', store: stores.store, features })).predictedReturn);

try {
  formula('typo', 'close / opne - 1');
} catch (error) {
  console.log(String(error));
}
