import { describe, expect, it } from 'vitest';
import { featureSpecs } from '../../src/features';
import { formula } from '../../src/formulas/formula';
import { FUNCTIONS } from '../../src/formulas/planner';
import { resolveMarket, TickerforestError } from '../../src/index';
import { uniform } from '../../src/testing/feature-markets';
import { runs } from '../runs';
import { randomFormula } from './random-formulas';

const days = resolveMarket(86_400_000);
const STRINGS = runs(4_000, 100_000);

const WORDS = [
  ...FUNCTIONS.keys(),
  ...[
    'open',
    'high',
    'low',
    'close',
    'volume',
    'rsi_14',
    'and',
    'or',
    'not',
    'mod',
    'to',
    'in',
    'xor',
    'true',
    'null',
    'pi',
    'i',
    'e',
    'cm',
  ],
  ...['constructor', '__proto__', 'toString', 'import', 'evaluate', 'process', 'createUnit', 'this'],
  ...['0', '1', '5', '20', '0.5', '1e3', '1e999', '.5', '5.', '0x1f', '1e', '99999', '-1'],
  ...['+', '-', '*', '/', '^', '(', '(', ')', ')', ',', ',', '<', '>', '<=', '>=', '==', '!=', '?', ':', '='],
  ...[
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    ';',
    '.',
    '?.',
    '??',
    '.*',
    '!',
    '%',
    '&',
    '|',
    '~',
    '#',
    '\\',
    '$',
    '`',
    '\n',
    '\t',
    ' ',
    '\u0000',
    '\u2028',
    'é',
    '😀',
    '\ud800',
  ],
];

/** Words at random, characters at random, and good formulas with some of their characters exchanged. */
function randomText(next: () => number): string {
  const below = (n: number) => Math.floor(next() * n);
  const kind = next();
  if (kind < 0.4) return Array.from({ length: 1 + below(14) }, () => WORDS[below(WORDS.length)] + (next() < 0.3 ? ' ' : '')).join('');
  if (kind < 0.5)
    return Array.from({ length: below(40) }, () => String.fromCharCode(next() < 0.9 ? 32 + below(95) : below(0x10000))).join('');
  if (kind < 0.55) return WORDS[below(WORDS.length)].repeat(1 + below(3_000));
  const good = randomFormula(next, 4).text;
  const at = below(good.length + 1);
  const to = kind < 0.7 ? at : Math.min(good.length, at + below(4));
  return good.slice(0, at) + (kind < 0.9 ? WORDS[below(WORDS.length)] : '') + good.slice(to);
}

describe('any text is a feature, or an error with its character', () => {
  it(`${STRINGS} strings`, () => {
    const next = uniform(11);
    let features = 0;
    for (let i = 0; i < STRINGS; i++) {
      const text = randomText(next);
      try {
        const [spec] = featureSpecs(days, [formula('one', text)]);
        if (!(spec.warmup >= 0 && spec.range[0] < spec.range[1] && spec.unit !== ''))
          expect.fail(`${JSON.stringify(text)}: ${JSON.stringify(spec)}`);
        features++;
      } catch (error) {
        if (
          !(
            error instanceof TickerforestError &&
            /^formula 'one'(, character \d+: expected |: text has |: it names no |: its windows )/.test(error.message)
          )
        ) {
          expect.fail(`${JSON.stringify(text)}: ${String(error)}`);
        }
      }
    }
    expect(features).toBeGreaterThan(STRINGS / 50);
    expect(features).toBeLessThan(STRINGS / 2);
  });
});
