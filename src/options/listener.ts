import { hushed } from './checks';

/**
 * Tells a listener of the caller's what is going on. It may throw, be async, or answer anything: a broken progress bar must not cost the work, and a rejection that nobody
 * hears would end the process.
 *
 * @param listener - the caller's, if any; what it throws, and what a promise of it rejects with, is ignored
 * @param event - what it is told
 */
export function tell<Event>(listener: ((event: Event) => unknown) | undefined, event: Event): void {
  try {
    hushed(listener?.(event));
  } catch {
    // neither must what it throws
  }
}
