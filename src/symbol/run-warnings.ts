import type { Warning } from '../bars/warnings';
import { TickerforestError } from '../errors';
import type { TrainingFailure } from '../updates/incremental-update-strategy';

/**
 * @param symbol - whose models
 * @param failure - why they could not be trained
 * @returns the warning
 */
export function trainingWarning(symbol: string, { code, reason }: TrainingFailure): Warning {
  const message = `${symbol}: training is due and failed (${code}); new bars were taken in, the models stay, and the next run tries again: ${reason}`;
  return { code: 'training_failed', message, count: 0, firstBar: null };
}

/**
 * @param warnings - what a run has to say
 * @returns the error that `strict: true` makes of it
 */
export function strictly(warnings: readonly Warning[]): TickerforestError {
  const all = warnings.map(({ code, message }) => `${code}: ${message}`).join('; ');
  const what = warnings.length === 1 ? 'a warning' : `${warnings.length} warnings`;
  return new TickerforestError('STRICT', `strict: true makes an error of ${what}: ${all}`);
}
