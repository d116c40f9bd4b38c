"""Writes test/features/expected/talib.json: generated bars, and what TA-Lib makes of them.

    python3 -m venv /tmp/talib && /tmp/talib/bin/pip install TA-Lib==0.8.2 numpy==2.4.6
    /tmp/talib/bin/python scripts/expected/talib_indicators.py

The bars are a random walk in cents from an integer generator, so the file is the same on every machine. Some bars do not trade, some
do not move, some jump; no window is flat for long, where TA-Lib and this library decide differently on purpose (see the doc comments of
the families). JSON has no NaN: warm-up is null. Numbers are written with the 17 significant digits that a double has.
"""

import json
from pathlib import Path

import numpy
import talib

BARS = 600
TARGET = Path(__file__).resolve().parents[2] / "test" / "features" / "expected" / "talib.json"


def random_integers(seed):
    """Upper 16 bits of the 32-bit linear congruential generator with the constants of Numerical Recipes."""
    state = seed
    while True:
        state = (state * 1664525 + 1013904223) % 2**32
        yield state >> 16


def make_bars():
    draw = random_integers(7)
    columns = {"open": [], "high": [], "low": [], "close": [], "volume": []}
    close = 10000
    for number in range(BARS):
        # a gap now and then, a jump on one bar in a hundred
        gap = next(draw) % 41 - 20 if next(draw) % 8 == 0 else 0
        jump = (next(draw) % 2 * 2 - 1) * 700 if next(draw) % 100 == 0 else 0
        first = close + gap + jump
        close = first + next(draw) % 101 - 50
        high = max(first, close) + next(draw) % 30
        low = min(first, close) - next(draw) % 30
        volume = next(draw) * 10
        if number % 97 == 50:
            first = high = low = close
            volume = 0
        for name, value in zip(columns, (first / 100, high / 100, low / 100, close / 100, volume)):
            columns[name].append(value)
    return columns


def expected(bars):
    high, low, close, volume = (numpy.array(bars[name], dtype=float) for name in ("high", "low", "close", "volume"))
    values = {}
    for period in (5, 10, 20, 50, 100, 200):
        values[f"sma_{period}"] = talib.SMA(close, period)
    for period in (12, 26, 50, 200):
        values[f"ema_{period}"] = talib.EMA(close, period)
    values["bollinger_upper"], values["bollinger_middle"], values["bollinger_lower"] = talib.BBANDS(close, 20, 2, 2)
    for period in (7, 14, 21):
        values[f"rsi_{period}"] = talib.RSI(close, period)
    values["macd_line"], values["macd_signal"], values["macd_histogram"] = talib.MACD(close, 12, 26, 9)
    values["true_range"] = talib.TRANGE(high, low, close)
    for period in (7, 14):
        values[f"atr_{period}"] = talib.ATR(high, low, close, period)
        values[f"atr_{period}_percent"] = talib.NATR(high, low, close, period)
    values["stochastic_k"], values["stochastic_d"] = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)
    values["williams_r_14"] = talib.WILLR(high, low, close, 14)
    values["adx_14"] = talib.ADX(high, low, close, 14)
    values["plus_di_14"] = talib.PLUS_DI(high, low, close, 14)
    values["minus_di_14"] = talib.MINUS_DI(high, low, close, 14)
    values["cci_20"] = talib.CCI(high, low, close, 20)
    values["obv"] = talib.OBV(close, volume)
    values["ad_line"] = talib.AD(high, low, close, volume)
    values["mfi_14"] = talib.MFI(high, low, close, volume, 14)
    for period in (1, 5, 10, 20, 60):
        values[f"roc_{period}"] = talib.ROC(close, period)
    values["momentum_10"] = talib.MOM(close, 10)
    return values


def lines(columns, write):
    """One line a column, so that a changed column is one changed line."""
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: [{','.join(map(write, column))}]" for name, column in columns.items()) + "\n }"


def digits(value):
    return "null" if numpy.isnan(value) else f"{value:.17g}"


if __name__ == "__main__":
    bars = make_bars()
    versions = {"TA-Lib": talib.__ta_version__.decode().split()[0], "python package": talib.__version__, "numpy": numpy.__version__}
    text = (
        '{\n "madeBy": "scripts/expected/talib_indicators.py",\n'
        f' "versions": {json.dumps(versions)},\n "bars": {lines(bars, repr)},\n "expected": {lines(expected(bars), digits)}\n}}\n'
    )
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(text)
    print(f"{TARGET}: {BARS} bars, {len(text)} bytes")
