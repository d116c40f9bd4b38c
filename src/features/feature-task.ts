import type { Market } from '../bars/market';
import type { Turns } from '../waiting';
import { foldFamily, type NextBars, type Targets } from './family-work';
import { rebuilt } from './feature-changes';
import type { FamilyIdentity } from './feature-set';
import { runningFamily } from './running-families';
import { type SavedSummaries, SummaryFold } from './summary';

/** What a family remembers, and what is remembered of its values. */
export interface FamilyMemory extends SavedSummaries {
  /** Of its fold. */
  readonly state: Float64Array;
}

/** A family that is to fold bars in another thread. Bars and targets lie over memory that threads share. */
export interface FeatureTask extends NextBars {
  /** Which task it is. */
  readonly kind: 'features';
  /** Whose bars. */
  readonly market: Market;
  /** Name, version and parameters: enough for one of this library's. */
  readonly family: FamilyIdentity;
  /** After the bars before. */
  readonly memory: FamilyMemory;
  /** Where its values go. */
  readonly targets: Targets;
}

/** What is told of it: the share of the bars that is done, and what it remembers after the last. */
export type ToldFold = number | FamilyMemory;

/**
 * Folds the bars of a task.
 *
 * @param task - bars and family
 * @param turns - gives way
 * @param tell - told how far it is, at last what the family remembers
 * @throws TickerforestError `ABORTED`
 */
export async function foldTask(
  { market, family: identity, memory, targets, ...next }: FeatureTask,
  turns: Turns,
  tell: (told: ToldFold) => void,
): Promise<void> {
  const family = rebuilt(identity);
  if (family === null) throw new Error(`no family ${identity.name} of version ${identity.version}`);
  const running = runningFamily(family, family.features(market), market, 0);
  const summaries = new SummaryFold(running.out.length);
  bringBack(memory, running, summaries);
  await foldFamily(running, next, targets, summaries, turns, { onDone: tell });
  tell(memoryOf(running, summaries));
}

type Remembering = Pick<ReturnType<typeof runningFamily>, 'state' | 'firstColumn' | 'out'>;

/**
 * @param family - a family
 * @param summaries - of its values, from its first column on
 * @returns what both remember
 */
export function memoryOf({ state, firstColumn, out }: Remembering, summaries: SummaryFold): FamilyMemory {
  const saved = new Float64Array(state.size);
  state.save(saved, 0);
  return { state: saved, ...summaries.save(firstColumn, firstColumn + out.length) };
}

/**
 * @param memory - what {@link memoryOf} gave, in whichever thread
 * @param family - the family
 * @param summaries - of its values, from its first column on
 */
export function bringBack(memory: FamilyMemory, { state, firstColumn, out }: Remembering, summaries: SummaryFold): void {
  state.putBack(memory.state, 0);
  if (!summaries.restore(memory, firstColumn, firstColumn + out.length)) throw new Error('summaries of another family');
}
