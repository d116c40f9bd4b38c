import technicalindicators from 'technicalindicators';
import type { Bars } from '../../src/bars/bars';

/** What the packages of npm have, too. */
export const SHARED_KINDS = ['bollinger', 'rsi', 'atr'] as const;
export type SharedKind = (typeof SHARED_KINDS)[number];

/** A package, and how it computes each over all bars. */
export interface NpmRival {
  readonly name: string;
  readonly run: Readonly<Record<SharedKind, () => unknown>>;
}

interface BareLoops {
  readonly IndicatorsSync: new () => {
    bbands(source: readonly number[], period: number, deviations: number): unknown;
    rsi(source: readonly number[], period: number): unknown;
    atr(high: readonly number[], low: readonly number[], close: readonly number[], period: number): unknown;
  };
}

interface Streams {
  readonly BollingerBands: new (period: number, deviations: number) => { add(price: number): unknown };
  readonly RSI: new (period: number) => { add(price: number): unknown };
  readonly ATR: new (period: number) => { add(bar: { high: number; low: number; close: number }): unknown };
}

const isBareLoops = (loaded: object): loaded is BareLoops => 'IndicatorsSync' in loaded;
const isStreams = (loaded: object): loaded is Streams => 'BollingerBands' in loaded && 'RSI' in loaded && 'ATR' in loaded;

/**
 * Packages that are not needed for anything else and need not be there.
 *
 * @returns what the package exports; null if it is not installed
 */
async function optional(name: string): Promise<object | null> {
  try {
    const loaded: unknown = await import(name);
    return typeof loaded === 'object' ? loaded : null;
  } catch {
    console.log(`${name} is not installed, and left out: npm install --no-save @ixjb94/indicators@1.2.4 trading-signals@8.3.0`);
    return null;
  }
}

/**
 * @param bars - what they are to compute from; each gets it as it wants it, outside of the time
 * @returns the packages that are installed
 */
export async function npmRivals(bars: Bars): Promise<NpmRival[]> {
  const [high, low, close] = [bars.high, bars.low, bars.close].map((column) => Array.from(column));
  const rivals: NpmRival[] = [
    {
      name: 'technicalindicators',
      run: {
        bollinger: () => technicalindicators.BollingerBands.calculate({ period: 20, stdDev: 2, values: close }),
        rsi: () => technicalindicators.RSI.calculate({ period: 14, values: close }),
        atr: () => technicalindicators.ATR.calculate({ period: 14, high, low, close }),
      },
    },
  ];
  const bare = await optional('@ixjb94/indicators');
  if (bare !== null && isBareLoops(bare)) {
    const { IndicatorsSync } = bare;
    const indicators = new IndicatorsSync();
    rivals.unshift({
      name: '@ixjb94/indicators',
      run: {
        bollinger: () => indicators.bbands(close, 20, 2),
        rsi: () => indicators.rsi(close, 14),
        atr: () => indicators.atr(high, low, close, 14),
      },
    });
  }
  const streams = await optional('trading-signals');
  if (streams !== null && isStreams(streams)) {
    const { BollingerBands, RSI, ATR } = streams;
    rivals.push({
      name: 'trading-signals',
      run: {
        bollinger: () => {
          const bands = new BollingerBands(20, 2);
          return close.map((price) => bands.add(price));
        },
        rsi: () => {
          const index = new RSI(14);
          return close.map((price) => index.add(price));
        },
        atr: () => {
          const range = new ATR(14);
          return close.map((price, i) => range.add({ high: high[i], low: low[i], close: price }));
        },
      },
    });
  }
  return rivals;
}
