import { TickerforestError } from '../errors';
import { quoted } from '../text';
import type { FitEstimate, Model, ModelSet } from './model';
import { estimateOf } from './own-model';

/** Beyond what a training is refused before it begins. Models that do not tell what a fit takes (no {@link Model.estimate}) count as nothing. */
export interface TrainingLimits {
  /**
   * Most work of all models and their hold-out models, in steps of about a nanosecond on one core of 2.3 GHz: 60e9 is a minute. Default: 250e9, and 30,000 more for each
   * value of the matrix (rows x features). `Infinity`: no limit.
   */
  readonly work?: number | undefined;
  /** Most bytes at the peak, beside the matrix. Default 4 GiB (2 ** 32). `Infinity`: no limit. */
  readonly bytes?: number | undefined;
}

/** A training's size. */
interface Size {
  /** Rows of the matrix. */
  readonly rows: number;
  /** Features of a row. */
  readonly features: number;
  /** Share of the rows that is held out. */
  readonly testFraction: number;
}

/** Four minutes on one core, however few rows there are. */
const LEAST_WORK = 250e9;

/**
 * What may be spent on a value of the matrix beyond that. The three models of the first release take 720 on 1.87 million rows, and 14,300 with 500 trees of depth 12 each. A forest of 2,000 trees of depth 30
 * takes 825,000 on 5,000 rows: a node costs what it costs, however few rows it divides.
 */
const WORK_PER_VALUE = 30_000;

/** What the engine's memory can address. */
const MOST_BYTES = 2 ** 32;

/** Most values of a matrix that is binned twice at the same time: 64 MiB more, and what trees take; a larger training needs its memory for itself. */
const MOST_BESIDE = 2 ** 25;

/** Bytes of a value's bin. */
const BIN_BYTES = 2;

/**
 * @param models - the models, by name
 * @param size - rows, features, and the share that is held out
 * @param limits - beyond what it is too much
 * @throws TickerforestError `WORK_TOO_LARGE` with the figures, and what to lower
 */
export function assertWithinLimits(models: ModelSet, size: Size, limits: TrainingLimits): void {
  const { rows, features } = size;
  const most = { work: limits.work ?? LEAST_WORK + WORK_PER_VALUE * rows * features, bytes: limits.bytes ?? MOST_BYTES };
  const { all, total } = estimateAll(models, size);
  const which = total.work > most.work ? 'work' : 'bytes';
  if (total[which] <= most[which]) return;
  const heaviest = all.reduce((one, other) => (other[which] > one[which] ? other : one));
  const parameters = Object.entries(models[heaviest.key].parameters).flatMap(([name, value]) =>
    typeof value === 'number' ? [`${name} ${value}`] : [],
  );
  const told = parameters.length === 0 ? '' : ` (${parameters.slice(0, 4).join(', ')})`;
  throw new TickerforestError(
    'WORK_TOO_LARGE',
    `training on ${rows.toLocaleString('en')} rows x ${features} features would take about ${seconds(total.work)} on one core and ${megabytes(total.bytes)}; ` +
      `the limit is ${which === 'work' ? seconds(most.work) : megabytes(most.bytes)}. Most of it is models.${heaviest.key}${told}: ` +
      `lower its trees or maxDepth, raise minSamplesLeaf, or allow it: limits: { ${which}: ${roundedUp(total[which])} }`,
  );
}

/**
 * @param models - the models, by name
 * @param size - rows, features, and the share that is held out
 * @param limits - beyond what it is too much
 * @returns whether hold-out models may be trained beside the models, with bins of their own: that takes up to twice the memory
 */
export function hasRoomForBoth(models: ModelSet, size: Size, { bytes = MOST_BYTES }: TrainingLimits): boolean {
  return size.rows * size.features <= MOST_BESIDE && 2 * estimateAll(models, size).total.bytes <= bytes;
}

/** What each model takes with its hold-out model, bins not counted, and all of them together. */
function estimateAll(
  models: ModelSet,
  { rows, features, testFraction }: Size,
): { readonly all: readonly (FitEstimate & { readonly key: string })[]; readonly total: FitEstimate } {
  const shared = BIN_BYTES * rows * features;
  const all = Object.entries(models).map(([key, model]) => {
    const whole = estimateOf(key, model, rows, features) ?? { work: 0, bytes: 0 };
    const holdOut = estimateOf(key, model, Math.floor(rows * (1 - testFraction)), features) ?? { work: 0, bytes: 0 };
    return { key, work: whole.work + holdOut.work, bytes: Math.max(0, whole.bytes - shared) };
  });
  // bins are shared, models are kept until all have learnt
  const bytes = all.reduce((sum, one) => sum + one.bytes, shared);
  return { all, total: { work: all.reduce((sum, { work }) => sum + work, 0), bytes } };
}

/**
 * @param key - the model's name
 * @param model - the model
 * @param learnt - how many rows it would learn from
 * @throws TickerforestError `WORK_TOO_LARGE` if it takes fewer
 */
export function assertFewRows(key: string, { type, maxRows }: Pick<Model, 'type' | 'maxRows'>, learnt: number): void {
  if (maxRows === undefined || learnt <= maxRows) return;
  throw new TickerforestError(
    'WORK_TOO_LARGE',
    `models.${key} (${quoted(type)}) would learn from ${learnt.toLocaleString('en')} rows, a row of weight 3 counting as three; its maxRows is ${maxRows.toLocaleString('en')}. ` +
      'Give fewer bars (trainingWindow), a larger maxRows, or a model of this library, such as randomForestRegressor',
  );
}

function seconds(work: number): string {
  return `${Math.round(work / 1e9).toLocaleString('en')} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}

/** Two digits, so that the same training with a few rows more passes as well. */
function roundedUp(figure: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(figure)) - 1);
  return `${((Math.floor(figure / unit) + 1) * unit).toExponential()}`.replace('+', '');
}
