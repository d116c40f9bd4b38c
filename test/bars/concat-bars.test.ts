import { describe, expect, it } from 'vitest';
import { arrayBars, type BarRow } from '../../src/bars/array-source';
import type { BarBatch, BarSource } from '../../src/bars/bar-source';
import { allocateBars } from '../../src/bars/bars';
import { collectBars } from '../../src/bars/collect-bars';
import { concatBars } from '../../src/bars/concat-bars';
import { TickerforestError } from '../../src/errors';
import { failure } from './errors';

const row = (timestamp: number, symbol?: string): BarRow => ({
  ...{ timestamp, open: 1, high: 2, low: 0.5, close: 1, volume: 3 },
  ...(symbol !== undefined && { symbol }),
});
const request = { symbol: 'X' };
const pages: BarSource = {
  async *fetch({ from = 0 }) {
    for (let batch = 1; batch <= 2; batch++) {
      const bars = allocateBars(1);
      bars.timestamp[0] = 10 + batch + from;
      for (const column of [bars.open, bars.high, bars.low, bars.close]) column[0] = 1;
      yield { bars, batch, forming: batch === 2, warnings: [{ code: 'assumed', message: 'so it is', count: 1, firstBar: null }] };
    }
  },
};

describe('concatBars', () => {
  it('serves sources, rows and columns one after the other, with the same request', async () => {
    const all: BarBatch[] = [];
    for await (const batch of concatBars([row(1), row(2)], allocateBars(1), pages).fetch({ symbol: 'X', from: 5 })) all.push(batch);
    expect(all.map(({ bars }) => [...bars.timestamp])).toEqual([[1, 2], [0], [16], [17]]);
    expect(all.map(({ batch, batches, fraction, forming }) => [batch, batches, fraction, forming])).toEqual([
      [1, undefined, 1 / 3, undefined],
      [2, undefined, 2 / 3, undefined],
      [3, undefined, 2 / 3, false],
      [4, undefined, 2 / 3, true],
    ]);
    expect(all.map(({ reading }) => reading?.format)).toEqual(['rows', 'columns', undefined, undefined]);
    expect(all[2].warnings).toHaveLength(1);
    expect(all[0].describe?.(1)).toBe('source 1, rows[1]');
    expect(all[3].describe).toBeUndefined();
  });

  it('passes over sources without the symbol, as long as one has it', async () => {
    const [x, y] = [arrayBars([row(1, 'X')]), arrayBars([row(2, 'Y')])];
    for (const source of [concatBars(x, y), concatBars(y, x), concatBars(y, y, x)]) {
      expect([...(await collectBars(source, request)).bars.timestamp]).toEqual([1]);
    }
    const { message, cause } = await failure('NO_BARS', () => collectBars(concatBars(y, y), request));
    expect(message).toContain("none of the 2 sources has bars of 'X'");
    expect(cause).toBeInstanceOf(TickerforestError);
    expect((await failure('NO_BARS', () => collectBars(concatBars(y), request))).message).toContain('no row of symbol');
  });

  it('passes on what else a source throws, and closes what it has opened', async () => {
    let closed = 0;
    const open: BarSource = {
      async *fetch() {
        try {
          for (let batch = 1; ; batch++) yield { bars: allocateBars(0), batch };
        } finally {
          closed++;
        }
      },
    };
    for await (const _ of concatBars(open, open).fetch(request)) break;
    expect(closed).toBe(1);
    const broken: BarSource = {
      // biome-ignore lint/correctness/useYield: it fails before it has a batch
      async *fetch() {
        throw new TickerforestError('CSV_FORMAT', 'no header');
      },
    };
    await failure('CSV_FORMAT', () => collectBars(concatBars([row(1)], broken), request));
  });

  it('refuses what is no source, before anything is read', async () => {
    await failure('INVALID_OPTION', () => concatBars());
    for (const [given, words] of [
      ['2024.csv', "sources[1] is '2024.csv' (a text), not a source, rows or bars; a file is read by csvBars('2024.csv')"],
      [null, 'sources[1] is null'],
      [{ rows: [] }, 'sources[1] is an object'],
    ]) {
      const sources: never[] = Object.assign([], [[row(1)], given]);
      expect((await failure('INVALID_OPTION', () => concatBars(...sources))).message).toContain(words);
    }
  });

  it('says of a source that yields what is no batch what it yielded, and refuses one without fetch', async () => {
    const sources: never[] = Object.assign(
      [],
      [
        [row(1)],
        {
          async *fetch() {
            yield null;
          },
        },
      ],
    );
    const { message } = await failure('INVALID_BARS', () => collectBars(concatBars(...sources), { symbol: 'X' }));
    expect(message).toContain('the source yielded null, not { bars, batch }');
    const none: never[] = Object.assign([], [{ fetch: 5 }]);
    expect((await failure('INVALID_OPTION', () => concatBars(...none))).message).toContain('sources[0] is an object, not a source');
  });
});
