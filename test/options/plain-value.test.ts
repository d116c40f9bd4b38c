import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { copyPlain, DOCUMENT, FUNDAMENTALS } from '../../src/options/plain-value';
import { processorTime } from '../processor-time';
import { refusalOf } from './refused';

const copy = (value: unknown) => copyPlain(value, 'fundamentals', FUNDAMENTALS);

/** `levels` arrays of two, each of which is twice the next: a few hundred bytes, 2^levels places. */
function bomb(levels: number, branch: (inner: unknown) => unknown = (inner) => [inner, inner]): unknown {
  let value: unknown = 'lol';
  for (let level = 0; level < levels; level++) value = branch(value);
  return value;
}

describe('a copy of plain values', () => {
  it('is equal and shares nothing', () => {
    const value = {
      pe: 3,
      list: [1, null, true, -0, Number.NaN],
      at: new Date(5),
      deep: { 'dotted.key': '株' },
      none: Object.create(null),
    };
    const own = copyPlain(value, 'fundamentals', FUNDAMENTALS);
    expect(own).toEqual(value);
    expect(Object.is(own.list[3], -0)).toBe(true);
    expect([own.list === value.list, own.at === value.at, own.deep === value.deep]).toEqual([false, false, false]);
  });

  it('takes what other realms made', () => {
    const foreign: unknown = runInNewContext('({ at: new Date(5), list: [1], deep: {} })');
    expect(copy(foreign)).toEqual({ at: new Date(5), list: [1], deep: {} });
  });

  it('reads every getter once', () => {
    let reads = 0;
    const value = {
      get pe() {
        return ++reads;
      },
    };
    expect(copy(value)).toEqual({ pe: 1 });
  });

  it.each([
    ['40 arrays of two', bomb(31)],
    ['objects of three', bomb(20, (inner) => ({ a: inner, b: inner, c: inner }))],
    ['an array of 10,000', new Array(10_000).fill(0)],
    ['a sparse array of four thousand million', Object.assign([], { length: 2 ** 32 - 1 })],
    ['a long text', 'x'.repeat(262_145)],
    ['many texts', new Array(9_000).fill('x'.repeat(30))],
    ['long keys', Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`${'k'.repeat(30)}${i}`, 1]))],
  ])('ends at the bound: %s', async (_, value) => {
    const time = await processorTime(async () => expect(await refusalOf(copy, { value })).toMatch(/holds more than|is undefined/));
    expect(time).toBeLessThan(1_000);
  });

  it('holds as much as it says', () => {
    expect(copy(new Array(9_999).fill(0))).toHaveLength(9_999);
    expect(copy('x'.repeat(262_144))).toHaveLength(262_144);
    expect(copy(bomb(32, (inner) => [inner]))).toBeInstanceOf(Array);
    expect(
      copyPlain(
        bomb(100, (inner) => [inner]),
        'company',
        DOCUMENT,
      ),
    ).toBeInstanceOf(Array);
  });

  const circle: Record<string, unknown> = {};
  circle.ring = circle;
  it.each([
    ['levels', bomb(33, (inner) => [inner]), /is nested more than 32 deep/],
    ['a circle', circle, /is nested more than 32 deep/],
    ['undefined', [{ pe: undefined }], 'fundamentals[0].pe is undefined'],
    ['a hole', new Array(1), 'fundamentals[0] is undefined'],
    ['a function', { f: () => 1 }, 'fundamentals.f is a function'],
    ['a bigint', { n: 1n }, 'fundamentals.n is 1n (a bigint)'],
    ['a Map', { m: new Map() }, 'fundamentals.m is a Map'],
    ['bytes', { b: new Uint8Array(1) }, 'fundamentals.b is a Uint8Array'],
    ['an invalid Date', { d: new Date(Number.NaN) }, 'fundamentals.d is an invalid Date'],
    ['half a character', { s: '\udfff' }, 'fundamentals.s is text with half a unicode character'],
    ["MongoDB's keys", { $date: 'x' }, "has the key '$date'"],
    ['__proto__', JSON.parse('{"__proto__":1}'), "has the key '__proto__'"],
    ['a key that forges a log', { 'a\nb': 1n }, "fundamentals['a\\u000ab'] is 1n"],
    ['a long path', bomb(31, (inner) => ({ ['k'.repeat(60)]: inner, x: 1n })), '... is'],
    [
      'a getter that throws',
      {
        get pe(): number {
          throw new Error('boo');
        },
      },
      'cannot be read',
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('boo');
          },
        },
      ),
      'cannot be read',
    ],
    ['a revoked proxy', revoked(), 'cannot be read'],
  ])('refuses %s', async (_, value, message) => {
    expect(await refusalOf(copy, value)).toMatch(message);
  });
});

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
