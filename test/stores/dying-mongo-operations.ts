import type { MongoOperations } from '../../src/stores/mongo/operations';

/** Operations for a process that is to die. */
export interface DyingMongoOperations {
  /** The operations, but for the death. */
  readonly operations: MongoOperations;
  /** Writes so far, of one document each. */
  steps(): number;
}

/**
 * Operations of a process that kills itself (SIGKILL) before its n-th write of a single document. The writes before that one have all been
 * answered by then, none after it is begun: so n says exactly what the database has seen.
 *
 * @param plain - the operations underneath
 * @param lastStep - before which write it dies, from 1; Infinity: never
 * @returns the operations, which count the writes
 */
export function dyingMongoOperations(plain: MongoOperations, lastStep: number): DyingMongoOperations {
  let steps = 0;
  const underWay = new Set<Promise<unknown>>();
  const write = async <T>(act: () => Promise<T>): Promise<T> => {
    steps++;
    if (steps >= lastStep) {
      const isLast = steps === lastStep;
      await Promise.allSettled(underWay);
      if (isLast) process.kill(process.pid, 'SIGKILL');
      return new Promise(() => {});
    }
    const running = act();
    underWay.add(running);
    try {
      return await running;
    } finally {
      underWay.delete(running);
    }
  };
  const operations: MongoOperations = {
    ...plain,
    prepare: () => write(() => plain.prepare()),
    async insert(name, documents) {
      let isTaken = false;
      for (const document of documents) {
        if ((await write(() => plain.insert(name, [document]))) === 'taken') isTaken = true;
      }
      return isTaken ? 'taken' : 'inserted';
    },
    replace: (name, document, missing) => write(() => plain.replace(name, document, missing)),
    replaceSealed: (name, document, sha256) => write(() => plain.replaceSealed(name, document, sha256)),
    removeSealed: (name, id, sha256) => write(() => plain.removeSealed(name, id, sha256)),
    publish: (name, symbol, document) => write(() => plain.publish(name, symbol, document)),
    unpublish: (name, symbol) => write(() => plain.unpublish(name, symbol)),
    removeChunks: (symbol, revision) => write(() => plain.removeChunks(symbol, revision)),
    async remove(name, ids) {
      for (const id of ids) await write(() => plain.remove(name, [id]));
    },
  };
  return { operations, steps: () => steps };
}
