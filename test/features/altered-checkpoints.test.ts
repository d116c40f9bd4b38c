import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayBars } from '../../src/bars/array-source';
import { sliceBars } from '../../src/bars/bars';
import { resolveMarket } from '../../src/bars/market';
import { crc32 } from '../../src/checksum';
import { bollinger } from '../../src/features/bollinger';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import { rsi } from '../../src/features/rsi';
import { MLModelTrainer } from '../../src/models/ml-model-trainer';
import { loadModel } from '../../src/models/model-file';
import { predict } from '../../src/models/trained-model';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import { predictSymbol } from '../../src/symbol/predict-symbol';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { randomBars } from '../generated-bars';
import { saveModels } from '../models/saved-models';
import { runs } from '../runs';

const models = { regression_rf: { trees: 2 }, classification_rf: { trees: 2 }, regression_gb: { trees: 2 } };
const all = randomBars(900, { seed: 11 });
const bars = sliceBars(all, 0, 700);
const more = sliceBars(all, 700, 720);
const engineer = new FeatureEngineer(resolveMarket(60_000));
const matrix = await engineer.update(bars);
const checkpoint = engineer.save();
const data = { matrix, bars, market: engineer.market, warmup: 259, featureSet: engineer.hash };
const files = saveModels((await new MLModelTrainer({ models }).train(data)).models);

/** The file with some of its bytes changed, and a checksum that fits: what nobody writes by accident. */
function altered(file: Uint8Array, changes: readonly (readonly [at: number, byte: number])[]): Uint8Array {
  const copy = file.slice();
  for (const [at, byte] of changes) copy[8 + (at % (file.length - 8))] = byte;
  return sealed(copy);
}

/** The file with a text in its header replaced by one of the same length. */
function reworded(file: Uint8Array, from: RegExp, to: (found: string) => string): Uint8Array {
  const text = Buffer.from(file).toString('latin1');
  const changed = text.replace(from, (found) => to(found).padEnd(found.length).slice(0, found.length));
  expect(changed).not.toBe(text);
  return sealed(new Uint8Array(Buffer.from(changed, 'latin1')));
}

function sealed(file: Uint8Array): Uint8Array {
  new DataView(file.buffer).setUint32(12, crc32(file.subarray(16)), true);
  return file;
}

const changes = (size: number) =>
  fc.array(fc.tuple(fc.oneof(fc.nat(), fc.nat(size), fc.nat(2_000)), fc.nat(255)), { minLength: 1, maxLength: 8 });

/** Whether it went well; anything but the code is thrown on. */
async function refused(code: string, use: () => unknown): Promise<boolean> {
  try {
    await use();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ name: 'TickerforestError', code });
    return true;
  }
}

describe('a file whose checksum fits and whose contents do not', () => {
  it('is a checkpoint that is refused, or one that can be gone on with', async () => {
    let refusals = 0;
    const law = fc.asyncProperty(changes(checkpoint.length), async (bytes) => {
      const isRefused = await refused('CHECKPOINT_UNUSABLE', async () => {
        const restored = FeatureEngineer.restore(altered(checkpoint, bytes));
        await restored.update(more);
        for (const { name } of restored.features) restored.summary(name);
        restored.recentBars;
        restored.save();
      });
      if (isRefused) refusals++;
    });
    await fc.assert(law, { seed: 1, numRuns: runs(150, 1_500) });
    expect(refusals).toBeGreaterThan(10);
  });

  it('is a checkpoint of a list of one’s own that is refused, or one that can be gone on with', async () => {
    const own = new FeatureEngineer(resolveMarket(60_000), [rsi({ periods: [3] }), bollinger({ period: 5 })]);
    await own.update(bars, { matrix: false });
    const bytes = own.save();
    const names = Buffer.from(bytes).indexOf('"features"');
    expect(names).toBeGreaterThan(0);
    const header = fc.array(
      fc.tuple(fc.integer({ min: names - 8, max: names + 150 }), fc.constantFrom(...Buffer.from('0123456789"[]{},:rsibolnge'))),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    let refusals = 0;
    const law = fc.asyncProperty(header, async (changes) => {
      const isRefused = await refused('CHECKPOINT_UNUSABLE', async () => {
        const restored = FeatureEngineer.restore(altered(bytes, changes));
        await restored.update(more);
        restored.save();
      });
      if (isRefused) refusals++;
    });
    await fc.assert(law, { seed: 3, numRuns: runs(200, 3_000) });
    expect(refusals).toBeGreaterThan(100);
  });

  it.each<[string, RegExp, string]>([
    ['a family twice', /"name":"bollinger","version":1,"parameters":\{[^}]*\}/, '"name":"rsi","version":1,"parameters":{"periods":[3]}'],
    ['a family of another version', /"name":"rsi","version":1/, '"name":"rsi","version":2'],
    ['a family that there is not', /"name":"rsi"/, '"name":"rsx"'],
    ['parameters that there are not', /"periods"/, '"perxods"'],
    ['no list of families', /"features"/, '"feature_"'],
  ])('is no checkpoint with %s', async (_, from, to) => {
    const own = new FeatureEngineer(resolveMarket(60_000), [rsi({ periods: [3] }), bollinger({ period: 5 })]);
    await own.update(bars, { matrix: false });
    const bytes = reworded(own.save(), from, () => to);
    expect(() => FeatureEngineer.restore(bytes)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_UNUSABLE' }));
  });

  it('is a model that is refused, or one that forecasts', async () => {
    let refusals = 0;
    for (const file of Object.values(files)) {
      const law = fc.asyncProperty(changes(file.length), async (bytes) => {
        const isRefused = await refused('MODEL_UNUSABLE', () => {
          const model = loadModel(altered(file, bytes));
          predict(model, new Float32Array(model.featureNames.length));
        });
        if (isRefused) refusals++;
      });
      await fc.assert(law, { seed: 2, numRuns: runs(200, 2_000) });
    }
    expect(refusals).toBeGreaterThan(30);
  });

  it.each<[string, RegExp, (found: string) => string]>([
    ['a section of less than no length', /"length":\d+/, (found) => found.replace(/\d/, '-')],
    ['a section of half a number', /"length":\d{3,}/, (found) => found.replace(/\d\d$/, '.5')],
    ['a section of a kind that there is not', /"kind":"f64"/, () => '"kind":"map"'],
    ['no market', /"market":\{/, () => '"markat":{'],
    ['another number of bars', /"bars":\d+/, (found) => found.replace(/\d+/, '1')],
    ['a text for the number of bars', /"bars":\d\d\d/, () => '"bars":"x"'],
    ['another hash of the bars', /"barHash":"[0-9a-f]{3}/, () => '"barHash":"xyz'],
  ])('is no checkpoint with %s', (_, from, to) => {
    expect(() => FeatureEngineer.restore(reworded(checkpoint, from, to))).toThrow(expect.objectContaining({ code: 'CHECKPOINT_UNUSABLE' }));
  });

  it.each<[string, RegExp, (found: string) => string]>([
    ['another task', /"task":"regression"/, () => '"task":"regressing"'],
    ['no base', /"base":/, () => '"bace":'],
    ['a feature whose name is a number', /"featureNames":\["[a-z_0-9]+"/, () => '"featureNames":[1'],
  ])('is no model with %s', (_, from, to) => {
    expect(() => loadModel(reworded(files.regression_rf, from, to))).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
  });
});

describe('a symbol whose checkpoint holds such a file', () => {
  const now = (days: number) => new Date(Date.UTC(2024, 2, 10 + days));
  const train = (store: ReturnType<typeof memoryProfileStore>, count: number, days: number) =>
    trainSymbol({ symbol: 'A', source: arrayBars(sliceBars(all, 0, count)), store, models, trainingWindow: { bars: 500 }, now: now(days) });

  it.each(['state', 'regression_rf', 'window_start', 'anchor', 'next_anchor', 'overlap'])(
    'in %s is trained again, or goes on',
    async (name) => {
      const store = memoryProfileStore();
      await train(store, 600, 0);
      await train(store, 720, 1);
      await train(store, 800, 20);
      const before = await store.getCheckpoint('A');
      const company = await store.getCompanyProfile('A');
      if (before === null || company === null) throw new Error('nothing is stored');
      const spoil = (file: Uint8Array) =>
        altered(
          file,
          [...file.keys()].filter((at) => at >= 40 && at % 7 === 0).map((at) => [at, 0xff]),
        );
      const { symbol, revision, state, models: stored } = before;
      const file = stored[name];
      const checkpoint = {
        state: name === 'state' ? spoil(state) : state,
        models: file === undefined ? stored : { ...stored, [name]: spoil(file) },
      };
      await store.commit({ symbol, baseRevision: revision, checkpoint });
      await expect(train(store, 900, 40)).resolves.toMatchObject({
        companyProfile: { raw_data: { points: 900 } },
        mlProfile: { status: 'trained', bars_since_training: 0 },
      });
      await expect(predictSymbol({ symbol: 'A', store })).resolves.toMatchObject({ direction: expect.stringMatching(/up|down/) });
    },
  );
});
