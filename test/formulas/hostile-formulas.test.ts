import { describe, expect, it } from 'vitest';
import { formula } from '../../src/formulas/formula';
import { TickerforestError } from '../../src/index';

/** Published ways out of mathjs's evaluator and their kin, and whatever else is no formula of ours. */
const HOSTILE = [
  'cos.constructor("return process")()',
  'cos.constructor("return process.env")()',
  "f=cos.constructor('console.log(1)');f()",
  '[].map.constructor("return process")()',
  '{}.constructor.constructor("return this")()',
  '"".constructor.constructor("return this")()',
  'constructor',
  'constructor(close, 1)',
  '__proto__',
  '__proto__(close)',
  '__defineGetter__',
  'prototype',
  'toString',
  'toString(close)',
  'hasOwnProperty',
  'hasOwnProperty(close)',
  'valueOf(close)',
  'valueOf',
  'isPrototypeOf',
  'close.constructor',
  'close["constructor"]',
  'close["con" + "structor"]',
  "close['__proto__']",
  'close?.constructor',
  'close?.(1)',
  'close ?? open',
  'sma?.(close, 5)',
  'sma.constructor(close, 5)',
  'import({ sma: 1 })',
  'import("fs")',
  'import({}, {override: true})',
  'createUnit("foo")',
  'createUnit({close: "1 m"})',
  'evaluate("1+1")',
  'eval("1")',
  'parse("close")',
  'parser()',
  'parse("f(x) = x").compile().evaluate()',
  'simplify("close")',
  'derivative("x", "x")',
  'compile("close")',
  'help(sma)',
  'chain(close)',
  'typed("f", {})',
  'config({number: "BigNumber"})',
  'resolve(close)',
  'reviver("a", 1)',
  'map([1,2], f)',
  'range(1, 1e9)',
  'ones(10000, 10000)',
  'zeros(1e9)',
  'identity(1e6)',
  'random()',
  'now()',
  'process',
  'globalThis',
  'this',
  'require',
  'require("fs")',
  'global',
  'Function("return this")()',
  'f(x) = x',
  'f(x) = x; f(close)',
  'sma(x, n) = x',
  'close = 1',
  'close = open',
  'a = b = close',
  'close; open',
  'close;',
  'close\nopen',
  '[close, open]',
  '[1,2;3,4]',
  '[close][1]',
  'close[1]',
  '{a: close}',
  '{a: 1}.a',
  '{"__proto__": 1}',
  '{constructor: close}',
  '1:10',
  'close:open',
  '1:2:3',
  '"close"',
  "'close'",
  '`close`',
  '"\\u0063lose"',
  'cl\\u006fse',
  'close!',
  "close'",
  'close %',
  'close % 2',
  'close mod 2',
  '5 cm',
  '5 cm to inch',
  'close in inch',
  'close to volume',
  '2 i',
  'pi',
  'e',
  'i',
  'Infinity',
  'NaN',
  'true',
  'false',
  'null',
  'undefined',
  'close xor open',
  'close & open',
  'close | open',
  '~close',
  'close << 2',
  'close >> 2',
  'close >>> 2',
  'close .* open',
  'close ./ open',
  'close .^ 2',
  'close # comment',
  '# comment',
  '// comment',
  '/* close */ close',
  '$close',
  'close$',
  '_',
  '\u0441lose',
  'clos\u0435',
  'close\u200b',
  'close\u2028open',
  'close\u0000',
  '\ud835\udc4e',
  'π * close',
  '５ * close',
  'close − open',
  '0b11 * close',
  '0o7 * close',
  '0xff * close',
  '0x1i8',
  '1_000 * close',
  '1n * close',
  'close ** 2',
  'close++',
  'close => 1',
  'close <> open',
  'close === open',
  'sma(close, 5)(1)',
  'sma(close, 5).x',
  'sma(sma, 5)',
  'sma(close, 5, 6)',
  'sma()',
  'where(close)',
  'lag(close, 10001)',
  'lag(close, 1e5)',
  'lag(close, 99999999999999999999)',
  'sma(close, (5))',
  'close ^ 1e9',
  'close ^ -17',
  'close ^ close ^ close',
] as const;

describe('nothing of mathjs runs but its parser, and what is no formula is refused', () => {
  it.each(HOSTILE.filter((text) => text !== 'sma(close, (5))'))('%s', (text) => {
    let thrown: unknown;
    try {
      formula('one', text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TickerforestError);
    expect(thrown).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(/^formula 'one', character \d+: expected /) });
  });

  it('parentheses around a number change nothing', () => {
    expect(formula('one', 'sma(close, (5))').features).toBeTypeOf('function');
  });

  it('leaves no trace on prototypes and globals', () => {
    const [before, globals] = [Object.getOwnPropertyNames(Object.prototype), Object.getOwnPropertyNames(globalThis)];
    for (const text of HOSTILE) {
      try {
        formula('one', text);
      } catch {}
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    expect(Object.getOwnPropertyNames(globalThis)).toEqual(globals);
  });

  it('a text that is an object is not asked what it is', () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error('asked');
        },
      },
    );
    const texts: readonly unknown[] = [
      trap,
      new String('close'),
      { toString: () => 'close' },
      ['close'],
      null,
      undefined,
      5n,
      Symbol('close'),
    ];
    for (const text of texts) expect(() => Reflect.apply(formula, undefined, ['one', text])).toThrow(/text must be a text/);
  });
});
