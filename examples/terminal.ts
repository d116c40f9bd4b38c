// What the examples show on a terminal: a progress bar and tables, both by libraries.
import { SingleBar } from 'cli-progress';
import { Table } from 'console-table-printer';
import type { Progress, TrainSymbolResult } from 'tickerforest';

/** A progress bar on a terminal; elsewhere, as in CI, one line per stage. */
export function progressBar(): { onProgress: (progress: Progress) => void; stop: () => void } {
  if (!process.stderr.isTTY) {
    let shown = '';
    return {
      onProgress: ({ percent, stage, message }) => {
        if (stage === shown) return;
        shown = stage;
        console.log(`${percent.toFixed(0).padStart(3)} %  ${message}`);
      },
      stop: () => {},
    };
  }
  const bar = new SingleBar({ format: '{bar} {percentage} %  {message}', clearOnComplete: false, hideCursor: true, barsize: 30 });
  bar.start(100, 0, { message: '' });
  return {
    onProgress: ({ percent, message }) => bar.update(Math.round(percent), { message: message.padEnd(60).slice(0, 60) }),
    stop: () => bar.stop(),
  };
}

/** Colours are for terminals only. */
const plain = { shouldDisableColors: !process.stdout.isTTY };

const signed = (value: number, digits = 4) => `${value >= 0 ? '+' : ''}${value.toFixed(digits)}`;
const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
const day = (date: Date) => date.toISOString().slice(0, 10);

/** Held-out figures first: each model on bars that it had not seen, beside a baseline. */
export function printModels({ mlProfile }: TrainSymbolResult): void {
  const metrics = Object.entries(mlProfile.models.metrics).flatMap(([model, own]) => (own === undefined ? [] : [{ model, ...own }]));
  const [{ test_from, test_to, rows_trained, rows_tested }] = metrics.map(({ walk_forward }) => walk_forward);
  console.log(
    `\nHeld out: trained on ${rows_trained.toLocaleString('en-US')} bars, judged once on the ${rows_tested.toLocaleString('en-US')} that followed (${day(test_from)} to ${day(test_to)}).`,
  );
  const returns = new Table({ ...plain, title: 'Return of the next bar: root mean squared error, lower is better' });
  const direction = new Table({ ...plain, title: 'Direction of the next bar: accuracy, higher is better' });
  for (const own of metrics) {
    if ('rmse' in own) {
      returns.addRow({
        model: own.model,
        'held out': own.walk_forward.rmse.toExponential(4),
        'naive (zero return)': Math.sqrt(own.walk_forward.naive_mse).toExponential(4),
        'skill over baseline': signed(own.walk_forward.skill),
        'correlation (IC)': signed(own.walk_forward.ic),
        'in-sample': own.rmse.toExponential(4),
      });
    } else {
      direction.addRow({
        model: own.model,
        'held out': percent(own.walk_forward.accuracy),
        'naive (majority class)': percent(own.walk_forward.naive_accuracy),
        'area under curve (0.5 is chance)': own.walk_forward.auc.toFixed(4),
        'log loss (coin: 0.6931)': own.walk_forward.log_loss.toFixed(4),
        'in-sample': percent(own.accuracy),
      });
    }
  }
  returns.printTable();
  direction.printTable();
}

/** How long each stage took. */
export function printTimings({ timings, mlProfile }: TrainSymbolResult): void {
  const table = new Table({ ...plain, title: 'Time' });
  const row = (stage: string, milliseconds: number, bars: number) =>
    table.addRow({
      stage,
      seconds: (milliseconds / 1000).toFixed(2),
      'bars per second': Math.round(bars / (milliseconds / 1000)).toLocaleString('en-US'),
    });
  for (const { stage, milliseconds, bars } of timings) {
    row(stage, milliseconds, bars);
    if (stage !== 'train') continue;
    for (const [model, own] of Object.entries(mlProfile.models.metrics)) {
      if (typeof own?.training_time_ms === 'number') row(`  final ${model}`, own.training_time_ms, own.rows_trained);
    }
  }
  const total = timings.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  row('total', total, Math.max(...timings.map(({ bars }) => bars)));
  table.printTable();
}

/** What was done, and why. */
export function printPlan({ action, plan }: TrainSymbolResult): void {
  console.log(
    `\n${action}: ${plan.newBars.toLocaleString('en-US')} new bar${plan.newBars === 1 ? '' : 's'}; ${plan.retrain.retrain ? 'trained' : 'models kept'}, because ${plan.retrain.reasons.join(', and ')}`,
  );
}
