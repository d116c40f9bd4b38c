/** Names that other libraries, languages and habits give to options of this one. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  n_estimators: 'trees',
  num_trees: 'trees',
  n_trees: 'trees',
  ntree: 'trees',
  estimators: 'trees',
  iterations: 'trees',
  num_boost_round: 'trees',
  depth: 'maxDepth',
  eta: 'learningRate',
  shrinkage: 'learningRate',
  mtry: 'maxFeatures',
  random_state: 'seed',
  random_seed: 'seed',
  test_size: 'testFraction',
  gap: 'embargo',
  rf: 'regression_rf',
  gb: 'regression_gb',
  ticker: 'symbol',
  tickers: 'symbols',
  data: 'source',
  bars: 'source',
  start: 'from',
  startdate: 'from',
  since: 'from',
  end: 'to',
  enddate: 'to',
  until: 'to',
  years: 'historyYears',
  market: 'exchange',
  tz: 'timeZone',
  hours: 'session',
  progress: 'onProgress',
  abortsignal: 'signal',
  rows: 'bars',
  overlap: 'overlapBars',
  window: 'trainingWindow',
  parallel: 'concurrency',
  limit: 'concurrency',
  sep: 'delimiter',
  separator: 'delimiter',
  decimal: 'decimalMark',
  skiprows: 'header',
  headerlines: 'header',
  unit: 'epochUnit',
  adjusted: 'prices',
  sort: 'order',
  date: 'timestamp',
  datetime: 'timestamp',
  adjclose: 'adjustedClose',
  vol: 'volume',
  url: 'uri',
  connectionstring: 'uri',
  db: 'dbName',
  database: 'dbName',
  timeout: 'operationTimeout',
  horizon: 'bars',
  threshold: 'deadZone',
  takeprofit: 'up',
  stoploss: 'down',
};

/** Longer names are no slip of the finger, and would cost time. */
const LONGEST = 64;

/**
 * The name that was probably meant: the same in another spelling (`max_depth`), another library's word for it (`n_estimators`), or one that a slip
 * of the finger or two away.
 *
 * @param given - what was written
 * @param known - what there is
 * @returns one of `known`; undefined if none is near
 */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  if (given.length > LONGEST) return undefined;
  const plain = plainly(given);
  const same = known.find((name) => plainly(name) === plain);
  if (same !== undefined) return same;
  const other = Object.entries(OTHER_NAMES).find(([name, ours]) => plainly(name) === plain && known.includes(ours));
  if (other !== undefined) return other[1];
  let nearest: string | undefined;
  let fewest = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const name of known) {
    const edits = editDistance(plain, plainly(name));
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

/**
 * @param given - what was written
 * @param known - what there is
 * @returns `; did you mean 'trees'?`, or nothing
 */
export function didYouMean(given: string, known: readonly string[]): string {
  const name = nearestName(given, known);
  return name === undefined ? '' : `; did you mean '${name}'?`;
}

function plainly(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours that make one text of the other. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? before[j - 2] + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1), swapped));
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
