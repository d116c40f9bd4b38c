import { describe, expect, it } from 'vitest';
import { examplesOf, publicFunctions } from './doc-examples';

const functions = publicFunctions();

describe('doc comments', () => {
  it('are found', () => {
    expect(functions.length).toBeGreaterThan(90);
  });

  it.each(functions)('of $name begin with what it does', ({ comment }) => {
    expect(comment.trim()).toMatch(/^[^@\s]/);
  });

  // what a new user calls; errors and the plan are read, not called
  const called = functions.filter(
    ({ entry, name }) => entry === 'index.ts' && !['TickerforestError', 'IncrementalUpdateStrategy'].includes(name),
  );
  it.each(called)('of $name show how it is used', ({ comment }) => {
    expect(examplesOf(comment)).not.toEqual([]);
  });

  it('names of the root fit in the head', () => {
    expect(functions.filter(({ entry }) => entry === 'index.ts').length).toBeLessThanOrEqual(42);
  });

  it('each function is exported once; only what a browser loads stands in an entry of its own, too', () => {
    const entries = new Map<string, string[]>();
    for (const { name, entry } of functions) entries.set(name, [...(entries.get(name) ?? []), entry]);
    const twice = [...entries].filter(([, found]) => found.length > 1).map(([name]) => name);
    expect(twice.sort()).toEqual(['TickerforestError', 'loadModel', 'predict']);
  });
});
