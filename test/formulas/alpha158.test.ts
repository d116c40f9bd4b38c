import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { featureSpecs } from '../../src/features';
import { alpha158, alpha158Formulas } from '../../src/formulas/alpha158';
import { type Bars, collectBars, csvBars, resolveMarket } from '../../src/index';
import { hasSharedData, sharedFile } from '../bars/shared-data';
import { type BarRows, barsOf, runFamily } from '../features/run-family';

type Rows = Readonly<Record<string, readonly (number | null)[]>>;

interface Expected {
  readonly versions: { readonly pandas: string };
  readonly names: readonly string[];
  readonly generated: Rows;
  readonly AAPL: Rows;
  readonly MSFT: Rows;
  readonly XOM: Rows;
}

const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
/** Made by scripts/expected/pandas_alpha158.py. */
const expected: Expected = read('expected/alpha158.json');
const generated: { readonly bars: BarRows } = read('../features/expected/talib.json');
const days = resolveMarket(86_400_000, { exchange: 'NASDAQ' });
const family = alpha158();
const specs = featureSpecs(days, [family]);

function compare(bars: Bars, rows: Rows): void {
  const features = runFamily(family, bars, days);
  let compared = 0;
  for (const [number, values] of Object.entries(rows)) {
    values.forEach((theirs, j) => {
      const { name, warmup } = specs[j];
      if (Number(number) < warmup) {
        expect(theirs, `${name} on bar ${number}, before its warm-up`).toBeNull();
        return;
      }
      const ours = features.get(name)?.[Number(number)] ?? Number.NaN;
      const error = Math.abs(ours - (theirs ?? 0));
      expect(error, `${name} on bar ${number} is ${ours}, pandas says ${theirs}`).toBeLessThanOrEqual(
        1e-9 * Math.max(1, Math.abs(theirs ?? 0)),
      );
      compared++;
    });
  }
  expect(compared).toBeGreaterThan(700);
}

describe(`Alpha158 and pandas ${expected.versions.pandas}`, () => {
  it('has 158 features, in their order, all for the models', () => {
    expect(specs.map(({ name }) => name)).toEqual(expected.names);
    expect(specs.filter(({ model }) => !model)).toEqual([]);
    expect([...alpha158Formulas().keys()]).toEqual(expected.names);
  });

  it('agree on generated bars, with bars that do not move and bars without volume', () => {
    compare(barsOf(generated.bars), expected.generated);
  });

  it.runIf(hasSharedData).each(['AAPL', 'MSFT', 'XOM'] as const)('agree on the days of %s', async (symbol) => {
    const source = csvBars(sharedFile('us-stocks-daily-1999-2021'), { prices: 'as_traded' });
    const { bars } = await collectBars(source, { symbol });
    compare(bars, expected[symbol]);
  });
});
