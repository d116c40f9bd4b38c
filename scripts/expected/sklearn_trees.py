#!/usr/bin/env python3
"""Train scikit-learn's three tree models on a made-up matrix, and write their test errors for test/trees/sklearn.test.ts.

The matrix is a hash of (row, column) in 32-bit integers, turned into numbers by + - * only, so the test makes the same one to the bit.

Run once, when the matrix or the defaults change (about three minutes):
  python3 -m venv /tmp/sklearn && /tmp/sklearn/bin/pip install scikit-learn numpy
  /tmp/sklearn/bin/python scripts/expected/sklearn_trees.py > test/trees/expected/sklearn.json
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import roc_auc_score

TRAIN, TEST, FEATURES, SEEDS = 20_000, 10_000, 20, [1, 2, 3, 4, 5]
# how much noise the target has: a strong signal, and one as weak as that of real returns
NOISE = {"strong": 1.0, "weak": 12.0}


def uniform(rows, column):
    """24 random bits a row, as a number in [0, 1): murmur3's 32-bit finaliser of row * 64 + column + 1."""
    h = (np.arange(rows, dtype=np.uint32) * np.uint32(64) + np.uint32(column + 1)) * np.uint32(0x9E3779B1)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return (h >> np.uint32(8)).astype(np.float64) / 2.0**24


def matrix(noise):
    rows = TRAIN + TEST
    x = [uniform(rows, column) for column in range(FEATURES)]
    signal = 3.0 * (x[0] - 0.5) * (x[1] - 0.5)
    signal = signal + 4.0 * (x[2] - 0.5) * (x[2] - 0.5)
    signal = signal + np.where(x[3] > 0.7, 0.8, 0.0)
    signal = signal + 1.5 * (x[4] - 0.5)
    signal = signal + np.where(x[5] > 0.5, x[6] - 0.5, 0.5 - x[6])
    normal = uniform(rows, 60) + uniform(rows, 61) + uniform(rows, 62) + uniform(rows, 63) - 2.0
    y = (signal - 0.57333) + noise * normal
    return np.stack(x, axis=1).astype(np.float32), y


def main():
    figures = {"scikit_learn": sklearn.__version__, "train": TRAIN, "test": TEST, "features": FEATURES, "seeds": SEEDS, "sets": {}}
    for name, noise in NOISE.items():
        x, y = matrix(noise)
        up = (y > 0).astype(np.int64)
        xs, ys, ups, xt, yt, upt = x[:TRAIN], y[:TRAIN], up[:TRAIN], x[TRAIN:], y[TRAIN:], up[TRAIN:]
        own = {"noise": noise, "first_target": float(y[0]), "last_target": float(y[-1]), "target_variance": float(yt.var()),
               "regression_rf_mse": [], "regression_gb_mse": [], "classification_rf_auc": []}
        for seed in SEEDS:
            forest = RandomForestRegressor(50, max_depth=10, random_state=seed, n_jobs=2).fit(xs, ys)
            own["regression_rf_mse"].append(float(((forest.predict(xt) - yt) ** 2).mean()))
            boosting = GradientBoostingRegressor(n_estimators=50, max_depth=3, learning_rate=0.1, random_state=seed).fit(xs, ys)
            own["regression_gb_mse"].append(float(((boosting.predict(xt) - yt) ** 2).mean()))
            classifier = RandomForestClassifier(50, max_depth=10, random_state=seed, n_jobs=2).fit(xs, ups)
            own["classification_rf_auc"].append(float(roc_auc_score(upt, classifier.predict_proba(xt)[:, 1])))
            print(name, seed, file=sys.stderr)
        figures["sets"][name] = own
    print(json.dumps(figures, indent=1))


main()
