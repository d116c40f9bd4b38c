// The daily job: train once, then give the same call the new bars; it folds in only those, and says whether it trained again and why. Retrainings
// read the bars that are kept, so the vendor is asked for new ones and an overlap only.
import { describeSymbol, memoryBarStore, memoryProfileStore, trainSymbol } from 'tickerforest';
import { appleDays } from './apple-days';

const rows = appleDays();
const store = memoryProfileStore();
const bars = memoryBarStore();
/** The same call every day; the source has one more day each time. */
async function run(days: number, now: string): Promise<void> {
  const started = performance.now();
  const { action, plan, mlProfile, companyProfile } = await trainSymbol({
    symbol: 'AAPL',
    exchange: 'NASDAQ',
    source: rows.slice(0, days),
    store,
    bars,
    now: new Date(`${now}T22:00Z`), // after the close
    minNewBars: 5,
    maxModelAgeDays: 7,
  });
  console.log(
    `${now}: ${action}, bars: ${plan.newBars} new, ${companyProfile.raw_data.points} in all, ` +
      `${plan.retrain.retrain ? 'trained' : 'kept'} model ${mlProfile.model_version} (${plan.retrain.reasons.join('; ')}), ` +
      `${(performance.now() - started).toFixed(0)} ms`,
  );
}

await run(1_200, '2018-02-15');
await run(1_200, '2018-02-15'); // nothing new
await run(1_201, '2018-02-16'); // one day: folded in, models kept
await run(1_203, '2018-02-20'); // two days
await run(1_210, '2018-03-01'); // enough bars, and models older than a week: trained again

console.log(`\nWhat is stored now:\n${await describeSymbol({ symbol: 'AAPL', store, bars })}`);
