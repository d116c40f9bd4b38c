import { createHash } from 'node:crypto';
import type { BarSource } from '../../src/bars/bar-source';
import { allocateBars, BAR_COLUMNS, type Bars, sliceBars } from '../../src/bars/bars';
import type { BarStore } from '../../src/stores/bar-store';
import type { ProfileStore } from '../../src/stores/contract';
import type { TrainSymbolOptions } from '../../src/symbol/job';
import { type TrainSymbolResult, trainSymbol } from '../../src/symbol/train-symbol';
import { readAll } from '../../src/testing/assertions';
import type { UpdateAction } from '../../src/updates/incremental-update-strategy';
import { randomBars } from '../generated-bars';

/** The symbol of all scenarios. */
export const SYMBOL = 'KILLED';

const BATCH = 40;
const NOW = new Date(Date.UTC(2030, 0, 1));
/** When models are old enough to be trained again. */
const LATER = new Date(Date.UTC(2030, 0, 9));
const ALL = randomBars(420, { seed: 71, interval: 86_400_000, start: Date.UTC(2020, 0, 6), volatility: 0.01 });

/** What there is for a run of the service. */
export interface Occasion {
  /** Bars that the source has. */
  readonly bars: Bars;
  /** The time. */
  readonly now: Date;
}

/** The stores of a run. */
export interface OpenStores {
  /** Of profiles. */
  readonly store: ProfileStore;
  /** Of bars; undefined: none are kept. */
  readonly bars: BarStore | undefined;
}

/** A run of the service that is killed on the way, and repeated. */
export interface Scenario extends Occasion {
  /** In words. */
  readonly name: string;
  /** The run that has stored something before; null: nothing is stored. */
  readonly before: Occasion | null;
  /** What such a run does. */
  readonly action: UpdateAction;
  /** Whether it trains. */
  readonly trains: boolean;
}

const FIRST: Occasion = { bars: sliceBars(ALL, 0, 280), now: NOW };

/** All of them; the first one is the one before the others. */
export const SCENARIOS: readonly [Scenario, ...Scenario[]] = [
  { ...FIRST, name: 'create', before: null, action: 'create_new_profile', trains: true },
  { name: 'update', before: FIRST, bars: sliceBars(ALL, 0, 300), now: NOW, action: 'incremental_update', trains: false },
  {
    name: 'update of bars that were revised',
    before: FIRST,
    bars: corrected(sliceBars(ALL, 0, 300)),
    now: NOW,
    action: 'incremental_update',
    trains: false,
  },
  { name: 'update with training', before: FIRST, bars: ALL, now: LATER, action: 'incremental_update', trains: true },
  {
    name: 'rebuild after a split',
    before: FIRST,
    bars: afterSplit(sliceBars(ALL, 0, 300)),
    now: NOW,
    action: 'create_new_profile',
    trains: true,
  },
];

/**
 * One run of the service.
 *
 * @param occasion - bars and time; the source sends them in batches
 * @param stores - the stores
 * @param onProgress - told what is done
 * @returns what trainSymbol gave
 */
export function runService(
  { bars, now }: Occasion,
  { store, bars: kept }: OpenStores,
  onProgress?: TrainSymbolOptions['onProgress'],
): Promise<TrainSymbolResult> {
  const source: BarSource = {
    async *fetch({ from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }) {
      const first = bars.timestamp.findIndex((time) => time >= from);
      const end = bars.timestamp.findLastIndex((time) => time <= to) + 1;
      const start = first < 0 ? end : first;
      for (let at = start; at < end; at += BATCH) {
        yield { bars: sliceBars(bars, at, Math.min(end, at + BATCH)), batch: 1 + (at - start) / BATCH };
      }
    },
  };
  return trainSymbol({
    symbol: SYMBOL,
    exchange: 'NYSE',
    source,
    store,
    ...(kept && { bars: kept }),
    now,
    models: { regression_rf: { trees: 3 }, classification_rf: { trees: 3 }, regression_gb: { trees: 3 } },
    // the shortest there is: the next worker has to wait for it
    leaseDuration: 1_000,
    ...(onProgress && { onProgress }),
  });
}

/**
 * All that a store has of the symbol, without what a clock has measured.
 *
 * @param store - the store
 * @returns documents, and of feature state and models their lengths and SHA-256
 */
export async function readTimeless(store: ProfileStore) {
  const { company, ml, statistical, checkpoint } = await readAll(store, SYMBOL);
  const efficiency = company && { ...company.last_update.efficiency, milliseconds: 0, stages: [] };
  return {
    company: company && { ...company, last_update: { ...company.last_update, efficiency } },
    ml: ml && { ...ml, models: { ...ml.models, metrics: untimed(ml.models.metrics) } },
    statistical,
    checkpoint: checkpoint && {
      ...checkpoint,
      state: digest(checkpoint.state),
      models: Object.fromEntries(Object.entries(checkpoint.models).map(([model, bytes]) => [model, digest(bytes)])),
    },
  };
}

/** Length and SHA-256: where bytes differ, nobody wants to see all of them. */
function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
}

function untimed<Metrics extends object>(metrics: Metrics): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metrics).map(([model, figures]) => [model, { ...figures, training_time_ms: 0 }]));
}

/** Volumes of some of the bars that the first run has stored as its newest. */
function corrected(bars: Bars): Bars {
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) copy[column].set(bars[column]);
  for (const i of [240, 270, 279]) copy.volume[i] = 2 * copy.volume[i] + 1;
  return copy;
}

function afterSplit(bars: Bars): Bars {
  const copy = allocateBars(bars.length);
  for (const column of BAR_COLUMNS) copy[column].set(bars[column]);
  for (const column of ['open', 'high', 'low', 'close'] as const) copy[column].set(bars[column].map((value) => value / 2));
  copy.volume.set(bars.volume.map((value) => value * 2));
  return copy;
}
