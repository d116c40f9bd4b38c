// Candlestick patterns and an indicator of the package technicalindicators as features: do they help a model, and which?
import * as TI from 'technicalindicators';
import { memoryProfileStore, predictSymbol, randomForestRegressor, sampleBars, standardFeatures, trainSymbol } from 'tickerforest';
import { candlesticks, indicator } from 'tickerforest/technicalindicators';

const trix = indicator(TI.TRIX, { period: 9 }, { lookback: 120 }); // it remembers for ever: here it is run over 120 bars
const lists = {
  'standard features': standardFeatures(),
  'and patterns, and TRIX': [...standardFeatures(), candlesticks(), trix],
};

for (const [name, features] of Object.entries(lists)) {
  const store = memoryProfileStore();
  const models = { forest: randomForestRegressor({ trees: 20 }) };
  const { mlProfile } = await trainSymbol({ symbol: 'DEMO', source: sampleBars(), store, features, models });
  const scores = mlProfile.models.metrics.forest?.walk_forward;
  console.log(`${name}: of the held-out bars' variance the forest explains`, scores && 'r2' in scores ? scores.r2.toFixed(3) : null);
  const ranks = mlProfile.feature_importance?.forest ?? [];
  console.log(
    '  weightiest:',
    ranks
      .slice(0, 5)
      .map(({ feature }) => feature)
      .join(', '),
  );
  const foreign = ranks.filter(({ feature }) => /^(candle|ti)_/.test(feature));
  console.log('  of them from technicalindicators:', foreign.map(({ feature }) => feature).join(', ') || 'none');
  console.log('  tomorrow:', (await predictSymbol({ symbol: 'DEMO', store, features })).predictedReturn);
}
