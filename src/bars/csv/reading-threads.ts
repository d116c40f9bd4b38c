import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { throwIfAborted } from '../../errors';
import { Pool } from '../../threads/pool';
import { orAborted, timers } from '../../waiting';
import { shownPath } from '../file-bytes';
import { noWorkers, type Warning } from '../warnings';
import { type FilePiece, type FileRows, type FileTask, filePieces } from './file-pieces';
import { Gate, HandedOver, type ReadingTask, type ToldPiece } from './reading-job';

/** Bytes on disk from which on a file is read by another thread. Starting one takes some 30 ms, reading so many 50 to 200. */
const LARGE = 4_000_000;

/** Most files that are read by other threads at a time. */
const MOST_READINGS = availableParallelism();
let readings = 0;
/** The longest there is, milliseconds: it is cleared long before. */
const HOLD = 2 ** 31 - 1;
/**
 * Not the pool that trains: a thread that reads waits for whoever takes its bars, who may be waiting for a training. No reading waits for another one either, as there are
 * as many threads as readings.
 */
let pool: Promise<Pool> | undefined;

async function readers(): Promise<Pool> {
  // the program is read when it is needed, and not when the package is imported
  pool ??= import('../../threads/generated/csv-worker').then(({ WORKER }) => new Pool(WORKER));
  return pool;
}

/**
 * Reads one file for one symbol: a large one in another thread, if there may be one.
 *
 * @param task - what is read
 * @param threads - 0: on the calling thread
 * @param signal - ends the reading
 * @yields what {@link filePieces} does
 * @throws TickerforestError as {@link filePieces} does, and `WORKER_FAILED`
 */
export async function* piecesOf(
  task: FileTask,
  threads: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<FilePiece | FileRows> {
  if (threads === 0 || !(await isLarge(task.path)) || readings >= MOST_READINGS) {
    yield* filePieces(task, signal);
    return;
  }
  readings++;
  try {
    const own = await readers();
    const reason = await own.start();
    own.allow(MOST_READINGS);
    if (reason === undefined) yield* piecesFromThread(own, task, signal);
    else yield* warned(filePieces(task, signal), noWorkers(reason));
  } finally {
    readings--;
  }
}

/**
 * Reads one file for one symbol in another thread.
 *
 * @param own - of threads that do {@link ReadingTask}s
 * @param task - what is read
 * @param signal - ends the reading
 * @yields what {@link filePieces} does
 * @throws TickerforestError as {@link filePieces} does, and `WORKER_FAILED`
 */
export async function* piecesFromThread(own: Pool, task: FileTask, signal: AbortSignal | undefined): AsyncGenerator<FilePiece | FileRows> {
  const during = `reading ${shownPath(task.path)}`;
  throwIfAborted(signal, during);
  const gate = new Gate();
  const stop = new AbortController();
  /** What was told and not yet taken; the last one throws, or gives nothing. */
  const told: (() => ToldPiece | undefined)[] = [];
  let hear = () => {};
  const taken = new HandedOver();
  const add = (item: () => ToldPiece | undefined) => {
    told.push(item);
    hear();
  };
  const reading: ReadingTask = { ...task, gate: gate.memory };
  const work = own
    .run<ToldPiece>(reading, {
      ...{ threads: 1, during, signal: stop.signal, keepsAlive: false },
      onTold: (piece) => add(() => ('bars' in piece ? ofThisScope(piece) : piece)),
    })
    .then(
      () => add(() => undefined),
      (error: unknown) =>
        add(() => {
          throw error;
        }),
    );
  try {
    for (;;) {
      const next = told.shift();
      if (next === undefined) {
        const more = new Promise<void>((resolve) => {
          hear = resolve;
        });
        await keptAlive(orAborted(more, signal, during));
        continue;
      }
      const piece = next();
      if (piece === undefined) return;
      gate.take();
      yield piece;
      throwIfAborted(signal, during);
      taken.add(piece);
    }
  } finally {
    stop.abort();
    gate.wake();
    taken.end();
    await keptAlive(work);
  }
}

/** What arrives is made in the process's own scope. Where Jest gives tests one of theirs, nobody would take its columns for a Float64Array. */
function ofThisScope({ bars, lines, ...piece }: FilePiece): FilePiece {
  const view = ({ buffer, byteOffset, length }: Float64Array) => new Float64Array(buffer, byteOffset, length);
  const { length, timestamp, open, high, low, close, volume } = bars;
  const prices = { open: view(open), high: view(high), low: view(low), close: view(close) };
  return { ...piece, bars: { length, timestamp: view(timestamp), ...prices, volume: view(volume) }, lines: view(lines) };
}

/** Threads that read do not keep the process alive, as someone may lose interest without a word. Whoever waits for them does. */
async function keptAlive<T>(wait: Promise<T>): Promise<T> {
  const held = timers.setInterval(() => {}, HOLD);
  try {
    return await wait;
  } finally {
    timers.clearInterval(held);
  }
}

async function isLarge(path: string): Promise<boolean> {
  // what cannot be looked at is refused by whoever reads it
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size >= LARGE;
}

async function* warned(pieces: AsyncIterable<FilePiece | FileRows>, warning: Warning): AsyncGenerator<FilePiece | FileRows> {
  let isFirst = true;
  for await (const piece of pieces) {
    yield isFirst && 'bars' in piece ? { ...piece, warnings: [warning, ...piece.warnings] } : piece;
    isFirst = false;
  }
}
