import { count, counted, figure, minute, type Row, type Sheet } from '../printed';
import type { CompanyProfile, MlProfile, StatisticalProfile } from '../profiles/documents';
import { describedModels } from './described-symbol';
import { barsOf, modelRows, titleOf, warningRows } from './tables';

/** Features of a group, and models, that are shown; the rest is counted. */
const SHOWN = 5;

/**
 * @param profile - a company profile
 * @returns what is printed of it
 */
export function companyTable(profile: CompanyProfile): Sheet {
  const { raw_data: raw, performance_metrics: performance, risk_metrics: risk, technical_indicators: indicators } = profile;
  const interval = raw.interval_ms;
  return {
    title: `company profile: ${titleOf({ ...profile, interval })}`,
    rows: [
      ['bars', barsOf({ bars: raw.points, first: raw.first_bar, last: raw.last_bar }, interval)],
      [
        'return',
        `total ${figure(performance.total_return)}, a year ${figure(performance.annualised_return)}, sharpe ${figure(performance.sharpe)}`,
      ],
      [
        'risk',
        `volatility ${figure(performance.annualised_volatility)}, largest fall ${figure(risk.max_drawdown)}, value at risk ${figure(risk.var_95)}`,
      ],
      [
        'newest',
        `${counted(Object.keys(indicators).length, 'technical indicator')}: ${first(Object.entries(indicators), ([name, value]) => `${name} ${figure(value)}`)}`,
      ],
      ['updated', `${minute(profile.last_updated)}: ${profile.last_update.action}, ${counted(profile.last_update.new_bars, 'new bar')}`],
      ...warningRows(raw.warnings),
    ],
  };
}

/**
 * @param profile - an ML profile
 * @returns what is printed of it
 */
export function mlTable(profile: MlProfile): Sheet {
  const { feature_importance: importance = {}, training_window: window, last_retrain_decision: decision } = profile;
  const weightiest = Object.entries(importance).slice(0, SHOWN);
  return {
    title: `ML profile: ${titleOf({ ...profile, exchange: null, interval: null })}`,
    rows: [
      ...modelRows(describedModels(profile)),
      ['learnt', `${minute(window.from)} to ${minute(window.to)}, ${counted(profile.feature_names.length, 'feature')}`],
      ...weightiest.map(
        ([key, features], i): Row => [
          i === 0 ? 'weightiest' : '',
          `${key}: ${first(features, (one) => `${one.feature} ${figure(one.importance)}`)}`,
        ],
      ),
      ['decision', `${decision.retrain ? 'trained' : 'models kept'}: ${decision.reasons.join('; ')}`],
    ],
  };
}

/**
 * @param profile - a statistical profile
 * @returns what is printed of it
 */
export function statisticalTable(profile: StatisticalProfile): Sheet {
  const groups = Object.entries(profile.features).map(([group, features]) => [group, Object.entries(features)] as const);
  return {
    title: `statistical profile: ${titleOf({ ...profile, exchange: null, interval: null })}`,
    rows: groups.flatMap(([group, features]): Row[] => [
      ['', `${group}, ${counted(features.length, 'feature')}, newest value and mean:`],
      ...(features.length === 0
        ? []
        : [['', first(features, ([name, { latest, mean }]) => `${name} ${figure(latest)} (${figure(mean)})`)] as const]),
    ]),
  };
}

function first<T>(all: readonly T[], textOf: (one: T) => string): string {
  const rest = all.length - SHOWN;
  return [...all.slice(0, SHOWN).map(textOf), ...(rest > 0 ? [`${count(rest)} more`] : [])].join(', ');
}
