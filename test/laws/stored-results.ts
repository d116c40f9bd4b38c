import { type Bars, sliceBars } from '../../src/bars/bars';
import { resolveMarket } from '../../src/bars/market';
import { FeatureEngineer } from '../../src/features/feature-engineer';
import type { ModelMetrics } from '../../src/models/evaluation';
import type { CompanyProfile, MlProfile, StatisticalProfile } from '../../src/profiles/documents';
import type { ProfileStore } from '../../src/stores/contract';
import { memoryProfileStore } from '../../src/stores/memory/profile-store';
import type { TrainingWindowOption, TrainSymbolOptions } from '../../src/symbol/job';
import { trainSymbol } from '../../src/symbol/train-symbol';
import { assertSame, assertSameBytes, readAll } from '../../src/testing/assertions';
import { ANCHOR_FILES } from '../../src/updates/anchor';
import type { Series } from './generated-series';

/** The symbol of all laws. */
export const SYMBOL = 'LAW';
/** A time after all bars. */
export const LATER = new Date(Date.UTC(3000, 0, 1));
/** Small, so that thousands of trainings are possible: which rows they have learnt from shows in a few cuts. */
const SMALL = { trees: 2, maxDepth: 3 } as const;
/** The models of all laws. */
export const SMALL_MODELS = { regression_rf: SMALL, classification_rf: SMALL, regression_gb: SMALL } as const;

/** One run of trainSymbol on a series. */
export function runSymbol(
  series: Pick<Series, 'market'>,
  store: ProfileStore,
  source: TrainSymbolOptions['source'],
  more: Partial<TrainSymbolOptions> = {},
) {
  return trainSymbol({
    symbol: SYMBOL,
    now: LATER,
    models: SMALL_MODELS,
    // the laws are about bars that are taken, however wild; whether a print is bad can only be told with the bars that follow it
    maxJump: Number.POSITIVE_INFINITY,
    ...series.market,
    source,
    store,
    ...more,
  });
}

/** What a store has after a run, without what may differ: timestamps, revisions, and which runs led there. */
export interface Results {
  readonly company: Omit<CompanyProfile, 'revision' | 'last_updated' | 'created_at' | 'last_update' | 'last_rewrite'>;
  readonly statistical: Omit<StatisticalProfile, 'revision' | 'last_updated' | 'created_at'>;
  readonly state: Uint8Array;
  /** What the training left: the profile and all files, the state before the training window among them. */
  readonly training: {
    readonly profile: Omit<
      MlProfile,
      | 'revision'
      | 'last_updated'
      | 'created_at'
      | 'trained_at'
      | 'last_retrain_decision'
      | 'bars_since_training'
      | 'status'
      | 'training_failure'
    >;
    readonly files: Readonly<Record<string, Uint8Array>>;
  };
}

/** Reads what the symbol's runs have led to. */
export async function readResults(store: ProfileStore): Promise<Results> {
  const company = await store.getCompanyProfile(SYMBOL);
  const ml = await store.getMlProfile(SYMBOL);
  const statistical = await store.getStatisticalProfile(SYMBOL);
  const checkpoint = await store.getCheckpoint(SYMBOL);
  if (!(company && ml && statistical && checkpoint)) throw new Error('a part of the symbol is not stored');
  const { revision: _a, last_updated: _b, created_at: _c, last_update: _d, last_rewrite: _e, ...companyKept } = company;
  const { revision: _f, last_updated: _g, created_at: _h, ...statisticalKept } = statistical;
  const {
    revision: _i,
    last_updated: _j,
    created_at: _k,
    trained_at: _l,
    last_retrain_decision: _m,
    bars_since_training: _n,
    // a training that was tried since, and failed, leaves the models and figures of the one before
    status: _o,
    training_failure: _p,
    ...mlKept
  } = ml;
  const timeless: ModelMetrics = {};
  for (const [key, own] of Object.entries(ml.models.metrics))
    if (own !== undefined) Object.assign(timeless, { [key]: { ...own, training_time_ms: 0 } });
  return {
    // how a source was read, and what a run could notice in the bars that it was given, is a matter of the runs
    company: { ...companyKept, raw_data: { ...companyKept.raw_data, reading: null, warnings: [] } },
    statistical: statisticalKept,
    state: checkpoint.state,
    training: {
      profile: { ...mlKept, models: { ...ml.models, metrics: timeless } },
      // where an anchor stands depends on how the bars came
      files: Object.fromEntries(Object.entries(checkpoint.models).filter(([name]) => !ANCHOR_FILES.some((file) => file === name))),
    },
  };
}

/** Everything the bars alone decide must be the same: profiles, bytes of the state, newest row of features. */
export function assertSameHistory(actual: Results, expected: Results): void {
  assertSame(actual.company, expected.company);
  assertSame(actual.statistical, expected.statistical);
  assertSameBytes(actual.state, expected.state);
  assertSame([...FeatureEngineer.restore(actual.state).latestRow], [...FeatureEngineer.restore(expected.state).latestRow]);
}

/** Everything that a training on the same rows decides must be the same: figures, importances, bytes of the models. */
export function assertSameTraining(actual: Results, expected: Results): void {
  assertSame(actual.training.profile, expected.training.profile);
  assertSame(Object.keys(actual.training.files).sort(), Object.keys(expected.training.files).sort());
  for (const [name, file] of Object.entries(expected.training.files)) assertSameBytes(actual.training.files[name], file);
}

/** Everything in the store, to be compared with what is there after something that must change nothing. */
export function readEverything(store: ProfileStore) {
  return readAll(store, SYMBOL);
}

/** How a full run ends: results, or the code of its refusal. */
export type FullRun = { readonly results: Results } | { readonly refusal: unknown };

/** Runs from nothing over a series' first bars, each kept, because many updates are compared with the same one. */
export class FullRuns {
  readonly #series: Series;
  readonly #runs = new Map<string, Promise<FullRun>>();
  #features: Promise<ReadonlyMap<string, Float64Array>> | null = null;

  constructor(series: Series) {
    this.#series = series;
  }

  /** The full run over so many bars. */
  over(bars: number, window?: TrainingWindowOption): Promise<FullRun> {
    const key = `${bars} ${JSON.stringify(window)}`;
    const known = this.#runs.get(key);
    if (known) return known;
    const run = fullRun(this.#series, sliceBars(this.#series.bars, 0, bars), window);
    this.#runs.set(key, run);
    return run;
  }

  /** Every feature on every bar, in one go. */
  features(interval: number): Promise<ReadonlyMap<string, Float64Array>> {
    this.#features ??= featureValues(freshEngineer(this.#series, interval), this.#series.bars);
    return this.#features;
  }

  /** Results of a full run that is not refused. */
  async resultsOver(bars: number, window?: TrainingWindowOption): Promise<Results> {
    const run = await this.over(bars, window);
    if ('refusal' in run) throw new Error(`the full run over ${bars} bars was refused: ${run.refusal}`);
    return run.results;
  }
}

/** One run from nothing, in memory, from plain bars. */
export async function fullRun(series: Pick<Series, 'market'>, bars: Bars, window?: TrainingWindowOption): Promise<FullRun> {
  const store = memoryProfileStore();
  try {
    await runSymbol(series, store, bars, window && { trainingWindow: window });
  } catch (refusal) {
    return { refusal };
  }
  return { results: await readResults(store) };
}

/** Every feature's values on every bar of a stretch, in full precision, as an engine gives them. */
export async function featureValues(engineer: FeatureEngineer, bars: Bars): Promise<ReadonlyMap<string, Float64Array>> {
  const values = new Map<string, Float64Array>();
  const start = engineer.history.bars;
  await engineer.update(bars, {
    matrix: false,
    onBlock: (specs, columns, first, count) => {
      specs.forEach((spec, j) => {
        const all = values.get(spec.name) ?? new Float64Array(bars.length);
        all.set(columns[j].subarray(0, count), first - start);
        values.set(spec.name, all);
      });
    },
  });
  return values;
}

/** A fresh engine for a series. */
export function freshEngineer({ market }: Series, interval: number): FeatureEngineer {
  return new FeatureEngineer(resolveMarket(interval, market));
}

/** Compares a stretch of bars, on every one of them and in every feature, with the same bars of a run that was never cut. */
export function assertSameFeatures(piece: ReadonlyMap<string, Float64Array>, whole: ReadonlyMap<string, Float64Array>, from: number): void {
  assertSame([...piece.keys()], [...whole.keys()]);
  for (const [name, values] of piece) {
    const others = whole.get(name);
    for (let i = 0; i < values.length; i++) {
      if (!Object.is(values[i], others?.[from + i])) {
        throw new Error(`${name} on bar ${from + i}: ${values[i]} after updates, ${others?.[from + i]} in one go`);
      }
    }
  }
}
