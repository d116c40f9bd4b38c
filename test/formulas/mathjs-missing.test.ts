import { describe, expect, it } from 'vitest';
import { mathjsParser } from '../../src/formulas/mathjs-parser';
import { syntaxOf } from '../../src/formulas/syntax';
import { TickerforestError } from '../../src/index';

function refusal(call: () => unknown): TickerforestError {
  try {
    call();
  } catch (error) {
    if (error instanceof TickerforestError) return error;
  }
  throw new Error('nothing of ours was thrown');
}

describe('formulas without mathjs', () => {
  it('say what to install', () => {
    const cause = new Error("Cannot find module 'mathjs/number'");
    const error = refusal(() =>
      mathjsParser(() => {
        throw cause;
      }),
    );
    expect(error).toMatchObject({ code: 'INVALID_OPTION', cause });
    expect(error.message).toContain('npm install mathjs');
  });

  it.each([
    ['nothing', undefined],
    ['another library', { parse: () => 1 }],
    ['one without a parser', { create: () => ({}), parseDependencies: {} }],
  ])('say so of %s', (_, library) => {
    expect(refusal(() => mathjsParser(() => library)).message).toMatch(/mathjs 15\.2 or newer.*npm install/);
  });
});

describe('nothing that a parser says is believed', () => {
  const formula = { name: 'one', text: 'close + 1' };
  const vocabulary = { series: new Set(['close', 'open']), functions: new Map([['sma', 'sma(x, n)']]) };
  const close = { type: 'SymbolNode', name: 'close' };
  const one = { type: 'ConstantNode', value: 1 };

  it.each([
    ['a value', null],
    ['another name', { type: 'OperatorNode', op: '+', args: [{ ...close, name: 'open' }, one] }],
    ['another number', { type: 'OperatorNode', op: '+', args: [close, { ...one, value: 2 }] }],
    ['another operator', { type: 'OperatorNode', op: '-', args: [close, one] }],
    ['an operator that is none', { type: 'OperatorNode', op: 'constructor', args: [close, one] }],
    ['a product that is not written', { type: 'OperatorNode', op: '+', implicit: true, args: [close, one] }],
    ['the other way round', { type: 'OperatorNode', op: '+', args: [one, close] }],
    ['less', close],
    ['a function', { type: 'FunctionNode', fn: { name: 'sma' }, args: [close, one] }],
    ['an accessor', { type: 'AccessorNode', object: close }],
    ['a block', { type: 'BlockNode', blocks: [] }],
    ['nothing known', { type: 'constructor' }],
  ])('%s', (_, tree) => {
    const error = refusal(() => syntaxOf(formula, vocabulary, () => tree));
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(/^formula 'one', character \d: expected /) });
  });

  it('and what it throws is a cause', () => {
    const cause = new RangeError('too much recursion');
    const error = refusal(() =>
      syntaxOf(formula, vocabulary, () => {
        throw cause;
      }),
    );
    expect(error).toMatchObject({ code: 'INVALID_OPTION', cause });
    expect(error.message).not.toContain('recursion');
  });
});
