// Bars for examples: one made-up price series per symbol, from Monday 4 March 2024, 09:30 in New York.
import { allocateBars, type Bars, sliceBars } from 'tickerforest';

/**
 * @param symbol - any; other symbols have other prices
 * @param from - earliest timestamp wanted, milliseconds UTC
 * @param minutes - how many minutes there are in all
 * @returns the bars from there on
 */
export function madeUpMinutes(symbol: string, from: number, minutes: number): Bars {
  const phase = [...symbol].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const bars = allocateBars(minutes);
  let close = 100;
  for (let i = 0; i < minutes; i++) {
    const open = close;
    close *= 1 + 0.001 * Math.sin((i + phase) / 7) + 0.0005 * Math.sin((i + phase) * 12.9898);
    bars.timestamp[i] = Date.UTC(2024, 2, 4, 14, 30) + i * 60_000;
    bars.open[i] = open;
    bars.high[i] = Math.max(open, close) * 1.0002;
    bars.low[i] = Math.min(open, close) * 0.9998;
    bars.close[i] = close;
    bars.volume[i] = 1_000 + (i % 60) * 10;
  }
  const first = bars.timestamp.findIndex((time) => time >= from);
  return first < 0 ? sliceBars(bars, 0, 0) : sliceBars(bars, first, minutes);
}
