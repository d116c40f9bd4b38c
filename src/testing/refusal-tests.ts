import type { SymbolCommit } from '../stores/contract';
import { assertRefused, assertSame } from './assertions';
import { sampleCommit, sampleCompany, sampleMl } from './sample-profiles';
import type { StoreTest } from './store-under-test';

/**
 * What no store takes, because not every store could give it back.
 *
 * @param test - registers a test
 */
export function refusalTests(test: (name: string, body: (given: StoreTest) => Promise<void>) => void): void {
  for (const [what, commit] of refusedCommits()) {
    test(`refuses ${what} and stays as it was`, async ({ store }) => {
      await assertRefused(store.commit(commit), 'INVALID_OPTION');
      assertSame(await store.listSymbols(), []);
    });
  }

  test('names the value that it refuses', async ({ store }) => {
    const company = { ...sampleCompany('AAPL', 1), fundamental_data: { ratios: [1, { pe: undefined }] } };
    const refused = 'company.fundamental_data.ratios[1].pe is undefined';
    await assertRefused(store.saveCompanyProfile(company), 'INVALID_OPTION', refused);
    for (const symbol of BAD_SYMBOLS) {
      for (const read of ['getCompanyProfile', 'getMlProfile', 'getStatisticalProfile', 'getCheckpoint'] as const) {
        await assertRefused(store[read](symbol), 'INVALID_OPTION', 'symbol');
      }
    }
  });

  test('refuses a lease without symbol or owner, or one that lasts no time, for ever or too long', async ({ store }) => {
    for (const symbol of BAD_SYMBOLS) {
      await assertRefused(store.acquireLease(symbol, { owner: 'me', milliseconds: 1000 }), 'INVALID_OPTION', 'symbol');
    }
    for (const owner of ['', '\udfff']) {
      await assertRefused(store.acquireLease('AAPL', { owner, milliseconds: 1000 }), 'INVALID_OPTION', 'owner');
    }
    for (const milliseconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_400_001]) {
      await assertRefused(store.acquireLease('AAPL', { owner: 'me', milliseconds }), 'INVALID_OPTION', String(milliseconds));
    }
    const lease = await store.acquireLease('AAPL', { owner: 'me', milliseconds: 86_400_000 });
    for (const milliseconds of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 86_400_001]) {
      await assertRefused(store.renewLease(lease, milliseconds), 'INVALID_OPTION', String(milliseconds));
    }
  });
}

/** Symbols that nobody's source or store has: empty, with blanks around, with control or invisible characters, half a character, far too long. */
const BAD_SYMBOLS = ['', ' ', ' AAPL', 'AAPL\n', 'A\0', 'A\u202eB', '\ud800', 'A'.repeat(65), '株'.repeat(22), 'A'.repeat(100_000)];

/** Commits with something wrong in each, and what it is. */
function refusedCommits(): readonly (readonly [string, SymbolCommit])[] {
  const good = sampleCommit('AAPL', 0, 1);
  const values = {
    undefined: undefined,
    'a function': () => 1,
    'a bigint': 1n,
    bytes: new Uint8Array(1),
    'a Map': new Map(),
    'an invalid Date': new Date(Number.NaN),
    'a key of MongoDB': { $date: 'x' },
    'half a character': '\udfff',
    'a hole': new Array(1),
    'a circle': circle(),
    'one array in more places than can be counted': bomb(),
    'ten thousand values': new Array(10_000).fill(0),
    '33 levels': levels(33),
    'a quarter of a million characters': 'x'.repeat(262_145),
  };
  return [
    ['nothing to store', { symbol: 'AAPL', baseRevision: 0 }],
    ['no symbol', sampleCommit('', 0, 1)],
    ['half a character as symbol', sampleCommit('\ud800', 0, 1)],
    ['a symbol of 65 characters', sampleCommit('A'.repeat(65), 0, 1)],
    ['a negative base', sampleCommit('AAPL', -1, 1)],
    ['half a base', sampleCommit('AAPL', 0.5, 1)],
    ['lease token 0', { ...good, leaseToken: 0 }],
    ['half a lease token', { ...good, leaseToken: 1.5 }],
    ["another symbol's profile", { ...good, ml: sampleMl('MSFT', '1') }],
    ['an unknown schema version', { ...good, ml: { ...sampleMl('AAPL', '1'), schema_version: 99 } }],
    ['a document without what every run reads', { ...good, company: { ...sampleCompany('AAPL', 1), raw_data: JSON.parse('null') } }],
    ['a date that is none', { ...good, ml: { ...sampleMl('AAPL', '1'), trained_at: JSON.parse('"yesterday"') } }],
    ['a date whose time zone nobody knows', { ...good, ml: { ...sampleMl('AAPL', '1'), trained_at: JSON.parse('"2024-01-02T03:04:05"') } }],
    ['a model without a name', sampleCommit('AAPL', 0, 1, { '': new Uint8Array(1) })],
    ...Object.entries(values).map(([what, value]): [string, SymbolCommit] => [
      `${what} in a document`,
      { ...good, company: { ...sampleCompany('AAPL', 1), fundamental_data: { list: [value] } } },
    ]),
  ];
}

function circle(): unknown {
  const ring: Record<string, unknown> = {};
  ring.ring = ring;
  return ring;
}

/** Arrays of a few hundred bytes in which one stands in 2^30 places. */
function bomb(): unknown {
  let inner: unknown = 'x';
  for (let level = 0; level < 30; level++) inner = [inner, inner];
  return inner;
}

function levels(count: number): unknown {
  return count === 0 ? 1 : [levels(count - 1)];
}
