import { inspect, isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  collectBars,
  describeSymbol,
  MLModelTrainer,
  memoryProfileStore,
  predictSymbol,
  prepareDataset,
  randomForestClassifier,
  ridge,
  sampleBars,
  trainSymbol,
} from '../../src/index';
import { explain, permutationImportance } from '../../src/research';

const store = memoryProfileStore();
const result = await trainSymbol({ symbol: '<b>DEMO', source: sampleBars(), store });
const dataset = await prepareDataset({ source: sampleBars() });
const outcome = await new MLModelTrainer({ models: { forest: randomForestClassifier({ trees: 5 }), line: ridge() } }).train(dataset);
const printed: Readonly<Record<string, [object, RegExp]>> = {
  'the result of a run': [result, /^<b>DEMO {2}exchange - .*\ndone {7}create_new_profile/],
  'the company profile': [result.companyProfile, /^company profile: <b>DEMO .*\nbars {7}1,500 bars.*\nreturn {5}total/],
  'the ML profile': [result.mlProfile, /^ML profile: [\s\S]*\nheld out {3}regression_rf[\s\S]*\nweightiest {1}regression_rf: \w+ 0\.\d/],
  'the statistical profile': [result.statisticalProfile, /^statistical profile: [\s\S]*technical_indicators, \d+ features/],
  'a model of trees': [
    outcome.models.forest,
    /^forest: RandomForestClassifier, classification\nforecasts {2}direction.*\nsees .*\ntrees {6}5 trees, [\d,]+ nodes\nparameters/,
  ],
  'another model': [outcome.models.line, /^line: Ridge, regression\nforecasts {2}return of the next bar\nsees .*\nparameters/],
  'what was trained': [outcome, /^2 models, trained on 1,\d{3} rows\nheld out {3}forest {2}accuracy .*\n {11}line {2}skill/],
  'forecasts of held-out rows': [
    outcome.heldOut.line,
    /^\d+ held-out forecasts, judged until .* UTC\nfirst {6}.*forecast .*, came .*\nlast/,
  ],
  'a dataset': [dataset, /^dataset of 1,500 rows, bars of 1 day/],
  'the bars of a dataset': [dataset.bars, /^1,500 bars\nfirst {6}2019-01-01 00:00 UTC {2}open /],
  'what a source had': [
    await collectBars(sampleBars(), { symbol: 'A' }),
    /^1,500 bars of 1 day, of 1,500 bars that the source sent\nfirst/,
  ],
  'an explanation': [
    await explain(outcome.models.forest, dataset, { rows: { from: 700, to: 720 } }),
    /^explanation of 20 rows, 86 features\nbase {7}0\.\d+\nlast row {3}forecast /,
  ],
  'an explanation of no rows': [
    await explain(outcome.models.forest, dataset, { rows: { from: 7, to: 7 } }),
    /^explanation of 0 rows, 86 features\nbase {7}0\.\d+\n.*and 86 features more$/,
  ],
  'permutation importance': [
    await permutationImportance(outcome.models.line, dataset, { from: 1_200, to: 1_400 }, { repeats: 2 }),
    /^permutation importance of 86 features, each shuffled 2 times\nscore {6}r2 -?\d[\s\S]*and 76 features more$/,
  ],
  'what is stored': [await describeSymbol({ symbol: '<b>DEMO', store }), /^<b>DEMO/],
  'an explained forecast': [await predictSymbol({ symbol: '<b>DEMO', store, explain: 2 }), /^forecast after /],
};

describe.each(Object.entries(printed))('%s', (_, [value, expected]) => {
  it('prints as a table of at most 25 lines', () => {
    const text = inspect(value);
    expect(text).toMatch(expected);
    expect(text.split('\n').length).toBeLessThanOrEqual(25);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
    expect(String(value)).toBe(text);
  });

  it('is shown by Jupyter as the same text and an HTML table', () => {
    const display: unknown = Reflect.get(value, Symbol.for('Jupyter.display'));
    const shown: unknown = typeof display === 'function' ? Reflect.apply(display, value, []) : null;
    expect(shown).toEqual({ 'text/plain': inspect(value), 'text/html': expect.stringMatching(/^<table .*<\/table>$/) });
    expect(shown).toEqual(expect.objectContaining({ 'text/html': expect.not.stringContaining('<b>') }));
  });

  it('is otherwise the data that it is', () => {
    const keys = Reflect.ownKeys(value).filter((key) => Object.getOwnPropertyDescriptor(value, key)?.enumerable);
    expect(keys.every((key) => typeof key === 'string' && key !== 'toString')).toBe(true);
  });
});

it('profiles of a run are equal to those that are stored', async () => {
  const again = await trainSymbol({ symbol: '<b>DEMO', source: sampleBars(), store });
  expect(again.action).toBe('up_to_date');
  expect(inspect(again.mlProfile)).toMatch(/^ML profile/);
  for (const profile of ['companyProfile', 'mlProfile', 'statisticalProfile'] as const)
    expect(isDeepStrictEqual({ ...again[profile] }, { ...result[profile] })).toBe(true);
});
