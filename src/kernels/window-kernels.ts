import { WINDOWS_WASM } from './generated/windows-wasm';
import { compileModule, createMemory, instantiateModule, type UnsharedMemory } from './web-assembly';

/**
 * The compiled loops over windows of a series. Addresses are byte offsets into the memory of {@link WindowMemory}; layouts stand in `assembly/windows.ts`,
 * the meaning of each in its naive twin in `reference-windows.ts`.
 */
interface WindowKernels {
  readonly squares: (values: number, count: number, window: number, centre: number, out: number) => void;
  readonly deviations: (values: number, count: number, window: number, centre: number, out: number) => void;
  readonly moments: (values: number, count: number, window: number, centre: number, out: number, stride: number) => void;
  readonly autocovariance: (values: number, count: number, window: number, lag: number, centre: number, out: number) => void;
  readonly timeProducts: (values: number, count: number, window: number, centre: number, out: number, stride: number) => void;
  readonly halvesBelow: (values: number, count: number, window: number, out: number) => void;
  readonly squaredDrawdowns: (values: number, scales: number, count: number, window: number, out: number) => void;
  readonly logarithms: (values: number, count: number) => void;
}

const NAMES: Record<keyof WindowKernels, true> = {
  squares: true,
  deviations: true,
  moments: true,
  autocovariance: true,
  timeProducts: true,
  halvesBelow: true,
  squaredDrawdowns: true,
  logarithms: true,
};

const PAGE = 65_536;
const DOUBLE = Float64Array.BYTES_PER_ELEMENT;
/** Doubles that some kernels read and write beyond the last bar: they take a few bars at once. */
const SPARE = 4;
/** Up to so many doubles a loop copies faster than a view is made for `set`. */
const FEW = 96;
/** Columns: the series, what goes with it (centres or scales), and up to three of results. */
const COLUMNS = 5;

/** The loops over windows, and the memory that they work on. One series is loaded at a time; what is asked for then is of its windows. */
export class WindowMemory {
  readonly #memory: UnsharedMemory = createMemory(1);
  readonly #kernels: WindowKernels;
  #doubles = new Float64Array(this.#memory.buffer);
  /** Doubles of a column. */
  #length = 0;

  constructor() {
    const exports = instantiateModule(compileModule(Buffer.from(WINDOWS_WASM, 'base64')), this.#memory);
    if (!isWindowKernels(exports)) throw new Error('the WebAssembly module lacks a kernel: run `node scripts/build-wasm.mjs`');
    this.#kernels = exports;
  }

  /**
   * Puts the windows of some bars in place.
   *
   * @param values - history and block
   * @param at - index of the block's first bar in `values`
   * @param count - bars in the block
   * @param window - values of a window, its bar's own included; 1 or more
   */
  load(values: Float64Array, at: number, count: number, window: number): void {
    const length = window - 1 + count;
    this.#makeRoom(length + SPARE);
    copy(values, at + 1 - window, length, this.#doubles, 0);
  }

  /** Sum of squared deviations from each bar's centre. */
  squares(count: number, window: number, centre: Float64Array, out: Float64Array): void {
    this.#kernels.squares(0, count, window, this.#put(centre, count), this.#address(2));
    this.#take(2, count, out);
  }

  /** Sum of absolute deviations from each bar's centre. */
  deviations(count: number, window: number, centre: Float64Array, out: Float64Array): void {
    this.#kernels.deviations(0, count, window, this.#put(centre, count), this.#address(2));
    this.#take(2, count, out);
  }

  /** Sums of the second, third and fourth powers of the deviations. */
  moments(count: number, window: number, centre: Float64Array, [second, third, fourth]: readonly Float64Array[]): void {
    this.#kernels.moments(0, count, window, this.#put(centre, count), this.#address(2), this.#address(1));
    this.#take(2, count, second);
    this.#take(3, count, third);
    this.#take(4, count, fourth);
  }

  /** Sum of products of deviations that lie `lag` bars apart. */
  autocovariance(count: number, window: number, lag: number, centre: Float64Array, out: Float64Array): void {
    this.#kernels.autocovariance(0, count, window, lag, this.#put(centre, count), this.#address(2));
    this.#take(2, count, out);
  }

  /** Sums of products of deviations with time, and of their squares. */
  timeProducts(count: number, window: number, centre: Float64Array, products: Float64Array, squares: Float64Array): void {
    this.#kernels.timeProducts(0, count, window, this.#put(centre, count), this.#address(2), this.#address(1));
    this.#take(2, count, products);
    this.#take(3, count, squares);
  }

  /** Twice the number of smaller values before a window's last, plus that of equal ones. */
  halvesBelow(count: number, window: number, out: Float64Array): void {
    this.#kernels.halvesBelow(0, count, window, this.#address(2));
    this.#take(2, count, out);
  }

  /** Sum of squared percent drawdowns, each from the highest value so far in the window. */
  squaredDrawdowns(count: number, window: number, out: Float64Array): void {
    for (let i = 0; i < window - 1 + count; i++) this.#doubles[this.#length + i] = 100 / this.#doubles[i];
    this.#kernels.squaredDrawdowns(0, this.#address(1), count, window, this.#address(2));
    this.#take(2, count, out);
  }

  /**
   * Natural logarithms, those of `src/logarithm.ts` to the bit.
   *
   * @param values - positive, finite, not denormal; replaced
   * @param from - index of the first
   * @param count - how many
   */
  logarithms(values: Float64Array, from: number, count: number): void {
    this.#makeRoom(count + SPARE);
    copy(values, from, count, this.#doubles, 0);
    this.#kernels.logarithms(0, count);
    copy(this.#doubles, 0, count, values, from);
  }

  #address(column: number): number {
    return column * this.#length * DOUBLE;
  }

  #put(centre: Float64Array, count: number): number {
    copy(centre, 0, count, this.#doubles, this.#length);
    return this.#address(1);
  }

  #take(column: number, count: number, out: Float64Array): void {
    copy(this.#doubles, column * this.#length, count, out, 0);
  }

  #makeRoom(length: number): void {
    if (length <= this.#length) return;
    const pages = Math.ceil((COLUMNS * length * DOUBLE) / PAGE);
    const had = this.#memory.buffer.byteLength / PAGE;
    if (pages > had) this.#memory.grow(pages - had);
    this.#doubles = new Float64Array(this.#memory.buffer);
    // even, so that every column begins at a multiple of 16 bytes
    this.#length = 2 * Math.floor(this.#doubles.length / COLUMNS / 2);
  }
}

function copy(from: Float64Array, at: number, count: number, to: Float64Array, toAt: number): void {
  if (count > FEW) to.set(from.subarray(at, at + count), toAt);
  else for (let i = 0; i < count; i++) to[toAt + i] = from[at + i];
}

function isWindowKernels(exports: object): exports is WindowKernels {
  return Object.keys(NAMES).every((name) => name in exports);
}
