import { describe, expect, it } from 'vitest';
import { loadCovers, saveCovers } from '../../src/models/cover-file';
import { loadModel, saveModel } from '../../src/models/model-file';
import { targetFacts } from '../../src/models/model-header';
import { TrainedModel } from '../../src/models/trained-model';
import { fittedTrees } from '../../src/models/tree-file';
import { nextReturn } from '../../src/targets/returns';
import { binMatrix } from '../../src/trees/binned-columns';
import { trainBoosting } from '../../src/trees/boosting';
import { trainForest } from '../../src/trees/forest';
import { hashed, makeMatrix, makeTarget } from '../trees/matrices';
import { forge, takeApart } from './forged-file';
import { draws } from './small-model';
import { treesOf } from './trees-of';

const ROWS = 400;
const matrix = makeMatrix(ROWS, 5, hashed);
const target = makeTarget(ROWS, 0.5);
const binned = await binMatrix(matrix, { from: 0, to: ROWS });
const forest = await trainForest(binned, target, { task: 'regression', trees: 3 });
const boosting = await trainBoosting(binned, target, { trees: 3 });
const facts = { key: 'regression_rf', type: 'RandomForestRegressor', task: 'regression', target: targetFacts(nextReturn()) } as const;
const fileOf = (ensemble: typeof forest) =>
  saveModel(new TrainedModel({ ...facts, parameters: {}, featureNames: matrix.names, featureSet: 'x' }, fittedTrees(ensemble)));
const loaded = (ensemble: typeof forest) => treesOf(loadModel(fileOf(ensemble)));

describe('a file of covers', () => {
  it.each([
    ['forest', forest],
    ['boosting', boosting],
  ])('gives a loaded %s the covers it was trained with', (_, ensemble) => {
    const without = loaded(ensemble);
    expect(without.cover).toBeNull();
    expect(loadCovers(saveCovers(ensemble), without)).toEqual(ensemble);
    expect(saveCovers(loadCovers(saveCovers(ensemble), without))).toEqual(saveCovers(ensemble));
  });

  it('takes four bytes a leaf', () => {
    expect(saveCovers(forest).length).toBeLessThan(4 * ((forest.left.length + 3) / 2) + 250);
  });

  it('is not made of a model without covers', () => {
    expect(() => saveCovers(loaded(forest))).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('has no covers') }),
    );
  });

  it('is refused where it is damaged, of another model, or holds weights that cannot be', () => {
    const file = saveCovers(forest);
    const refused = (bytes: Uint8Array, message: string, ensemble = forest) =>
      expect(() => loadCovers(bytes, ensemble)).toThrow(
        expect.objectContaining({ code: 'MODEL_UNUSABLE', message: expect.stringContaining(message) }),
      );
    const damaged = file.slice();
    damaged[damaged.length - 9] ^= 1;
    refused(damaged, 'checksum');
    refused(file, 'another model', boosting);
    refused(fileOf(forest), "'TFMD'");
    const parts = takeApart(file);
    const leaves = (forest.left.length + 3) / 2;
    const withWeights = (weights: Uint32Array) =>
      forge({ ...parts, directory: [{ name: 'leaves', kind: 'u32', length: weights.length }], bodies: [new Uint8Array(weights.buffer)] });
    refused(withWeights(new Uint32Array(leaves)), 'weighs 0');
    refused(withWeights(new Uint32Array(leaves).fill(2 ** 31)), 'weighs 4294967296');
    refused(withWeights(new Uint32Array(leaves - 1).fill(1)), `${leaves - 1} for ${leaves} leaves`);
    refused(forge({ ...parts, header: null }), 'whose they are');
    refused(forge({ ...parts, directory: [{ ...parts.directory[0], kind: 'i32' }] }), 'of another type');
    refused(forge({ ...parts, directory: [] }), 'is missing');
  });

  it('is refused with a code, or adds up, whatever is changed in it with a checksum that fits', () => {
    let refused = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const draw = draws(seed);
      const parts = takeApart(saveCovers(boosting));
      const view = new DataView(parts.bodies[0].buffer);
      for (let left = 1 + draw(3); left > 0; left--)
        view.setUint32(4 * draw(parts.directory[0].length), [0, 1, 2 ** 32 - 1, draw(2 ** 32)][draw(4)], true);
      if (draw(4) === 0) parts.directory[0].length += draw(5) - 2;
      try {
        const { cover, left } = loadCovers(forge(parts), boosting);
        for (const [node, child] of left.entries())
          if (child !== 0) expect(cover?.[node]).toBe((cover?.[child] ?? 0) + (cover?.[child + 1] ?? 0));
      } catch (error) {
        expect(error, `seed ${seed}`).toMatchObject({ name: 'TickerforestError', code: 'MODEL_UNUSABLE' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
