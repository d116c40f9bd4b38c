// Learns a logistic regression by gradient descent, on features of mean 0 and deviation 1; own-model.mjs starts it.
import { parentPort, workerData } from 'node:worker_threads';

const { columns, range, label, weights, steps } = workerData;
const rows = [];
for (let row = range.from; row < range.to; row++) if (!Number.isNaN(label[row])) rows.push(row);

const mean = new Float64Array(columns.length);
const deviation = new Float64Array(columns.length);
for (const [j, column] of columns.entries()) {
  const values = rows.map((row) => column[row]).filter((value) => !Number.isNaN(value));
  mean[j] = values.reduce((sum, value) => sum + value, 0) / values.length || 0;
  deviation[j] = Math.sqrt(values.reduce((sum, value) => sum + (value - mean[j]) ** 2, 0) / values.length) || 1;
}

const scaled = (row, j) => {
  const value = (columns[j][row] - mean[j]) / deviation[j];
  return Number.isNaN(value) ? 0 : value;
};
const intercept = new Float64Array(1);
const slope = new Float64Array(columns.length);
const counted = rows.reduce((sum, row) => sum + (weights?.[row] ?? 1), 0);
for (let step = 1; step <= steps; step++) {
  let upward = 0;
  const gradient = new Float64Array(columns.length);
  for (const row of rows) {
    let score = intercept[0];
    for (let j = 0; j < columns.length; j++) score += slope[j] * scaled(row, j);
    const miss = ((weights?.[row] ?? 1) * (label[row] - 1 / (1 + Math.exp(-score)))) / counted;
    upward += miss;
    for (let j = 0; j < columns.length; j++) gradient[j] += miss * scaled(row, j);
  }
  intercept[0] += 0.1 * upward;
  for (let j = 0; j < columns.length; j++) slope[j] += 0.1 * gradient[j];
  parentPort.postMessage({ done: step });
}
for (let j = 0; j < columns.length; j++) slope[j] /= deviation[j];
parentPort.postMessage({ learnt: { intercept, mean, slope } });
