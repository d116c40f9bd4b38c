/** Textbook formulas, for naive twins. */

/** @returns the sum */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
/** @returns the arithmetic mean */
export const mean = (values: readonly number[]): number => sum(values) / values.length;
/** @returns sum of squared deviations / (n - ddof) */
export const variance = (values: readonly number[], ddof = 1): number =>
  sum(values.map((value) => (value - mean(values)) ** 2)) / (values.length - ddof);
/** @returns root of {@link variance} */
export const std = (values: readonly number[], ddof = 1): number => Math.sqrt(variance(values, ddof));

/** Bias-corrected skewness G1. */
export function skewnessOf(values: readonly number[]): number {
  const n = values.length;
  const m = (power: number) => mean(values.map((value) => (value - mean(values)) ** power));
  return (Math.sqrt(n * (n - 1)) / (n - 2)) * (m(3) / m(2) ** 1.5);
}

/** Bias-corrected excess kurtosis G2. */
export function kurtosisOf(values: readonly number[]): number {
  const n = values.length;
  const m = (power: number) => mean(values.map((value) => (value - mean(values)) ** power));
  return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (m(4) / m(2) ** 2 - 3) + 6);
}

/** Correlation with 1, 2, 3, ... */
export function corr(values: readonly number[]): number {
  const times = values.map((_, k) => k);
  const products = sum(values.map((value, k) => (value - mean(values)) * (k - mean(times))));
  return products / Math.sqrt(variance(values) * variance(times)) / (values.length - 1);
}

/** Quantile, linear between neighbours (Hyndman & Fan's type 7). */
export function quantileSeq(values: readonly number[], probability: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = probability * (values.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (place - below) * (sorted[Math.min(below + 1, values.length - 1)] - sorted[below]);
}
