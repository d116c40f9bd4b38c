import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledKernels, type Kernels, loadKernels } from '../../src/kernels/kernels';
import * as reference from '../../src/kernels/reference';
import { Arena } from '../../src/trees/arena';

// Every kernel against its naive twin, to the bit. Memory is filled with rubbish first: a kernel must not rely on zeroes.

const arena = new Arena();
const kernels: Kernels = loadKernels(arena.memory, compiledKernels());
const SEED = { seed: 20_240_304, numRuns: 60 };

function fresh(): void {
  arena.clear();
  const size = arena.memory.buffer.byteLength - 65_536;
  arena.uint8(65_536, size).fill(0xa5);
}

function putBytes(bytes: Uint8Array, spare = 0): number {
  const at = arena.allocate(bytes.length + spare);
  arena.uint8(at, bytes.length).set(bytes);
  return at;
}
function putFloats(values: Float32Array): number {
  const at = arena.allocate(values.length * 4);
  arena.float32(at, values.length).set(values);
  return at;
}
function putDoubles(values: Float64Array): number {
  const at = arena.allocate(values.length * 8);
  arena.float64(at, values.length).set(values);
  return at;
}
function putWhole(values: ArrayLike<number>): number {
  const at = arena.allocate(values.length * 4);
  arena.uint32(at, values.length).set(values);
  return at;
}
function putPacked(values: readonly bigint[]): number {
  const at = arena.allocate(values.length * 8);
  arena.int64(at, values.length).set(values);
  return at;
}
function putWeights(values: Uint16Array): number {
  return putBytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

const float32 = fc.oneof(
  fc.float({ noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);

const COUNT_BITS = 20;

/** A matrix of bins and a node on it: some rows, in order, with weights of 0 to many and fixed-point values of both signs. */
interface NodeCase {
  rows: number;
  features: number;
  bins: Uint8Array;
  node: reference.PackedRows;
}

const nodeCase: fc.Arbitrary<NodeCase> = fc
  .record({ rows: fc.integer({ min: 1, max: 400 }), features: fc.integer({ min: 1, max: 37 }), bound: fc.constantFrom(1, 3, 255, 256) })
  .chain(({ rows, features, bound }) =>
    fc
      .record({
        seed: fc.nat(),
        // one in eight: the rows have no gap; a bin of 255 is a missing value
        keep: fc.constantFrom(1, 2, 3, 8),
        allMissing: fc.boolean(),
        weights: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: rows, maxLength: rows }),
        gradients: fc.array(fc.integer({ min: -(2 ** 30), max: 2 ** 30 }), { minLength: rows, maxLength: rows }),
      })
      .map(({ seed, keep, allMissing, weights, gradients }) => {
        const random = new reference.RandomStream(seed, 7);
        const bins = new Uint8Array(rows * features).map((_, i) => {
          if (allMissing && i % features === 0) return 255;
          return random.below(20) === 0 ? 255 : random.below(bound);
        });
        const chosen = Array.from({ length: rows }, (_, row) => row).filter(
          (row) => row % keep === 0 && (keep === 1 || weights[row] !== 0),
        );
        const packed = chosen.map((row) => {
          const weight = BigInt(Math.max(1, weights[row] ?? 1));
          return ((weight * BigInt(gradients[row] ?? 0)) << BigInt(COUNT_BITS)) + weight;
        });
        return { rows, features, bins, node: { rows: chosen, packed } };
      }),
  );

function byColumn({ rows, features, bins }: NodeCase): Uint8Array {
  return new Uint8Array(rows * features).map((_, i) => bins[(i % rows) * features + Math.floor(i / rows)] ?? 0);
}

describe('binning kernels', () => {
  it('bin every Float32 as the count of thresholds below it', () => {
    fc.assert(
      fc.property(
        fc.array(float32, { minLength: 1, maxLength: 70 }),
        fc.uniqueArray(fc.float({ noDefaultInfinity: true, noNaN: true }), { maxLength: 254 }),
        (values, cuts) => {
          fresh();
          const own = Float32Array.from(new Set(cuts.map((cut) => cut + 0))).sort();
          const padded = new Float32Array(256).fill(Number.POSITIVE_INFINITY);
          padded.set(own);
          // the thresholds themselves are the values that could go either way
          const all = Float32Array.from([...values, ...own]);
          const bins = arena.allocate(all.length);
          kernels.binColumn(putFloats(all), all.length, putFloats(padded), bins);
          expect(arena.uint8(bins, all.length).slice()).toEqual(reference.binColumn(all, own));
        },
      ),
      SEED,
    );
  });

  it('transpose any shape', () => {
    fc.assert(
      fc.property(nodeCase, (made) => {
        fresh();
        const columns = byColumn(made);
        const table = arena.allocate(columns.length);
        kernels.transposeBins(putBytes(columns), made.rows, made.features, 0, made.rows, table);
        expect(arena.uint8(table, columns.length).slice()).toEqual(made.bins);
        expect(reference.transposeBins(columns, made.rows, made.features)).toEqual(made.bins);
      }),
      SEED,
    );
  });
});

describe('sampling kernels', () => {
  const seed = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER));
  const start = (own: number, stream: number) => {
    fresh();
    const random = arena.allocate(16);
    kernels.seedStream(random, own, stream);
    return random;
  };

  it('draw the same numbers as PCG32 with big integers', () => {
    fc.assert(
      fc.property(seed, fc.nat(100_000), fc.array(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { maxLength: 40 }), (own, stream, bounds) => {
        const random = start(own, stream);
        const twin = new reference.RandomStream(own, stream);
        for (const bound of bounds) expect(kernels.drawBelow(random, bound) >>> 0).toBe(twin.below(bound));
      }),
      SEED,
    );
  });

  it('starts PCG32 as its author does: the first numbers of the published demo (seed 42, stream 54)', () => {
    const random = start(42, 54);
    const drawn = Array.from({ length: 6 }, () => kernels.drawBelow(random, 2 ** 32 - 1) >>> 0);
    const published = [0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e];
    // a bound of 2^32 - 1 takes the high half of x * (2^32 - 1): x - 1
    expect(drawn).toEqual(published.map((value) => value - 1));
  });

  it('draw the same bootstraps and subsets', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 300 }), fc.nat(300), (own, count, most) => {
        const random = start(own, 3);
        const weights = arena.allocate(count * 2);
        const read = () => new Uint16Array(arena.memory.buffer, weights, count).slice();
        // in two runs, as large samples are drawn
        const middle = most % (count + 1);
        kernels.clear(weights, count * 2);
        kernels.drawWithReplacement(random, middle, count, weights);
        kernels.drawWithReplacement(random, count - middle, count, weights);
        const twin = new reference.RandomStream(own, 3);
        expect(read()).toEqual(twin.withReplacement(count));
        const wanted = Math.min(most, count);
        const left = kernels.drawSubset(random, 0, middle, count, wanted, weights);
        expect(kernels.drawSubset(random, middle, count, count, left, weights)).toBe(0);
        const subset = read();
        expect(subset).toEqual(twin.subset(count, wanted));
        expect(subset.reduce((sum, weight) => sum + weight, 0)).toBe(wanted);
      }),
      SEED,
    );
  });
});

describe('packing kernels', () => {
  it('weigh, scale and round alike', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 40 })), {
          minLength: 1,
          maxLength: 200,
        }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.integer({ min: -6, max: 12 }),
        fc.nat(1000),
        (pairs, centre, exponent, first) => {
          fresh();
          const target = Float64Array.from(pairs, ([value]) => value);
          const weights = Uint16Array.from(pairs, ([, weight]) => weight);
          const scale = 2 ** exponent;
          const targetAt = putDoubles(target);
          const weightsAt = putWeights(weights);
          expect(kernels.absoluteSum(targetAt, weightsAt, 0, target.length, centre)).toBe(reference.absoluteSum(target, weights, centre));
          const rows = arena.allocate(target.length * 4);
          const packed = arena.allocate(target.length * 8);
          for (const own of [weights, weights.map(() => 1)]) {
            const at = own === weights ? weightsAt : 0;
            const twin = reference.packRows(target, own, first, centre, scale, COUNT_BITS);
            const listed = kernels.packRows(targetAt, at, 0, first, target.length, centre, scale, COUNT_BITS, rows, packed);
            expect(Array.from(arena.uint32(rows, listed))).toEqual(twin.rows);
            expect(Array.from(arena.int64(packed, listed))).toEqual(twin.packed);
            const sum = arena.allocate(8);
            kernels.sumPacked(packed, listed, sum);
            expect(arena.int64(sum, 1)[0]).toBe(twin.packed.reduce((total, value) => total + value, 0n));
          }
        },
      ),
      SEED,
    );
  });
});

describe('packing kernels, where rows have weights of their own,', () => {
  it('multiply the draws of rows that are present, and read nothing of the others', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            value: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
            drawn: fc.integer({ min: 0, max: 3 }),
            own: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 0, max: 65_535 })),
          }),
          { minLength: 1, maxLength: 200 },
        ),
        fc.double({ min: -100, max: 100, noNaN: true }),
        fc.integer({ min: -6, max: 6 }),
        fc.nat(1000),
        fc.boolean(),
        (made, centre, exponent, first, drawing) => {
          fresh();
          // what an absent row would bring about if it were read: NaN traps when it is rounded
          const target = Float64Array.from(made, ({ value, own }) => (own === 0 ? Number.NaN : value));
          const own = Uint16Array.from(made, (row) => row.own);
          const draws = Uint16Array.from(
            made.filter((row) => row.own !== 0),
            ({ drawn }) => (drawing ? drawn : 1),
          );
          const scale = 2 ** exponent;
          const targetAt = putDoubles(target);
          const ownAt = putWeights(own);
          const drawsAt = drawing ? putWeights(draws) : 0;
          const weights = reference.multiplyWeights(draws, own);
          expect(kernels.absoluteSum(targetAt, drawsAt, ownAt, target.length, centre)).toBe(reference.absoluteSum(target, weights, centre));
          expect(kernels.totalWeight(drawsAt, ownAt, target.length)).toBe(weights.reduce((sum, weight) => sum + weight, 0));
          const rows = arena.allocate(target.length * 4);
          const packed = arena.allocate(target.length * 8);
          const twin = reference.packRows(target, weights, first, centre, scale, 31);
          const listed = kernels.packRows(targetAt, drawsAt, ownAt, first, target.length, centre, scale, 31, rows, packed);
          expect(Array.from(arena.uint32(rows, listed))).toEqual(twin.rows);
          // those of some weights and targets are too large for 64 bits: the caller's scale sees to that
          expect(Array.from(arena.int64(packed, listed))).toEqual(twin.packed.map((value) => BigInt.asIntN(64, value)));
        },
      ),
      SEED,
    );
  });
});

describe('histogram kernels', () => {
  it('add every row to every feature, gathered or in one run, whole or cut', () => {
    fc.assert(
      fc.property(nodeCase, fc.nat(), (made, cut) => {
        fresh();
        const { features, bins, node } = made;
        const every = Array.from({ length: features }, (_, feature) => feature);
        const bytes = features * reference.CELLS * 8;
        const table = putBytes(bins, 16);
        const columns = putBytes(byColumn(made));
        const rows = putWhole(node.rows);
        const packed = putPacked(node.packed);
        const buffer = arena.allocate(128 * Math.ceil(features / 16) * 16);
        const histogram = arena.allocate(bytes);
        const rest = arena.allocate(bytes);
        const read = (at: number) => arena.int64(at, features * reference.CELLS).slice();
        const twin = reference.histogram(bins, features, every, node);
        const size = node.rows.length;
        const middle = cut % (size + 1);
        kernels.clear(histogram, bytes);
        kernels.histogramAll(table, columns, made.rows, features, rows, packed, 0, middle, buffer, histogram);
        kernels.histogramAll(table, columns, made.rows, features, rows, packed, middle, size, buffer, histogram);
        expect(read(histogram)).toEqual(twin);
        // parent minus one child is the other child
        kernels.clear(rest, bytes);
        kernels.histogramAll(table, columns, made.rows, features, rows, packed, 0, middle, buffer, rest);
        kernels.subtractHistogram(histogram, rest, features * reference.CELLS);
        kernels.clear(rest, bytes);
        kernels.histogramAll(table, columns, made.rows, features, rows, packed, middle, size, buffer, rest);
        expect(read(histogram)).toEqual(read(rest));
        // one child and the other are the parent
        kernels.clear(rest, bytes);
        kernels.histogramAll(table, columns, made.rows, features, rows, packed, 0, middle, buffer, rest);
        kernels.addHistogram(histogram, rest, features * reference.CELLS);
        expect(read(histogram)).toEqual(twin);
      }),
      SEED,
    );
  });

  it('add many rows that lie close together, which are read by column', () => {
    const random = new reference.RandomStream(3, 1);
    // one row of seven is the sparsest that is read so, 512 rows the fewest
    for (const [features, gap, count] of [
      [1, 1, 511],
      [2, 1, 512],
      [15, 2, 5_000],
      [16, 6, 2_049],
      [7, 7, 2_048],
      [9, 8, 700],
    ]) {
      fresh();
      const matrixRows = gap * count + 3;
      const bins = new Uint8Array(matrixRows * features).map(() => random.below(256));
      const node = {
        rows: Array.from({ length: count }, (_, i) => i * gap + (gap === 1 ? 2 : random.below(gap))),
        packed: Array.from({ length: count }, () => (BigInt(random.below(2 ** 31)) << BigInt(COUNT_BITS)) + BigInt(1 + random.below(5))),
      };
      const every = Array.from({ length: features }, (_, feature) => feature);
      const [table, columns] = [putBytes(bins, 16), putBytes(byColumn({ rows: matrixRows, features, bins, node }))];
      const [rows, packed] = [putWhole(node.rows), putPacked(node.packed)];
      const buffer = arena.allocate(128 * Math.ceil(features / 16) * 16);
      const histogram = arena.allocate(features * reference.CELLS * 8);
      kernels.clear(histogram, features * reference.CELLS * 8);
      kernels.histogramAll(table, columns, matrixRows, features, rows, packed, 0, count, buffer, histogram);
      expect(arena.int64(histogram, features * reference.CELLS).slice()).toEqual(reference.histogram(bins, features, every, node));
    }
  });

  it('add every row to a few features', () => {
    fc.assert(
      fc.property(nodeCase, fc.nat(), fc.nat(), (made, pick, cut) => {
        fresh();
        const { features, bins, node } = made;
        const drawn = Array.from({ length: features }, (_, feature) => feature).filter((feature) => (feature * 7 + pick) % 3 !== 0);
        const histogram = arena.allocate(drawn.length * reference.CELLS * 8);
        const byRow = putBytes(bins);
        const columns = putBytes(byColumn(made));
        const layouts = [
          { stride: features, offsets: drawn.map((feature) => byRow + feature) },
          { stride: 1, offsets: drawn.map((feature) => columns + feature * made.rows) },
        ];
        for (const { stride, offsets } of drawn.length === 0 ? [] : layouts) {
          const [list, rows, packed, buffer] = [putWhole(offsets), putWhole(node.rows), putPacked(node.packed), arena.allocate(516)];
          const middle = cut % (node.rows.length + 1);
          kernels.clear(histogram, drawn.length * reference.CELLS * 8);
          kernels.histogramDrawn(list, drawn.length, stride, rows, packed, 0, middle, buffer, histogram);
          kernels.histogramDrawn(list, drawn.length, stride, rows, packed, middle, node.rows.length, buffer, histogram);
          expect(arena.int64(histogram, drawn.length * reference.CELLS).slice()).toEqual(reference.histogram(bins, features, drawn, node));
        }
      }),
      SEED,
    );
  });
});

describe('copying kernels', () => {
  it('copy bins and targets of rows together, and number these anew', () => {
    fc.assert(
      fc.property(nodeCase, fc.nat(), fc.nat(), fc.boolean(), ({ rows, features, bins, node }, begin, end, withTarget) => {
        fresh();
        const [from, to] = [begin, end].map((at) => at % (node.rows.length + 1)).sort((a, b) => a - b);
        const target = Float64Array.from({ length: rows }, (_, row) => row / 7);
        const [table, targetAt, rowsAt] = [putBytes(bins, 16), putDoubles(target), putWhole(node.rows)];
        const copied = arena.allocate((to - from) * features + 16);
        const values = arena.allocate((to - from) * 8);
        const before = arena.float64(values, to - from).slice();
        kernels.copyRows(table, features, withTarget ? targetAt : 0, rowsAt, from, to, copied, values);
        const twin = reference.copyRows(bins, features, target, node.rows.slice(from, to));
        expect(arena.uint8(copied, (to - from) * features).slice()).toEqual(twin.bins);
        expect(arena.float64(values, to - from).slice()).toEqual(withTarget ? twin.target : before);
        expect(Array.from(arena.uint32(rowsAt, node.rows.length))).toEqual([
          ...node.rows.slice(0, from),
          ...twin.rows,
          ...node.rows.slice(to),
        ]);
      }),
      SEED,
    );
  });
});

describe('splitting kernels', () => {
  it('find the same split, score included, and divide the rows alike', () => {
    fc.assert(
      fc.property(nodeCase, fc.constantFrom(1, 1, 2, 30), fc.nat(), (made, minLeaf, cut) => {
        const { rows, features, bins, node } = made;
        if (node.rows.length === 0) return;
        fresh();
        const every = Array.from({ length: features }, (_, feature) => feature);
        const cells = reference.histogram(bins, features, every, node);
        const total = node.packed.reduce((sum, value) => sum + value, 0n);
        const binCounts = every.map(() => 255);
        const twin = reference.bestSplit(cells, every, binCounts, total, COUNT_BITS, minLeaf);
        const result = arena.allocate(40);
        arena.float64(result, 1)[0] = -1;
        kernels.bestSplit(
          putPacked(Array.from(cells)),
          putWhole(every),
          features,
          putWhole(binCounts),
          putPacked([total]),
          COUNT_BITS,
          minLeaf,
          arena.allocate(1_020),
          result,
        );
        const score = arena.float64(result, 1)[0];
        if (twin === undefined) {
          expect(score).toBe(-1);
          return;
        }
        const [feature = 0, bin = 0, missing = 0] = arena.uint32(result + 8, 3);
        const missingLeft = [false, true, undefined][missing];
        const [left, right] = arena.int64(result + 24, 2);
        expect({ score, feature, bin, missingLeft, left }).toEqual(twin);
        expect(right).toBe(total - twin.left);

        const column = byColumn(made).subarray(feature * rows, (feature + 1) * rows);
        const size = node.rows.length;
        const spare = arena.allocate(size * 4);
        const sparePacked = arena.allocate(size * 8);
        const parts = reference.partitionRows(column, twin, node);
        const layouts = [
          { at: putBytes(column), stride: 1 },
          { at: putBytes(bins) + feature, stride: features },
        ];
        for (const { at, stride } of layouts) {
          const [rowsAt, packedAt] = [putWhole(node.rows), putPacked(node.packed)];
          // two threads, each with a part
          const asked = [at, stride, bin, missingLeft ? 1 : 0] as const;
          const from = cut % (size + 1);
          const left = kernels.countLeft(...asked, rowsAt, 0, from);
          const all = left + kernels.countLeft(...asked, rowsAt, from, size);
          expect(all).toBe(parts.left.rows.length);
          kernels.divideRows(...asked, rowsAt, packedAt, from, size, spare, sparePacked, left, all + from - left);
          kernels.divideRows(...asked, rowsAt, packedAt, 0, from, spare, sparePacked, 0, all);
          const divided = [Array.from(arena.uint32(spare, size)), Array.from(arena.int64(sparePacked, size))];
          expect(divided).toEqual([
            [...parts.left.rows, ...parts.right.rows],
            [...parts.left.packed, ...parts.right.packed],
          ]);
          const middle = kernels.partitionRows(at, stride, bin, missingLeft ? 1 : 0, rowsAt, packedAt, 0, size, spare, sparePacked);
          expect(middle).toBe(parts.left.rows.length);
          expect(Array.from(arena.uint32(rowsAt, size))).toEqual([...parts.left.rows, ...parts.right.rows]);
          expect(Array.from(arena.int64(packedAt, size))).toEqual([...parts.left.packed, ...parts.right.packed]);
        }
      }),
      SEED,
    );
  });
});

describe('splitting kernels, where splits are random,', () => {
  it('draw the same cuts and find the same one', () => {
    fc.assert(
      fc.property(nodeCase, fc.constantFrom(1, 1, 2, 30), fc.constantFrom(0.01, 1, 1e37), fc.nat(), (made, minLeaf, unit, seed) => {
        const { features, bins, node } = made;
        if (node.rows.length === 0) return;
        fresh();
        const every = Array.from({ length: features }, (_, feature) => feature);
        const cells = reference.histogram(bins, features, every, node);
        const total = node.packed.reduce((sum, value) => sum + value, 0n);
        const steps = new reference.RandomStream(seed, 5);
        const ranges = every.map(() => {
          let last = -9 * unit;
          return new Float32Array(2 * 255).map(() => {
            last += steps.below(4) * steps.below(9) * 0.004 * unit;
            return last;
          });
        });
        const table = new Float32Array(features * 512);
        for (const [feature, range] of ranges.entries()) table.set(range, feature * 512);
        const twin = reference.randomSplit(new reference.RandomStream(seed, 2), cells, every, ranges, total, COUNT_BITS, minLeaf);
        const result = arena.allocate(40);
        arena.float64(result, 1)[0] = -1;
        const random = arena.allocate(16);
        kernels.seedStream(random, seed, 2);
        kernels.randomSplit(
          random,
          putPacked(Array.from(cells)),
          putWhole(every),
          features,
          putWhole(every.map(() => 255)),
          putFloats(table),
          putPacked([total]),
          COUNT_BITS,
          minLeaf,
          result,
        );
        const score = arena.float64(result, 1)[0];
        if (twin === undefined) {
          expect(score).toBe(-1);
          return;
        }
        const [feature, bin, missing] = arena.uint32(result + 8, 3);
        const [left, right] = arena.int64(result + 24, 2);
        expect({ score, feature, bin, missingLeft: [false, true, undefined][missing], left }).toEqual(twin);
        expect(right).toBe(total - twin.left);
      }),
      SEED,
    );
  });
});

describe('leaf kernels', () => {
  it('sum in row order, tell constant nodes, and add to rows', () => {
    fc.assert(
      fc.property(nodeCase, fc.boolean(), fc.double({ noNaN: true, min: -10, max: 10 }), ({ rows, node }, constant, step) => {
        if (node.rows.length === 0) return;
        fresh();
        const random = new reference.RandomStream(rows, 1);
        const target = new Float64Array(rows).map(() => (constant ? 0.1 : random.below(1000) / 7));
        const at = putDoubles(target);
        const rowsAt = putWhole(node.rows);
        const size = node.rows.length;
        expect(kernels.leafMean(at, rowsAt, putPacked(node.packed), 0, size, COUNT_BITS)).toBe(
          reference.leafMean(target, node, COUNT_BITS),
        );
        const distinct = new Set(node.rows.map((row) => target[row])).size;
        expect(kernels.isConstant(at, rowsAt, 0, size)).toBe(distinct === 1 ? 1 : 0);
        kernels.addToRows(at, rowsAt, 0, size, step);
        const chosen = new Set(node.rows);
        expect(arena.float64(at, rows).slice()).toEqual(target.map((value, row) => (chosen.has(row) ? value + step : value)));
      }),
      SEED,
    );
  });
});

describe('logistic kernels', () => {
  it('leave the same residuals, and take the same step', () => {
    const someOdds = fc.oneof(
      fc.double({ min: -5, max: 5, noNaN: true }),
      fc.double({ min: -800, max: 800, noNaN: true }),
      fc.double({ noNaN: true }),
      fc.constantFrom(0, -0, -708, 708, 1e-300, 36.7, -36.7),
    );
    fc.assert(
      fc.property(nodeCase, fc.array(someOdds, { minLength: 400, maxLength: 400 }), ({ rows, node }, list) => {
        if (node.rows.length === 0) return;
        fresh();
        const odds = Float64Array.from(list.slice(0, rows));
        const classes = Uint8Array.from(odds, (_, row) => row % 2);
        const residuals = arena.allocate(rows * 8);
        kernels.logisticResiduals(putDoubles(odds), putBytes(classes), rows, residuals);
        const twin = reference.logisticResiduals(odds, classes);
        // toEqual tells -0 from 0
        expect(arena.float64(residuals, rows).slice()).toEqual(twin);
        expect(kernels.newtonStep(residuals, putWhole(node.rows), putPacked(node.packed), 0, node.rows.length, COUNT_BITS)).toBe(
          reference.newtonStep(twin, node, COUNT_BITS),
        );
      }),
      SEED,
    );
  });
});
