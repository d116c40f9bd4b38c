import type { Bars } from '../../src/bars/bars';
import type { Market } from '../../src/bars/market';
import { bollinger } from '../../src/features/bollinger';
import { macd } from '../../src/features/macd';
import { momentum } from '../../src/features/momentum';
import { movingAverages } from '../../src/features/moving-averages';
import { rangeAndTrend } from '../../src/features/range-and-trend';
import { rsi } from '../../src/features/rsi';
import { volume } from '../../src/features/volume';
import { MINUTES, runFamily } from './run-family';

/** The families that TA-Lib and `technicalindicators` have too. */
export const CLASSICAL_FAMILIES = [movingAverages(), bollinger(), rsi(), macd(), rangeAndTrend(), volume(), momentum()];

/** Every feature of {@link CLASSICAL_FAMILIES} by name. */
export function runClassical(bars: Bars, market: Market = MINUTES, cuts: readonly number[] = []): Map<string, Float64Array> {
  return new Map(CLASSICAL_FAMILIES.flatMap((family) => [...runFamily(family, bars, market, cuts)]));
}
