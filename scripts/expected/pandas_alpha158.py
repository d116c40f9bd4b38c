"""Writes test/formulas/expected/alpha158.json: what pandas makes of Qlib's Alpha158, on the generated bars of talib_indicators.py and on daily stocks.

    python3 -m venv /tmp/pandas && /tmp/pandas/bin/pip install pandas==3.1.1 numpy==2.4.6
    /tmp/pandas/bin/python scripts/expected/pandas_alpha158.py ../shared/data/us-stocks-daily-1999-2021.csv.gz

The definitions are those of `Alpha158DL.get_feature_config` in qlib/contrib/data/loader.py, without what that adds to divisors that may be 0; a
division by 0 has no value, a window with such a bar has none either, and what has none after its warm-up is 0. Windows are full ones. Of the stocks
only features of some bars are written, none of their bars.
"""

import json
import sys
from pathlib import Path

import numpy
import pandas

TESTS = Path(__file__).resolve().parents[2] / "test"
TARGET = TESTS / "formulas" / "expected" / "alpha158.json"
BARS = TESTS / "features" / "expected" / "talib.json"
WINDOWS = (5, 10, 20, 30, 60)
SYMBOLS = ("AAPL", "MSFT", "XOM")


def no_infinities(series):
    return series.replace([numpy.inf, -numpy.inf], numpy.nan)


def line(values):
    """Slope, R squared and last residual of least squares on the bars' numbers."""
    time = numpy.arange(len(values))
    slope, level = numpy.polyfit(time, values, 1)
    fitted = level + slope * time
    squares = ((values - values.mean()) ** 2).sum()
    return slope, 1 - ((values - fitted) ** 2).sum() / squares if squares > 0 else 0.0, values[-1] - fitted[-1]


def alpha158(bars):
    open_, high, low, close, volume = (bars[name] for name in ("open", "high", "low", "close", "volume"))
    top, bottom = numpy.maximum(open_, close), numpy.minimum(open_, close)
    columns = {
        "kmid": (close - open_) / open_,
        "klen": (high - low) / open_,
        "kmid2": (close - open_) / (high - low),
        "kup": (high - top) / open_,
        "kup2": (high - top) / (high - low),
        "klow": (bottom - low) / open_,
        "klow2": (bottom - low) / (high - low),
        "ksft": (2 * close - high - low) / open_,
        "ksft2": (2 * close - high - low) / (high - low),
        "open0": open_ / close,
        "high0": high / close,
        "low0": low / close,
        "vwap0": (open_ + high + low + close) / 4 / close,
    }
    before = close.shift(1)
    change, volume_change = close.diff(), volume.diff()
    up = (close > before).astype(float).where(before.notna())
    down = (close < before).astype(float).where(before.notna())
    flow = (close / before - 1).abs() * volume
    log_volume = numpy.log(volume + 1)
    log_growth = numpy.log(no_infinities(volume / volume.shift(1)) + 1)
    of = {}
    for n in WINDOWS:
        rolling = close.rolling(n)
        lines = [line(close.to_numpy()[t + 1 - n : t + 1]) if t >= n - 1 else (numpy.nan,) * 3 for t in range(len(close))]
        slope, r_squared, residual = (pandas.Series(list(column), index=close.index) for column in zip(*lines))
        highest, lowest = high.rolling(n).max(), low.rolling(n).min()
        newest_high = high.rolling(n).apply(lambda window: window.argmax() + 1, raw=True)
        newest_low = low.rolling(n).apply(lambda window: window.argmin() + 1, raw=True)
        gain, loss = change.clip(lower=0).rolling(n).sum(), (-change).clip(lower=0).rolling(n).sum()
        move = change.abs().rolling(n).sum()
        volume_gain, volume_loss = volume_change.clip(lower=0).rolling(n).sum(), (-volume_change).clip(lower=0).rolling(n).sum()
        volume_move = volume_change.abs().rolling(n).sum()
        of[n] = {
            "roc": close.shift(n) / close,
            "ma": rolling.mean() / close,
            "std": rolling.std() / close,
            "beta": slope / close,
            "rsqr": r_squared,
            "resi": residual / close,
            "max": highest / close,
            "min": lowest / close,
            "qtlu": rolling.quantile(0.8) / close,
            "qtld": rolling.quantile(0.2) / close,
            "rank": rolling.rank(pct=True),
            "rsv": (close - lowest) / (highest - lowest),
            "imax": newest_high / n,
            "imin": newest_low / n,
            "imxd": (newest_high - newest_low) / n,
            "corr": rolling.corr(log_volume),
            "cord": (close / before).rolling(n).corr(log_growth),
            "cntp": up.rolling(n).mean(),
            "cntn": down.rolling(n).mean(),
            "cntd": up.rolling(n).mean() - down.rolling(n).mean(),
            "sump": gain / move,
            "sumn": loss / move,
            "sumd": (gain - loss) / move,
            "vma": volume.rolling(n).mean() / volume,
            "vstd": volume.rolling(n).std() / volume,
            "wvma": flow.rolling(n).std() / flow.rolling(n).mean(),
            "vsump": volume_gain / volume_move,
            "vsumn": volume_loss / volume_move,
            "vsumd": (volume_gain - volume_loss) / volume_move,
        }
    for name in of[WINDOWS[0]]:
        for n in WINDOWS:
            columns[f"{name}{n}"] = of[n][name]
    return pandas.DataFrame({name: no_infinities(column) for name, column in columns.items()})


def rows(bars, numbers):
    features = alpha158(bars)
    assert features.shape[1] == 158
    return {str(number): [value(features.iloc[number, j]) for j in range(158)] for number in numbers}, list(features.columns)


def value(number):
    return None if numpy.isnan(number) else float(f"{number:.14g}")


if __name__ == "__main__":
    generated = pandas.DataFrame(json.loads(BARS.read_text())["bars"], dtype=float)
    expected, names = rows(generated, range(7, len(generated), 31))
    found = {"generated": expected}
    if len(sys.argv) > 1:
        daily = pandas.read_csv(sys.argv[1])
        for symbol in SYMBOLS:
            bars = daily[daily["symbol"] == symbol].sort_values("timestamp").reset_index(drop=True)
            found[symbol], _ = rows(bars, range(60, len(bars), 791))
    versions = {"pandas": pandas.__version__, "numpy": numpy.__version__}
    parts = ['"madeBy": "scripts/expected/pandas_alpha158.py"', f'"versions": {json.dumps(versions)}', f'"names": {json.dumps(names)}']
    for title, expected in found.items():
        lines = ",\n".join(f'  "{number}": {json.dumps(numbers, separators=(",", ":"))}' for number, numbers in expected.items())
        parts.append(f'"{title}": {{\n{lines}\n }}')
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text("{\n " + ",\n ".join(parts) + "\n}\n")
    print(f"{TARGET}: {', '.join(f'{title} {len(expected)} bars' for title, expected in found.items())}")
