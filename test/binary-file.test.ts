import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBinary, encodeBinary } from '../src/binary-file';

const file = encodeBinary('TEST', 3, {
  header: { name: 'ünï', n: 1 },
  sections: new Map<string, Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array>([
    ['doubles', Float64Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY)],
    ['floats', Float32Array.of(1.5, Number.NaN, -2)],
    ['integers', Int32Array.of(-1, 7)],
    ['words', Uint32Array.of(2 ** 32 - 1)],
    ['shorts', Uint16Array.of(1, 2, 3)],
    ['bytes', Uint8Array.of(255)],
    ['none', new Float64Array(0)],
  ]),
});

describe('binary files', () => {
  it('hold header and arrays exactly', () => {
    const { header, section } = decodeBinary(file, 'TEST', 3, 'MODEL_UNUSABLE');
    expect(header).toEqual({ name: 'ünï', n: 1 });
    expect(section('doubles')).toEqual(Float64Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY));
    expect(section('floats')).toEqual(Float32Array.of(1.5, Number.NaN, -2));
    expect(section('integers')).toEqual(Int32Array.of(-1, 7));
    expect(section('words')).toEqual(Uint32Array.of(2 ** 32 - 1));
    expect(section('shorts')).toEqual(Uint16Array.of(1, 2, 3));
    expect(section('bytes')).toEqual(Uint8Array.of(255));
    expect(section('none')).toEqual(new Float64Array(0));
    expect(section('others')).toBeUndefined();
  });

  it('are read from the middle of a larger buffer', () => {
    const padded = new Uint8Array(file.length + 3);
    padded.set(file, 3);
    expect(decodeBinary(padded.subarray(3), 'TEST', 3, 'MODEL_UNUSABLE').section('words')).toEqual(Uint32Array.of(2 ** 32 - 1));
  });

  it('write every NaN with the same bits', () => {
    const odd = new Float64Array(1);
    new Uint32Array(odd.buffer).set([5, 0xfff80001]);
    const encode = (value: Float64Array) => encodeBinary('TEST', 1, { header: null, sections: new Map([['x', value]]) });
    expect(Buffer.compare(encode(odd), encode(Float64Array.of(Number.NaN)))).toBe(0);
  });

  it('name another kind, another version, and what to do', () => {
    expect(() => decodeBinary(file, 'TFMD', 3, 'MODEL_UNUSABLE')).toThrow(
      expect.objectContaining({ code: 'MODEL_UNUSABLE', message: expect.stringContaining("'TEST'") }),
    );
    expect(() => decodeBinary(file, 'TEST', 4, 'CHECKPOINT_UNUSABLE')).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_UNUSABLE', message: expect.stringContaining('version 3') }),
    );
  });

  it('refuse any single changed byte and any cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: file.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = file.slice();
        damaged[at] ^= change;
        expect(() => decodeBinary(damaged, 'TEST', 3, 'MODEL_UNUSABLE')).toThrow(expect.objectContaining({ code: 'MODEL_UNUSABLE' }));
        expect(() => decodeBinary(file.subarray(0, at), 'TEST', 3, 'MODEL_UNUSABLE')).toThrow(
          expect.objectContaining({ code: 'MODEL_UNUSABLE' }),
        );
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
