import { counted, figure, printedAs, type Row, short, signed } from '../printed';
import type { Explanation } from './explain';
import type { PermutationImportance } from './permutation-importance';

/** Features that are shown; the rest is counted. */
const FEATURES = 10;
/** Columns of the longest figure: '-1.23e-10'. */
const LONGEST = 10;

/**
 * Makes an explanation print as a table of the features that moved its forecasts most.
 *
 * @param explanation - of any rows; it is changed
 * @returns the explanation
 */
export function printedExplanation(explanation: Explanation): Explanation {
  return printedAs(explanation, ({ features, unit, base, contributions, forecasts }) => {
    const last = contributions.at(-1);
    const ranked = features.map((feature, i) => ({
      feature,
      mean: contributions.reduce((sum, row) => sum + Math.abs(row[i]), 0) / contributions.length,
      newest: last?.[i] ?? Number.NaN,
    }));
    ranked.sort((a, b) => b.mean - a.mean);
    const shown = contributions.length === 0 ? [] : ranked.slice(0, FEATURES);
    const lines = shown.map(
      ({ feature, mean, newest }): Row => ['', `${short(mean).padEnd(LONGEST)} ${signed(newest).padEnd(LONGEST)} ${feature}`],
    );
    return {
      title: `explanation of ${counted(contributions.length, 'row')}, ${counted(features.length, 'feature')}`,
      rows: [
        ['base', `${short(base)}${unit === 'log_odds' ? ', in log odds' : ''}`],
        ...(last === undefined
          ? []
          : ([
              ['last row', `forecast ${short(forecasts[forecasts.length - 1])}`],
              ['moved by', 'mean size, in the last row, feature'],
            ] as const)),
        ...lines,
        ...rest(features.length - shown.length),
      ],
    };
  });
}

/**
 * Makes importances print as a table of the features that are worth most.
 *
 * @param importance - the figures; they are changed
 * @returns the figures
 */
export function printedImportance(importance: PermutationImportance): PermutationImportance {
  return printedAs(importance, ({ features, scoring, score, importancesMean, importancesStd, importances }) => {
    const ranked = features.map((feature, i) => ({ feature, mean: importancesMean[i], std: importancesStd[i] }));
    ranked.sort((a, b) => b.mean - a.mean);
    const shown = ranked.slice(0, FEATURES);
    return {
      title: `permutation importance of ${counted(features.length, 'feature')}, each shuffled ${counted(importances[0]?.length ?? 0, 'time')}`,
      rows: [
        ['score', `${scoring} ${figure(score)}`],
        ['lost', 'mean, standard deviation, feature'],
        ...shown.map(({ feature, mean, std }): Row => ['', `${signed(mean).padEnd(LONGEST)} ${short(std).padEnd(LONGEST)} ${feature}`]),
        ...rest(features.length - shown.length),
      ],
    };
  });
}

function rest(features: number): readonly Row[] {
  return features === 0 ? [] : [['', `and ${counted(features, 'feature')} more`]];
}
