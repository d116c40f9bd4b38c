import { expect } from 'vitest';
import { allocateBars, type Bars } from '../../src/bars/bars';
import type { FeatureSpec } from '../../src/features/family';
import type { FeatureEngineer } from '../../src/features/feature-engineer';

/** Features' values by name, in full precision. */
export type Values = Map<string, Float64Array>;

/** Every feature's values, in full precision, and the engine after it. */
export async function foldAll(engineer: FeatureEngineer, bars: Bars, into?: { values: Values; offset: number; length: number }) {
  const values: Values = into?.values ?? new Map();
  const length = into?.length ?? bars.length;
  const base = into?.offset ?? 0;
  const start = engineer.history.bars;
  await engineer.update(bars, {
    matrix: false,
    onBlock: (specs, columns, first, count) => {
      specs.forEach((spec, j) => {
        const all = values.get(spec.name) ?? new Float64Array(length);
        all.set(columns[j].subarray(0, count), base + first - start);
        values.set(spec.name, all);
      });
    },
  });
  return values;
}

/** The first bar and feature where two runs differ, for a message that helps; undefined if there is none. */
export function firstDifference(a: Values, b: Values, from: number, to: number): string | undefined {
  for (const [name, values] of a) {
    const others = b.get(name);
    for (let i = from; i < to; i++) {
      if (!Object.is(values[i], others?.[i])) return `${name} on bar ${i}: ${values[i]} against ${others?.[i]}`;
    }
  }
  return undefined;
}

/** Another series, the same up to a bar. */
export function copyWithFuture(bars: Bars, from: number, change: (bars: Bars, i: number) => void): Bars {
  const copy = allocateBars(bars.length);
  for (const column of ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const) copy[column].set(bars[column]);
  for (let i = from; i < copy.length; i++) change(copy, i);
  return copy;
}

/** Warm-up, range and gaps are as the specifications say. */
export function assertDocumented(specs: readonly FeatureSpec[], values: Values, length: number) {
  for (const spec of specs) {
    const column = values.get(spec.name);
    expect(column, spec.name).toBeDefined();
    if (column === undefined) continue;
    let started = false;
    for (let i = 0; i < length; i++) {
      const value: number = column[i];
      if (i < spec.warmup) expect(value, `${spec.name} on bar ${i}, in warm-up`).toBeNaN();
      else if (!(spec.gaps && !started && Number.isNaN(value))) {
        started = true;
        if (!(Number.isFinite(value) && value >= spec.range[0] && value <= spec.range[1])) {
          expect.fail(`${spec.name} on bar ${i} is ${value}, outside ${spec.range[0]} to ${spec.range[1]}`);
        }
      }
    }
  }
}
