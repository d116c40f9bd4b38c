"""The kinds of features that tickerforest has, as pandas and TA-Lib compute them, for bench/features.ts: one thread, processor seconds.

Usage: features.py BARS.f64 COUNT. The file holds six columns of doubles: timestamp (milliseconds), open, high, low, close, volume. Says what there is in one
JSON line, then answers each line of its input with one: seconds by kind, and of putting all columns into one matrix of float32.
"""
import json, os, sys, time
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np, pandas as pd, talib

count = int(sys.argv[2])
stamp, o, h, l, c, v = np.fromfile(sys.argv[1]).reshape(6, count)
t = pd.DatetimeIndex(pd.to_datetime(stamp.astype("i8"), unit="ms"))

def moving_averages():
    f = []
    for n in (5, 10, 20, 50, 100, 200): x = talib.SMA(c, n); f += [x, c / x - 1]
    for n in (12, 26, 50, 200): x = talib.EMA(c, n); f += [x, c / x - 1, x / np.roll(x, 5) - 1]
    f += [talib.SMA(c, 5) / talib.SMA(c, 20) - 1, talib.SMA(c, 50) / talib.SMA(c, 200) - 1]
    return f

def bollinger():
    u, m, b = talib.BBANDS(c, 20, 2, 2)
    return [u, m, b, (c - b) / (u - b), (u - b) / m]

def rsi(): return [talib.RSI(c, n) for n in (7, 14, 21)]

def macd(): return [x / c for x in talib.MACD(c)]

def range_and_trend():
    f = [talib.TRANGE(h, l, c)]
    for n in (7, 14): x = talib.ATR(h, l, c, n); f += [x, 100 * x / c]
    f += [*talib.STOCH(h, l, c, 14, 3, 0, 3, 0), talib.WILLR(h, l, c, 14), talib.ADX(h, l, c, 14)]
    return f + [talib.PLUS_DI(h, l, c, 14), talib.MINUS_DI(h, l, c, 14), talib.CCI(h, l, c, 20)]

def volume():
    V = pd.Series(v); mean = V.rolling(20).mean().to_numpy(); obv, ad, tp = talib.OBV(c, v), talib.AD(h, l, c, v), (h + l + c) / 3
    vwap = c / (pd.Series(tp * v).rolling(60).sum() / V.rolling(60).sum()).to_numpy() - 1
    return [v / mean, talib.MFI(h, l, c, v, 14), (obv - np.roll(obv, 20)) / (mean * 20), vwap, (ad - np.roll(ad, 20)) / (mean * 20)]

def momentum(): return [talib.ROCP(c, n) for n in (1, 5, 10, 20, 60)]

def statistics():
    s, r = pd.Series(c), np.r_[np.nan, np.diff(np.log(c))]; R, A = pd.Series(r), pd.Series(np.abs(r)); f = [r, np.r_[np.nan, np.diff(c) / c[:-1]]]
    for n in (20, 60):
        w = R.rolling(n); hi, lo = talib.MAX(h, n), talib.MIN(l, n); z = s.rolling(n)
        f += [w.mean(), w.std(), w.skew(), w.kurt(), (s - z.mean()) / z.std(), (c - lo) / (hi - lo), w.corr(R.shift(1))]
    w = R.rolling(60)
    f += [w.corr(R.shift(5)), A.rolling(60).corr(A.shift(1)), (R - w.mean()) / w.std(), w.rank(pct=True), (R > 0).rolling(20).mean()]
    return f

def risk():
    r = np.r_[np.nan, np.diff(c) / c[:-1]]; R = pd.Series(r); w = R.rolling(60); down = np.sqrt((R.clip(upper=0) ** 2).rolling(60).mean()); m = w.mean()
    top = talib.MAX(c, 60); dd = 1 - c / top; deepest = pd.Series(dd).rolling(60).max(); all_dd = 1 - c / np.maximum.accumulate(c)
    q = w.quantile(0.05); tail = R.where(R <= q).rolling(60, min_periods=1).mean()
    ulcer = np.sqrt(pd.Series((100 * dd) ** 2).rolling(60).mean())
    return [m / w.std(), m / down, down, -q, -tail, dd, deepest, ulcer, (c / np.roll(c, 59) - 1) / deepest, all_dd, np.maximum.accumulate(all_dd)]

def volatility():
    r = np.r_[np.nan, np.diff(np.log(c))]; hl, co, f = np.log(h / l), np.log(c / o), []
    rs = np.log(h / c) * np.log(h / o) + np.log(l / c) * np.log(l / o); ov = np.r_[np.nan, np.log(o[1:] / c[:-1])]
    of = {}
    for n in (20, 60):
        of[n] = pd.Series(r).rolling(n - 1).std(); k = 0.34 / (1.34 + (n + 1) / (n - 1)); drift = pd.Series(rs).rolling(n).mean().clip(lower=0)
        f += [of[n], np.sqrt(pd.Series(hl ** 2).rolling(n).mean() / (4 * np.log(2)))]
        f += [np.sqrt(pd.Series(0.5 * hl ** 2 - (2 * np.log(2) - 1) * co ** 2).rolling(n).mean().clip(lower=0)), np.sqrt(drift)]
        f += [np.sqrt((pd.Series(ov).rolling(n).var() + k * pd.Series(co).rolling(n).var() + (1 - k) * drift).clip(lower=0))]
    w = of[20].rolling(60)
    return f + [w.std() / w.mean(), of[20] / of[60]]

def timeframes():
    P, f = pd.DataFrame({"h": h, "l": l, "c": c}, index=t), []
    for rule in ("5min", "15min", "60min", "1D"):  # closed bars only: shifted by one, then carried forward
        g = P.resample(rule).agg({"h": "max", "l": "min", "c": "last"}).dropna(); C, H, L = (g[k].to_numpy() for k in ("c", "h", "l"))
        parts = {"r": g["c"].pct_change(), "rsi": talib.RSI(C, 14), "atr": 100 * talib.ATR(H, L, C, 14) / C, "d": C / talib.SMA(C, 20) - 1}
        z = pd.DataFrame({**parts, "v": np.log(g["c"]).diff().rolling(20).std()}, index=g.index).shift(1)
        at = np.searchsorted(z.index.values, t.floor(rule).values)
        f += [z[k].to_numpy()[at] for k in z]
    return f

def regime():
    lr = pd.Series(np.r_[np.nan, np.diff(np.log(c))]); s = pd.Series(c); top = talib.MAX(c, 240)
    strength = talib.CORREL(c, np.arange(float(count)), 60); rank = lr.rolling(20).std().rolling(240).rank(pct=True).to_numpy()
    ratio = lr.rolling(5).sum().rolling(60).var() / (5 * lr.rolling(60).var()); path = s.diff().abs().rolling(20).sum()
    since = (np.arange(count) - talib.MAXINDEX(c, 240)) / 239; fall = (1 - c / top) / (lr.rolling(60).std().to_numpy() * np.sqrt(240))
    states = [np.where(strength ** 2 > 0.5, np.sign(strength), 0), (rank > 0.75) * 1.0 - (rank < 0.25), (fall > 0.5) * 1.0 + (fall > 1.5)]
    return [strength, rank, ratio, s.diff(20).abs() / path, since, *states]

def calendar(): return [t.hour * 60 + t.minute, t.day_of_week, t.month]

KINDS = [moving_averages, bollinger, rsi, macd, range_and_trend, volume, momentum, statistics, risk, volatility, timeframes, regime, calendar]
print(json.dumps({"python": sys.version.split()[0], "pandas": pd.__version__, "TA-Lib": talib.__version__, "numpy": np.__version__}), flush=True)
for _ in sys.stdin:
    seconds, columns = {}, []
    with np.errstate(all="ignore"):
        for kind in KINDS:
            start = time.process_time(); made = kind(); seconds[kind.__name__] = time.process_time() - start; columns += made
        start = time.process_time(); X = np.empty((count, len(columns)), "f4")
        for j, x in enumerate(columns): X[:, j] = x
        X[~np.isfinite(X)] = np.nan; matrix = time.process_time() - start
    features = len(columns); del X, columns
    print(json.dumps({"seconds": seconds, "matrix": matrix, "features": features}), flush=True)
