import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { basename } from 'node:path';

/** What something took. */
export interface Cost {
  /** Seconds from start to end. */
  readonly seconds: number;
  /** Seconds that processors worked for this process, all threads together. */
  readonly processor: number;
}

/** A figure, with the runs that were lowest and highest. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** One row of a bench's results: figures and words by column. Null: not measured. */
export type Row = Readonly<Record<string, string | number | Spread | null>>;

/**
 * @param work - what is measured
 * @returns what it took
 */
export async function costOf(work: () => unknown): Promise<Cost> {
  const before = process.cpuUsage();
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, processor: (user + system) / 1e6 };
}

/**
 * @param runs - how often it is measured, 1 or more
 * @param work - what
 * @param warmUp - how often it is done before, unmeasured; default 1
 * @returns what each run took
 */
export async function costsOf(runs: number, work: () => unknown, warmUp = 1): Promise<Cost[]> {
  for (let run = 0; run < warmUp; run++) await work();
  const costs: Cost[] = [];
  for (let run = 0; run < runs; run++) costs.push(await costOf(work));
  return costs;
}

/**
 * @param values - some numbers
 * @param share - 0.5 for the median
 * @returns the value that this share of them lies below
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/**
 * @param values - one a run
 * @returns their median, lowest and highest
 */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: Math.min(...values), high: Math.max(...values) };
}

/**
 * @param costs - one a run
 * @returns the two columns that most benches have
 */
export function costColumns(costs: readonly Cost[]): { readonly seconds: Spread; readonly 'processor s': Spread } {
  return { seconds: spreadOf(costs.map(({ seconds }) => seconds)), 'processor s': spreadOf(costs.map(({ processor }) => processor)) };
}

/**
 * @param text - an option: '0,1,2'
 * @returns its numbers
 */
export function numbers(text: string): number[] {
  return text.split(',').map(Number);
}

/** A bench's results: each row is printed as a line of JSON as soon as it is there, and all of them as a table at the end. */
export class Results {
  readonly #title: string;
  readonly #rows: Row[] = [];
  readonly #loadBefore = loadavg()[0];

  /** @param title - what the rows are about */
  constructor(title: string) {
    this.#title = title;
  }

  /** @param row - one more */
  add(row: Row): void {
    this.#rows.push(row);
    console.log(JSON.stringify({ bench: benchName(), about: this.#title, ...row }));
  }

  /** Prints the table, as Markdown: with the machine, versions, load and command, to be pasted into docs/benchmarks.md. */
  print(): void {
    const columns = [...new Set(this.#rows.flatMap((row) => Object.keys(row)))];
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const load = [this.#loadBefore, loadavg()[0]].map((one) => one.toFixed(1)).join(' to ');
    console.log(`\n${this.#title}\n\n    ${command()}\n`);
    console.log(`${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, ${machine()}, load ${load}, ${versions()}.\n`);
    console.log(line(columns));
    console.log(`|${'---|'.repeat(columns.length)}`);
    for (const row of this.#rows) console.log(line(columns.map((column) => cell(row[column]))));
    console.log();
  }
}

function cell(value: Row[string] | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return shown(value);
  const { median, low, high } = value;
  return low === high ? shown(median) : `${shown(median)} (${shown(low)} to ${shown(high)})`;
}

function shown(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size < 1e-3) return value.toExponential(4);
  return size >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(size < 1 ? 4 : 3);
}

function benchName(): string {
  return basename(process.argv[1] ?? '', '.ts');
}

function command(): string {
  const given = process.argv.slice(2).join(' ');
  return `npm run bench:${benchName()}${given === '' ? '' : ` -- ${given}`}`;
}

function machine(): string {
  const all = cpus();
  return `${all.length} cores (${all[0]?.model.trim() ?? 'unknown'})`;
}

function versions(): string {
  return `Node.js ${process.versions.node}, tickerforest at ${commit()}`;
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'no commit';
  }
}
