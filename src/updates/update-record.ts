import type { HistoryRewrite, LastUpdate, RetrainDecision } from '../profiles/documents';
import type { BarDifference, HistoryCheck } from './history-check';
import { calculateUpdateEfficiency, type IncrementalUpdatePlan } from './incremental-update-strategy';
import type { RetrainVerdict } from './retrain-policy';

/** What a run measured while it carried a plan out. */
export interface MeasuredUpdate {
  /** Bars folded by the run, all stages together. */
  readonly barsFolded: number;
  /** Bars in the history after it. */
  readonly barsInHistory: number;
  /** What each stage took, in order. */
  readonly stages: readonly { readonly stage: string; readonly milliseconds: number }[];
}

/**
 * A plan that was carried out, as the company profile stores it.
 *
 * @param plan - the plan; not one that is up to date, which stores nothing
 * @param measured - what it cost
 * @param at - time of the run
 * @returns the record
 */
export function updateRecord(plan: IncrementalUpdatePlan, measured: MeasuredUpdate, at: Date): LastUpdate {
  const { history, gap, ignored, range } = plan;
  const total = measured.stages.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const efficiency = calculateUpdateEfficiency(measured.barsFolded, measured.barsInHistory, total);
  return {
    action: plan.action,
    at,
    new_bars: plan.newBars,
    from: range && new Date(range.from),
    to: range && new Date(range.to),
    gap: gap && {
      after: new Date(gap.after),
      before: new Date(gap.before),
      milliseconds: gap.milliseconds,
      unusual: gap.unusual,
    },
    history_check: {
      verdict: history.verdict,
      compared_bars: history.comparedBars,
      stored_hash: history.storedHash,
      source_hash: history.sourceHash,
    },
    revised_bars: revisionRecord(history),
    rebuild: plan.rebuild,
    repairs: plan.repairs,
    ignored_bars: { ...ignored },
    efficiency: {
      bars_folded: efficiency.barsFolded,
      bars_in_history: efficiency.barsInHistory,
      share_saved: efficiency.shareSaved,
      milliseconds: total,
      stages: measured.stages.map(({ stage, milliseconds }) => ({ stage, milliseconds })),
    },
  };
}

/**
 * @param check - a check whose verdict may be 'rewritten'
 * @param at - time of the run
 * @param before - the rewriting that was found before, if any
 * @returns what the company profile remembers of the newest rewriting
 */
export function rewriteRecord(check: HistoryCheck, at: Date, before: HistoryRewrite | null): HistoryRewrite | null {
  if (check.verdict !== 'rewritten') return before;
  const { firstDifference, factor } = check;
  return {
    found_at: at,
    first_difference: firstDifference && differenceRecord(firstDifference),
    factor,
  };
}

/**
 * @param verdict - whether models are trained, and why
 * @param at - time of the run
 * @returns the same as the ML profile stores it, what was looked at by snake_case names
 */
export function retrainRecord({ retrain, reasons, inputs }: RetrainVerdict, at: Date): RetrainDecision {
  const stored = Object.entries(inputs).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]);
  return { retrain, reasons, inputs: Object.fromEntries(stored), decided_at: at };
}

/** What the source told otherwise of the newest stored bars. */
function revisionRecord({ verdict, differences, firstDifference }: HistoryCheck): LastUpdate['revised_bars'] {
  if (verdict !== 'revised' || differences === null || firstDifference === null) return null;
  const { changed, withdrawn, inserted, fields } = differences;
  return { changed, withdrawn, inserted, fields, first: new Date(firstDifference.timestamp) };
}

function differenceRecord({ timestamp, stored, source }: BarDifference): HistoryRewrite['first_difference'] {
  return { timestamp: new Date(timestamp), stored, source };
}
