import { TickerforestError } from '../errors';
import { hasFunctions } from '../options/checks';
import { checkRequest } from '../options/collect-table';
import { readSafely } from '../options/description';
import { described, quoted } from '../text';
import { arrayBars, type BarRows } from './array-source';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import type { Bars } from './bars';
import { batchesOf } from './batches';

/**
 * Several files, pages or stretches of rows as one source: each is asked with the same request, and their bars follow each other in the order in which
 * they are given. What overlaps or is out of order is judged downstream, as within one source.
 *
 * Reading throws a TickerforestError: `NO_BARS` if none of the sources has the symbol; whatever a source throws.
 *
 * @param sources - sources, rows (see {@link arrayBars}) or {@link Bars}, oldest first; a source without a bar of the symbol (`NO_BARS`) is passed over, as
 *   long as another one has some
 * @returns the source; its batches are numbered through
 * @throws TickerforestError `INVALID_OPTION` for none, or for what is no source
 * @example
 * ```ts
 * const source = concatBars(csvBars('2023.csv.gz'), parquetBars('2024.parquet'), await exchange.fetchOHLCV('BTC/USDT', '1h'));
 * ```
 */
export function concatBars(...sources: readonly (BarSource | BarRows | Bars)[]): BarSource {
  if (sources.length === 0) throw new TickerforestError('INVALID_OPTION', 'concatBars needs at least one source');
  const parts = sources.map((source, index) => readSafely(`sources[${index}]`, () => toSource(source, index)));
  const answersInFull = readSafely('sources', () => parts.every((part) => part.answersInFull === true));
  return { answersInFull, fetch: (request) => inTurn(parts, checkRequest(request)) };
}

function toSource(source: BarSource | BarRows | Bars, index: number): BarSource {
  const given: unknown = source;
  if (typeof given !== 'object' || given === null || !(hasFunctions(given, ['fetch']) || 'length' in given)) {
    const hint = typeof given === 'string' ? `; a file is read by csvBars(${quoted(given)})` : '';
    throw new TickerforestError('INVALID_OPTION', `sources[${index}] is ${described(given)}, not a source, rows or bars${hint}`);
  }
  return 'fetch' in source ? source : arrayBars(source);
}

async function* inTurn(parts: readonly BarSource[], request: BarRequest): AsyncGenerator<BarBatch> {
  let batch = 0;
  let absent = 0;
  let first: TickerforestError | undefined;
  for (const [index, part] of parts.entries()) {
    try {
      for await (const piece of batchesOf(part, request)) {
        batch++;
        const { batches, describe, ...rest } = piece;
        const done = rest.fraction ?? (batches === undefined ? 0 : piece.batch / batches);
        yield {
          ...rest,
          batch,
          fraction: (index + done) / parts.length,
          ...(describe && { describe: (bar: number) => `source ${index + 1}, ${describe(bar)}` }),
        };
      }
    } catch (error) {
      if (!(error instanceof TickerforestError) || error.code !== 'NO_BARS') throw error;
      absent++;
      first ??= error;
    }
  }
  if (first === undefined || absent < parts.length) return;
  if (parts.length === 1) throw first;
  throw new TickerforestError(
    'NO_BARS',
    `none of the ${parts.length} sources has bars of ${quoted(request.symbol)}; the first: ${first.message}`,
    {
      cause: first,
    },
  );
}
