// What an update does when the source does not simply go on: a bar that is still forming, a corrected volume (revised: the run goes on from before it), lost
// weeks, a stock split (rewritten: everything is rebuilt). Apple's daily bars, with made-up changes. The plan says what was found; the company profile keeps it.
import { type BarRow, memoryProfileStore, type RetrainPolicy, type TrainSymbolOptions, trainSymbol } from 'tickerforest';
import { appleDays } from './apple-days';

const rows = appleDays();
const store = memoryProfileStore();
async function run(title: string, source: BarRow[], options: Partial<TrainSymbolOptions> = {}): Promise<void> {
  const { action, plan } = await trainSymbol({
    symbol: 'AAPL',
    exchange: 'NASDAQ',
    source,
    store,
    trainingWindow: { bars: 500 }, // a retraining asks the source for these, and for no more
    ...options,
  });
  console.log(`\n${title}\n  ${action}, new bars: ${plan.newBars}; ${plan.retrain.reasons.join('; ')}`);
  const { gap, history, ignored, foldsFrom } = plan;
  console.log(`  compared ${history.comparedBars} stored bars with the source: ${history.verdict}`);
  if (history.verdict === 'revised') {
    const { changed = 0, fields = [] } = history.differences ?? {};
    console.log(
      `  other values in ${changed} of them (${fields.join(', ')}); everything before it stays, the fold goes on from the ${foldsFrom}`,
    );
  }
  if (ignored.forming > 0) console.log(`  left out ${ignored.forming} bar that is still forming`);
  if (gap?.unusual) console.log(`  no bars for ${(gap.milliseconds / 86_400_000).toFixed(0)} days, the longest hole so far`);
  if (history.factor)
    console.log(`  the source's prices are the stored ones times ${history.factor.price.toFixed(4)}: ${history.factor.description}`);
}

await run('The first 1,000 days', rows.slice(0, 1_000), { now: new Date('2017-05-01T21:00Z') });
// the 1,001st day is 2 May 2017, and New York closes at 20:00 UTC
await run('One more day, while it is still trading', rows.slice(0, 1_001), { now: new Date('2017-05-02T15:00Z') });
await run('The same, after the close', rows.slice(0, 1_001), { now: new Date('2017-05-02T21:00Z') });
// from here on the vendor tells the volume of 1 May 2017 otherwise
rows[999] = { ...rows[999], volume: rows[999].volume + 1_000 };
await run('A volume that the vendor has corrected', rows.slice(0, 1_002));
await run('Four weeks that the vendor has lost', [...rows.slice(0, 1_002), ...rows.slice(1_021, 1_030)]);

// a policy of one's own: never on a whim, always after a fortnight of bars
const fortnight: RetrainPolicy = ({ barsSinceTraining }) => ({
  retrain: barsSinceTraining >= 10,
  reasons: [`${barsSinceTraining} bars since training, and a fortnight has 10`],
});
await run('Five more days, with a policy of your own', [...rows.slice(0, 1_002), ...rows.slice(1_021, 1_035)], {
  retrainPolicy: fortnight,
});

const split = rows.slice(0, 1_040).map((row) => ({
  ...row,
  open: row.open / 7,
  high: row.high / 7,
  low: row.low / 7,
  close: row.close / 7,
  volume: row.volume * 7,
}));
await run('The vendor adjusts all of its history for a split', split);
const profile = await store.getCompanyProfile('AAPL');
console.log('\nThe company profile remembers:', profile?.last_rewrite?.factor, profile?.last_update.efficiency);
