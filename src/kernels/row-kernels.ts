import { ROWS_WASM } from './generated/rows-wasm';
import { type CompiledModule, compileModule, createMemory, instantiateModule, type UnsharedMemory } from './web-assembly';

/** The hot loops of forecasts from raw values; layouts stand in `assembly/rows.ts`. */
export interface RowKernels {
  /** Columns of values to rows of keys. */
  readonly orderKeys: (columns: number, rows: number, features: number, keys: number) => void;
  /** Adds one tree's forecast for every row. */
  readonly addTreeOfKeys: (nodes: number, values: number, depth: number, keys: number, features: number, rows: number, out: number) => void;
}

/** Those loops, and the memory that they work on. */
export interface RowMemory {
  /** The loops. */
  readonly kernels: RowKernels;
  /** Their memory. */
  readonly memory: UnsharedMemory;
}

const PAGE = 65_536;
/** Memory above this is not kept for the next forecasts. */
const MOST_KEPT = 2 ** 25;

let compiled: CompiledModule | undefined;
let kept: RowMemory | undefined;

/**
 * Memory for some forecasts. It must be given back, as every memory reserves address space until it is collected.
 *
 * @param bytes - how much is needed
 * @returns memory of that size or more, its content undefined, for the caller alone; undefined where it or WebAssembly cannot be had: pages of strict security policies
 */
export function takeRowMemory(bytes: number): RowMemory | undefined {
  try {
    const taken = kept ?? load();
    kept = undefined;
    const pages = Math.ceil(bytes / PAGE) - taken.memory.buffer.byteLength / PAGE;
    if (pages > 0) taken.memory.grow(pages);
    return taken;
  } catch {
    return undefined;
  }
}

/** @param given - what was taken, and is not used any more */
export function giveRowMemory(given: RowMemory): void {
  if (given.memory.buffer.byteLength <= MOST_KEPT) kept = given;
}

function load(): RowMemory {
  // not Buffer: a browser has none
  compiled ??= compileModule(Uint8Array.from(atob(ROWS_WASM), (letter) => letter.charCodeAt(0)));
  const memory = createMemory(1);
  const exports = instantiateModule(compiled, memory);
  if (!isRowKernels(exports)) throw new Error('the WebAssembly module lacks a kernel: run `node scripts/build-wasm.mjs`');
  return { kernels: exports, memory };
}

function isRowKernels(exports: object): exports is RowKernels {
  return 'orderKeys' in exports && 'addTreeOfKeys' in exports;
}
