/**
 * The size, relative to the price, at which a range, a deviation or a smoothed movement counts as none. Float64 rounding leaves about 2e-16
 * of the price a step, and one tick is at least 1e-8 of it: what is smaller than 1e-12 is not a movement of the price but rounding, or the
 * last trace of a movement hundreds of flat bars ago. Indicators that divide by such a size give their degenerate value instead (RSI 50,
 * %B 0.5, ...). It is relative, so that a stock at 5 and the same stock at 500 are treated alike.
 */
export const NEGLIGIBLE = 1e-12;
