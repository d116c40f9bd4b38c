import { TickerforestError } from '../errors';
import { checkOptions } from '../options/description';
import { DESCRIBE_SYMBOL } from '../options/symbol-tables';
import { printedAs } from '../printed';
import type { BarStore } from '../stores/bar-store';
import type { ProfileStore } from '../stores/contract';
import { GuardedStore } from '../stores/guarded-store';
import { quoted } from '../text';
import { describedHistory, describedModels, describedRun, type SymbolDescription } from './described-symbol';
import { KeptHistory } from './kept-history';
import { readStoredSymbol } from './stored-symbol';
import { descriptionTable } from './tables';

/** What {@link describeSymbol} is given. */
export interface DescribeSymbolOptions {
  /** Which symbol. */
  readonly symbol: string;
  /** The store of its profiles. */
  readonly store: ProfileStore;
  /** The store of its bars. Default: none is looked at. */
  readonly bars?: BarStore | undefined;
}

/**
 * What is stored of a symbol: bars, holes, models and their held-out figures, the newest run, warnings. `console.log` shows a short table of it; its properties, and so its
 * JSON, are plain data. No source is asked, and nothing is changed.
 *
 * @param options - symbol and store, and the store of bars, if there is one
 * @returns the description
 * @throws TickerforestError `INVALID_OPTION` naming option and value, `UNKNOWN_SYMBOL` if neither profiles nor bars are stored, or the stores' own errors
 * @example
 * ```ts
 * console.log(await describeSymbol({ symbol: 'AAPL', ...directoryStores('profiles') }));
 * ```
 */
export async function describeSymbol(options: DescribeSymbolOptions): Promise<SymbolDescription> {
  const { symbol, store, bars } = checkOptions(options, DESCRIBE_SYMBOL, 'describeSymbol');
  const { company, ml, revision, engineer, lacksFeatures } = await readStoredSymbol(new GuardedStore(store, undefined), symbol);
  const kept = bars === undefined ? null : (await KeptHistory.open(bars, symbol, new AbortController().signal)).kept;
  if (revision === 0 && kept === null) {
    throw new TickerforestError('UNKNOWN_SYMBOL', `nothing is stored of ${quoted(symbol)}; call trainSymbol first`);
  }
  const history = describedHistory(company);
  const description: SymbolDescription = {
    symbol,
    exchange: company?.exchange ?? null,
    revision,
    ...history,
    interval: history.interval ?? kept?.market.interval ?? null,
    kept: kept && { bars: kept.bars, first: new Date(kept.firstTimestamp), last: new Date(kept.lastTimestamp) },
    // features of a user's own are not asked for here, and need no rebuild
    needsRebuild: revision > 0 && engineer === null && lacksFeatures.length === 0,
    models: ml && describedModels(ml),
    lastRun: company && describedRun(company, ml),
  };
  return printedAs(description, descriptionTable);
}
