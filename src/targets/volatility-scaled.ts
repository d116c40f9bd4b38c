import { checkOptions } from '../options/description';
import { VOLATILITY_SCALED } from '../options/target-tables';
import { stepsOver } from '../waiting';
import { builtInTarget, labelSteps } from './define-target';
import { type GapOptions, withoutGaps } from './holes';
import { gapInWords, nextReturn } from './returns';
import { identityOf, noLabels, type Target } from './target';
import { isUnit, type VolatilityOptions, volatilityOf, WINDOW } from './volatility';

/** What {@link volatilityScaled} scales, and by what. */
export interface VolatilityScaledOptions extends GapOptions, VolatilityOptions {
  /** What is scaled: a regression target. Default `nextReturn()`. */
  readonly of?: Target | undefined;
}

/**
 * A return in units of the volatility that is known when it begins: calm and wild times weigh alike in a squared error. Of row t it is the return divided by the root mean
 * square of the last `window` one-bar returns up to bar t; a return over n bars is typically about sqrt(n) of them. Intervals are those of `of`. The first `window` rows have
 * no label, nor have rows before which no price moved: nothing can be measured in a volatility of 0.
 *
 * @param options - see {@link VolatilityScaledOptions}
 * @returns the target 'volatility_scaled'
 * @throws TickerforestError `INVALID_OPTION` naming option and value
 * @example
 * volatilityScaled({ of: horizonReturn({ bars: 5 }), window: 120 })
 */
export function volatilityScaled(options: VolatilityScaledOptions = {}): Target {
  const { of = nextReturn(), window = WINDOW, maxGap } = checkOptions(options, VOLATILITY_SCALED, 'volatilityScaled');
  const facts = {
    name: 'volatility_scaled',
    parameters: { of: identityOf(of), window, max_gap: maxGap ?? null },
    kind: 'regression',
    description: `${of.description}, in units of the volatility of ${window} bars${gapInWords(maxGap)}`,
  } as const;
  return builtInTarget(facts, function* (bars, market) {
    const moves = yield* labelSteps(of, bars, market);
    const volatility = yield* volatilityOf(bars, window);
    const labels = yield* noLabels(bars.length);
    yield* stepsOver(bars.length, (from, to) => {
      for (let t = from; t < to; t++) {
        const scaled = moves.value[t] / volatility[t];
        if (moves.end[t] < 0 || !isUnit(volatility[t]) || !Number.isFinite(scaled)) continue;
        labels.value[t] = scaled;
        labels.end[t] = moves.end[t];
      }
    });
    return yield* withoutGaps(labels, bars, market, maxGap, facts.name);
  });
}
