import { BAR_COLUMNS, type Bars } from '../bars/bars';
import type { FeatureSpec } from '../features/family';
import { invalidOption } from '../options/checks';
import { columnNames } from '../options/dataset-table';
import { checkArgument } from '../options/description';
import { didYouMean } from '../options/did-you-mean';
import { rowRange } from '../options/explain-table';
import type { Labels } from '../targets/target';
import { described, quoted } from '../text';
import type { FeatureMatrix, RowRange } from '../trees/feature-matrix';

/** A column of the bars. */
export type BarColumn = (typeof BAR_COLUMNS)[number];

/** One row of a dataset: its time, and the columns that were asked for. */
export type DatasetRow<Name extends string = string> = {
  /** Time of the bar: its start or its end, as `Market.stamp` says. */
  timestamp: Date;
} & { [Key in Exclude<Name, 'timestamp'>]: number };

const LABEL = 'label';
const OWN: readonly string[] = [...BAR_COLUMNS, LABEL];

/** Finds a dataset's columns by their names. */
export class DatasetColumns {
  readonly #bars: Bars;
  readonly #features: readonly FeatureSpec[];
  readonly #columns = new Map<string, Float32Array | Float64Array>();
  readonly #precise = new Map<string, Float64Array>();

  /**
   * Room for the features whose full precision is wanted.
   *
   * @param features - all that are computed
   * @param names - those of them that are kept in full precision; other columns' names are taken, too, as they are there anyway
   * @param bars - what they are computed of
   * @throws TickerforestError `INVALID_OPTION` for a name that is none
   */
  constructor(features: readonly FeatureSpec[], names: readonly string[], bars: Bars) {
    this.#bars = bars;
    this.#features = features;
    for (const column of BAR_COLUMNS) this.#columns.set(column, bars[column]);
    for (const [at, name] of names.entries()) {
      const isFeature = features.some((feature) => feature.name === name);
      if (!isFeature && !OWN.includes(name)) throw invalidOption(`columns[${at}]: ${this.#nothingCalled(name)}`);
      if (isFeature) this.#precise.set(name, new Float64Array(bars.length));
    }
  }

  /** Whether there is a feature whose full precision is wanted: {@link DatasetColumns.take} must hear of all blocks. */
  get isPrecise(): boolean {
    return this.#precise.size > 0;
  }

  /**
   * @param specs - features of a block
   * @param values - theirs
   * @param first - number of the block's first bar
   * @param count - how many bars it has
   */
  take(specs: readonly FeatureSpec[], values: readonly Float64Array[], first: number, count: number): void {
    for (const [j, { name }] of specs.entries()) this.#precise.get(name)?.set(values[j].subarray(0, count), first);
  }

  /**
   * @param matrix - what models see
   * @param labels - of all rows
   */
  complete({ names, columns }: FeatureMatrix, { value }: Labels): void {
    for (const [at, name] of names.entries()) if (!OWN.includes(name)) this.#columns.set(name, columns[at]);
    for (const [name, values] of this.#precise) if (!OWN.includes(name)) this.#columns.set(name, values);
    this.#columns.set(LABEL, value);
  }

  /**
   * @param name - a column's name
   * @returns its values
   * @throws TickerforestError `INVALID_OPTION` if there is none of that name, or two
   */
  column(name: string): Float32Array | Float64Array {
    const isFeature = this.#features.some((feature) => feature.name === name);
    if (isFeature && OWN.includes(name)) {
      const other = name === LABEL ? 'the label' : `the bars' ${name}`;
      throw invalidOption(`${quoted(name)} is a feature and ${other}: give the feature another name`);
    }
    const column = this.#columns.get(name);
    if (column !== undefined) return column;
    if (!isFeature) throw invalidOption(this.#nothingCalled(name));
    throw invalidOption(`models do not see ${quoted(name)}, so it was not kept: prepareDataset({ columns: [${quoted(name)}] }) keeps it`);
  }

  /**
   * @param names - columns
   * @param rows - which rows
   * @returns an object a row
   * @throws TickerforestError `INVALID_OPTION` for a column or row that is not there
   */
  table<Name extends string>(names: readonly Name[], rows?: RowRange): DatasetRow<Name>[];
  table(names: readonly string[], rows: RowRange = { from: 0, to: this.#bars.length }): DatasetRow[] {
    const wanted = checkArgument(names, columnNames, 'names', 'Dataset.table');
    const { from, to } = checkArgument(rows, rowRange, 'rows', 'Dataset.table');
    const { length, timestamp } = this.#bars;
    if (!(from <= to && to <= length)) throw invalidOption(`rows are ${from} to ${to} of ${length}; give { from, to } within them`);
    const columns = [...new Set(wanted)].filter((name) => name !== 'timestamp').map((name) => ({ name, values: this.column(name) }));
    return Array.from({ length: to - from }, (_, i) =>
      Object.assign(
        { timestamp: new Date(timestamp[from + i]) },
        Object.fromEntries(columns.map(({ name, values }) => [name, values[from + i]])),
      ),
    );
  }

  #nothingCalled(name: string): string {
    const known = [...OWN, ...this.#features.map((feature) => feature.name)];
    if (typeof name !== 'string') return `a column is named by a text, not by ${described(name)}`;
    return `there is no column ${quoted(name)}${didYouMean(name, known)}; Dataset.features lists the features`;
  }
}
