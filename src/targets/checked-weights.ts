import { type Bars, checkBars, copyBars } from '../bars/bars';
import type { Market } from '../bars/market';
import { invalidOption } from '../options/checks';
import { checkArgument } from '../options/description';
import { callGiven } from '../options/given-function';
import { wholeMarket } from '../options/market-table';
import { storedParameters } from '../options/target-tables';
import { described, quoted } from '../text';
import { checkedEnds } from './ends';
import type { Labels } from './target';
import type { SampleWeights } from './weights';

/**
 * @param weights - some of the package's own, version 1
 * @returns the same, complete and frozen
 */
export function builtInWeights(weights: Omit<SampleWeights, 'version'>): SampleWeights {
  const parameters = checkArgument(weights.parameters, storedParameters, 'parameters', weights.name);
  return checkedWeights({ ...weights, version: 1, parameters });
}

/**
 * @param weights - any
 * @returns the same, frozen, with a `weigh` whose result is checked
 */
export function checkedWeights(weights: SampleWeights): SampleWeights {
  return Object.freeze({ ...weights, weigh: (labels: Labels, bars: Bars, market: Market) => checked(weights, labels, bars, market) });
}

function checked({ name, weigh }: SampleWeights, labels: Labels, bars: Bars, market: Market): Float64Array {
  checkBars(bars);
  const end = checkedEnds(labels, 'weigh', bars.length);
  // copies: models learn from these labels, and stores keep these bars
  const own = { labels: { value: labels.value.slice(), end: end.slice() }, bars: copyBars(bars) };
  const { interval, stamp, timeZone, session } = checkArgument(market, wholeMarket, 'market', 'weigh');
  const given: unknown = callGiven(`weights ${quoted(name)}`, 'while they were made', () =>
    weigh(own.labels, own.bars, { interval, stamp, timeZone, session }),
  );
  // a view first: instanceof asks a proxy, which may throw
  if (!(ArrayBuffer.isView(given) && given instanceof Float64Array && given.length === bars.length)) {
    const length = ArrayBuffer.isView(given) && given instanceof Float64Array ? `${given.length} values` : described(given);
    throw invalidOption(`weights ${quoted(name)} must return a Float64Array of ${bars.length} values, one a bar, not ${length}`);
  }
  const weights = new Float64Array(end.length);
  for (let t = 0; t < end.length; t++) {
    if (end[t] < 0) continue;
    weights[t] = given[t];
    if (!(given[t] > 0 && given[t] < Number.POSITIVE_INFINITY)) {
      throw invalidOption(
        `weights ${quoted(name)}: row ${t} has the weight ${given[t]}; give a finite number above 0 for every row with a label`,
      );
    }
  }
  return weights;
}
