import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { letTwoWork } from './two-workers';

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tickerforest-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('two healthy workers on one symbol', () => {
  // a second is the shortest lease that is allowed; bench/leases.ts does the same for as long as one likes
  it('keep their leases of a second through trainings on 150,000 bars, and commit one after the other', async () => {
    const { counts, revisions } = await letTwoWork(scratch, { seconds: 20, bars: 150_000, lease: 1_000 });
    console.log(counts);
    expect(Object.keys(counts).sort()).toEqual(['SYMBOL_LEASED', 'commit']);
    expect(revisions).toEqual(revisions.map((_, i) => i + 1));
  });
});
