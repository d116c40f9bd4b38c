export { alpha158 } from './alpha158';
export { type FormulaOptions, formula } from './formula';
export type { Otherwise } from './formula-family';
