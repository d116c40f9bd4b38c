import { closeOfDay, DAY_MS, type Market, MINUTE_MS } from './market';
import type { ZoneClock } from './time-zone';

/**
 * When a bar is complete. A daily bar is complete when regular trading of its date ends, not at midnight: a job that runs after the close
 * wants today's bar.
 *
 * @param timestamp - the bar's, milliseconds UTC
 * @param market - whose bar
 * @param clock - the market's time zone
 * @returns milliseconds UTC
 */
export function barEnd(timestamp: number, market: Market, clock: ZoneClock): number {
  if (market.stamp === 'end') return timestamp;
  if (market.interval !== DAY_MS) return timestamp + market.interval;
  // as the calendar features read it: midnight UTC names a date, anything else is an instant on it
  const local = timestamp % DAY_MS === 0 ? timestamp : timestamp + clock.offsetAt(timestamp);
  const day = Math.floor(local / DAY_MS);
  return clock.toUtc(day * DAY_MS + closeOfDay(market.session, day) * MINUTE_MS);
}
