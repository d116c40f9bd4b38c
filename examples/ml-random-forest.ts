// A forest of ml-random-forest beside one of ours; ours as JSON for a service that has only ml-random-forest, and theirs as a model of ours.
import { RandomForestRegression } from 'ml-random-forest';
import { loadModel, MLModelTrainer, prepareDataset, randomForestRegressor, sampleBars, saveModel } from 'tickerforest';
import { momentum, rsi } from 'tickerforest/features';
import { fromMlRandomForest, mlGradientBoosting, mlRandomForest, toMlRandomForest } from 'tickerforest/ml-js';

const dataset = await prepareDataset({ source: sampleBars({ bars: 400 }), features: [rsi(), momentum()] });
const trainer = new MLModelTrainer({
  models: {
    theirs: mlRandomForest({ trees: 5, maxDepth: 4 }),
    boosted: mlGradientBoosting({ trees: 10 }),
    ours: randomForestRegressor({ trees: 50, maxDepth: 4 }),
  },
});
const { models, metrics } = await trainer.train(dataset);
console.table(Object.fromEntries(Object.entries(metrics).map(([name, one]) => [name, one?.walk_forward])), ['mse', 'scheme']);

// the newest row, which has no missing value
const row = Array.from(dataset.matrix.columns, (column) => column[dataset.matrix.rows - 1]);
const service = RandomForestRegression.load(toMlRandomForest(models.ours, { missing: 'none' }));
console.log('ours, predicted by ml-random-forest:', service.predict([row])[0], 'and here:', models.ours.predictRow(Float32Array.from(row)));

// a forest that was trained elsewhere, at our speed and in our file
const elsewhere = new RandomForestRegression({ nEstimators: 5, maxFeatures: 2, noOOB: true });
const rows = Array.from({ length: 100 }, (_, i) => dataset.matrix.columns.map((column) => column[200 + i]));
elsewhere.train(rows, Array.from(dataset.labels.value.subarray(200, 300)));
const taken = loadModel(saveModel(fromMlRandomForest(elsewhere, { featureNames: dataset.matrix.names })));
console.log('theirs:', elsewhere.predict([row])[0], 'and here:', taken.predictRow(Float32Array.from(row)));
