// One model only, with other parameters, on a CSV file: no store. What comes out of it is a table for people and for a library that plots.
import { createRequire } from 'node:module';
import { csvBars, MLModelTrainer, prepareDataset, randomForestRegressor } from 'tickerforest';

const file = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv');
const dataset = await prepareDataset({ source: csvBars(file), exchange: 'NASDAQ', columns: ['sma_20'] });
console.log(dataset);

const forest = randomForestRegressor({ trees: 100, maxDepth: 6, minSamplesLeaf: 20, maxFeatures: 'sqrt' });
const { models, metrics, heldOut } = await new MLModelTrainer({ models: { forest }, testFraction: 0.3 }).train(dataset);
console.log(metrics.forest?.walk_forward);

// one object a bar, with a Date: Plot.line(rows, { x: 'timestamp', y: 'close' })
const rows = dataset.table(['close', 'sma_20', 'rsi_14', 'label']);
console.table(rows.slice(-3));

// the held-out forecasts, each with what came
const { timestamp, forecast, actual } = heldOut.forest;
console.table(Array.from(timestamp, (time, i) => ({ timestamp: new Date(time), forecast: forecast[i], actual: actual[i] })).slice(-3));

const newest = dataset.bars.length - 1;
const [next] = await models.forest.predict(dataset, { from: newest, to: newest + 1 });
console.log(`the day after ${new Date(dataset.bars.timestamp[newest]).toISOString().slice(0, 10)}: ${(next * 100).toFixed(2)} %`);
