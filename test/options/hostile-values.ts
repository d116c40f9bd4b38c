import fc from 'fast-check';

/** Values that break what looks at them carelessly. Made anew each time, as some can be used up. */
const HOSTILE: Readonly<Record<string, () => unknown>> = {
  'no toString': () => ({ toString: 1, valueOf: 1 }),
  'no prototype': () => Object.create(null),
  'toString throws': () => ({
    toString: () => fail('toString'),
    valueOf: () => fail('valueOf'),
    [Symbol.toPrimitive]: () => fail('toPrimitive'),
  }),
  'toJSON throws': () => ({ toJSON: () => fail('toJSON') }),
  'getter throws': () => Object.defineProperty({}, 'bars', { enumerable: true, get: () => fail('getter') }),
  'proxy that throws': () => new Proxy({}, new Proxy({}, { get: (_, trap) => () => fail(String(trap)) })),
  'proxy that says yes': () => new Proxy({}, { get: (_, key) => (typeof key === 'symbol' ? undefined : () => undefined), has: () => true }),
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'array that contains itself': () => {
    const circle: unknown[] = [];
    circle.push(circle);
    return circle;
  },
  'object that contains itself': () => {
    const circle: Record<string, unknown> = {};
    circle.models = circle;
    return circle;
  },
  'billion laughs': () => Array.from({ length: 40 }).reduce((inner: unknown) => [inner, inner], 'lol'),
  'text of five million': () => 'A\n'.repeat(2_500_000),
  'keys without end': () => ({ ['k'.repeat(100_000)]: 1 }),
  'constructor of its own': () => ({ constructor: { name: { toString: 1 } } }),
  'invalid Date': () => new Date(Number.NaN),
  'Date whose getTime throws': () => Object.assign(new Date(), { getTime: () => fail('getTime'), toISOString: () => fail('toISOString') }),
  'Date before time': () => new Date(-8.64e15),
  'rejected promise': () => {
    const promise = Promise.reject(new Error('rejected'));
    promise.catch(() => {});
    return promise;
  },
  'promise that never ends': () => new Promise(() => {}),
  // not as a literal, which the linter takes for a slip
  'then that throws': () => Object.fromEntries([['then', () => fail('then')]]),
  'function that throws': () => () => fail('call'),
  'async function that fails': () => async () => fail('call'),
  class: () => class Nothing {},
  symbol: () => Symbol('A'),
  'sparse array': () => new Array(4_000_000_000),
  'typed array': () => new Float64Array(3),
  Map: () => new Map([['symbol', 'A']]),
  'boxed text': () => Object('A'),
  AbortController: () => new AbortController(),
  'aborted signal': () => AbortSignal.abort(),
  'half a signal': () => ({
    aborted: false,
    addEventListener: () => fail('addEventListener'),
    removeEventListener: () => fail('removeEventListener'),
  }),
};

function fail(what: string): never {
  throw new RangeError(`hostile ${what}`);
}

/** Numbers of all sizes; no whole ones of the middle, which would be hours of valid work. */
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.constantFrom(
    0.5,
    1e9,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    1e300,
    -1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    5e-324,
    -0,
  ),
);

const words = fc.constantFrom(
  '',
  ' ',
  'A',
  'reject',
  'drop',
  'start',
  'NYSE',
  'XNYS',
  'NASDQ',
  'UTC',
  'America/NewYork',
  '../..',
  'a\0b',
  '2020-01-01',
  '7',
);

/** A value of any kind; what it is called is printed with a counterexample. */
export const anything: fc.Arbitrary<{ readonly what: string; readonly make: () => unknown }> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.entries(HOSTILE).map(([what, make]) => ({ what, make }))) },
  { weight: 4, arbitrary: fc.oneof(numbers, words, fc.constantFrom(undefined, null, true, false, 10n)).map(plain) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }).map((json) => ({ what: json, make: (): unknown => JSON.parse(json) })) },
);

function plain(value: unknown): { readonly what: string; readonly make: () => unknown } {
  return { what: fc.stringify(value), make: () => value };
}
