import { TickerforestError } from '../errors';
import { createSharedMemory, type SharedMemory } from '../kernels/web-assembly';

const PAGE = 65_536;
/** 4 GiB: what 32-bit addresses reach. Only address space is reserved; pages are had as they are needed. */
const MAX_PAGES = 65_536;

/**
 * Memory of the kernels, given out from one end: what was allocated last is released first. Shared, so that worker threads see
 * the same bins without a copy.
 */
export class Arena {
  /** The memory that kernels are instantiated on. */
  readonly memory: SharedMemory;
  private used: number;

  /**
   * @param memory - of an arena that another thread has; absent: a new one
   * @param used - where what is not given out begins
   */
  constructor(memory?: SharedMemory, used = PAGE) {
    this.used = used;
    this.memory = memory ?? createSharedMemory(1, MAX_PAGES);
  }

  /**
   * @param bytes - size, 0 or more
   * @returns address of a region of that size, a multiple of 64; its content is whatever was there
   * @throws TickerforestError `INVALID_OPTION` if that much memory cannot be had
   */
  allocate(bytes: number): number {
    const address = this.used;
    const end = Math.ceil((address + bytes) / 64) * 64;
    const pages = Math.ceil(end / PAGE) - this.memory.buffer.byteLength / PAGE;
    if (pages > 0) {
      try {
        this.memory.grow(pages);
      } catch (cause) {
        const mebibytes = Math.ceil(end / 2 ** 20);
        throw new TickerforestError(
          'INVALID_OPTION',
          `the tree engine needs ${mebibytes} MiB and cannot have them (4096 at most); train on fewer rows or features`,
          { cause },
        );
      }
    }
    this.used = end;
    return address;
  }

  /** @returns where the next region will begin; give it to {@link Arena.release} */
  mark(): number {
    return this.used;
  }

  /** @param mark - everything allocated after it may be given out again */
  release(mark: number): void {
    this.used = mark;
  }

  /**
   * Gives the same out several times, or as often as there is memory for.
   *
   * @param most - how often, 0 or more
   * @param layOut - allocates what is wanted once
   * @returns what each call returned
   */
  repeat<Layout>(most: number, layOut: () => Layout): Layout[] {
    const layouts: Layout[] = [];
    while (layouts.length < most) {
      const mark = this.mark();
      try {
        layouts.push(layOut());
      } catch {
        this.release(mark);
        break;
      }
    }
    return layouts;
  }

  /** Gives out everything again. */
  clear(): void {
    this.used = PAGE;
  }

  /** @returns doubles over the memory, of `length`, at `address` */
  float64(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.buffer, address, length);
  }

  /** @returns Float32 over the memory */
  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  /** @returns unsigned 32-bit numbers over the memory */
  uint32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address, length);
  }

  /** @returns unsigned 16-bit numbers over the memory */
  uint16(address: number, length: number): Uint16Array {
    return new Uint16Array(this.memory.buffer, address, length);
  }

  /** @returns signed 64-bit numbers over the memory */
  int64(address: number, length: number): BigInt64Array {
    return new BigInt64Array(this.memory.buffer, address, length);
  }

  /** @returns bytes over the memory */
  uint8(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, length);
  }
}
