import { describe, expect, it } from 'vitest';
import { loadModel, saveModel } from '../../src/models/model-file';
import { targetFacts } from '../../src/models/model-header';
import { loadRidge } from '../../src/models/ridge-file';
import { predict, TrainedModel } from '../../src/models/trained-model';
import { horizonReturn, nextReturn } from '../../src/targets/returns';
import { runs } from '../runs';
import { type Entry, type FileParts, forge, sealed, takeApart } from './forged-file';
import { type Draw, draws, smallModel } from './small-model';

// Whole files with something changed that no release would write, and the checksum made to fit.

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  255,
  256,
  65_535,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
  1e308,
  -1e308,
  5e-324,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  '',
  'x',
  '__proto__',
  [],
  [[]],
  {},
  { length: 3 },
  { toString: 1 },
  [null],
  ['f0', 'f0'],
  [{}],
  'classification',
];

const oneOf = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)];
const anything = (draw: Draw): unknown => (draw(2) === 0 ? oneOf(draw, NUMBERS) : structuredClone(oneOf(draw, ODD)));

/** Changes one property of an object or one entry of a list, takes it away, adds one, or goes on into it. */
function changeJson(draw: Draw, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || draw(8) === 0) return anything(draw);
  if (Array.isArray(value)) {
    const at = draw(value.length + 1);
    return draw(3) === 0 ? value.toSpliced(at, 1) : value.toSpliced(at, draw(2), changeJson(draw, value[at]));
  }
  const names = Object.keys(value);
  const name = draw(6) === 0 ? oneOf(draw, ['__proto__', 'toString', 'link', 'length', '']) : oneOf(draw, names);
  const entries = Object.entries(value).filter(([own]) => own !== name);
  if (draw(4) !== 0) entries.push([name, changeJson(draw, Reflect.get(value, name))]);
  return Object.fromEntries(entries);
}

/** Writes a number that means something over one entry of a section, or over part of it. */
function changeNumber(draw: Draw, body: Uint8Array, kind: string): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const number = draw(3) === 0 ? (draw(2000) - 1000) * 10 ** (draw(40) - 20) : oneOf(draw, NUMBERS);
  const size = { f64: 8, f32: 4, u32: 4, u16: 2, u8: 1 }[kind] ?? 1;
  if (body.length < size) return;
  const at = draw(Math.floor(body.length / size)) * size;
  if (kind === 'f64') view.setFloat64(at, number, true);
  else if (kind === 'f32') view.setFloat32(at, number, true);
  else if (kind === 'u32') view.setUint32(at, draw(2) === 0 ? draw(20) : number, true);
  else body[at] = draw(3) === 0 ? draw(256) : draw(6);
}

const KINDS = ['f64', 'f32', 'i32', 'u32', 'u16', 'u8', 'f16', '', 7, null];

function changeEntry(draw: Draw, parts: { directory: Entry[]; bodies: Uint8Array[] }): FileParts['directory'] {
  const { directory, bodies } = parts;
  const at = draw(directory.length);
  switch (draw(7)) {
    case 0:
      return directory.with(at, { ...directory[at], length: oneOf(draw, NUMBERS) });
    case 1:
      return directory.map((entry, i) => (i === at ? { ...entry, kind: oneOf(draw, KINDS) } : entry));
    case 2:
      bodies.splice(at, 1);
      return directory.toSpliced(at, 1);
    case 3:
      bodies.splice(at, 0, bodies[at].slice());
      return directory.toSpliced(at, 0, directory[draw(directory.length)]);
    case 4: {
      // longer or shorter, and honest about it
      const size = bodies[at].length / Math.max(1, directory[at].length) || 8;
      const length = Math.max(0, directory[at].length + draw(5) - 2);
      const body = new Uint8Array(length * size);
      body.set(bodies[at].subarray(0, body.length));
      bodies[at] = body;
      return directory.with(at, { ...directory[at], length });
    }
    case 5:
      return directory.map((entry, i) => (i === at ? { ...entry, name: anything(draw) } : entry));
    default:
      return changeJson(draw, directory);
  }
}

function mutated(draw: Draw, file: Uint8Array): Uint8Array {
  if (draw(6) === 0) {
    // bytes of the file as a whole
    const copy = draw(4) === 0 ? file.slice(0, draw(file.length + 1)) : file.slice();
    for (let left = 1 + draw(4); left > 0 && copy.length > 8; left--) copy[8 + draw(copy.length - 8)] = draw(256);
    return sealed(copy);
  }
  const parts = takeApart(file);
  let { header, directory }: FileParts = parts;
  for (let left = 1 + draw(3); left > 0; left--) {
    const at = draw(parts.bodies.length);
    if (draw(3) === 0) header = changeJson(draw, header);
    else changeNumber(draw, parts.bodies[at], parts.directory[at].kind);
  }
  if (draw(4) === 0) directory = changeEntry(draw, parts);
  return forge({ ...parts, header, directory });
}

/** A linear model of a few features, as it would have learnt. */
function smallLine(draw: Draw): TrainedModel {
  const features = 1 + draw(5);
  const numbers = (of: () => number) => Float64Array.from({ length: features }, of);
  const arrays: Readonly<Record<string, Float64Array>> = {
    intercept: Float64Array.of((draw(2001) - 1000) / 1e5),
    mean: numbers(() => (draw(2001) - 1000) / 10),
    scale: numbers(() => (1 + draw(1000)) / 100),
    coefficient: numbers(() => (draw(2001) - 1000) / 1e5),
  };
  const facts = {
    key: draw(2) === 0 ? 'line' : 'regression_rf',
    type: 'Ridge',
    task: 'regression',
    target: targetFacts(draw(2) === 0 ? nextReturn() : horizonReturn({ bars: 5 })),
    parameters: { alpha: 1, fit_intercept: true },
    featureNames: Array.from({ length: features }, (_, i) => `f${i}`),
    featureSet: 'abc',
  } as const;
  return new TrainedModel(facts, loadRidge({ facts: {}, array: (name) => arrays[name], features }));
}

describe.each([
  ['trees', smallModel],
  ['ridge', smallLine],
])('a model file of %s with something changed and a checksum that fits', (kind, made) => {
  it('is refused with a code, or forecasts finite numbers', () => {
    const wanted = runs(2_000, 20_000);
    let refused = 0;
    let slowest = 0;
    let dearest = 0;
    for (let seed = 1; seed <= wanted; seed++) {
      const draw = draws(seed);
      const file = mutated(draw, saveModel(made(draw)));
      const began = performance.now();
      const before = process.cpuUsage();
      try {
        const model = loadModel(file);
        for (const value of [0, Number.NaN, 0.5, -3e38, Number.POSITIVE_INFINITY]) {
          const forecast = predict(model, new Float32Array(model.featureNames.length).fill(value));
          if (!Number.isFinite(forecast)) throw new Error(`seed ${seed} forecasts ${String(forecast)}`);
          if (model.task === 'classification' && (forecast < 0 || forecast > 1))
            throw new Error(`seed ${seed}: a probability of ${forecast}`);
        }
        // what was believed is what a release would write
        expect(saveModel(loadModel(saveModel(model)))).toEqual(saveModel(model));
      } catch (error) {
        expect(error, `seed ${seed}`).toMatchObject({ name: 'TickerforestError', code: 'MODEL_UNUSABLE' });
        refused++;
      }
      const { user, system } = process.cpuUsage(before);
      dearest = Math.max(dearest, (user + system) / 1000);
      slowest = Math.max(slowest, performance.now() - began);
    }
    console.log(`${wanted} files of ${kind}: ${refused} refused, the slowest took ${slowest.toFixed(1)} ms`);
    // every one is some hundred bytes: nothing in them may set a long loop going
    expect(dearest).toBeLessThan(1_000);
    // most changes matter, and some do not
    expect(refused).toBeGreaterThan(wanted / 3);
    expect(refused).toBeLessThan(wanted);
  });
});
