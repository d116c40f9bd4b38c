import type { Bars } from '../bars/bars';
import type { BarStore, BarWrite, DeleteBars, KeptRange } from '../stores/bar-store';
import type { ExportParquetOptions } from '../stores/parquet-export';
import { abortSignal, check, flag, hasFunctions, number, whole } from './checks';
import type { Descriptions } from './description';
import { wholeMarket } from './market-table';
import { path } from './store-tables';
import { symbolName } from './symbol';

const time = number({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }, 'milliseconds since 1970');

const revision = whole({ from: 0, to: Number.MAX_SAFE_INTEGER }, 'the revision that was read, or 0 if nothing is kept: a whole number');

/** What is written to a BarStore. The columns of the bars are looked into when they are copied. */
export const BAR_WRITE = {
  symbol: { takes: symbolName, sentence: 'The symbol.' },
  market: { takes: wholeMarket, sentence: 'Whose bars they are.' },
  from: { takes: time, sentence: 'Kept bars from this timestamp on are cut away, milliseconds UTC; -Infinity: all of them.' },
  bars: {
    takes: check(
      'Bars',
      (value): value is Bars => typeof value === 'object' && value !== null,
      () => '; allocateBars makes some',
    ),
    sentence: 'What comes in their place: good bars, ascending, none before `from`; they are copied.',
  },
  baseRevision: { takes: revision, sentence: 'Revision that this is based on; 0: no bars of the symbol are kept.' },
  shrink: { takes: flag, default: false, sentence: 'Whether fewer bars than before may be left.' },
} as const satisfies Descriptions<BarWrite>;

/** Which of the kept bars to read. */
export const KEPT_RANGE = {
  from: { takes: time, default: 'from the first', sentence: 'Only bars from this timestamp on, milliseconds UTC.' },
  to: { takes: time, default: 'to the newest', sentence: 'Only bars up to this timestamp, milliseconds UTC.' },
  signal: { takes: abortSignal, default: 'none', sentence: 'Ends the reading.' },
} as const satisfies Descriptions<KeptRange>;

/** When a symbol is forgotten. */
export const DELETE_BARS = {
  baseRevision: { takes: revision, default: 'any', sentence: 'Revision that must be the current one.' },
} as const satisfies Descriptions<DeleteBars>;

/** Bars that are written to a Parquet file. */
export const EXPORT_PARQUET = {
  bars: {
    takes: check('a BarStore, as directoryBarStore makes it', (value): value is BarStore =>
      hasFunctions(value, ['describe', 'read', 'write']),
    ),
    sentence: 'Where the bars are kept.',
  },
  symbol: { takes: symbolName, sentence: 'Whose bars.' },
  path: { takes: path, sentence: 'Path of the file; one that is there is replaced when the new one is whole.' },
  ...KEPT_RANGE,
} as const satisfies Descriptions<ExportParquetOptions>;
