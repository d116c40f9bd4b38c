// A model of one's own that learns in a thread of its own (own-model-thread.mjs), so that the calling one stays free: a logistic regression of the next day's direction.
import { Worker } from 'node:worker_threads';
import { memoryProfileStore, predictSymbol, randomForestClassifier, sampleBars, trainSymbol } from 'tickerforest';

const STEPS = 200;

/** Resolves with what the thread has learnt. The features are over shared memory: they are not copied. */
function learn({ matrix, range, label, weights }, { onStep, signal }) {
  const workerData = { columns: matrix.columns, range, label, weights, steps: STEPS };
  const thread = new Worker(new URL('own-model-thread.mjs', import.meta.url), { workerData });
  const stop = () => thread.terminate();
  signal?.addEventListener('abort', stop);
  return new Promise((resolve, reject) => {
    thread.on('message', ({ done, learnt }) => (learnt === undefined ? onStep(done, STEPS) : resolve(learnt)));
    thread.on('error', reject);
    thread.on('exit', () => reject(new Error('the thread ended before it had learnt')));
  }).finally(() => signal?.removeEventListener('abort', stop));
}

/** Forecasts at once, which is cheap. A missing value counts as the feature's mean. */
function fitted({ intercept, mean, slope }) {
  const probability = (feature) => {
    let score = intercept[0];
    for (let j = 0; j < slope.length; j++) {
      const value = feature(j);
      if (!Number.isNaN(value)) score += (value - mean[j]) * slope[j];
    }
    return 1 / (1 + Math.exp(-score));
  };
  return {
    predict({ matrix: { columns } }, { from }, out) {
      for (let i = 0; i < out.length; i++) out[i] = probability((j) => columns[j][from + i]);
    },
    predictRow: (row) => probability((j) => row[j]),
    save: () => ({ facts: {}, arrays: { intercept, mean, slope } }),
  };
}

const logistic = {
  ...{ type: 'LogisticRegression', task: 'classification', parameters: { max_iter: STEPS } },
  fit: async (rows, context) => fitted(await learn(rows, context)),
  load: ({ array }) => fitted({ intercept: array('intercept'), mean: array('mean'), slope: array('slope') }),
};

const models = { logistic, forest: randomForestClassifier() };
const store = memoryProfileStore();
console.log(await trainSymbol({ symbol: 'DEMO', source: sampleBars(), store, models }));
console.log(await predictSymbol({ symbol: 'DEMO', store, models }));
