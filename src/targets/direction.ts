import { checkOptions } from '../options/description';
import { DIRECTION } from '../options/target-tables';
import { stepsOver } from '../waiting';
import { builtInTarget, labelSteps } from './define-target';
import { type GapOptions, withoutGaps } from './holes';
import { gapInWords, nextReturn } from './returns';
import { identityOf, noLabels, type Target } from './target';

/** How {@link direction} judges a move. */
export interface DirectionOptions extends GapOptions {
  /** What moves: a regression target. Default `nextReturn()`. */
  readonly of?: Target | undefined;
  /** Moves of at most this size, either way, are flat; in the unit of `of` (0.0005 is 0.05 % of a return). Default 0: only a move of exactly 0 is. */
  readonly deadZone?: number | undefined;
  /**
   * What a flat move is: 'down' counts it as 0, so 1 means 'up by more than the dead zone' and 0 means 'down or flat'; 'drop' leaves the row without a label.
   * Dropping chooses rows by what happened after them, which nobody knows when he forecasts, so figures of held-out rows look better than trading on them does. Default 'down'.
   */
  readonly flat?: 'down' | 'drop' | undefined;
}

/**
 * The direction of a return, as a classification: 1 above the dead zone, 0 below it on the other side. Intervals are those of `of`; rows without label
 * there have none here.
 *
 * @param options - see {@link DirectionOptions}
 * @returns the target 'direction'
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 * @example
 * direction({ of: horizonReturn({ bars: 5 }), deadZone: 0.0005 })
 */
export function direction(options: DirectionOptions = {}): Target {
  const { of = nextReturn(), deadZone = 0, flat = 'down', maxGap } = checkOptions(options, DIRECTION, 'direction');
  const facts = {
    name: 'direction',
    parameters: { of: identityOf(of), dead_zone: deadZone, flat, max_gap: maxGap ?? null },
    kind: 'classification',
    description: `direction of the ${of.description}${flatInWords(deadZone, flat)}${gapInWords(maxGap)}`,
  } as const;
  return builtInTarget(facts, function* (bars, market) {
    const moves = yield* labelSteps(of, bars, market);
    const labels = yield* noLabels(bars.length);
    yield* stepsOver(bars.length, (from, to) => {
      for (let t = from; t < to; t++) {
        const move = moves.value[t];
        const isFlat = Math.abs(move) <= deadZone;
        if (moves.end[t] < 0 || (isFlat && flat === 'drop')) continue;
        labels.value[t] = move > deadZone ? 1 : 0;
        labels.end[t] = moves.end[t];
      }
    });
    return yield* withoutGaps(labels, bars, market, maxGap, facts.name);
  });
}

function flatInWords(deadZone: number, flat: 'down' | 'drop'): string {
  if (flat === 'drop') return deadZone === 0 ? ', moves of 0 left out' : `, moves within ${deadZone} left out`;
  return deadZone === 0 ? '' : `, up only beyond ${deadZone}`;
}
