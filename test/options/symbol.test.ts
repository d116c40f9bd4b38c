import { describe, expect, it } from 'vitest';
import { checkSymbol } from '../../src/options/symbol';
import { processorTime } from '../processor-time';
import { refusalOf } from './refused';

describe('a symbol', () => {
  it.each(['A', 'BRK.B', '^GSPC', 'BTC/USDT:USDT', 'x y', '株式', '🚀', 'A'.repeat(64), '株'.repeat(21)])('%s is one', (symbol) => {
    expect(checkSymbol(symbol)).toBe(symbol);
  });

  it.each([
    ['', 'is empty'],
    [' ', 'has blanks around it'],
    ['A ', 'has blanks around it'],
    ['A\n', 'has blanks around it'],
    ['A\nB', 'control or invisible'],
    ['A\u202eB', 'control or invisible'],
    ['A\u200bB', 'control or invisible'],
    ['\ud800', 'half'],
    ['A'.repeat(65), 'too long'],
    ['株'.repeat(22), 'too long'],
    [undefined, 'not undefined'],
    [null, 'not null'],
    [5, 'not 5'],
    [10n, 'not 10n (a bigint)'],
    [['A'], 'not an array'],
    [{ toString: 1, valueOf: 1 }, 'not an object'],
    [Object('A'), 'not a String'],
  ])('no. %# is none', async (symbol, why) => {
    expect(await refusalOf(checkSymbol, symbol)).toContain(why);
  });

  it('is not quoted whole, and costs no time, if it is of any length', async () => {
    let message = '';
    const time = await processorTime(async () => {
      message = await refusalOf(checkSymbol, `${'A\n'.repeat(5_000_000)}B`);
    });
    expect(time).toBeLessThan(1_000);
    expect(message.length).toBeLessThan(400);
    expect(message).toContain('\\u000a');
    expect(message).toContain('(10000001 characters)');
  });
});
