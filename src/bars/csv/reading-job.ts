import { hurryCollector } from '../../threads/collector';
import type { Control } from '../../threads/control';
import type { Member } from '../../threads/serve';
import { type FilePiece, type FileRows, type FileTask, filePieces } from './file-pieces';

/** How many pieces a thread may be ahead of who takes them: 3 MB each. */
const AHEAD = 2;
/** Bytes of a bar and its line. */
const BAR_BYTES = 56;
/** Bytes that were handed over before the collector is made to look for those that nobody needs any more. */
const MUCH = 2 ** 26;
/** How long a wait lasts before it looks whether all was stopped, milliseconds. */
const NAP = 50;

/** What a thread is sent to read a file for another one. */
export interface ReadingTask extends FileTask {
  /** Memory of its {@link Gate}. */
  readonly gate: SharedArrayBuffer;
}

/** What it tells. */
export type ToldPiece = FilePiece | FileRows;

/** Where a thread that reads waits, so that it is never more than a few pieces ahead. */
export class Gate {
  /** The memory; a thread that is given it makes its own {@link Gate} of it. */
  readonly memory: SharedArrayBuffer;
  readonly #taken: Int32Array;

  /** @param memory - of another thread's; absent: a new one */
  constructor(memory = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#taken = new Int32Array(memory);
  }

  /** One more piece was taken. */
  take(): void {
    Atomics.add(this.#taken, 0, 1);
    this.wake();
  }

  /** Lets who waits look again whether it is to stop. */
  wake(): void {
    Atomics.notify(this.#taken, 0);
  }

  /**
   * Waits, and keeps the thread meanwhile.
   *
   * @param told - how many pieces have been told
   * @param control - ends the wait when all is to stop
   */
  pass(told: number, control: Control): void {
    while (!control.isStopped) {
      const taken = Atomics.load(this.#taken, 0);
      if (told - taken < AHEAD) return;
      Atomics.wait(this.#taken, 0, taken, NAP);
    }
  }
}

/** Pieces are in shared memory, which is free when neither side's collector has found anything that needs it. */
export class HandedOver {
  #bytes = 0;

  /** @param piece - that this thread needs no longer */
  add(piece: ToldPiece): void {
    if (!('bars' in piece)) return;
    this.#bytes += piece.bars.length * BAR_BYTES;
    if (this.#bytes >= MUCH) this.end();
  }

  /** Nothing follows. */
  end(): void {
    hurryCollector(this.#bytes);
    this.#bytes = 0;
  }
}

/**
 * A thread's part of a reading, which is all of it.
 *
 * @param task - what is read
 * @param member - of the job
 * @returns when all has been told
 * @throws TickerforestError as {@link filePieces} does; `ABORTED` when all is to stop
 */
export async function readForOther({ gate: memory, ...task }: ReadingTask, { control, signal, tell }: Member<ToldPiece>): Promise<void> {
  const gate = new Gate(memory);
  const handed = new HandedOver();
  let told = 0;
  try {
    for await (const piece of filePieces(task, signal)) {
      const { buffer } = 'lines' in piece ? piece.lines : { buffer: undefined };
      tell(piece, buffer instanceof ArrayBuffer ? [buffer] : []);
      handed.add(piece);
      gate.pass(++told, control);
      if (control.isStopped) return;
    }
  } finally {
    handed.end();
  }
}
