import { describe, expect, it } from 'vitest';
import { MINUTE_MS, resolveMarket } from '../../src/bars/market';
import { TickerforestError } from '../../src/errors';
import { defineTarget, direction, horizonReturn, nextReturn, type TargetDefinition } from '../../src/index';
import { labelBars } from '../../src/targets';
import { randomBars } from '../generated-bars';
import { refusalOf } from '../options/refused';

const market = resolveMarket(MINUTE_MS, { exchange: 'NASDAQ' });
const bars = randomBars(50);

/** A target of one's own with some properties changed, as JavaScript would. */
function own(changes: Readonly<Record<string, unknown>>): Promise<string> {
  const definition = { name: 'mine', kind: 'regression', description: 'mine', ...changes };
  return refusalOf((given: TargetDefinition) => defineTarget(given).label(bars, market), definition);
}

const columns = (value: (t: number) => number, end: (t: number) => number) => () => ({
  value: Float64Array.from(bars.close, (_, t) => value(t)),
  end: Int32Array.from(bars.close, (_, t) => end(t)),
});
const last = bars.length - 1;

describe("a target of one's own", () => {
  const range = defineTarget({
    name: 'next_range',
    kind: 'regression',
    description: 'range of the next bar, as a share of its open',
    labelAt: (row, { high, low, open, length }) =>
      row + 1 < length ? { value: (high[row + 1] - low[row + 1]) / open[row + 1], end: row + 1 } : null,
  });

  it('row by row', () => {
    const { value, end } = range.label(bars, market);
    expect(value[7]).toBe((bars.high[8] - bars.low[8]) / bars.open[8]);
    expect([end[7], value[last], end[last]]).toEqual([8, Number.NaN, -1]);
    expect(range).toMatchObject({ version: 1, parameters: {} });
  });

  it('all at once, which is what the package uses', () => {
    const again = defineTarget({
      name: 'again',
      version: 2,
      parameters: { n: 1 },
      kind: 'regression',
      description: 'x',
      label: nextReturn().label,
    });
    expect(again.label(bars, market)).toEqual(nextReturn().label(bars, market));
  });

  it('within another target', () => {
    const wide = direction({ of: range, deadZone: 0.001 });
    const { value } = wide.label(bars, market);
    expect(value[7]).toBe((bars.high[8] - bars.low[8]) / bars.open[8] > 0.001 ? 1 : 0);
    expect(wide.parameters.of).toEqual({ name: 'next_range', version: 1, parameters: {} });
  });

  it('an instance of a class serves, made without defineTarget, and is checked', () => {
    class Mine {
      readonly name = 'mine';
      readonly version = 1;
      readonly parameters = {};
      readonly kind = 'classification';
      readonly description = 'mine';
      readonly up = 2;
      label() {
        return columns(
          () => this.up,
          (t) => (t < last ? t + 1 : -1),
        )();
      }
    }
    expect(() => labelBars(new Mine(), bars, market)).toThrow(
      "target 'mine': row 0 has the value 2; a classification has 0 and 1, or NaN for no label",
    );
  });

  it('cannot change the bars, and what it returned is not changed with what it has kept', () => {
    const before = bars.close.slice();
    const kept = columns(
      (t) => (t < last ? t : Number.NaN),
      (t) => (t < last ? t + 1 : -1),
    )();
    const spoiling = (changes: object) => defineTarget({ name: 'mine', kind: 'regression', description: 'mine', ...changes });
    const whole = spoiling({
      label: (own: typeof bars) => {
        own.close.fill(1);
        return kept;
      },
    });
    const rows = spoiling({
      labelAt: (row: number, own: typeof bars) => {
        own.close[row] = 1;
        return null;
      },
    });
    const labels = labelBars(whole, bars, market);
    rows.label(bars, market);
    labelBars({ ...rows, label: whole.label }, bars, market);
    expect(bars.close).toEqual(before);
    kept.value.fill(7);
    kept.end.fill(last);
    expect([labels.value[3], labels.end[3]]).toEqual([3, 4]);
  });

  it('parameters are copies that nobody can change', () => {
    const parameters = { inner: { n: 1 } };
    const target = defineTarget({ name: 'mine', parameters, kind: 'regression', description: 'x', labelAt: () => null });
    parameters.inner.n = 2;
    expect(target.parameters).toEqual({ inner: { n: 1 } });
    expect(Object.isFrozen(target.parameters.inner)).toBe(true);
  });
});

describe('a wrong label names target and row', () => {
  it.each<[unknown, string]>([
    [() => undefined, "target 'mine' must return { value: Float64Array, end: Int32Array }, not undefined"],
    [async () => nextReturn().label(bars, market), "target 'mine' returned a promise while it made the labels: it cannot be async"],
    [() => ({ value: [1], end: new Int32Array(1) }), 'not { value: an array, end: an Int32Array }'],
    [() => ({ value: new Float64Array(3), end: new Int32Array(50) }), "target 'mine' returned 3 values and 50 ends for 50 bars"],
    [
      columns(
        () => 1,
        (t) => Math.min(t + 1, last),
      ),
      'row 49 ends at row 49; it must end after its row, at row 49 at most',
    ],
    [
      columns(
        () => 1,
        (t) => t + 1,
      ),
      "target 'mine': the label of row 49 ends at row 50",
    ],
    [
      columns(
        () => 1,
        () => -1,
      ),
      'row 0 has the value 1 but the end -1; a row without label has the value NaN',
    ],
    [
      columns(
        () => Number.NaN,
        (t) => (t === 20 ? 21 : -1),
      ),
      'row 20 has no value (NaN) but the end 21; a row without label has the end -1',
    ],
    [
      columns(
        (t) => (t === 3 ? Number.POSITIVE_INFINITY : 1),
        () => last,
      ),
      'row 3 has the value Infinity; give a finite number of magnitude at most 1e+100, or NaN',
    ],
    [
      columns(
        (t) => (t === 3 ? -1.1e100 : 1),
        () => last,
      ),
      'row 3 has the value -1.1e+100; give a finite number of magnitude at most 1e+100, or NaN',
    ],
    [
      () => {
        const value = new Float64Array(50);
        structuredClone(value, { transfer: [value.buffer] });
        return { value, end: new Int32Array(50) };
      },
      "target 'mine' threw while it made the labels; see the cause",
    ],
  ])('no. %#', async (label, message) => {
    expect(await own({ label })).toContain(message);
  });

  it.each<[unknown, string]>([
    [() => undefined, "labelAt of target 'mine' must return { value, end }, or null for no label; for row 0 it returned undefined"],
    [() => 0.5, 'for row 0 it returned 0.5'],
    [() => ({ value: '1', end: 1 }), "for row 0 it returned { value: '1' (a text), end: 1 }"],
    [() => ({ value: Number.NaN, end: 1 }), 'for row 0 it returned { value: NaN, end: 1 }'],
    [(row: number) => ({ value: 1, end: row < 9 ? row + 1 : 2 ** 40 }), "target 'mine': the label of row 9 ends at row 1099511627776"],
    [() => ({ value: 1, end: 0 }), 'the label of row 0 ends at row 0; it must end after its row'],
  ])('row by row, no. %#', async (labelAt, message) => {
    expect(await own({ labelAt })).toContain(message);
  });

  it('an async one that fails later ends no process', async () => {
    const failing = async () => {
      throw new Error('later');
    };
    expect(await own({ labelAt: failing })).toContain('returned a promise while it made the label of row 0');
    expect(await own({ label: failing })).toContain('returned a promise while it made the labels');
  });

  it('what it threw is the cause', () => {
    const thrown = new RangeError('a secret');
    const target = defineTarget({
      name: 'mine',
      kind: 'regression',
      description: 'x',
      labelAt: (row) => {
        if (row === 5) throw thrown;
        return null;
      },
    });
    let error: unknown;
    try {
      target.label(bars, market);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(TickerforestError);
    expect(error).toMatchObject({
      code: 'INVALID_OPTION',
      message: "target 'mine' threw while it made the label of row 5; see the cause",
      cause: thrown,
    });
  });
});

describe('options of targets', () => {
  it.each<[(...args: never[]) => unknown, readonly unknown[], string]>([
    [nextReturn, [{ max_gap: 5 }], "nextReturn: unknown option 'max_gap'; did you mean 'maxGap'?"],
    [nextReturn, [{ maxGap: 0 }], "maxGap must be a number of milliseconds above 0, at most 1,000,000,000,000, or 'session', not 0"],
    [nextReturn, [{ maxGap: 'day' }], "or 'session', not 'day' (a text)"],
    [nextReturn, [5], 'nextReturn takes an object of options, not 5'],
    [direction, [{ deadzone: 1 }], "did you mean 'deadZone'?"],
    [direction, [{ deadZone: -1 }], 'deadZone must be a number, 0 or more, not -1'],
    [direction, [{ flat: 'up' }], "flat must be 'down' or 'drop', not 'up' (a text)"],
    [direction, [{ of: nextReturn }], 'of must be a target, such as nextReturn(), not a function: call it, nextReturn()'],
    [
      direction,
      [{ of: 'next_return' }],
      "of must be a target, such as nextReturn(), not 'next_return' (a text); defineTarget makes one of your own",
    ],
    [direction, [{ of: { label: () => 1 } }], 'of.name must be a name in snake_case'],
    [labelBars, [nextReturn(), {}, market], 'bars.length must be the number of bars, not undefined'],
    [labelBars, [nextReturn(), bars, 'NASDAQ'], "market must be a Market, not 'NASDAQ' (a text)"],
    [
      nextReturn({ maxGap: 'session' }).label,
      [bars, resolveMarket(86_400_000)],
      "maxGap 'session' of next_return leaves no label of bars of a day",
    ],
    [
      horizonReturn({ minutes: 30 }).label,
      [bars, resolveMarket(86_400_000)],
      'minutes 30 of horizon_return is less than a bar (1440 minutes)',
    ],
    [nextReturn({ maxGap: 1_000 }).label, [bars, market], 'maxGap 1000 of next_return is shorter than a bar (60000 milliseconds)'],
  ])('no. %#', async (call, args, message) => {
    expect(await refusalOf(call, ...args)).toContain(message);
  });

  it.each<[Readonly<Record<string, unknown>>, string]>([
    [{}, 'defineTarget takes label (all bars at once) or labelAt (one row), and was given neither'],
    [{ label: () => null, labelAt: () => null }, 'and was given both'],
    [{ name: 'next_return', labelAt: () => null }, "name 'next_return' is that of a target of the package"],
    [
      { name: 'Mine', labelAt: () => null },
      "name must be a name in snake_case: small letters, digits and _, at most 64 characters, a letter first, not 'Mine'",
    ],
    [{ kind: 'regressor', labelAt: () => null }, "kind must be 'regression' or 'classification', not 'regressor' (a text)"],
    [{ parameters: { when: new Date(0) }, labelAt: () => null }, 'parameters.when is a Date, which JSON cannot hold'],
    [{ parameters: new Date(0), labelAt: () => null }, 'parameters is a Date'],
    [{ parameters: { n: Number.NaN }, labelAt: () => null }, 'parameters.n is NaN, which JSON cannot hold'],
    [{ parameters: [1], labelAt: () => null }, 'parameters must be an object of plain JSON values'],
    [{ parameters: { f: () => 1 }, labelAt: () => null }, 'parameters.f is a function'],
    [{ horizon: 1, labelAt: () => null }, "defineTarget: unknown option 'horizon'"],
  ])("of one's own, no. %#", async (changes, message) => {
    expect(await own(changes)).toContain(message);
  });
});

describe('horizons', () => {
  it.each<[readonly unknown[], string]>([
    [[], 'horizonReturn takes an object of options, not undefined'],
    [[{}], 'horizonReturn takes bars or minutes, and was given neither: horizonReturn({ bars: 5 }) or horizonReturn({ minutes: 30 })'],
    [[{ bars: 5, minutes: 5 }], 'and was given both'],
    [[{ horizon: 5 }], "unknown option 'horizon'; did you mean 'bars'?"],
    [[{ bars: 0 }], 'bars must be a whole number from 1 to 10,000, not 0'],
    [[{ bars: '5' }], "not '5' (a text)"],
    [[{ minutes: Number.POSITIVE_INFINITY }], 'minutes must be a number above 0, at most 5,256,000, not Infinity'],
  ])('no. %#', async (args, message) => {
    expect(await refusalOf(horizonReturn, ...args)).toContain(message);
  });
});
