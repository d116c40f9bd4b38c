import { SUMMARIES_WASM } from './generated/summaries-wasm';
import { compileModule, createMemory, instantiateModule, type UnsharedMemory } from './web-assembly';

/** The loop behind summaries; layouts stand in `assembly/summaries.ts`. */
interface SummaryKernels {
  readonly collect: (values: number, count: number, chunk: number, counts: number, first: number, length: number, others: number) => number;
}

/** Most values at a time. */
const VALUES = 1024;
const PAGE = 65_536;
/** Doubles of a chunk. */
const CHUNK = 8;

const CHUNK_AT = VALUES * 8;
const OTHERS_AT = CHUNK_AT + CHUNK * 8;
const COUNTS_AT = OTHERS_AT + VALUES * 8;

/** The loop and the memory that it works on, for all summaries of a thread: nothing stays in it between two calls. */
class SummaryMemory {
  readonly #memory: UnsharedMemory = createMemory(1);
  readonly #kernels: SummaryKernels;
  #doubles = new Float64Array(this.#memory.buffer);
  #words = new Uint32Array(this.#memory.buffer);
  /** Of the counts, by their number. */
  readonly #views = new Map<number, Uint32Array>();

  constructor() {
    const exports = instantiateModule(compileModule(Buffer.from(SUMMARIES_WASM, 'base64')), this.#memory);
    if (!isSummaryKernels(exports)) throw new Error('the WebAssembly module lacks a kernel: run `node scripts/build-wasm.mjs`');
    this.#kernels = exports;
  }

  /**
   * Adds values to a chunk, and counts them. Makes no view that it need not make: there are hundreds of calls a block of bars.
   *
   * @param column - the values are at `[from, to)`, at most 1,024
   * @param slots - the chunk's eight doubles are from `at` on; changed
   * @param counts - of the positive values' buckets, then of the negative ones'; changed
   * @param first - upper 15 bits of the magnitudes of the first bucket
   * @returns how many values have no count, and in the upper 16 bits how many are 0; see {@link SummaryMemory.other}
   */
  collect(column: Float64Array, from: number, to: number, slots: Float64Array, at: number, counts: Uint32Array, first: number): number {
    this.#makeRoom(COUNTS_AT + counts.byteLength);
    const doubles = this.#doubles;
    doubles.set(from === 0 && to === column.length ? column : column.subarray(from, to));
    for (let i = 0; i < CHUNK; i++) doubles[CHUNK_AT / 8 + i] = slots[at + i];
    this.#words.set(counts, COUNTS_AT / 4);
    const told = this.#kernels.collect(0, to - from, CHUNK_AT, COUNTS_AT, first, counts.length / 2, OTHERS_AT);
    for (let i = 0; i < CHUNK; i++) slots[at + i] = doubles[CHUNK_AT / 8 + i];
    counts.set(this.#countsOf(counts.length));
    return told;
  }

  /**
   * @param i - a number below that of the values without a count
   * @returns one of them
   */
  other(i: number): number {
    return this.#doubles[OTHERS_AT / 8 + i];
  }

  #countsOf(length: number): Uint32Array {
    let view = this.#views.get(length);
    if (view === undefined) {
      view = this.#words.subarray(COUNTS_AT / 4, COUNTS_AT / 4 + length);
      this.#views.set(length, view);
    }
    return view;
  }

  #makeRoom(bytes: number): void {
    const pages = Math.ceil(bytes / PAGE) - this.#memory.buffer.byteLength / PAGE;
    if (pages <= 0) return;
    this.#memory.grow(pages);
    this.#doubles = new Float64Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
    this.#views.clear();
  }
}

let memory: SummaryMemory | undefined;

/** @returns this thread's loop; made when it is first asked for */
export function summaryMemory(): SummaryMemory {
  memory ??= new SummaryMemory();
  return memory;
}

function isSummaryKernels(exports: object): exports is SummaryKernels {
  return 'collect' in exports;
}
