import type { CollectedBars } from '../../src/bars/collect-bars';

/** Every bar of a source: those that were taken and those that were left out, whatever for. */
export function counted({ bars, rejected, pending, old, later, forming, live, repeated, knownBad }: CollectedBars): number {
  return bars.length + rejected.total + pending.total + old + later + forming + live + repeated + knownBad;
}
