/** Values of a column that are remembered; a column with more is no name of series. */
const MOST_VALUES = 10_000;
/** Characters by which values are told apart. */
const LONGEST = 64;

interface Watched {
  readonly column: number;
  value: string;
  /** Newest time of each value. */
  readonly times: Map<string, number>;
  /** Steps forward and back in time between rows of one value. */
  forward: number;
  back: number;
  isOrdinary: boolean;
}

/**
 * Watches columns that might tell several series apart: one whose value changes just where time goes back or stands still, and whose own rows go on in
 * time, does.
 */
export class SeriesWatch {
  readonly #columns: readonly Watched[];
  #time = Number.NaN;

  /** @param columns - positions of the columns to watch */
  constructor(columns: readonly number[]) {
    this.#columns = columns.map((column) => ({ column, value: '', times: new Map(), forward: 0, back: 0, isOrdinary: false }));
  }

  /**
   * @param row - the next row
   * @param time - its time, milliseconds UTC
   * @returns a column that tells series apart, and the two values that show it; undefined as long as there is none
   */
  add(row: readonly string[], time: number): { readonly column: number; readonly values: readonly [string, string] } | undefined {
    const step = time - this.#time;
    for (const watched of this.#columns) {
      if (watched.isOrdinary) continue;
      const cell = row[watched.column] ?? '';
      if (cell === watched.value && watched.times.size > 0) {
        if (step > 0) watched.forward++;
        if (step < 0) watched.back++;
        // pages of one series, or a disorder: that is for others to judge
        continue;
      }
      const before = watched.value;
      const known = watched.times.get(cell);
      const isFirst = watched.times.size === 0;
      if (!isFirst) watched.times.set(before, this.#time);
      const direction = Math.sign(watched.forward - watched.back);
      const isAgainst = !isFirst && (step === 0 || step * direction < 0);
      const goesOn = known === undefined || (time - known) * (direction || 1) > 0;
      if (isAgainst && goesOn) return { column: watched.column, values: [before, cell] };
      if (isAgainst || watched.times.size > MOST_VALUES || cell.length > LONGEST) watched.isOrdinary = true;
      // a copy: a cell is a view of the text around it, which it would keep in memory
      watched.value = known === undefined ? Buffer.from(cell.slice(0, LONGEST)).toString() : cell;
      watched.times.set(watched.value, time);
    }
    this.#time = time;
    return undefined;
  }
}
