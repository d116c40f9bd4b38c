"""Writes test/technicalindicators/expected/candles.json: generated bars, and the candlestick patterns that TA-Lib finds in them.

    python3 -m venv /tmp/talib && /tmp/talib/bin/pip install TA-Lib==0.8.2 numpy==2.4.6
    /tmp/talib/bin/python scripts/expected/talib_candles.py

The bars are a random walk in cents from an integer generator, so the file is the same on every machine. Bodies and shadows are often tiny, and many bars open with a
gap, so that every pattern has a chance.
"""

import json
from pathlib import Path

import numpy
import talib

BARS = 6000
TARGET = Path(__file__).resolve().parents[2] / "test" / "technicalindicators" / "expected" / "candles.json"

# pattern of technicalindicators: function of TA-Lib, sign that it has there
COUNTERPARTS = {
    "doji": ("CDLDOJI", 1),
    "dragonfly_doji": ("CDLDRAGONFLYDOJI", 1),
    "gravestone_doji": ("CDLGRAVESTONEDOJI", 1),
    "bullish_marubozu": ("CDLMARUBOZU", 1),
    "bearish_marubozu": ("CDLMARUBOZU", -1),
    "bullish_spinning_top": ("CDLSPINNINGTOP", 1),
    "bearish_spinning_top": ("CDLSPINNINGTOP", -1),
    "bullish_engulfing": ("CDLENGULFING", 1),
    "bearish_engulfing": ("CDLENGULFING", -1),
    "bullish_harami": ("CDLHARAMI", 1),
    "bearish_harami": ("CDLHARAMI", -1),
    "bullish_harami_cross": ("CDLHARAMICROSS", 1),
    "bearish_harami_cross": ("CDLHARAMICROSS", -1),
    "dark_cloud_cover": ("CDLDARKCLOUDCOVER", -1),
    "piercing_line": ("CDLPIERCING", 1),
    "abandoned_baby": ("CDLABANDONEDBABY", 1),
    "downside_tasuki_gap": ("CDLTASUKIGAP", -1),
    "evening_star": ("CDLEVENINGSTAR", -1),
    "evening_doji_star": ("CDLEVENINGDOJISTAR", -1),
    "morning_star": ("CDLMORNINGSTAR", 1),
    "morning_doji_star": ("CDLMORNINGDOJISTAR", 1),
    "three_black_crows": ("CDL3BLACKCROWS", -1),
    "three_white_soldiers": ("CDL3WHITESOLDIERS", 1),
    "hammer_unconfirmed": ("CDLHAMMER", 1),
    "hanging_man_unconfirmed": ("CDLHANGINGMAN", -1),
    "shooting_star_unconfirmed": ("CDLSHOOTINGSTAR", -1),
}


def random_integers(seed):
    """Upper 16 bits of the 32-bit linear congruential generator with the constants of Numerical Recipes."""
    state = seed
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state >> 16


def make_bars():
    draw = random_integers(11)
    columns = {"open": [], "high": [], "low": [], "close": []}
    close = 10000
    for _ in range(BARS):
        gap = (next(draw) % 161 - 80) if next(draw) % 3 == 0 else 0
        first = close + gap
        size = [0, 3, 30, 120, 250][next(draw) % 5]
        # falls back to where it began, so that prices stay near 100
        drift = -1 if close > 12000 else 1 if close < 8000 else next(draw) % 2 * 2 - 1
        close = first + drift * (next(draw) % (size + 1))
        reach = [1, 12, 120][next(draw) % 3]
        high = max(first, close) + next(draw) % reach
        reach = [1, 12, 120][next(draw) % 3]
        low = min(first, close) - next(draw) % reach
        for name, value in (("open", first), ("high", high), ("low", low), ("close", close)):
            columns[name].append(value)
    return columns


def main():
    cents = make_bars()
    prices = [numpy.array(cents[name], dtype=float) / 100 for name in ("open", "high", "low", "close")]
    found = {}
    for pattern, (function, sign) in COUNTERPARTS.items():
        marks = getattr(talib, function)(*prices)
        found[pattern] = [int(bar) for bar in numpy.nonzero(marks * sign > 0)[0]]
    result = {
        "madeBy": "scripts/expected/talib_candles.py",
        "versions": {"TA-Lib": talib.__ta_version__.decode().split()[0], "python package": talib.__version__, "numpy": numpy.__version__},
        "cents": cents,
        "found": found,
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
