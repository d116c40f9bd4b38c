// npm run notebook: cells of a notebook, one after the other, through ts-node. Uses the built package, as your notebook would.
import { createRequire } from 'node:module';
import { collectBars, csvBars, FeatureEngineer, memoryProfileStore, resolveMarket, trainSymbol } from 'tickerforest';
import type { FeatureSpec } from 'tickerforest/features';
import { inferInterval } from 'tickerforest/research';

async function notebook(): Promise<void> {
  // cell 1: look at the bars
  const source = csvBars(createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv'), { prices: 'adjusted' });
  const { bars } = await collectBars(source, { symbol: 'AAPL' });
  console.log(bars.length, 'bars, first', new Date(bars.timestamp[0]).toISOString(), 'last close', bars.close[bars.length - 1]);

  // cell 2: every feature as a column of doubles
  const engineer = new FeatureEngineer(resolveMarket(inferInterval(bars.timestamp), { exchange: 'NASDAQ' }));
  const columns = new Map<string, Float64Array>();
  await engineer.update(bars, {
    onBlock: (specs: readonly FeatureSpec[], values, first, count) =>
      specs.forEach((spec, j) => {
        const column = columns.get(spec.name) ?? new Float64Array(bars.length);
        column.set(values[j].subarray(0, count), first);
        columns.set(spec.name, column);
      }),
  });
  console.table(
    ['rsi_14', 'atr_14', 'simple_return'].map((name) => ({ name, newest: columns.get(name)?.at(-1), ...engineer.summary(name) })),
  );

  // cell 3: train, and look at what matters
  const { mlProfile } = await trainSymbol({ symbol: 'AAPL', exchange: 'NASDAQ', source, store: memoryProfileStore() });
  console.table(mlProfile.feature_importance?.regression_gb?.slice(0, 8));
  console.log(mlProfile.models.metrics.regression_gb?.walk_forward);
}

notebook().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
