import { Session } from 'node:inspector/promises';

/** Microseconds between two looks at the stack. */
const EVERY = 250;
/** Places that are named of a block. */
const SHOWN = 4;

/** Looks at the stack of the main thread many times a millisecond, to say what it was at in a block. */
export class Culprits {
  readonly #session = new Session();
  /** Milliseconds by which the clock of the profile is ahead of `performance.now`. */
  readonly #ahead = Number(process.hrtime.bigint()) / 1e6 - performance.now();

  /** Begins to look. */
  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: EVERY });
    await this.#session.post('Profiler.start');
  }

  /**
   * Ends looking.
   *
   * @returns what the thread was at between two moments of `performance.now`: the functions that were seen most often, each with the one of this library that had called it
   */
  async stop(): Promise<(from: number, to: number) => string> {
    const { profile } = await this.#session.post('Profiler.stop');
    this.#session.disconnect();
    const places = namedPlaces(profile.nodes);
    const { samples = [], timeDeltas = [] } = profile;
    let at = profile.startTime / 1000 - this.#ahead;
    const times = timeDeltas.map((delta) => {
      at += delta / 1000;
      return at;
    });
    return (from, to) => {
      const counts = new Map<string, number>();
      let all = 0;
      for (const [i, node] of samples.entries()) {
        if (times[i] < from || times[i] > to) continue;
        const place = places.get(node) ?? '?';
        counts.set(place, (counts.get(place) ?? 0) + 1);
        all++;
      }
      const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
      return most.map(([place, count]) => `${Math.round((100 * count) / all)} % ${place}`).join(', ');
    };
  }
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: number[] | undefined;
}

/** Where each node of a profile is: its own function, and the nearest one of src above it. */
function namedPlaces(nodes: readonly ProfileNode[]): Map<number, string> {
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child): [number, ProfileNode] => [child, node])));
  const nameOf = ({ callFrame: { functionName, url } }: ProfileNode) => {
    const file = url.split('/').slice(-2).join('/');
    return `${functionName || '(anonymous)'}${file === '' ? '' : ` ${file}`}`;
  };
  return new Map(
    nodes.map((node) => {
      let caller: ProfileNode | undefined = node;
      while (caller !== undefined && !caller.callFrame.url.includes('/src/')) caller = parents.get(caller.id);
      return [node.id, caller === undefined || caller === node ? nameOf(node) : `${nameOf(node)} of ${nameOf(caller)}`];
    }),
  );
}
