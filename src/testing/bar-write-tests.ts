import assert from 'node:assert/strict';
import { allocateBars, type Bars } from '../bars/bars';
import type { Market } from '../bars/market';
import type { BarStore, BarWrite } from '../stores/bar-store';
import { assertRefusal, assertRefused, assertSame } from './assertions';
import type { BarStoreTest } from './kept-bars-tests';
import { assertDescribes, assertKept, barsAfter, MARKET, MINUTE, madeUpBars, OTHER_MARKET, readBars } from './sample-kept-bars';

const NONE = allocateBars(0);
const ALL = Number.NEGATIVE_INFINITY;

/**
 * Writes cut and append, all or nothing, and have one winner.
 *
 * @param test - registers a test
 */
export function barWriteTests(test: (name: string, body: (given: BarStoreTest) => Promise<void>) => void): void {
  test('comes to the same by any sequence of appends and corrections', async ({ store, reopen }) => {
    const stores = [store, reopen()];
    let bars = NONE;
    const draw = numbers(1);
    for (let revision = 0; revision < 80; revision++) {
      const update = nextWrite(bars, revision, draw);
      const kept = await stores[revision % 2].write(update);
      bars = barsAfter(bars, update);
      assertDescribes(kept, 'AAPL', bars);
      assertSame(kept.revision, revision + 1);
      if (revision % 10 === 9) for (const one of stores) assertSame(await assertKept(one, 'AAPL', bars), kept);
    }
  });

  test('cuts at any bar of a long history', async ({ store }) => {
    const length = 140_000;
    let bars = madeUpBars(0, length);
    await store.write(write(0, ALL, bars));
    let revision = 1;
    for (const cut of [139_999, 131_072, 131_071, 65_537, 65_536, 65_535, 1, 0]) {
      // on a bar, and between two
      for (const from of [bars.timestamp[cut], bars.timestamp[cut] - MINUTE / 2]) {
        const update = { ...write(revision, from, madeUpBars(cut, length - cut, revision + 1)), shrink: cut % 2 === 0 };
        bars = barsAfter(bars, update);
        assertDescribes(await store.write(update), 'AAPL', bars);
        revision++;
      }
    }
    await assertKept(store, 'AAPL', bars);
  });

  test('leaves no fewer bars than before, unless it is told so', async ({ store }) => {
    const bars = madeUpBars(0, 100);
    await store.write(write(0, ALL, bars));
    const shrinking = [
      write(1, ALL, madeUpBars(0, 99)),
      write(1, bars.timestamp[50], madeUpBars(50, 49, 2)),
      write(1, bars.timestamp[99], NONE),
      write(1, bars.timestamp[99] - 1, NONE),
    ];
    for (const update of shrinking) {
      await assertRefused(store.write(update), 'HISTORY_SHRINKS', "'AAPL'", '99');
      await assertRefused(store.write({ ...update, shrink: false }), 'HISTORY_SHRINKS');
    }
    await assertKept(store, 'AAPL', bars);
    const fewer = await store.write({ ...write(1, bars.timestamp[60], NONE), shrink: true });
    assertSame(fewer, await assertKept(store, 'AAPL', madeUpBars(0, 60)));
    // cuts nothing, adds nothing, and is a write
    assertSame((await store.write(write(2, bars.timestamp[99], NONE))).revision, 3);
    await assertRefused(store.write({ ...write(3, ALL, NONE), shrink: true }), 'INVALID_OPTION', 'deleteSymbol');
    await assertRefused(store.write(write(0, ALL, NONE)), 'CONFLICT');
    await assertRefused(store.write({ ...write(0, ALL, NONE), symbol: 'MSFT' }), 'INVALID_OPTION', 'bars');
    await assertKept(store, 'AAPL', madeUpBars(0, 60));
    assertSame(await store.listSymbols(), ['AAPL']);
  });

  test('takes another market only where no bar stays', async ({ store }) => {
    const bars = madeUpBars(0, 100);
    await store.write(write(0, ALL, bars));
    for (const from of [bars.timestamp[99] + 1, bars.timestamp[50], bars.timestamp[1]]) {
      const update = { ...write(1, from, madeUpBars(100, 200)), market: OTHER_MARKET };
      await assertRefused(store.write(update), 'INVALID_OPTION', 'market');
    }
    await assertKept(store, 'AAPL', bars);
    await store.write({ ...write(1, bars.timestamp[0], madeUpBars(0, 200)), market: OTHER_MARKET });
    await assertKept(store, 'AAPL', madeUpBars(0, 200), OTHER_MARKET);
  });

  for (const [what, code, update] of refusedWrites()) {
    test(`refuses ${what} and stays as it was`, async ({ store }) => {
      await assertRefused(store.write({ ...write(0, ALL, madeUpBars(0, 10)), ...update }), code);
      assertSame(await store.listSymbols(), []);
      await assertKept(store, 'AAPL', NONE);
      await store.write(write(0, ALL, madeUpBars(0, 10)));
      await assertRefused(store.write({ ...write(1, ALL, madeUpBars(0, 10)), ...update }), code);
      await assertKept(store, 'AAPL', madeUpBars(0, 10));
    });
  }

  test('names the bar that it refuses, also the last of many', async ({ store }) => {
    const bars = madeUpBars(0, 70_000);
    bars.timestamp[69_999] = bars.timestamp[69_998];
    await assertRefused(store.write(write(0, ALL, bars)), 'INVALID_BARS', '69999');
    await assertRefused(store.write(write(0, MINUTE * 1e9, madeUpBars(0, 10))), 'INVALID_BARS', 'from');
    assertSame(await store.listSymbols(), []);
  });

  test('refuses symbols, ranges and revisions that are none', async ({ store }) => {
    for (const symbol of ['', ' AAPL', 'A\0', 'A'.repeat(65)]) {
      await assertRefused(store.describe(symbol), 'INVALID_OPTION', 'symbol');
      await assertRefused(readBars(store, symbol), 'INVALID_OPTION', 'symbol');
      await assertRefused(store.deleteSymbol(symbol), 'INVALID_OPTION', 'symbol');
    }
    await assertRefused(readBars(store, 'AAPL', { from: Number.NaN }), 'INVALID_OPTION', 'from');
    await assertRefused(readBars(store, 'AAPL', { to: Number.NaN }), 'INVALID_OPTION', 'to');
    for (const baseRevision of [-1, 0.5, Number.NaN]) {
      await assertRefused(store.deleteSymbol('AAPL', { baseRevision }), 'INVALID_OPTION', 'baseRevision');
    }
  });

  for (const baseRevision of [0, 1, 3, 1000]) {
    test(`refuses a write based on revision ${baseRevision} when the current one is 2`, async ({ store }) => {
      await store.write(write(0, ALL, madeUpBars(0, 10)));
      await store.write(write(1, ALL, madeUpBars(0, 20)));
      await assertRefused(store.write(write(baseRevision, ALL, madeUpBars(0, 30))), 'CONFLICT', 'revision 2');
      await assertRefused(store.deleteSymbol('AAPL', { baseRevision }), 'CONFLICT', 'revision 2');
      await assertKept(store, 'AAPL', madeUpBars(0, 20));
    });
  }

  test('refuses a first write that is based on something', async ({ store }) => {
    await assertRefused(store.write(write(1, ALL, madeUpBars(0, 10))), 'CONFLICT');
    await assertRefused(store.deleteSymbol('AAPL', { baseRevision: 1 }), 'CONFLICT');
    assertSame(await store.deleteSymbol('AAPL', { baseRevision: 0 }), false);
    assertSame(await store.listSymbols(), []);
  });

  test('lets one of 20 concurrent writes win, round after round', async ({ store, reopen }) => {
    const stores = [store, reopen()];
    let bars = NONE;
    for (let round = 0; round < 4; round++) {
      const start = bars.length >> (round % 2);
      const updates = Array.from({ length: 20 }, (_, i) => {
        const following = madeUpBars(start, 2_000 + i, i);
        return { ...write(round, following.timestamp[0], following), shrink: true };
      });
      const outcomes = await Promise.allSettled(updates.map((update, i) => stores[i % 2].write(update)));
      const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
      assert.equal(winners.length, 1, `${winners.length} of 20 writes on revision ${round} succeeded`);
      for (const outcome of outcomes) if (outcome.status === 'rejected') assertRefusal(outcome, 'CONFLICT');
      bars = barsAfter(bars, updates[winners[0]]);
      for (const one of stores) await assertKept(one, 'AAPL', bars);
    }
  });

  test('forgets a symbol, and nobody goes on from what it was', async ({ store, reopen }) => {
    await store.write(write(0, ALL, madeUpBars(0, 10)));
    await store.write(write(1, ALL, madeUpBars(0, 20)));
    await store.write({ ...write(0, ALL, madeUpBars(0, 5)), symbol: 'MSFT' });
    const other = reopen();
    assertSame(await store.deleteSymbol('AAPL', { baseRevision: 2 }), true);
    for (const one of [store, other]) {
      await assertKept(one, 'AAPL', NONE);
      assertSame(await one.listSymbols(), ['MSFT']);
      assertSame(await one.deleteSymbol('AAPL'), false);
      await assertRefused(one.deleteSymbol('AAPL', { baseRevision: 2 }), 'CONFLICT');
      await assertRefused(one.write(write(2, ALL, madeUpBars(0, 30))), 'CONFLICT');
    }
    // a new beginning, of any market, whose revisions are not those of before
    const kept = await other.write({ ...write(0, ALL, madeUpBars(0, 7)), market: OTHER_MARKET });
    assert.ok(kept.revision > 2, `revision ${kept.revision} has been before`);
    await assertRefused(store.write(write(1, ALL, madeUpBars(0, 30))), 'CONFLICT');
    assertSame(await assertKept(store, 'AAPL', madeUpBars(0, 7), OTHER_MARKET), kept);
    assertSame(await store.listSymbols(), ['AAPL', 'MSFT']);
    assertSame(await store.deleteSymbol('AAPL'), true);
    await assertKept(store, 'MSFT', madeUpBars(0, 5));
  });

  test('lets one of a write and a deletion win, or one after the other', async ({ store, reopen }) => {
    const stores: BarStore[] = [store, reopen()];
    for (let round = 0; round < 8; round++) {
      const kept = await store.describe('AAPL');
      const base = kept?.revision ?? (await store.write(write(0, ALL, madeUpBars(0, 100)))).revision;
      const update = write(base, ALL, madeUpBars(0, 100 + round, round));
      const [written, deleted] = await Promise.allSettled([
        stores[round % 2].write(update),
        stores[(round + 1) % 2].deleteSymbol('AAPL', { baseRevision: base }),
      ]);
      assert.equal([written, deleted].filter(({ status }) => status === 'fulfilled').length, 1, 'one of them must win');
      if (written.status === 'rejected') assertRefusal(written, 'CONFLICT');
      if (deleted.status === 'rejected') assertRefusal(deleted, 'CONFLICT');
      for (const one of stores) await assertKept(one, 'AAPL', written.status === 'fulfilled' ? update.bars : NONE);
    }
  });

  test('forgets whatever revision there is, also while somebody writes, and leaves the store usable', async ({ store, reopen }) => {
    const other = reopen();
    await store.write(write(0, ALL, madeUpBars(0, 100)));
    const writing = async () => {
      let writes = 0;
      for (let turn = 0; turn < 10; turn++) {
        const base = (await other.describe('AAPL'))?.revision ?? 0;
        const [outcome] = await Promise.allSettled([other.write({ ...write(base, ALL, madeUpBars(0, 100 + turn)), shrink: true })]);
        if (outcome.status === 'fulfilled') writes++;
        else assertRefusal(outcome, 'CONFLICT');
      }
      return writes;
    };
    const deleting = async () => {
      for (let turn = 0; turn < 5; turn++) await store.deleteSymbol('AAPL');
    };
    const [writes] = await Promise.all([writing(), deleting()]);
    assert.ok(writes > 0, 'no write succeeded');
    await store.deleteSymbol('AAPL');
    for (const one of [store, other]) await assertKept(one, 'AAPL', NONE);
    await other.write(write(0, ALL, madeUpBars(0, 3)));
    await assertKept(store, 'AAPL', madeUpBars(0, 3));
  });
}

function write(baseRevision: number, from: number, bars: Bars): BarWrite {
  return { symbol: 'AAPL', market: MARKET, from, bars, baseRevision };
}

/** A day that is appended, a few bars that are corrected, a history that is told anew: what happens to bars in their life. */
function nextWrite(bars: Bars, revision: number, draw: (below: number) => number): BarWrite {
  const kind = draw(10);
  const { length } = bars;
  if (length === 0 || kind === 0) return { ...write(revision, ALL, madeUpBars(0, 1 + draw(20_000), revision)), shrink: true };
  const cut = kind < 4 ? Math.max(0, length - 1 - draw(300)) : kind === 4 ? draw(length) : length;
  const from = cut < length ? bars.timestamp[cut] : bars.timestamp[length - 1] + MINUTE;
  return { ...write(revision, from, madeUpBars(cut, 1 + draw(kind === 9 ? 9_000 : 1_440), revision)), shrink: true };
}

/** The same numbers for everybody. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Refusal = readonly [what: string, code: 'INVALID_OPTION' | 'INVALID_BARS', update: Partial<BarWrite>];

function refusedWrites(): readonly Refusal[] {
  const market = (change: Partial<Market>) => ({ market: { ...MARKET, ...change } });
  return [
    ['no symbol', 'INVALID_OPTION', { symbol: '' }],
    ['a symbol of 65 characters', 'INVALID_OPTION', { symbol: 'A'.repeat(65) }],
    ['a negative base', 'INVALID_OPTION', { baseRevision: -1 }],
    ['half a base', 'INVALID_OPTION', { baseRevision: 0.5 }],
    ['no time to cut at', 'INVALID_OPTION', { from: Number.NaN }],
    ['a market without time between its bars', 'INVALID_OPTION', market({ interval: 0 })],
    ['a market in no time zone', 'INVALID_OPTION', market({ timeZone: 'Mars/Olympus' })],
    ['a market that closes before it opens', 'INVALID_OPTION', market({ session: { open: 600, close: 500, earlyCloses: 'none' } })],
    ['a column that is too short', 'INVALID_OPTION', { bars: { ...madeUpBars(0, 10), close: new Float64Array(9) } }],
    ['two bars of one time', 'INVALID_BARS', changed((bars) => bars.timestamp.fill(0, 3, 5))],
    ['a price that is no number', 'INVALID_BARS', changed((bars) => bars.close.fill(Number.NaN, 9))],
    ['a time that is no number', 'INVALID_BARS', changed((bars) => bars.timestamp.fill(Number.NaN, 0, 1))],
    ['a time that is no date', 'INVALID_BARS', changed((bars) => bars.timestamp.fill(8.65e15, 9))],
    ['an infinite volume', 'INVALID_BARS', changed((bars) => bars.volume.fill(Infinity, 5, 6))],
    ['a price of 0', 'INVALID_BARS', changed((bars) => bars.low.fill(0, 2, 3))],
    ['a high below the low', 'INVALID_BARS', changed((bars) => bars.high.fill(1e-9, 2, 3))],
    ['bars before the cut', 'INVALID_BARS', { from: madeUpBars(1, 1).timestamp[0] }],
  ];
}

function changed(change: (bars: Bars) => unknown): { bars: Bars } {
  const bars = madeUpBars(0, 10);
  change(bars);
  return { bars };
}
