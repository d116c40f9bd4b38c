import type { Reading } from '../bars/reading';
import type { StoredMarket } from '../bars/stored-market';
import type { WarningCode } from '../bars/warnings';
import type { FeatureGroup } from '../features/family';
import type { Summary } from '../features/summary';
import type { ModelMetrics } from '../models/evaluation';
import type { TrainingSettings } from '../models/ml-model-trainer';

// Stored as they are typed, with no mapping in between: hence snake_case. Python readers depend on these names.

/** Version of the documents' shape that this release writes and reads. */
export const SCHEMA_VERSION = 1;

/** Which of a symbol's three documents one is. */
export type ProfileType = 'company' | 'ml' | 'statistical';

/** What all three documents carry. */
interface ProfileBase<Type extends ProfileType> {
  /** The symbol, spelled as the caller of `trainSymbol` spelled it. */
  readonly symbol: string;
  /** Which of the three documents this is. */
  readonly profile_type: Type;
  /** {@link SCHEMA_VERSION} of the release that wrote it. */
  readonly schema_version: number;
  /** Number of the symbol's commit that this document was read from, from 1. The store sets it; 0 in a document that was never stored. */
  readonly revision: number;
  /** When the contents were last computed. */
  readonly last_updated: Date;
  /** When the symbol's first document of this type was computed. */
  readonly created_at: Date;
}

/** Bars further apart than their interval. */
export interface GapStatistics {
  /** How many; nights and weekends count. */
  readonly count: number;
  /** Distance of the two neighbours that are furthest apart, milliseconds. */
  readonly longest_ms: number;
}

/** Bars that validation refused. */
export interface RejectedBars {
  /** How many. */
  readonly total: number;
  /** How many by reason: 'duplicate', 'high below low', ... Reasons that never occurred are left out. */
  readonly by_reason: Readonly<Record<string, number>>;
}

/** What was read from the source, over the whole history. */
export interface RawDataStatistics {
  /** Valid bars, 1 or more. */
  readonly points: number;
  /** Timestamp of the first bar. */
  readonly first_bar: Date;
  /** Timestamp of the newest bar. */
  readonly last_bar: Date;
  /** Length of a bar, milliseconds: 60,000 for minutes, 86,400,000 for days. */
  readonly interval_ms: number;
  /** Whose bars they are; what later calls do not say again. Absent in documents of other systems. */
  readonly market?: StoredMarket;
  /** Holes between neighbouring bars. */
  readonly gaps: GapStatistics;
  /** Bars that were dropped because they break a rule. */
  readonly rejected_bars: RejectedBars;
  /** Whether any bar has a volume above 0. */
  readonly has_volume: boolean;
  /** How the source was read by the newest run that stored something; null where the source does not say. */
  readonly reading: Reading | null;
  /** What was assumed, mended or left out since the history was begun: one entry a code, the newest sentence. */
  readonly warnings: readonly StoredWarning[];
}

/** A warning, as the company profile keeps it. */
export interface StoredWarning {
  /** What kind it is. */
  readonly code: WarningCode;
  /** One sentence for people. */
  readonly message: string;
  /** How many bars it concerns; 0 where it concerns all of the source. */
  readonly count: number;
  /** Timestamp of the first of these bars; null where there is none. */
  readonly first_bar: Date | null;
}

/** How the price did over the whole history. Returns are simple returns of closes, as fractions: 0.01 is 1 %. */
export interface PerformanceMetrics {
  /** Newest close / first close - 1; above -1. */
  readonly total_return: number;
  /** Total return a year, compounded; above -1. Null while the history is too short to say. */
  readonly annualised_return: number | null;
  /** Standard deviation of the bars' returns, times the root of the bars a year; 0 or more. Null before the second return. */
  readonly annualised_volatility: number | null;
  /** Annualised mean return / annualised volatility, risk-free rate 0. Null where the volatility is null or 0. */
  readonly sharpe: number | null;
  /** Largest return of one bar. Null before the first return. */
  readonly best_return: number | null;
  /** Smallest return of one bar. Null before the first return. */
  readonly worst_return: number | null;
  /** Share of the bars that closed above the one before; 0 to 1. Null before the first return. */
  readonly up_fraction: number | null;
}

/** What could be lost, over the whole history. Losses are positive fractions: 0.2 is a fall of 20 %. */
export interface RiskMetrics {
  /** Largest fall from a highest close so far; 0 to 1. */
  readonly max_drawdown: number;
  /** Fall of the newest close from the highest so far; 0 to 1. */
  readonly current_drawdown: number;
  /** Value at risk 95 %: the loss that 5 % of the bars exceed; negative if even those bars rose. Null before the first return. */
  readonly var_95: number | null;
  /** Mean loss of the bars beyond the value at risk (expected shortfall). Null before the first return. */
  readonly cvar_95: number | null;
  /** Root of the mean of squared negative returns (over all bars), annualised; 0 or more. Null before the first return. */
  readonly downside_deviation: number | null;
  /** Annualised mean return / downside deviation, risk-free rate 0. Null where the deviation is null or 0. */
  readonly sortino: number | null;
  /** Annualised return / maximum drawdown. Null where the return is null or the drawdown 0. */
  readonly calmar: number | null;
}

/** A bar's prices and volume. */
export interface BarValues {
  /** First price. */
  readonly open: number;
  /** Highest price. */
  readonly high: number;
  /** Lowest price. */
  readonly low: number;
  /** Last price. */
  readonly close: number;
  /** Units traded. */
  readonly volume: number;
}

/** What the newest run did, and what it cost. */
export interface LastUpdate {
  /** What was done; a stored one is never 'up_to_date'. */
  readonly action: 'create_new_profile' | 'incremental_update' | 'up_to_date';
  /** When. */
  readonly at: Date;
  /** Bars that were not stored before. */
  readonly new_bars: number;
  /** Timestamp of the first new bar; null without new bars. */
  readonly from: Date | null;
  /** Timestamp of the last new bar; null without new bars. */
  readonly to: Date | null;
  /** Hole between the stored history and the first new bar; null if there is none. */
  readonly gap: {
    /** Newest bar before it. */
    readonly after: Date;
    /** First bar behind it. */
    readonly before: Date;
    /** Their distance. */
    readonly milliseconds: number;
    /** Whether the history had no hole as long before. */
    readonly unusual: boolean;
  } | null;
  /** Whether the source still told the stored history. */
  readonly history_check: {
    /** 'revised': a few of the newest bars differ; 'not_checked': there was nothing to compare. */
    readonly verdict: 'unchanged' | 'revised' | 'rewritten' | 'not_checked';
    /** Stored bars that were compared. */
    readonly compared_bars: number;
    /** Hash of those bars as they were stored; null if none was compared. */
    readonly stored_hash: string | null;
    /** Hash of the same stretch as the source had it; null if none was compared. */
    readonly source_hash: string | null;
  };
  /** What the source told otherwise of the newest stored bars; null unless they were revised. */
  readonly revised_bars: {
    /** Bars with other values. */
    readonly changed: number;
    /** Bars that are gone. */
    readonly withdrawn: number;
    /** Bars that have come between. */
    readonly inserted: number;
    /** Columns that differ: 'close', 'volume'. */
    readonly fields: readonly string[];
    /** Timestamp of the first of them. */
    readonly first: Date;
  } | null;
  /** Why everything was computed anew, though the symbol was known; none unless it was. */
  readonly rebuild: readonly string[];
  /** Stored documents that were missing and were made again: 'company profile'. */
  readonly repairs: readonly string[];
  /** Bars of the source that were left out. */
  readonly ignored_bars: {
    /** Older than the bars that were compared. */
    readonly old: number;
    /** After the time that the caller wanted bars to. */
    readonly later: number;
    /** Not complete at the time of the run. */
    readonly forming: number;
    /** Rows for the last trade, beside the newest bar. */
    readonly live: number;
    /** The same bar once more. */
    readonly repeated: number;
  };
  /** What it cost, up to the moment of storing. */
  readonly efficiency: {
    /** Bars folded by the run. */
    readonly bars_folded: number;
    /** Bars in the history after it. */
    readonly bars_in_history: number;
    /** Share of the history that was not folded again, 0 to 1. */
    readonly share_saved: number;
    /** Milliseconds of all stages together. */
    readonly milliseconds: number;
    /** The stages that ran, in order. */
    readonly stages: readonly {
      /** 'fetch', 'features', 'train', 'profiles'. */
      readonly stage: string;
      /** How long the stage took. */
      readonly milliseconds: number;
    }[];
  };
}

/** One factor that turns all stored bars into the source's. */
export interface RewriteFactor {
  /** 'split': a ratio of small whole numbers; 'adjustment': any other factor, as for a dividend; 'volume': only volumes were multiplied. */
  readonly kind: 'split' | 'adjustment' | 'volume';
  /** What stored prices are multiplied by. */
  readonly price: number;
  /** What stored volumes are multiplied by; null where that differs from bar to bar. */
  readonly volume: number | null;
  /** For people: '2-for-1 split'. */
  readonly description: string;
}

/** A source's rewriting of bars that were stored, which led to a rebuild. */
export interface HistoryRewrite {
  /** When it was noticed. */
  readonly found_at: Date;
  /** First bar that differed among those compared; null where only hashes of a long stretch were. */
  readonly first_difference: {
    /** Timestamp of the bar, as the source stamps it. */
    readonly timestamp: Date;
    /** As it was stored; null: it was not there. */
    readonly stored: BarValues | null;
    /** As the source had it; null: it was gone. */
    readonly source: BarValues | null;
  } | null;
  /** The one factor that turned the stored bars into the source's; null if there was none. */
  readonly factor: RewriteFactor | null;
}

/** A symbol's raw data, performance and risk; collection `company_profiles`. */
export interface CompanyProfile extends ProfileBase<'company'> {
  /** Exchange name as the caller gave it: 'NASDAQ'; null if none was given. */
  readonly exchange: string | null;
  /** What the caller gave as `fundamentals`: plain JSON values and Dates. */
  readonly fundamental_data: Readonly<Record<string, unknown>>;
  /** What was read from the source. */
  readonly raw_data: RawDataStatistics;
  /** Newest value of every technical indicator, by feature name; null during its warm-up. */
  readonly technical_indicators: Readonly<Record<string, number | null>>;
  /** How the price did. */
  readonly performance_metrics: PerformanceMetrics;
  /** What could be lost. */
  readonly risk_metrics: RiskMetrics;
  /** What the newest run did, and what it cost. */
  readonly last_update: LastUpdate;
  /** The newest rewriting of stored bars by the source; null if there was none. */
  readonly last_rewrite: HistoryRewrite | null;
}

/** Which bars the models were trained on. */
export interface TrainingWindow {
  /** Timestamp of the first training row. */
  readonly from: Date;
  /** Timestamp of the last training row. */
  readonly to: Date;
  /** Training rows. */
  readonly rows: number;
}

/** Why models were trained again, or kept. */
export interface RetrainDecision {
  /** Whether they were trained again. */
  readonly retrain: boolean;
  /** The reasons, one a sentence, at least one. */
  readonly reasons: readonly string[];
  /** What the policy looked at, by name. */
  readonly inputs: Readonly<Record<string, number | string | boolean | null>>;
  /** When it was decided. */
  readonly decided_at: Date;
}

/** A feature's weight in a model. */
export interface FeatureImportance {
  /** Name of the feature. */
  readonly feature: string;
  /** Its share of the model's total gain; 0 to 1. */
  readonly importance: number;
}

/** A symbol's models and their figures; collection `ml_profiles`. The models themselves are in the {@link Checkpoint}. */
export interface MlProfile extends ProfileBase<'ml'> {
  /** The models. */
  readonly models: {
    /** Names of the models that can forecast. */
    readonly models_trained: readonly string[];
    /** Their figures, by name. The top-level ones are in-sample; `walk_forward` beside them is on held-out rows (one split). */
    readonly metrics: ModelMetrics;
    /** Names of those whose covers are in the checkpoint's file `covers`; see `loadModelCovers`. Absent in documents of older releases, and if there are none. */
    readonly covers?: readonly string[];
  };
  /** Names of the features that models see, in the order of the matrix's columns. */
  readonly feature_names: readonly string[];
  /** What the models were trained on. */
  readonly training_window: TrainingWindow;
  /** 'failed': the last training that was due could not be done, and models and figures are those of the training before. */
  readonly status: 'trained' | 'failed';
  /** Why the last training failed; null unless `status` is 'failed'. Absent in documents of older releases. */
  readonly training_failure?: {
    /** Code of the error: 'NO_BARS'. */
    readonly code: string;
    /** What was in the way, and what to do. */
    readonly reason: string;
    /** When it was tried last. */
    readonly at: Date;
  } | null;
  /** What the newest training was asked for, parameters under scikit-learn's names; a run that asks for something else trains again. Absent in documents of older releases. */
  readonly asked_for?: TrainingSettings;
  /** Changes with every training: the same version, the same model bytes. */
  readonly model_version: string;
  /** When the models were trained. */
  readonly trained_at: Date;
  /** The newest decision of the retrain policy. */
  readonly last_retrain_decision: RetrainDecision;
  /** Bars folded since the models were trained, 0 or more. */
  readonly bars_since_training: number;
  /** The weightiest features of each model, heaviest first; absent where it was not computed. */
  readonly feature_importance?: Readonly<Record<string, readonly FeatureImportance[]>>;
}

/** A symbol's features, each with its newest value and its history in a few numbers; collection `statistical_profiles`. */
export interface StatisticalProfile extends ProfileBase<'statistical'> {
  /** Summaries by group and feature name. A group may be empty, as `multi_timeframe` is for daily bars. */
  readonly features: Readonly<Record<FeatureGroup, Readonly<Record<string, Summary>>>>;
  /** Always 'ready': a profile is stored only when it is complete. */
  readonly status: 'ready';
}

/** What an update needs to go on from; collection `symbol_checkpoints`. Binary and little-endian, never JSON numbers. */
export interface Checkpoint {
  /** The symbol. */
  readonly symbol: string;
  /** Revision that it belongs to, as in the documents. */
  readonly revision: number;
  /** State of the feature engine, as `FeatureEngineer` saved it. */
  readonly state: Uint8Array;
  /** Files of the newest training by name: the models, and `window_start`, the feature state before the first training row, if that is not the beginning. */
  readonly models: Readonly<Record<string, Uint8Array>>;
}
