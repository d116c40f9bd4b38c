/** What bench/against.ts compares: an update by a day of minutes through each store, and a training with default options. */
export const KINDS = ['update, memory', 'update, directory', 'update, mongodb', 'training'] as const;
/** One of them. */
export type Kind = (typeof KINDS)[number];
/** Bars that an update brings: a trading day of 6.5 hours. */
export const DAY_BARS = 390;
