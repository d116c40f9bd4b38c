/**
 * How long explanations take: every bar of a day (390 rows) through 50 trees of depth 10, as `trainSymbol` trains them, on minute bars.
 *
 *     npx tsx bench/explain.ts [rows of training, default 100000]
 *
 * Prints a row a model: nodes of its trees, milliseconds of `explain` (median and spread of five runs after one to warm up, and the processor's time, which others at work do not lengthen), of `predict`, and the largest distance
 * of parts and forecast. With a Python that has shap in PYTHON, see scripts/python/shap_values.py for the same trees there.
 */
import { availableParallelism } from 'node:os';
import {
  type Dataset,
  gradientBoostingClassifier,
  MLModelTrainer,
  prepareDataset,
  randomForestClassifier,
  randomForestRegressor,
  sampleBars,
  type TrainedModel,
} from '../src/index';
import { explain, permutationImportance } from '../src/research';

const ROWS = 390;
const RUNS = 5;

async function main(bars: number): Promise<void> {
  const dataset = await prepareDataset({ source: sampleBars({ bars, interval: 60_000 }) });
  const models = {
    regression_forest: randomForestRegressor(),
    grown_to_50_rows: randomForestRegressor({ minSamplesLeaf: 50 }),
    classification_forest: randomForestClassifier(),
    boosting: gradientBoostingClassifier(),
  };
  const trained = (await new MLModelTrainer({ models }).train(dataset)).models;
  const rows = { from: dataset.rows.to - ROWS, to: dataset.rows.to };
  console.log(
    `${ROWS} rows of ${dataset.matrix.names.length} features, trained on ${dataset.rows.to - dataset.rows.from}, ${availableParallelism()} cores, Node ${process.version}`,
  );
  console.log('| model | nodes | explain, ms | spread | processor, ms | forecasts, ms | distance |\n|---|---|---|---|---|---|---|');
  for (const [key, model] of Object.entries(trained)) {
    const times: number[] = [];
    const working: number[] = [];
    const forecasting: number[] = [];
    let distance = 0;
    for (let run = 0; run <= RUNS; run++) {
      const before = process.cpuUsage();
      const start = performance.now();
      const { unit, base, contributions, forecasts } = await explain(model, dataset, { rows });
      const end = performance.now();
      const { user, system } = process.cpuUsage(before);
      await model.predict(dataset, rows);
      if (run === 0) continue;
      times.push(end - start);
      working.push((user + system) / 1_000);
      forecasting.push(performance.now() - end);
      for (const [row, parts] of contributions.entries()) {
        const sum = parts.reduce((total, part) => total + part, base);
        distance = Math.max(distance, Math.abs((unit === 'log_odds' ? 1 / (1 + Math.exp(-sum)) : sum) - forecasts[row]));
      }
    }
    times.sort((a, b) => a - b);
    working.sort((a, b) => a - b);
    forecasting.sort((a, b) => a - b);
    const middle = Math.floor(RUNS / 2);
    const cells = [times[middle], times[RUNS - 1] - times[0], working[middle], forecasting[middle]].map((time) => time.toFixed(0));
    console.log(
      `| ${key} | ${(model.ensemble?.left.length ?? 0).toLocaleString('en-US')} | ${cells.join(' | ')} | ${distance.toExponential(1)} |`,
    );
  }
  await shuffling(trained.regression_forest, dataset);
}

/** One feature after the other shuffled: 10 repeats on 1,000 rows. */
async function shuffling(model: TrainedModel, dataset: Dataset): Promise<void> {
  const before = process.cpuUsage();
  await permutationImportance(model, dataset, { from: dataset.rows.to - 1_000, to: dataset.rows.to }, { repeats: 10 });
  const { user, system } = process.cpuUsage(before);
  console.log(`permutationImportance of the first, 10 repeats on 1,000 rows: ${((user + system) / 1e6).toFixed(1)} s of the processor`);
}

await main(Number(process.argv[2] ?? 100_000));
