import { type Bars, sliceBars } from '../bars/bars';
import { type Market, marketFrom } from '../bars/market';
import type { Warning } from '../bars/warnings';
import { ownError, TickerforestError } from '../errors';
import type { FeatureEngineer } from '../features/feature-engineer';
import { joinInTurns } from '../updates/anchor';
import { checkHistory, type HistoryCheck, MOST_REVISED, NOT_CHECKED } from '../updates/history-check';
import {
  createIncrementalUpdatePlan,
  getNewDataSinceLastUpdate,
  type IncrementalUpdatePlan,
  type PlanInputs,
} from '../updates/incremental-update-strategy';
import type { RetrainPolicy } from '../updates/retrain-policy';
import { judgeSeam } from '../updates/seam';
import { Turns } from '../waiting';
import { askSource, earliestWanted, type FetchedBars, nothingTold } from './ask-source';
import { changedState } from './asked-for';
import { Asking } from './asking';
import { beginning, type FoldStart, findWindow, indexFrom, matchingPoint, type ResumePoint, startAt, storedPoints } from './fold-start';
import type { SymbolJob } from './job';
import type { KeptHistory } from './kept-history';
import { type Known, knownBars } from './known-bars';
import { type DescribedMarket, describedMarket, isSameMarket, profiledMarket } from './market';
import { askedOnce, planInputs } from './plan-inputs';
import { strictly, trainingWarning } from './run-warnings';
import { assertNotShorter, assertToldToTheEnd, type StoredSpan, storedSpan } from './stored-span';
import type { StoredSymbol } from './stored-symbol';
import { ToldPast } from './told-past';
import { startFromKept, startFromSource, type TrainingNeeds, trainingFailureOf } from './training-start';

/** What is to be written to the kept bars. */
export interface KeptWrite {
  /** Whose bars. */
  readonly market: Market;
  /** Where to cut. */
  readonly from: number;
  /** What follows. */
  readonly bars: Bars;
  /** Whether fewer bars may be left. */
  readonly shrink: boolean;
}

/** A run as it is planned, and all bars that it needs. */
export interface PlannedRun {
  /** What will be done, and why. */
  readonly plan: IncrementalUpdatePlan;
  /** What is folded, and from where. */
  readonly start: FoldStart;
  /** What the source said that counts for the profiles: all of it where that is the whole past now, else the news. */
  readonly fetched: FetchedBars;
  /** Whether what was counted and warned of before was about another past. */
  readonly beginsAnew: boolean;
  /** What people should know. */
  readonly warnings: readonly Warning[];
  /** What is to be written to the kept bars; null: nothing, or nowhere. */
  readonly keep: KeptWrite | null;
}

/**
 * Plans a run, and brings all that it needs: what the source has to say of new bars and the newest stored ones, and, where models are trained or everything is computed
 * anew, the bars before them, from where they are kept or from the source again. Nothing is computed or stored before the plan is whole.
 *
 * @param job - the run
 * @param stored - what is stored
 * @param kept - kept bars; null: the caller keeps none
 * @param signal - aborts
 * @returns the plan, and the bars to carry it out with
 * @throws TickerforestError `NO_BARS` or `SOURCE_INCOMPLETE` if the stored history would become shorter; and as {@link collectBars}
 */
export async function planRun(job: SymbolJob, stored: StoredSymbol, kept: KeptHistory | null, signal: AbortSignal): Promise<PlannedRun> {
  try {
    return await new Planning(job, stored, kept, signal).plan();
  } catch (error) {
    const seen = stored.engineer?.history;
    const isBehind = seen !== undefined && kept?.kept && (kept.kept.bars < seen.bars || kept.kept.lastTimestamp < seen.lastTimestamp);
    // kept bars of which the profiles have seen more, and that the source does not complete, are no reason to lose any
    if (!isBehind || !LACKS_BARS.has(ownError(error)?.code ?? '')) throw error;
    return new Planning(job, stored, kept.asNone(), signal).plan();
  }
}

class Planning {
  readonly #job: SymbolJob;
  readonly #stored: StoredSymbol;
  readonly #kept: KeptHistory | null;
  readonly #signal: AbortSignal;
  readonly #turns: Turns;
  readonly #asking: Asking;
  readonly #span: StoredSpan | null;
  readonly #market: DescribedMarket;
  readonly #policy: RetrainPolicy | undefined;
  /** The stored engine, if it can go on. */
  readonly #engineer: FeatureEngineer | null;
  /** Why the stored state cannot go on, or must not. */
  readonly #rebuild: string[] = [];
  readonly #warnings: Warning[] = [];
  /** Whether the source failed, and the run goes on without it. */
  #isUnavailable = false;

  constructor(job: SymbolJob, stored: StoredSymbol, kept: KeptHistory | null, signal: AbortSignal) {
    const { options } = job;
    const { engineer, company } = stored;
    this.#job = job;
    this.#stored = stored;
    this.#kept = kept;
    this.#signal = signal;
    this.#turns = new Turns(signal, 'planning');
    this.#span = storedSpan(stored, kept?.kept ?? null);
    const before = engineer?.market ?? kept?.kept?.market ?? profiledMarket(company);
    const market = describedMarket(options, before, company?.exchange ?? null);
    this.#market = { ...market, interval: market.interval ?? this.#span?.interval };
    this.#asking = new Asking(job, this.#market, signal);
    this.#policy = options.retrainPolicy && askedOnce(options.retrainPolicy);
    if (options.rebuild === true && this.#span !== null) this.#rebuild.push('rebuild: true');
    if (stored.problem !== null) this.#rebuild.push(stored.problem);
    const other = engineer && changedState(engineer, this.#resolved(engineer.market.interval), job.features);
    if (other !== null) this.#rebuild.push(other);
    this.#engineer = other !== null || options.rebuild === true ? null : engineer;
  }

  async plan(): Promise<PlannedRun> {
    const known = await knownBars(this.#job, this.#stored, this.#engineer, this.#kept, this.#market);
    if (known === null) return this.#begin();
    const news = await this.#askForNews(known);
    const check = checkHistory(known.history.recentBars, news.bars);
    assertToldToTheEnd(this.#job, known, news);
    const before = this.#stored.company?.raw_data.reading?.prices;
    const after = news.reading?.prices;
    const arePricesOther = typeof before === 'string' && typeof after === 'string' && before !== after;
    if (arePricesOther) this.#rebuild.push(`prices are ${after} now, and were ${before}`);
    if (check.verdict === 'rewritten' || arePricesOther) return this.#takeItsPlace(known, news, check);
    return this.#goOn(known, news, check);
  }

  /** A symbol that is unknown, of which nothing can be used, or that the caller wants to begin anew. */
  async #begin(): Promise<PlannedRun> {
    const { options } = this.#job;
    const { interval } = this.#market;
    const wanted = earliestWanted(this.#job);
    // a history that was begun earlier than the caller asks for today stays
    const from = wanted !== undefined && this.#span !== null && options.rebuild !== true ? Math.min(wanted, this.#span.first) : wanted;
    const expected = {
      market: this.#market,
      interval: options.rebuild === true ? options.interval : interval,
      isDense: false,
      after: null,
    };
    const fetched = await askSource(this.#job, { from, to: options.to?.getTime() }, expected, this.#signal);
    const why = this.#rebuild.join('; ') || 'there is no stored state to go on from';
    assertNotShorter(this.#job, fetched, this.#span, `everything is to be computed anew (${why}), which`);
    return this.#whole(this.#inputsOf(null, fetched), fetched);
  }

  /** The source tells another past: all of it is asked for, and takes the place of what is stored. */
  async #takeItsPlace(known: Known, news: FetchedBars, check: HistoryCheck): Promise<PlannedRun> {
    const span = this.#spanWith(known, news, check);
    const fetched = await this.#asking.all(known, span);
    assertNotShorter(this.#job, fetched, span, 'the source has rewritten stored bars, and rebuilding');
    const unseen = known.inLine ? {} : this.#newAmong(known, fetched.bars);
    return this.#whole({ ...this.#inputsOf(known, news), ...unseen, check, ignored: fetched.ignored }, fetched);
  }

  /** All bars are at hand, and everything is made of them. */
  #whole(inputs: PlanInputs, fetched: FetchedBars): PlannedRun {
    const { bars, market } = fetched;
    const point = beginning(market, this.#job.features);
    const start = startAt(point, bars, findWindow(this.#job.options.trainingWindow, point, bars) ?? 0);
    // that no more bars are missing than the source has withdrawn was made sure of
    const shrink = this.#job.options.rebuild === true || (inputs.check?.differences?.withdrawn ?? 0) > 0;
    const keep = this.#kept && { market, from: Number.NEGATIVE_INFINITY, bars, shrink };
    return this.#planned({ ...inputs, rebuild: this.#rebuild }, { start, fetched, beginsAnew: true, keep });
  }

  /** The past is as it was, but for a few of the newest bars. */
  async #goOn(known: Known, news: FetchedBars, check: HistoryCheck): Promise<PlannedRun> {
    const kept = this.#kept?.kept ?? null;
    if (this.#kept !== null && kept === null) {
      const filled = await this.#fill(known, news, check);
      if (filled !== null) return filled;
    }
    this.#judgeSeam(known, news, check);
    const revisedFrom = check.verdict === 'revised' ? check.firstDifference?.timestamp : undefined;
    // what was not told again, because it is forming by the run's clock, bad now or later than was asked for, stays as it is stored
    const told = await this.#withStoredEnd(known, news.bars);
    const past = new ToldPast(kept === null ? null : this.#kept, told, revisedFrom ?? known.last + 1, this.#turns);
    const all = kept === null || known.inLine ? null : await past.after(Number.NEGATIVE_INFINITY);
    const point = await this.#resume(known, past.cut, all);
    if (point.at === 'beginning' && kept === null) return this.#takeItsPlace(known, news, check);
    if (all !== null) this.#refuseLess(known, all, point, check);

    const inputs: PlanInputs = {
      ...this.#inputsOf(known, news),
      ...(all !== null && this.#newAmong(known, all)),
      check,
      rebuild: this.#rebuild,
      foldsFrom: point.at === 'anchor' ? 'anchor' : 'newest',
    };
    const outline = createIncrementalUpdatePlan(inputs);
    const rest = { fetched: news, beginsAnew: false, keep: await this.#keep(known, past, revisedFrom !== undefined) };
    const plain = async () => startAt(point, await this.#barsAfter(point, past, all), null);
    if (outline.action !== 'create_new_profile' && !outline.retrain.retrain)
      return this.#planned(inputs, { ...rest, start: await plain() });
    try {
      const needs = { job: this.#job, stored: this.#stored, point, turns: this.#turns };
      if (kept === null) return await this.#trainFromSource(known, news, inputs, needs, await this.#barsAfter(point, past, all));
      const start = await startFromKept(needs, this.#resolved(known.interval), past, all);
      return this.#planned({ ...inputs, oldBarsFrom: 'kept_bars' }, { ...rest, start });
    } catch (error) {
      const failure = trainingFailureOf(error, this.#stored, this.#signal);
      if (failure === null || outline.action === 'create_new_profile') throw error;
      return this.#planned({ ...inputs, trainingFailure: failure }, { ...rest, start: await plain() });
    }
  }

  /** Kept bars of which the profiles have seen more are completed by the source, or are not enough to go on with. */
  #refuseLess(known: Known, all: Bars, { at }: ResumePoint, check: HistoryCheck): void {
    const seen = this.#engineer?.history;
    if (seen !== undefined && known.last < seen.lastTimestamp && indexFrom(all, seen.lastTimestamp + 1) < seen.bars) {
      const { symbol } = this.#job.options;
      throw new TickerforestError(
        'SOURCE_INCOMPLETE',
        `${symbol}: the profiles have seen bars that are neither kept nor told by the source`,
      );
    }
    if (at !== 'beginning' || this.#span === null || known.bars >= this.#span.bars) return;
    const span = { ...this.#span, bars: this.#span.bars - withdrawnBy(check) };
    assertNotShorter(this.#job, { bars: all, market: known.market }, span, 'computing everything anew from kept bars');
  }

  #judgeSeam({ last, history: { recentBars } }: Known, { bars, goesOn }: FetchedBars, check: HistoryCheck): void {
    const { symbol, to } = this.#job.options;
    const isUnasked = this.#isUnavailable || (to !== undefined && to.getTime() < recentBars.timestamp[0]);
    if (bars.length === 0 && (isUnasked || goesOn)) return;
    const seam = judgeSeam(symbol, check, recentBars, getNewDataSinceLastUpdate(bars, last));
    if (seam !== null) this.#warnings.push(seam);
  }

  async #withStoredEnd({ last, history: { recentBars } }: Known, bars: Bars): Promise<Bars> {
    const ends = bars.timestamp[bars.length - 1] ?? Number.NEGATIVE_INFINITY;
    if (ends >= last) return bars;
    return joinInTurns(bars, sliceBars(recentBars, indexFrom(recentBars, ends + 1), recentBars.length), this.#turns);
  }

  /** Where the fold can go on: the newest stored state whose bars are told as they were folded. */
  async #resume(known: Known, cut: number, all: Bars | null): Promise<ResumePoint> {
    const points = storedPoints(this.#stored, this.#engineer);
    const point = all === null ? await firstBefore(points, cut) : await matchingPoint(points, all, this.#turns);
    if (point !== undefined) return point;
    if (this.#rebuild.length === 0 && this.#stored.revision > 0) {
      const isLost =
        this.#engineer === null
          ? 'there is no stored state to go on from'
          : all === null
            ? 'no stored state stands before the bars that differ'
            : 'the kept bars are not those that the profiles were made of';
      this.#rebuild.push(isLost);
    }
    return beginning(this.#resolved(known.interval), this.#job.features);
  }

  /** Of profiles that are behind the kept bars, all bars are new that they have not seen. */
  #newAmong(known: Known, all: Bars): Partial<Pick<PlanInputs, 'history' | 'bars'>> {
    if (this.#stored.revision === 0) return { history: null, bars: all };
    if (this.#engineer === null) return {};
    const { bars, lastTimestamp } = this.#engineer.history;
    return { history: { ...known.history, bars, lastTimestamp }, bars: all };
  }

  async #barsAfter({ at, last }: ResumePoint, past: ToldPast, all: Bars | null): Promise<Bars> {
    if (all !== null) return sliceBars(all, indexFrom(all, last + 1), all.length);
    const since = at === 'anchor' ? this.#stored.anchor?.bars : undefined;
    return since === undefined ? past.told : past.afterWith(since);
  }

  /** What the kept bars need to be as they are told now. */
  async #keep(known: Known, past: ToldPast, isRevised: boolean): Promise<KeptWrite | null> {
    const kept = this.#kept?.kept ?? null;
    if (kept === null) return null;
    const market = this.#resolved(known.interval);
    // the market is part of what is kept: bars of another one are written anew
    const isOther = !isSameMarket(market, kept.market);
    if (isOther) return { market, from: Number.NEGATIVE_INFINITY, bars: await past.after(Number.NEGATIVE_INFINITY), shrink: isRevised };
    return past.told.length > 0 || isRevised ? { market, from: past.cut, bars: past.told, shrink: isRevised } : null;
  }

  /** The first run that keeps bars of a known symbol: all of them are asked for once, and everything is made of them. */
  async #fill(known: Known, news: FetchedBars, check: HistoryCheck): Promise<PlannedRun | null> {
    const { symbol } = this.#job.options;
    try {
      if (!(await this.#asking.hasBeginning(known)))
        throw new TickerforestError('NO_BARS', `the source has no bars of ${day(known.first)} any more`);
      const span = this.#spanWith(known, news, check);
      const fetched = await this.#asking.all(known, span);
      assertNotShorter(this.#job, fetched, span, 'keeping its bars');
      this.#rebuild.push('its bars are kept from now on, and everything is made of them once');
      return this.#whole({ ...this.#inputsOf(known, news), check, ignored: fetched.ignored }, fetched);
    } catch (error) {
      const failure = trainingFailureOf(error, this.#stored, this.#signal);
      if (failure === null) throw error;
      this.#warnings.push({
        code: 'bars_not_kept',
        message: LACKS_BARS.has(failure.code)
          ? `${symbol}: bars are not kept, since the source no longer tells all of them from ${day(known.first)} on; give a source that does once, or begin anew with rebuild: true`
          : `${symbol}: bars are not kept, since all of them were asked for and that failed (${failure.code}); the next run tries again`,
        count: 0,
        firstBar: null,
      });
      return null;
    }
  }

  /** A training on bars of the source; if it tells them otherwise now, the rebuild that this calls for. */
  async #trainFromSource(known: Known, news: FetchedBars, inputs: PlanInputs, needs: TrainingNeeds, rest: Bars): Promise<PlannedRun> {
    const start = await startFromSource(needs, this.#asking, known, this.#spanWith(known, news, NOT_CHECKED).last, rest);
    if (start !== null) return this.#planned({ ...inputs, oldBarsFrom: 'source' }, { start, fetched: news, beginsAnew: false, keep: null });
    const storedHash = needs.point.hash;
    const check: HistoryCheck = { ...NOT_CHECKED, verdict: 'rewritten', comparedBars: known.bars, storedHash, sourceHash: null };
    return this.#takeItsPlace(known, news, check);
  }

  /** What there is as the source told it just now: what is to take its place must have all that, too. */
  #spanWith(known: Known, { bars }: FetchedBars, check: HistoryCheck): StoredSpan {
    const longest = this.#span !== null && this.#span.bars > known.bars ? this.#span : known;
    const last = Math.max(longest.last, known.last, bars.timestamp[bars.length - 1] ?? known.last);
    return {
      ...longest,
      last,
      bars: longest.bars - withdrawnBy(check),
      // a past that is told otherwise may be stamped otherwise
      newer: check.verdict === 'rewritten' ? 0 : bars.length - indexFrom(bars, longest.last + 1),
    };
  }

  /** The newest stored bars and what follows them. Where bars are kept, a run that need not ask goes on without an answer. */
  async #askForNews(known: Known): Promise<FetchedBars> {
    const { options } = this.#job;
    try {
      return await this.#asking.news(known);
    } catch (error) {
      const isNeeded =
        this.#kept?.kept === null || this.#kept === null || (options.retrain !== true && this.#rebuild.length === 0 && known.inLine);
      const own = ownError(error);
      if (isNeeded || own === null || (own.code !== 'SOURCE_FAILED' && own.code !== 'NO_BARS')) throw error;
      this.#isUnavailable = true;
      this.#warnings.push({
        code: 'source_unavailable',
        message: `${options.symbol}: the source failed, and the run went on with the bars that are kept, up to ${day(known.last)}`,
        count: 0,
        firstBar: null,
      });
      return nothingTold(known.market);
    }
  }

  #inputsOf(known: Known | null, fetched: FetchedBars): PlanInputs {
    return planInputs(this.#job, this.#stored, { engineer: this.#engineer, rebuild: this.#rebuild, policy: this.#policy }, known, fetched);
  }

  #planned(inputs: PlanInputs, rest: Omit<PlannedRun, 'plan' | 'warnings'>): PlannedRun {
    const plan = createIncrementalUpdatePlan(inputs);
    const { trainingFailure } = plan;
    const { symbol } = this.#job.options;
    if (trainingFailure !== null) this.#warnings.push(trainingWarning(symbol, trainingFailure));
    const warnings = [...rest.fetched.warnings, ...this.#warnings];
    if (this.#job.options.strict === true && warnings.length > 0) throw strictly(warnings);
    return { plan, warnings, ...rest };
  }

  #resolved(interval: number): Market {
    return marketFrom(this.#market.interval ?? interval, this.#market);
  }
}

/** Errors of bars that are missing, between what is kept and what the source tells. */
const LACKS_BARS: ReadonlySet<string> = new Set(['NO_BARS', 'SOURCE_INCOMPLETE', 'INVALID_BARS']);
/** By how many bars a source has made the compared stretch shorter, as far as it may be believed in that. */
function withdrawnBy({ differences, comparedBars }: HistoryCheck): number {
  const gone = differences === null ? 0 : differences.withdrawn - differences.inserted;
  return gone > 0 && gone <= MOST_REVISED * comparedBars ? gone : 0;
}

async function firstBefore(points: AsyncIterable<ResumePoint>, time: number): Promise<ResumePoint | undefined> {
  for await (const point of points) if (point.last < time) return point;
  return undefined;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
