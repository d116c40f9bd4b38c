import { setTimeout as pause } from 'node:timers/promises';
import type { BarRequest } from '../../src/bars/bar-source';
import { allocateBars, type Bars, sliceBars } from '../../src/bars/bars';
import type { ProfileStore } from '../../src/stores/contract';
import { alteredStore } from '../stores/altered-store';

/** A part of a run that anybody may have written. */
export interface HostilePart<Part> {
  /** What it does. */
  readonly what: string;
  /** Whether a run with it may go on without end: then it is aborted. */
  readonly isEndless?: boolean;
  /** The part. */
  readonly part: Part;
}

/** An error whose every property throws. */
function unreadableError(): object {
  return new Proxy(new Error('unreadable'), {
    get() {
      throw new Error('not to be read');
    },
  });
}

/** A proxy that throws whatever is done to it. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An object with one property that throws when it is read. */
function throwingGetter(name: PropertyKey): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw new RangeError('a getter that throws');
    },
  });
}

const hanging = () => new Promise<never>(() => {});
const rejecting = () => Promise.reject(new TypeError('no error of ours'));
const throwing = () => {
  throw new TypeError('no error of ours');
};
const thenable = (then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => void) => ({ then });

/** What may be thrown. */
const THROWN: readonly [what: string, thrown: unknown][] = [
  ['a text', 'just a text'],
  ['nothing', undefined],
  ['null', null],
  ['a number', 5],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['an unreadable error', unreadableError()],
  ['a revoked proxy', revoked()],
  ['an abort of its own', new DOMException('aborted', 'AbortError')],
];

/** What may be answered instead of anything. */
const GARBAGE: readonly [what: string, value: unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['5', 5],
  ['a text', 'garbage'],
  ['an empty object', {}],
  ['an array', [1, 2]],
  ['a function', () => 1],
  ['a Symbol', Symbol('s')],
  ['a revoked proxy', revoked()],
  ['a getter that throws', throwingGetter('bars')],
];

function yielding(...values: readonly unknown[]): (request: BarRequest) => unknown {
  return async function* () {
    yield* values;
  };
}

/**
 * @param bars - good bars
 * @returns sources, the first ones good
 */
export function hostileSources(bars: Bars): readonly HostilePart<unknown>[] {
  const part = (what: string, fetch: (request: BarRequest) => unknown): HostilePart<unknown> => ({ what, part: { fetch } });
  const endless = (what: string, fetch: (request: BarRequest) => unknown) => ({ ...part(what, fetch), isEndless: true });
  const none = allocateBars(0);
  const changed = (change: Partial<Record<keyof Bars, unknown>>) => ({ bars: { ...bars, ...change }, batch: 1 });
  const copied = (change: (copy: Bars) => void) => {
    const copy = sliceBars(bars, 0, bars.length);
    const own = { ...copy };
    for (const name of ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const) own[name] = copy[name].slice();
    change(own);
    return { bars: own, batch: 1 };
  };
  return [
    { what: 'good columns', part: bars },
    part('good batches', async function* () {
      for (let i = 0; i < bars.length; i += 50) yield { bars: sliceBars(bars, i, Math.min(bars.length, i + 50)), batch: i / 50 + 1 };
    }),
    part('a plain generator', function* () {
      yield { bars, batch: 1 };
    }),
    part('batches: 0, fraction: NaN', yielding({ bars, batch: 1, batches: 0, fraction: Number.NaN })),
    part('batches: -1, fraction: Infinity', yielding({ bars, batch: 0, batches: -1, fraction: Number.POSITIVE_INFINITY })),
    part('a batch number of another kind', yielding({ bars, batch: 'x'.repeat(100_000), batches: {} })),
    ...GARBAGE.map(([what, value]) => ({ what: `${what} for a source`, part: value })),
    ...GARBAGE.map(([what, value]) => part(`fetch returns ${what}`, () => value)),
    ...GARBAGE.map(([what, value]) => part(`yields ${what}`, yielding(value))),
    ...GARBAGE.map(([what, value]) => part(`bars is ${what}`, yielding({ bars: value, batch: 1 }))),
    ...GARBAGE.map(([what, value]) => part(`a column is ${what}`, yielding(changed({ high: value })))),
    ...GARBAGE.map(([what, value]) => part(`length is ${what}`, yielding(changed({ length: value })))),
    ...GARBAGE.map(([what, value]) => part(`warnings are ${what}`, yielding({ bars, batch: 1, warnings: value }))),
    ...GARBAGE.map(([what, value]) => part(`next() gives ${what}`, () => ({ [Symbol.asyncIterator]: () => ({ next: () => value }) }))),
    ...GARBAGE.map(([what, value]) => part(`next is ${what}`, () => ({ [Symbol.asyncIterator]: () => ({ next: value }) }))),
    ...THROWN.map(([what, thrown]) =>
      part(`throws ${what} at once`, () => {
        throw thrown;
      }),
    ),
    ...THROWN.map(([what, thrown]) =>
      part(`throws ${what} after good bars`, async function* () {
        yield { bars, batch: 1 };
        throw thrown;
      }),
    ),
    part('fetch returns a promise that rejects', rejecting),
    part('next() rejects', () => ({ [Symbol.asyncIterator]: () => ({ next: rejecting }) })),
    part('next() is a thenable that rejects', () => ({
      [Symbol.asyncIterator]: () => ({ next: () => thenable((_, reject) => reject(new TypeError('no error of ours'))) }),
    })),
    part('its iterator throws', () => throwingGetter(Symbol.asyncIterator)),
    { what: 'its fetch is a getter that throws', part: throwingGetter('fetch') },
    part('bars in arrays', yielding(changed({ open: Array.from(bars.open) }))),
    part('columns of other lengths', yielding(changed({ close: bars.close.subarray(1) }))),
    part('a length that is none', yielding(changed({ length: Number.NaN }))),
    part('a column that is gone', yielding({ bars: { length: 3 }, batch: 1 })),
    part('times that are none', yielding(copied(({ timestamp }) => timestamp.fill(Number.NaN)))),
    part('times beyond all calendars', yielding(copied(({ timestamp }) => timestamp.set([1e300], bars.length - 1)))),
    part('prices that are infinite', yielding(copied(({ close }) => close.set([Number.POSITIVE_INFINITY], 7)))),
    part('bad bars and a describe that throws', yielding({ ...copied(({ close }) => close.fill(-1)), describe: throwing })),
    part(
      'bad bars and a describe that returns 1 MB',
      yielding({ ...copied(({ close }) => close.fill(-1)), describe: () => 'y'.repeat(1e6) }),
    ),
    endless('waits for ever', () => ({ [Symbol.asyncIterator]: () => ({ next: hanging }) })),
    endless('waits for ever after good bars, and does not close', () => {
      let isFirst = true;
      const next = () => {
        const answer = isFirst ? Promise.resolve({ done: false, value: { bars, batch: 1 } }) : hanging();
        isFirst = false;
        return answer;
      };
      return { [Symbol.asyncIterator]: () => ({ next, return: hanging }) };
    }),
    endless('waits for the abort, and throws then', async function* ({ signal }) {
      yield { bars: none, batch: 1 };
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('at last'))));
    }),
    endless('empty batches without end', async function* () {
      for (let batch = 1; ; batch++) {
        yield { bars: none, batch };
        await pause(1);
      }
    }),
    endless('empty batches without end or wait', async function* () {
      for (let batch = 1; ; batch++) yield { bars: none, batch };
    }),
    endless('empty batches of a plain generator, without end or wait', function* () {
      for (let batch = 1; ; batch++) yield { bars: none, batch };
    }),
  ];
}

const METHODS = [
  'acquireLease',
  'renewLease',
  'releaseLease',
  'getCompanyProfile',
  'getMlProfile',
  'getStatisticalProfile',
  'getCheckpoint',
  'commit',
] as const;

/** Stores that work but for one function, the first one in all. */
export const HOSTILE_STORES: readonly HostilePart<(store: ProfileStore) => unknown>[] = [
  { what: 'a good store', part: (store) => store },
  {
    what: 'a slow store',
    part: (store) => alteredStore(store, { getMlProfile: (...given: [string]) => pause(5).then(() => store.getMlProfile(...given)) }),
  },
  {
    what: 'a closed store',
    part: (store) => {
      void store.close();
      return store;
    },
  },
  ...GARBAGE.map(([what, value]) => ({ what: `${what} for a store`, part: () => value })),
  ...METHODS.flatMap((method) => [
    ...GARBAGE.map(([what, value]) => ({
      what: `${method} gives ${what}`,
      part: (store: ProfileStore) => alteredStore(store, { [method]: async () => value }),
    })),
    ...GARBAGE.map(([what, value]) => ({
      what: `${method} is ${what}`,
      part: (store: ProfileStore) => alteredStore(store, { [method]: value === undefined || value === null ? () => value : value }),
    })),
    ...THROWN.map(([what, thrown]) => ({
      what: `${method} throws ${what}`,
      part: (store: ProfileStore) =>
        alteredStore(store, {
          [method]: () => {
            throw thrown;
          },
        }),
    })),
    { what: `${method} rejects`, part: (store: ProfileStore) => alteredStore(store, { [method]: rejecting }) },
    {
      what: `${method} is a thenable that rejects`,
      part: (store: ProfileStore) => alteredStore(store, { [method]: () => thenable((_, reject) => reject(5)) }),
    },
    // a lease is not renewed in a run as short as these
    {
      what: `${method} waits for ever`,
      isEndless: true,
      part: (store: ProfileStore) => alteredStore(store, { [method]: hanging }),
    },
  ]),
  ...['raw_data', 'exchange', 'last_rewrite', 'revision', 'created_at'].map((field) => ({
    what: `a company profile whose ${field} throws`,
    part: (store: ProfileStore) =>
      alteredStore(store, {
        getCompanyProfile: async (...given: [string]) => {
          const profile = await store.getCompanyProfile(...given);
          const bad = throwingGetter(field);
          return profile && Object.defineProperties({ ...profile }, Object.getOwnPropertyDescriptors(bad));
        },
      }),
  })),
  ...['raw_data', 'exchange', 'last_rewrite', 'fundamental_data', 'created_at'].map((field) => ({
    what: `a company profile whose ${field} is garbage`,
    part: (store: ProfileStore) =>
      alteredStore(store, {
        getCompanyProfile: async (...given: [string]) => {
          const profile = await store.getCompanyProfile(...given);
          return profile && { ...profile, [field]: Symbol('garbage') };
        },
      }),
  })),
];

/** What may listen to progress; given what aborts the run. */
export const HOSTILE_LISTENERS: readonly HostilePart<(abort: () => void) => unknown>[] = [
  { what: 'nobody', part: () => undefined },
  { what: 'a listener', part: () => () => {} },
  { what: 'one that throws', part: () => throwing },
  { what: 'an async one that fails', part: () => rejecting },
  { what: 'one that never ends', part: () => hanging },
  { what: 'one that gives a thenable that rejects', part: () => () => thenable((_, reject) => reject(new Error('unheard'))) },
  { what: 'one that gives a thenable that throws', part: () => () => thenable(throwing) },
  { what: 'one that gives a revoked proxy', part: () => revoked },
  { what: 'one that gives what cannot be read', part: () => () => throwingGetter('then') },
  { what: 'one that aborts', part: (abort) => () => abort() },
  {
    what: 'one that changes what it is given',
    part: () => (progress: object) => {
      Reflect.set(progress, 'percent', Number.NaN);
    },
  },
  ...GARBAGE.map(([what, value]) => ({ what, part: () => value })),
];

/** What may decide on a retraining, or say what is different for one symbol. */
export const HOSTILE_CALLBACKS: readonly HostilePart<unknown>[] = [
  { what: 'nothing', part: undefined },
  { what: 'one that throws', part: throwing },
  { what: 'an async one', part: async () => ({ retrain: true, reasons: ['late'] }) },
  { what: 'an async one that fails', part: rejecting },
  { what: 'one that never ends', part: hanging },
  { what: 'one that gives a thenable that throws', part: () => thenable(throwing) },
  { what: 'one whose answer cannot be read', part: () => throwingGetter('retrain') },
  { what: 'one whose answer is unknown', part: () => ({ surprise: true }) },
  { what: 'one whose reasons are none', part: () => ({ retrain: true, reasons: [5] }) },
  ...THROWN.map(([what, thrown]) => ({
    what: `one that throws ${what}`,
    part: () => {
      throw thrown;
    },
  })),
  ...GARBAGE.map(([what, value]) => ({ what: `one that gives ${what}`, part: () => value })),
  ...GARBAGE.map(([what, value]) => ({ what, part: value })),
];
