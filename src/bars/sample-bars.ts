import { throwIfAborted } from '../errors';
import { checkRequest } from '../options/collect-table';
import { checkOptions } from '../options/description';
import { SAMPLE } from '../options/source-tables';
import type { BarBatch, BarRequest, BarSource } from './bar-source';
import { allocateBars, type Bars } from './bars';
import { DAY_MS } from './market';

/** What {@link sampleBars} makes up. */
export interface SampleOptions {
  /** How many bars, 1 to 5,000,000. Default 1,500: not quite six years of weekdays. With more, the same series goes on: an update to try out. */
  readonly bars?: number | undefined;
  /** Length of a bar, milliseconds, 1,000 to 31 days. Default 86,400,000, a day: weekdays only. Others follow each other round the clock. */
  readonly interval?: number | undefined;
  /** Another seed makes another series, a whole number from 0 to 4,294,967,295. Default 1. Other symbols have other series in any case. */
  readonly seed?: number | undefined;
}

const BATCH = 50_000;
/** A Tuesday; the same for everybody, so that nothing depends on the day on which an example runs. */
const FIRST = Date.UTC(2019, 0, 1);
const START_PRICE = 100;
const CENT = 0.01;
/** Of a day's return: standard deviation in the long run, and drift. */
const DEVIATION = 0.013;
const DRIFT = 0.0003;
/** How much of the variance is yesterday's squared return, and how much yesterday's variance (GARCH(1,1)); the rest is the long run's. */
const SHOCK = 0.08;
const MEMORY = 0.9;

/**
 * Generated bars, to try things out without a file: **no market data**. A random walk with calm and wild stretches (GARCH(1,1)) from a price of 100 on
 * Tuesday, 1 January 2019. There is nothing in it to be learnt: out of sample, models should be no better than chance. The same options and symbol give the
 * same bars on every machine.
 *
 * @param options - see {@link SampleOptions}
 * @returns a source that has bars of any symbol, each its own
 * @throws TickerforestError `INVALID_OPTION` naming an option outside its range
 * @example
 * ```ts
 * const result = await trainSymbol({ symbol: 'DEMO', source: sampleBars(), store: memoryProfileStore() });
 * ```
 */
export function sampleBars(options: SampleOptions = {}): BarSource {
  const { bars = 1_500, interval = DAY_MS, seed = 1 } = checkOptions(options, SAMPLE, 'sampleBars');
  return { answersInFull: true, fetch: (request) => generate(bars, interval, seed, checkRequest(request)) };
}

async function* generate(count: number, interval: number, seed: number, { symbol, signal }: BarRequest): AsyncGenerator<BarBatch> {
  const next = walk(interval, seed, symbol);
  const batches = Math.ceil(count / BATCH);
  for (let batch = 1; batch <= batches; batch++) {
    throwIfAborted(signal, 'generating bars');
    const start = (batch - 1) * BATCH;
    const bars = allocateBars(Math.min(BATCH, count - start));
    for (let i = 0; i < bars.length; i++) next(bars, i);
    yield { bars, batch, batches, describe: (index) => `generated bar ${start + index}` };
  }
}

/** @returns writes the next bar of the series at an index of `bars` */
function walk(interval: number, seed: number, symbol: string): (bars: Bars, at: number) => void {
  const uniform = randomNumbers(seed, symbol);
  const scale = interval / DAY_MS;
  const usual = DEVIATION * DEVIATION * scale;
  let variance = usual;
  let close = START_PRICE;
  let time = FIRST;
  return (bars, at) => {
    const deviation = Math.sqrt(variance);
    // twelve uniform numbers are normal enough, and unlike a logarithm the same on every machine
    let normal = -6;
    for (let i = 0; i < 12; i++) normal += uniform();
    const shock = normal * deviation;
    const open = close;
    close = toCents(open * (1 + DRIFT * scale + shock));
    const reach = open * deviation;
    bars.timestamp[at] = time;
    bars.open[at] = open;
    bars.high[at] = toCents(Math.max(open, close) + reach * uniform());
    bars.low[at] = toCents(Math.min(open, close) - reach * uniform());
    bars.close[at] = close;
    bars.volume[at] = Math.round(1e6 * scale * (0.5 + uniform()) * (1 + Math.abs(normal)));
    variance = usual * (1 - SHOCK - MEMORY) + SHOCK * shock * shock + MEMORY * variance;
    time += interval;
    if (interval === DAY_MS) while (new Date(time).getUTCDay() % 6 === 0) time += DAY_MS;
  };
}

function toCents(price: number): number {
  return Math.max(CENT, Math.round(price / CENT) / 100);
}

/** Uniform numbers in [0, 1): a counter mixed by murmur3's finaliser, its start a mixture of seed and symbol (FNV-1a). */
function randomNumbers(seed: number, symbol: string): () => number {
  let state = 0x811c9dc5 ^ seed;
  for (let i = 0; i < symbol.length; i++) state = Math.imul(state ^ symbol.charCodeAt(i), 0x01000193);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
