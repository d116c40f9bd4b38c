// Trains models of every kind, and says as JSON: their files, rows, and what they forecast here.
import {
  gradientBoostingClassifier,
  MLModelTrainer,
  prepareDataset,
  randomForestRegressor,
  ridge,
  sampleBars,
  saveModel,
} from 'tickerforest';
import { forecasts } from './predict-page.mjs';

const base64 = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength).toString('base64');
const dataset = await prepareDataset({ source: sampleBars() });
const kinds = { forest: randomForestRegressor({ trees: 10 }), up: gradientBoostingClassifier({ trees: 10 }), linear: ridge() };
const { models } = await new MLModelTrainer({ models: kinds }).train(dataset);
const { rows, names, columns } = dataset.matrix;
const files = Object.fromEntries(Object.entries(models).map(([key, model]) => [key, base64(saveModel(model))]));
const given = { files, names, rows, columns: columns.map(base64) };
console.log(JSON.stringify({ given, expected: await forecasts(given) }));
