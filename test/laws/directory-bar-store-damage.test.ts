import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Bars, joinBars } from '../../src/bars/bars';
import type { BarStore } from '../../src/stores/bar-store';
import { directoryBarStore } from '../../src/stores/directory/bar-store';
import { assertDescribes, assertSameBars, MARKET, madeUpBars } from '../../src/testing/sample-kept-bars';
import { runs } from '../runs';

/** Of a file's bytes, one in so many is changed, and the file cut off before it. */
const ONE_IN = runs(40, 6);
/** Files that have this many bytes or fewer. */
const SMALL = 10_000;

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tickerforest-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('a damaged store never gives wrong bars, whichever byte of whichever file is changed, or missing with all that follow', async () => {
  const store = directoryBarStore(root);
  const bars = madeUpBars(0, 9_020);
  // two blocks, and a third that only the revision before needs
  for (const [from, length] of [
    [0, 9_000],
    [9_000, 12],
    [9_012, 8],
  ]) {
    const following = madeUpBars(from, length);
    const baseRevision = (await store.describe('AAPL'))?.revision ?? 0;
    await store.write({ symbol: 'AAPL', market: MARKET, from: following.timestamp[0], bars: following, baseRevision });
  }
  const folder = join(root, 'AAPL', 'bars');
  const names = await readdir(folder);
  expect(names.filter((name) => name.endsWith('.npy')).length).toBe(3);
  let damages = 0;
  let refused = 0;
  for (const name of names) {
    const path = join(folder, name);
    const good = await readFile(path);
    const isSmall = good.length <= SMALL;
    for (let at = 0; at < good.length; at += isSmall || at < 256 ? ONE_IN : 500 * ONE_IN) {
      for (const damage of [flipped(good, at), good.subarray(0, at), flipped(Buffer.concat([good, good]), at)]) {
        await writeFile(path, damage);
        damages++;
        if (await isRefused(store, bars, path)) refused++;
      }
    }
    await writeFile(path, good);
    expect(await isRefused(store, bars, path)).toBe(false);
  }
  console.log(`the directory store of bars: ${damages} damages, of which ${refused} were in what is read and were refused`);
  expect(refused).toBeGreaterThan(damages / 3);
});

/** What is read must be right, or STORE_FAILED with the file's name after nothing but right blocks. */
async function isRefused(store: BarStore, bars: Bars, path: string): Promise<boolean> {
  const parts: Bars[] = [];
  const kept = await store.describe('AAPL').catch(() => null);
  if (kept !== null) assertDescribes(kept, 'AAPL', bars);
  try {
    for await (const block of store.read('AAPL')) parts.push(block);
    assertSameBars(joinBars(...parts), bars);
    return false;
  } catch (error) {
    const { length } = joinBars(...parts);
    assertSameBars(joinBars(...parts), madeUpBars(0, length));
    expect(error).toMatchObject({ name: 'TickerforestError', code: 'STORE_FAILED', message: expect.stringContaining(path) });
    return true;
  }
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] ^= 1 << (at % 8);
  return copy;
}
