import type { BarSource } from '../../src/bars/bar-source';
import type { ProfileStore } from '../../src/stores/contract';
import type { StageTiming } from '../../src/symbol/stopwatch';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { endOfDay, indexedBars, type Series, storeParts, type TrainedHistory } from './histories';

/** What an update consists of, in order. */
export const STAGES = ['lease', 'read', 'restore', 'fetch', 'features', 'profiles', 'rest', 'store'] as const;
/** One of them. */
export type Stage = (typeof STAGES)[number];

/**
 * Milliseconds of one update: its stages; all of it; the part that is this library's whatever the store and the source (restore, features,
 * profiles, rest); and what the processor worked for this process, a store's encoding included.
 */
export type UpdateTimes = Readonly<Record<Stage | 'total' | 'own' | 'processor', number>>;

/** Two histories, updated in turns. */
export interface Comparison {
  /** The long history's updates. */
  readonly long: readonly UpdateTimes[];
  /** The short one's. */
  readonly short: readonly UpdateTimes[];
  /** The first two updates of all, before anything was compiled or cached. */
  readonly first: readonly [long: UpdateTimes, short: UpdateTimes];
}

/** Options of {@link updateKept}: the models are kept, however old. */
export function keptModels(series: Series, day: number) {
  const to = endOfDay(series, day);
  return { to, now: new Date(to.getTime() + 120_000), maxModelAgeDays: 36_500 } as const;
}

/**
 * Updates a long and a short history by the same 390 bars again and again. Before each update the symbol is put back to where it was.
 *
 * @param store - where they are kept; empty
 * @param series - the bars
 * @param histories - the two
 * @param runs - updates of each that count
 * @param warmUp - updates of each before
 * @returns the times
 */
export async function compareHistories(
  store: ProfileStore,
  series: Series,
  histories: readonly [long: TrainedHistory, short: TrainedHistory],
  runs: number,
  warmUp: number,
): Promise<Comparison> {
  const symbols = histories.map((history) => ({ history, symbol: `${history.bars} bars`, times: [] as UpdateTimes[] }));
  for (const { symbol, history } of symbols) await storeParts(store, symbol, history, 0);
  for (let run = 0; run < warmUp + runs; run++) {
    for (const { symbol, history, times } of symbols) {
      const { measured, result } = await measureUpdate(store, series, symbol);
      times.push(measured);
      if (result.action !== 'incremental_update' || result.mlProfile.bars_since_training !== 390)
        throw new Error(`${symbol} was not just updated`);
      await storeParts(store, symbol, history, result.companyProfile.revision);
      // what the putting back left behind is not this update's to clean up
      globalThis.gc?.({ type: 'minor' });
    }
  }
  const [long, short] = symbols.map(({ times }) => times);
  return { long: long.slice(warmUp), short: short.slice(warmUp), first: [long[0], short[0]] };
}

async function measureUpdate(store: ProfileStore, series: Series, symbol: string) {
  const timed = timeStore(store);
  const bars = indexedBars(series.bars);
  let asked = 0;
  const source: BarSource = {
    fetch(request) {
      asked = performance.now();
      return bars.fetch(request);
    },
  };
  const processor = process.cpuUsage();
  const started = performance.now();
  const result = await trainSymbol({ symbol, store: timed.store, source, ...keptModels(series, 1) });
  const total = performance.now() - started;
  const { user, system } = process.cpuUsage(processor);
  const { lease, store: commit, reads } = timed.spent;
  const read = Math.max(...reads.map(({ to }) => to)) - Math.min(...reads.map(({ from }) => from));
  const stage = (name: StageTiming['stage']) =>
    result.timings.reduce((sum, timing) => (timing.stage === name ? sum + timing.milliseconds : sum), 0);
  const stages = {
    lease,
    read,
    restore: asked - Math.max(...reads.map(({ to }) => to)),
    fetch: stage('fetch'),
    features: stage('features'),
    profiles: stage('profiles'),
    store: commit,
  };
  const rest = total - Object.values(stages).reduce((sum, milliseconds) => sum + milliseconds, 0);
  const own = stages.restore + stages.features + stages.profiles + rest;
  const measured: UpdateTimes = { ...stages, rest, own, total, processor: (user + system) / 1000 };
  return { measured, result };
}

/** A store that says what it took. */
function timeStore(store: ProfileStore): {
  store: ProfileStore;
  spent: { lease: number; store: number; reads: { from: number; to: number }[] };
} {
  const spent = { lease: 0, store: 0, reads: [] as { from: number; to: number }[] };
  const timed =
    <Given extends readonly unknown[], T>(act: (...given: Given) => Promise<T>, note: (from: number, to: number) => void) =>
    async (...given: Given): Promise<T> => {
      const from = performance.now();
      try {
        return await act(...given);
      } finally {
        note(from, performance.now());
      }
    };
  const lease = (from: number, to: number) => {
    spent.lease += to - from;
  };
  const commit = (from: number, to: number) => {
    spent.store += to - from;
  };
  const read = (from: number, to: number) => {
    spent.reads.push({ from, to });
  };
  return {
    spent,
    store: {
      getCompanyProfile: timed((symbol: string) => store.getCompanyProfile(symbol), read),
      getMlProfile: timed((symbol: string) => store.getMlProfile(symbol), read),
      getStatisticalProfile: timed((symbol: string) => store.getStatisticalProfile(symbol), read),
      getCheckpoint: timed((symbol: string) => store.getCheckpoint(symbol), read),
      saveCompanyProfile: (profile) => store.saveCompanyProfile(profile),
      saveMlProfile: (profile) => store.saveMlProfile(profile),
      saveStatisticalProfile: (profile) => store.saveStatisticalProfile(profile),
      commit: timed<Parameters<ProfileStore['commit']>, Awaited<ReturnType<ProfileStore['commit']>>>(
        (update) => store.commit(update),
        commit,
      ),
      deleteSymbol: (symbol, options) => store.deleteSymbol(symbol, options),
      acquireLease: timed<Parameters<ProfileStore['acquireLease']>, Awaited<ReturnType<ProfileStore['acquireLease']>>>(
        (symbol, request) => store.acquireLease(symbol, request),
        lease,
      ),
      renewLease: (held, milliseconds) => store.renewLease(held, milliseconds),
      releaseLease: timed<Parameters<ProfileStore['releaseLease']>, void>((held) => store.releaseLease(held), lease),
      listSymbols: () => store.listSymbols(),
      close: () => store.close(),
    },
  };
}
