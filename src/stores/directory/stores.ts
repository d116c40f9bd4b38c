import type { BarStore } from '../bar-store';
import type { ProfileStore } from '../contract';
import { directoryBarStore } from './bar-store';
import { directoryProfileStore } from './profile-store';

/** Two stores in one folder. */
export interface DirectoryStores {
  /** Where profiles, models and feature state are. */
  readonly store: ProfileStore;
  /** Where bars are. */
  readonly bars: BarStore;
}

/**
 * {@link directoryProfileStore} and {@link directoryBarStore} in one folder, under the names that {@link trainSymbol} has for them.
 *
 * @param path - the folder; made when something is stored
 * @returns both stores. Any number of processes may use the same folder at once.
 * @throws TickerforestError `INVALID_OPTION` without a path
 * @example
 * ```ts
 * await trainSymbol({ symbol: 'AAPL', source: csvBars('aapl.csv.gz'), ...directoryStores('profiles') });
 * ```
 */
export function directoryStores(path: string): DirectoryStores {
  return { store: directoryProfileStore(path), bars: directoryBarStore(path) };
}
