import { describe, expect, it } from 'vitest';
import {
  type FitRows,
  horizonReturn,
  memoryProfileStore,
  openSymbol,
  type ProfileStore,
  predictSymbol,
  randomForestRegressor,
  ridge,
  sliceBars,
  standardModels,
  trainSymbol,
} from '../../src/index';
import { randomBars } from '../generated-bars';

const all = randomBars(300, { seed: 5, interval: 86_400_000, start: Date.UTC(2020, 0, 1) });
const small = { trees: 2, maxDepth: 2 };

type Parts = Readonly<Record<string, unknown>>;

/** A model that says 0.001 of everything, with some of its parts changed to anything. */
function constant(parts: Parts = {}, fittedParts: Parts = {}): unknown {
  const fitted = {
    predict: (_: unknown, __: unknown, out: Float64Array) => void out.fill(0.001),
    predictRow: () => 0.001,
    save: () => ({ facts: { kind: 'constant' }, arrays: { value: Float64Array.of(0.001) } }),
    ...fittedParts,
  };
  return { type: 'Constant', task: 'regression', parameters: { value: 0.001 }, fit: () => fitted, load: () => fitted, ...parts };
}

function ask(store: ProfileStore, mine?: unknown): ReturnType<typeof predictSymbol> {
  return Reflect.apply(predictSymbol, undefined, [{ symbol: 'TEST', store, ...(mine !== undefined && { models: { mine } }) }]);
}

function open(store: ProfileStore, mine?: unknown): ReturnType<typeof openSymbol> {
  return Reflect.apply(openSymbol, undefined, [{ symbol: 'TEST', store, ...(mine !== undefined && { models: { mine } }) }]);
}

function run(models: unknown, store: ProfileStore = memoryProfileStore(), bars = all, more: Parts = {}): ReturnType<typeof trainSymbol> {
  return Reflect.apply(trainSymbol, undefined, [{ symbol: 'TEST', source: bars, store, models, ...more }]);
}

const saving = (saved: unknown): Parts => ({ save: () => saved });
const arrays = (value: unknown): Parts => saving({ facts: {}, arrays: { value } });
const circle: Record<string, unknown> = {};
circle.again = circle;
function transferred(): Float64Array {
  const value = Float64Array.of(1);
  structuredClone(value, { transfer: [value.buffer] });
  return value;
}
const forecasting = (value: unknown) => ({ predictRow: () => value });
const fails = (): never => {
  throw new Error('not for a message');
};

// [what is wrong, parts of the model, parts of what its fit returns, what the error says]
const FAILING: readonly (readonly [string, Parts, Parts, string])[] = [
  ['fit returns nothing', { fit: () => undefined }, {}, 'fit must return { predict, predictRow, save }, and returned undefined'],
  ['fit returns no save', {}, { save: undefined }, 'without save'],
  ['fit returns no predictRow', {}, { predictRow: 7 }, 'without predictRow'],
  [
    'fit tells NaN steps',
    { fit: (_: unknown, { onStep }: { onStep: (a: number, b: number) => void }) => onStep(Number.NaN, 3) },
    {},
    'onStep was told NaN of 3',
  ],
  ['predict says a text of no number', {}, { predict: () => 'x' }, 'forecasts NaN for row'],
  ['predictRow throws', {}, { predictRow: fails }, 'predictRow threw an error, see its cause'],
  ['predictRow says NaN', {}, forecasting(Number.NaN), 'predictRow returned NaN; a finite number is wanted'],
  ['predictRow says a text', {}, forecasting('0.1'), "predictRow returned '0.1' (a text)"],
  ['predictRow is async', {}, { predictRow: async () => fails() }, 'predictRow returned a promise'],
  ['predictRow says something else than predict', {}, forecasting(42), 'predict says 0.001, and predictRow 42'],
  ['save throws', {}, { save: fails }, 'save threw an error, see its cause'],
  ['save returns nothing', {}, saving(undefined), 'save must return { facts, arrays }'],
  ['save is async', {}, { save: async () => fails() }, 'save must return { facts, arrays }, two objects, and returned a promise'],
  ['save returns a list', {}, arrays([1, 2]), "returned an array as arrays.'value'"],
  ['save returns a number', {}, arrays(1), "returned 1 as arrays.'value'"],
  ['save returns signed numbers of two bytes', {}, arrays(Int16Array.of(-1)), "returned an Int16Array as arrays.'value'"],
  ['save returns a buffer', {}, arrays(new ArrayBuffer(8)), "returned an ArrayBuffer as arrays.'value'"],
  [
    'save returns memory that was transferred',
    {},
    { save: () => ({ facts: {}, arrays: { value: transferred() } }) },
    'memory was transferred',
  ],
  ['facts are a circle', {}, saving({ facts: circle, arrays: {} }), 'nested more than 16 deep'],
  ['facts hold NaN', {}, saving({ facts: { n: Number.NaN }, arrays: {} }), 'facts.n is NaN'],
  ['facts hold a function', {}, saving({ facts: { f: fails }, arrays: {} }), 'facts.f is a function'],
  ['load throws', { load: fails }, {}, 'what it saves cannot be loaded'],
  ['load returns nothing', { load: () => undefined }, {}, 'must return { predict, predictRow, save }, and returned undefined'],
  ['load is async', { load: async () => fails() }, {}, 'returned a promise; it must not be async'],
  [
    'load gives another model',
    { load: () => ({ predict: fails, predictRow: () => 9, save: fails }) },
    {},
    'forecasts 0.001 of the newest row, and 9 after',
  ],
  ['importance is a list', {}, { importance: [1] }, 'importance an array'],
  ['importance is short', {}, { importance: Float64Array.of(1) }, 'importance a Float64Array'],
  ['trees are none', {}, { ensemble: {} }, 'what it saves cannot be loaded'],
  ['estimate throws', { estimate: fails }, {}, 'estimate threw an error, see its cause'],
  ['estimate is none', { estimate: () => ({ work: Number.NaN, bytes: -1 }) }, {}, 'estimate must return { work, bytes }'],
];

describe('what a model of your own returns is checked before anything is stored', () => {
  it.each(FAILING)('%s', async (_, parts, fittedParts, message) => {
    const store = memoryProfileStore();
    await expect(run({ mine: constant(parts, fittedParts) }, store)).rejects.toMatchObject({
      code: 'MODEL_FAILED',
      message: expect.stringMatching(/^models\.mine: /),
    });
    await expect(run({ mine: constant(parts, fittedParts) }, store)).rejects.toThrow(message);
    await expect(run({ mine: constant(parts, fittedParts) }, store)).rejects.not.toThrow('not for a message');
    expect(await store.getMlProfile('TEST')).toBeNull();
  });

  it('in an update the stored models stay', async () => {
    const store = memoryProfileStore();
    await run({ mine: constant() }, store, sliceBars(all, 0, 290));
    const { trainingFailure, plan } = await run({ mine: constant({}, arrays([1])) }, store, all, { retrain: true });
    expect(plan.newBars).toBe(10);
    expect(trainingFailure).toMatchObject({ code: 'MODEL_FAILED', reason: expect.stringContaining("arrays.'value'") });
    expect((await ask(store, constant())).predictedReturn).toEqual({ mine: 0.001 });
  });

  it('it cannot spoil what other models learn from: labels are its own, and a changed matrix is noticed', async () => {
    const forest = randomForestRegressor(small);
    const spoiling = constant({
      fit: ({ label }: FitRows) => {
        label.fill(7);
        return Reflect.get(Object(constant()), 'fit')();
      },
    });
    const [alone, beside] = [memoryProfileStore(), memoryProfileStore()];
    await run({ forest }, alone);
    await run({ mine: spoiling, forest }, beside);
    const files = await Promise.all([alone, beside].map(async (store) => (await store.getCheckpoint('TEST'))?.models.forest));
    expect(files[1]).toEqual(files[0]);
    const standardising = constant({
      fit: ({ matrix }: FitRows) => {
        for (const column of matrix.columns) column.set(column.map((value) => value * 2));
        return Reflect.get(Object(constant()), 'fit')();
      },
    });
    await expect(run({ mine: standardising, forest })).rejects.toThrow(/^models\.mine: it has changed the matrix, column '/);
  });

  it.each([
    ['fit', { fit: () => new Promise(() => {}) }, {}],
    ['predict', {}, { predict: () => new Promise(() => {}) }],
  ])('an abort ends a run whose %s never ends', async (_, parts, fittedParts) => {
    const abort = new AbortController();
    const onProgress = ({ stage }: { stage: string }) => void (stage === 'training' && setTimeout(() => abort.abort(), 20));
    const going = run({ forest: randomForestRegressor(small), mine: constant(parts, fittedParts) }, memoryProfileStore(), all, {
      signal: abort.signal,
      onProgress,
    });
    await expect(going).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('a copy of one that comes with the package, with another target, is as good as the original', async () => {
    const [plain, copied] = [memoryProfileStore(), memoryProfileStore()];
    const target = horizonReturn({ bars: 2 });
    await run({ forest: randomForestRegressor({ ...small, target }), line: ridge() }, plain);
    await run({ forest: { ...randomForestRegressor(small), target }, line: ridge() }, copied);
    const files = await Promise.all([plain, copied].map(async (store) => (await store.getCheckpoint('TEST'))?.models.forest));
    expect(files[1]).toEqual(files[0]);
  });

  it('it is given no label that it must not learn from', async () => {
    const seen: FitRows[] = [];
    const watching = constant({
      fit: (rows: FitRows) => {
        seen.push(rows);
        return Reflect.get(Object(constant()), 'fit')();
      },
    });
    await run({ mine: watching });
    const [twin, whole] = seen.map(({ label, range }) => [
      label.findIndex((value) => !Number.isNaN(value)),
      label.findLastIndex((value) => !Number.isNaN(value)) + 1,
      range.from,
      range.to,
    ]);
    expect(twin.slice(0, 2)).toEqual(twin.slice(2));
    expect(whole.slice(0, 2)).toEqual(whole.slice(2));
    expect(twin[3]).toBeLessThan(whole[3]);
  });
});

describe('a model that is none is refused before anything is read', () => {
  it.each<readonly [string, unknown, string]>([
    ['no fit', constant({ fit: undefined }), 'models.mine.fit must be a function'],
    ['no load', constant({ load: undefined }), 'models.mine.load must be a function'],
    ['no type', constant({ type: '' }), 'models.mine.type must be a text'],
    [
      "the type of this library's ridge",
      constant({ type: 'Ridge' }),
      "models.mine.type is 'Ridge', as a model of this library's is called",
    ],
    ['a type of two lines', constant({ type: 'a\nb' }), 'models.mine.type must be a text'],
    ['no task', constant({ task: 'clustering' }), "models.mine.task must be 'regression' or 'classification'"],
    ['no parameters', constant({ parameters: undefined }), 'models.mine.parameters must be an object'],
    ['a parameter that is NaN', constant({ parameters: { a: Number.NaN } }), 'models.mine.parameters.a must be a finite number'],
    ['a parameter that is a list', constant({ parameters: { layers: [5, 5] } }), 'models.mine.parameters.layers must be a finite number'],
    ['a parameter that no document can hold', constant({ parameters: { $a: 1 } }), "has the name '$a'"],
    ['a seed of its own', constant({ parameters: { random_state: 7 } }), 'models.mine.parameters.random_state is the seed of the run'],
    ['a target that is none', constant({ target: {} }), 'models.mine.target must be a target'],
    ['a step that is none', constant({ step: 7 }), 'models.mine.step must be a text'],
    ['an estimate that is none', constant({ estimate: 7 }), 'models.mine.estimate must be a function'],
    ['a maxRows that is none', constant({ maxRows: 0 }), 'models.mine.maxRows must be a whole number from 1 to'],
  ])('%s', async (_, mine, message) => {
    await expect(run({ mine })).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(message) });
  });

  it.each<readonly [string, unknown]>([
    ['an empty object', {}],
    ['names without a model', { mine: undefined }],
  ])('%s does not mean the three standard ones', async (_, models) => {
    await expect(run(models)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('models has no model in it'),
    });
  });
});

describe('a stored model of your own', () => {
  it('is changed by its parameters, whatever they are called', async () => {
    const store = memoryProfileStore();
    const named = (parameters: Parts) => ({ mine: constant({ parameters }) });
    await run(named({ type: 1, target: 'a' }), store);
    expect((await run(named({ type: 1, target: 'a' }), store)).action).toBe('up_to_date');
    const { plan } = await run(named({ type: 2, target: 'b' }), store);
    expect(plan.retrain.reasons).toEqual(['other settings are asked for: mine.type 1 is 2 now, mine.target a is b now']);
  });

  it('that comes or goes is told by its name', async () => {
    const store = memoryProfileStore();
    const forest = randomForestRegressor(small);
    await run({ forest }, store);
    const more = await run({ forest, line: ridge(), mine: constant() }, store);
    expect(more.plan.retrain.reasons).toEqual(['other settings are asked for: models line, mine added']);
    const fewer = await run({ line: ridge({ alpha: 5 }), mine: constant() }, store);
    expect(fewer.plan.retrain.reasons).toEqual(['other settings are asked for: model forest removed, line.alpha 1 is 5 now']);
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}`, constant()]));
    const [reason] = (await run(many, store)).plan.retrain.reasons;
    expect(reason).toContain('models m0, m1, m2, ');
    expect(reason.length).toBeLessThan(300);
  });

  it('says what it takes to read it, and why it cannot be read', async () => {
    const store = memoryProfileStore();
    await run({ mine: constant() }, store);
    const lacking = {
      code: 'MODEL_UNUSABLE',
      message: expect.stringContaining("'mine' is a 'Constant', which only the model that made it can read: give it as models"),
    };
    await expect(ask(store)).rejects.toMatchObject(lacking);
    await expect(open(store)).rejects.toMatchObject(lacking);
    await expect(ask(store, constant({ load: fails }))).rejects.toThrow("model file: 'Constant' cannot read it, see the cause");
    await expect(run({ mine: constant({ load: fails }) }, store)).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    expect((await run({ mine: constant() }, store)).action).toBe('up_to_date');
    const standard = await run(standardModels({ regression_rf: small, classification_rf: small, regression_gb: small }), store);
    expect(standard.plan.retrain.reasons.join('; ')).toContain("the stored models cannot be used: model file: 'mine' is a 'Constant'");
  });

  it('that forecasts no number later is refused where it is asked', async () => {
    const store = memoryProfileStore();
    await run({ mine: constant() }, store);
    const changed = constant({ load: () => ({ predict: fails, predictRow: () => Number.NaN, save: fails }) });
    await expect(ask(store, changed)).rejects.toMatchObject({ code: 'MODEL_FAILED' });
    const session = await open(store, changed);
    const last = all.timestamp[all.length - 1] + 86_400_000;
    const bar = { timestamp: last, open: 100, high: 101, low: 99, close: 100, volume: 1 };
    expect(() => session.preview(bar)).toThrow('models.mine: predictRow returned NaN');
  });
});
