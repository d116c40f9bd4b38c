/** Trees of a forest or of boosting. */
export const TREES = { from: 1, to: 10_000 } as const;
/** Splits from the root of a tree to its deepest leaf. */
export const MAX_DEPTH = { from: 1, to: 64 } as const;
/** Rows of a node that may be split. */
export const MIN_SPLIT = { from: 2, to: 2 ** 30 } as const;
/** Rows of a leaf. */
export const MIN_LEAF = { from: 1, to: 2 ** 30 } as const;
/** Years that a limit of time may span: more than any market has. */
export const LONGEST_YEARS = 1_000;
/** Milliseconds of the longest bar: 31 years. */
export const LONGEST_BAR_MS = 1e12;
/** Stored bars that an update compares. */
export const OVERLAP_BARS = { from: 5, to: 10_000 } as const;
/** Bars that a window of a feature may span. */
export const WINDOW_BARS = { from: 1, to: 10_000 } as const;
