import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from '../../src/options/did-you-mean';

const KNOWN = ['trees', 'maxDepth', 'maxFeatures', 'learningRate', 'seed', 'exchange', 'timeZone', 'from', 'to'];

describe('did you mean', () => {
  it.each([
    ['tress', 'trees'],
    ['Trees', 'trees'],
    ['max_depth', 'maxDepth'],
    ['max-depth', 'maxDepth'],
    ['maxdepth', 'maxDepth'],
    ['learning_rate', 'learningRate'],
    ['leaningRate', 'learningRate'],
    ['n_estimators', 'trees'],
    ['random_state', 'seed'],
    ['tz', 'timeZone'],
    ['exhcange', 'exchange'],
    ['exchnage', 'exchange'],
    ['start', 'from'],
  ])('%s is %s', (given, meant) => {
    expect(nearestName(given, KNOWN)).toBe(meant);
    expect(didYouMean(given, KNOWN)).toBe(`; did you mean '${meant}'?`);
  });

  it.each(['', 'x', 'colour', 'fundamentals', 'a'.repeat(65), 'ticker'])('%s is none of them', (given) => {
    expect(nearestName(given, KNOWN)).toBeUndefined();
    expect(didYouMean(given, KNOWN)).toBe('');
  });

  it('finds every name again after one slip of the finger', () => {
    const slip = fc.record({
      name: fc.constantFrom(...KNOWN.filter((name) => name.length > 3)),
      at: fc.nat(3),
      kind: fc.constantFrom('drop', 'swap', 'add'),
    });
    fc.assert(
      fc.property(slip, ({ name, at, kind }) => {
        const rest = name.slice(at + 1);
        const slipped = { drop: rest, swap: `${rest.slice(0, 1)}${name[at]}${rest.slice(1)}`, add: `${name[at]}q${rest}` }[kind];
        expect(nearestName(name.slice(0, at) + slipped, KNOWN)).toBe(name);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
