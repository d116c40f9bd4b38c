import assert from 'node:assert/strict';
import { allocateBars, BAR_COLUMNS, type Bars, joinBars } from '../bars/bars';
import type { BarStore } from '../stores/bar-store';
import { assertRefused, assertSame } from './assertions';
import {
  assertDescribes,
  assertKept,
  assertSameBars,
  barsWithin,
  MARKET,
  MINUTE,
  madeUpBars,
  OTHER_MARKET,
  readBars,
} from './sample-kept-bars';
import { ODD_SYMBOLS } from './sample-profiles';
import type { StoreTest, StoreUnderTest } from './store-under-test';

/** What a test of bar stores works with. */
export type BarStoreTest = StoreTest<StoreUnderTest<BarStore>>;

const NONE = allocateBars(0);
/** More than one block of any store. */
const MANY = 150_000;

/**
 * What is written comes back, and nothing else.
 *
 * @param test - registers a test
 */
export function keptBarsTests(test: (name: string, body: (given: BarStoreTest) => Promise<void>) => void): void {
  test('knows nothing at first', async ({ store }) => {
    await assertKept(store, 'AAPL', NONE);
    assertSame(await store.listSymbols(), []);
    assertSame(await store.deleteSymbol('AAPL'), false);
    assertSame(await store.listSymbols(), []);
  });

  test('gives bars back to the bit, also to others', async ({ store, reopen }) => {
    const bars = oddBars();
    const kept = await store.write(first('AAPL', bars));
    assertDescribes(kept, 'AAPL', bars);
    assertSame(kept.revision, 1);
    for (const one of [store, reopen()]) assertSame(await assertKept(one, 'AAPL', bars), kept);
  });

  test('keeps symbols apart, and lists them in code unit order', async ({ store, reopen }) => {
    for (const [i, symbol] of ODD_SYMBOLS.entries()) await store.write(first(symbol, madeUpBars(i, 3 + i)));
    for (const [i, symbol] of ODD_SYMBOLS.entries()) await assertKept(store, symbol, madeUpBars(i, 3 + i));
    for (const one of [store, reopen()]) assertSame(await one.listSymbols(), [...ODD_SYMBOLS].sort());
  });

  test('keeps the market as it was given, also a copy of it', async ({ store }) => {
    for (const [symbol, market] of [
      ['A', MARKET],
      ['B', OTHER_MARKET],
    ] as const) {
      await store.write({ ...first(symbol, madeUpBars(0, 5)), market });
      await assertKept(store, symbol, madeUpBars(0, 5), market);
    }
  });

  test(`gives ${MANY} bars in blocks of bounded size, and any range of them`, async ({ store }) => {
    const bars = madeUpBars(0, MANY);
    await store.write(first('AAPL', bars));
    await assertKept(store, 'AAPL', bars);
    const at = (index: number) => bars.timestamp[0] + index * MINUTE;
    const edges = [-1, 0, 0.5, 1, 65_535, 65_536, 65_537, 100_000.5, MANY - 2, MANY - 1, MANY, Number.NEGATIVE_INFINITY, Infinity];
    for (const from of [undefined, ...edges.map(at)]) {
      for (const to of [undefined, ...edges.map(at)]) {
        // long stretches are compared above
        if ((to ?? Infinity) - (from ?? Number.NEGATIVE_INFINITY) > 3 * MINUTE && from !== undefined && to !== undefined) continue;
        assertSameBars(await readBars(store, 'AAPL', { from, to }), barsWithin(bars, { from, to }));
      }
    }
  });

  test('shares no memory with its callers', async ({ store }) => {
    const bars = madeUpBars(0, 100);
    const writing = store.write(first('AAPL', bars));
    for (const column of BAR_COLUMNS) bars[column].fill(1);
    const kept = await writing;
    Object.assign(kept.market.session, { open: 1 });
    Object.assign(kept, { bars: 1 });
    for await (const block of store.read('AAPL')) for (const column of BAR_COLUMNS) block[column].fill(2);
    await assertKept(store, 'AAPL', madeUpBars(0, 100));
  });

  test('reads bars of one revision, also if somebody writes meanwhile', async ({ store, reopen }) => {
    const bars = madeUpBars(0, MANY);
    await store.write(first('AAPL', bars));
    const other = reopen();
    const changes = [
      { from: bars.timestamp[MANY - 1], bars: madeUpBars(MANY - 1, 10, 2) },
      { from: bars.timestamp[70_000], bars: madeUpBars(70_000, MANY, 3) },
      { from: Number.NEGATIVE_INFINITY, bars: madeUpBars(0, MANY * 2, 4) },
    ];
    let before = bars;
    for (const [i, change] of changes.entries()) {
      const parts: Bars[] = [];
      const read = async () => {
        for await (const block of store.read('AAPL')) {
          parts.push(block);
          if (parts.length === 1) await other.write({ symbol: 'AAPL', market: MARKET, baseRevision: i + 1, ...change });
        }
        return joinBars(...parts);
      };
      const [outcome] = await Promise.allSettled([read()]);
      // what was read so far was of that revision in any case
      const all = joinBars(...parts);
      assertSameBars(all, barsWithin(before, { to: all.timestamp[all.length - 1] }));
      if (outcome.status === 'rejected') await assertRefused(Promise.reject(outcome.reason), 'CONFLICT');
      else assertSameBars(outcome.value, before);
      before = await readBars(store, 'AAPL');
    }
  });

  test('stops reading when it is aborted', async ({ store }) => {
    await store.write(first('AAPL', madeUpBars(0, MANY)));
    await assertRefused(readBars(store, 'AAPL', { signal: AbortSignal.abort() }), 'ABORTED');
    const controller = new AbortController();
    let blocks = 0;
    const read = async () => {
      for await (const block of store.read('AAPL', { signal: controller.signal })) {
        blocks += block.length > 0 ? 1 : 0;
        controller.abort();
      }
    };
    const [outcome] = await Promise.allSettled([read()]);
    // all bars may have come in one block
    if (outcome.status === 'rejected') await assertRefused(Promise.reject(outcome.reason), 'ABORTED');
    assert.equal(blocks, 1, 'blocks that came after the abort');
  });

  test('does nothing once it is closed', async ({ store }) => {
    await store.write(first('AAPL', madeUpBars(0, 10)));
    await store.close();
    await store.close();
    const calls = [
      () => store.describe('AAPL'),
      () => readBars(store, 'AAPL'),
      () => store.write(first('MSFT', madeUpBars(0, 10))),
      () => store.deleteSymbol('AAPL'),
      () => store.listSymbols(),
    ];
    for (const call of calls) await assertRefused(call(), 'STORE_CLOSED');
  });
}

/** The first write of a symbol. */
function first(symbol: string, bars: Bars) {
  return { symbol, market: MARKET, from: Number.NEGATIVE_INFINITY, bars, baseRevision: 0 };
}

/** Good bars of values that are lost where numbers become text, decimals or singles. */
function oddBars(): Bars {
  const prices = [5e-324, 1 / 3, 1.797_693_134_862_315_7e308, 0.1 + 0.2, 2 ** 53 + 2, 1e-7];
  const times = [-8.64e15, -1.5, -0, 1e-300, 0.1, 8.64e15];
  const bars = allocateBars(times.length);
  for (const [i, time] of times.entries()) {
    bars.timestamp[i] = time;
    bars.open[i] = prices[i];
    bars.high[i] = prices[i];
    bars.low[i] = prices[i];
    bars.close[i] = prices[(i + 1) % prices.length];
    bars.volume[i] = i === 0 ? -0 : prices[i];
  }
  return bars;
}
