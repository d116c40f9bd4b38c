import { describe, expect, it, vi } from 'vitest';
import { MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { defineTarget, direction, horizonReturn, nextReturn, type Target } from '../../src/index';
import { spansGap, tripleBarrier, volatilityScaled } from '../../src/targets';
import { labelBarsInTurns, labelSteps } from '../../src/targets/define-target';
import { spansGapSteps } from '../../src/targets/holes';
import { inOneGo, Turns } from '../../src/waiting';
import { randomBars } from '../generated-bars';

const market = resolveMarket(MINUTE_MS, { exchange: 'NASDAQ' });
// more than two runs of simple arithmetic
const bars = randomBars(140_000, { missing: 0.02, seed: 5 });

const byRow = defineTarget({
  name: 'by_row',
  kind: 'regression',
  description: 'the close after the next',
  labelAt: (row, { close, length }) => (row + 2 < length ? { value: close[row + 2], end: row + 2 } : null),
});

const targets: readonly [string, Target][] = [
  ['nextReturn', nextReturn({ maxGap: 'session' })],
  ['horizonReturn of bars', horizonReturn({ bars: 30 })],
  ['horizonReturn of minutes', horizonReturn({ minutes: 30, maxGap: 600_000 })],
  ['direction', direction({ of: horizonReturn({ bars: 5 }), deadZone: 0.0005, maxGap: 'session' })],
  ['direction of a target row by row', direction({ of: byRow })],
  ['volatilityScaled', volatilityScaled({ of: horizonReturn({ bars: 5 }), maxGap: 'session' })],
  ['tripleBarrier', tripleBarrier({ up: 2, down: 2, bars: 30, maxGap: 'session' })],
  ['a target row by row', byRow],
];

/** Columns are long, and a matcher looks at every value of them. */
function haveSameBytes(a: NodeJS.TypedArray, b: NodeJS.TypedArray): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer));
}

/** Turns that are over at every step. */
class NoTime extends Turns {
  given = 0;

  override get isOver(): boolean {
    return true;
  }

  override giveWay(): Promise<void> {
    this.given++;
    return Promise.resolve();
  }
}

/** Rows that some arithmetic goes through in a few milliseconds, even where it is made of several loops. */
const MOST_ROWS_A_STEP = 65_536;

describe('labelling in turns', () => {
  it.each(targets)('%s: gives way every few thousand rows, and makes the labels that are made in one go', async (_, target) => {
    const turns = new NoTime();
    const labels = await labelBarsInTurns(target, bars, market, turns);
    const alone = target.label(bars, market);
    expect(haveSameBytes(labels.value, alone.value)).toBe(true);
    expect(haveSameBytes(labels.end, alone.end)).toBe(true);
    // each loop over the rows, and the check of what came out
    expect(turns.given).toBeGreaterThanOrEqual(2 * Math.ceil(bars.length / MOST_ROWS_A_STEP));
  });

  it('tells holes in steps, the same as in one go', () => {
    const labels = horizonReturn({ bars: 30 }).label(bars, market);
    const steps = spansGapSteps(bars, labels, market);
    let count = 0;
    for (let step = steps.next(); ; step = steps.next(), count++) {
      if (step.done !== true) continue;
      expect(haveSameBytes(step.value, spansGap(bars, labels, market))).toBe(true);
      break;
    }
    expect(count).toBeGreaterThan(3 * 2);
  });

  it('is aborted in the middle', async () => {
    const abort = new AbortController();
    const turns = new Turns(abort.signal, 'labelling');
    vi.spyOn(turns, 'isOver', 'get').mockReturnValue(true);
    const labelled = labelBarsInTurns(nextReturn(), bars, market, turns);
    abort.abort();
    await expect(labelled).rejects.toMatchObject({ code: 'ABORTED', message: expect.stringContaining('labelling') });
  });

  it('takes a changed copy of a built-in target by its own function', () => {
    const copy: Target = { ...nextReturn(), label: byRow.label };
    expect(haveSameBytes(inOneGo(labelSteps(copy, bars, market)).value, byRow.label(bars, market).value)).toBe(true);
  });
});
