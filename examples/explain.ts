// Why the models forecast what they do: the newest forecast, a whole day's, and which features are worth something on rows that were held out.
import { createRequire } from 'node:module';
import {
  csvBars,
  MLModelTrainer,
  memoryProfileStore,
  predictSymbol,
  prepareDataset,
  randomForestRegressor,
  trainSymbol,
} from 'tickerforest';
import { explain, permutationImportance } from 'tickerforest/research';

const source = csvBars(createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv'));
const store = memoryProfileStore();
await trainSymbol({ symbol: 'AAPL', source, store, exchange: 'NASDAQ' });
console.log(await predictSymbol({ symbol: 'AAPL', store, explain: 3 }));

// trained on all but the last 250 days, and asked about those
const all = await prepareDataset({ source, exchange: 'NASDAQ' });
const first = all.rows.to - 250;
const early = await prepareDataset({ source, exchange: 'NASDAQ', to: new Date(all.bars.timestamp[first - 1]) });
const { models } = await new MLModelTrainer({ models: { forest: randomForestRegressor({ minSamplesLeaf: 20 }) } }).train(early);
const rows = { from: first, to: all.rows.to };
const { features, contributions } = await explain(models.forest, all, { rows });
const { importancesMean } = await permutationImportance(models.forest, all, rows, { repeats: 10 });

const gain = models.forest.fitted.importance ?? [];
const moved = features.map((_, i) => contributions.reduce((sum, row) => sum + Math.abs(row[i]) / contributions.length, 0));
const table = features.map((feature, i) => ({ feature, moved: moved[i], gain: gain[i], heldOut: importancesMean[i] }));
console.table(table.sort((a, b) => b.moved - a.moved).slice(0, 8));
