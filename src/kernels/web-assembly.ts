import { TickerforestError } from '../errors';
import { quoted } from '../text';

/**
 * The part of WebAssembly that this library uses. Spelled out, because the compiler's own declarations come with the browser's,
 * which neither this library nor the type checks of those who import it should need.
 */
declare const WebAssembly: {
  readonly Memory: {
    new (limits: { initial: number; maximum: number; shared: true }): SharedMemory;
    new (limits: { initial: number }): UnsharedMemory;
  };
  readonly Module: new (bytes: Uint8Array) => CompiledModule;
  readonly Instance: new (
    module: CompiledModule,
    imports: { env: { memory: SharedMemory | UnsharedMemory } },
  ) => { readonly exports: object };
};

/** Memory that kernels run on, and that threads share. */
export interface SharedMemory {
  /** The bytes; a longer buffer over the same bytes after each growth. */
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of 64 KiB; throws if they cannot be had. */
  grow(pages: number): number;
}

/** Memory of one thread. */
export interface UnsharedMemory {
  /** The bytes; another buffer after each growth. */
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; throws if they cannot be had. */
  grow(pages: number): number;
}

/** A compiled module; it can be handed to a worker. */
export type CompiledModule = object;

/**
 * @param initial - pages of 64 KiB to begin with
 * @param maximum - pages that it may grow to; only address space is reserved
 * @returns shared memory
 * @throws TickerforestError `INVALID_OPTION` if there is no address space left
 */
export function createSharedMemory(initial: number, maximum: number): SharedMemory {
  return reserved(() => new WebAssembly.Memory({ initial, maximum, shared: true }));
}

/**
 * @param initial - pages of 64 KiB to begin with
 * @returns memory of this thread
 * @throws TickerforestError `INVALID_OPTION` if there is no address space left
 */
export function createMemory(initial: number): UnsharedMemory {
  return reserved(() => new WebAssembly.Memory({ initial }));
}

/** A memory of a few pages takes as much address space as one of 4 GiB, and what guards its ends: under a limit, that is short before memory is. */
function reserved<Memory>(make: () => Memory): Memory {
  try {
    return make();
  } catch (cause) {
    const reason = cause instanceof Error ? quoted(cause.message) : 'see the cause';
    const message = `WebAssembly has no memory (${reason}): each takes 10 GB of address space, so raise its limit (ulimit -v) or do less at the same time; node --jitless has no WebAssembly at all`;
    throw new TickerforestError('INVALID_OPTION', message, { cause });
  }
}

/**
 * @param bytes - a WebAssembly module
 * @returns the module, compiled
 */
export function compileModule(bytes: Uint8Array): CompiledModule {
  return new WebAssembly.Module(bytes);
}

/**
 * @param module - imports one memory
 * @param memory - given to it
 * @returns its exports
 */
export function instantiateModule(module: CompiledModule, memory: SharedMemory | UnsharedMemory): object {
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}
