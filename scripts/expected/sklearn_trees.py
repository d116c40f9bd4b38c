#!/usr/bin/env python3
"""Train scikit-learn's tree models on a made-up matrix, and write their test errors for test/trees/sklearn.long.test.ts.

The matrix is a hash of (row, column) in 32-bit integers, turned into numbers by + - * only, so the test makes the same one to the bit.

Run once, when the matrix or the defaults change (about ten minutes):
  python3 -m venv /tmp/sklearn && /tmp/sklearn/bin/pip install scikit-learn numpy
  /tmp/sklearn/bin/python scripts/expected/sklearn_trees.py > test/trees/expected/sklearn.json
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.tree import DecisionTreeRegressor

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


def weights(x):
    """No row where the second feature is low, and the more of the others the higher the first one is: a model that ignores them is another one."""
    return np.where(x[:, 1] < 0.3, 0, 1 + np.floor(5.0 * x[:, 0].astype(np.float64))).astype(np.int64)


def weighted(xs, ys, xt, yt, seed):
    """Test errors of models that weigh their rows, what the roots of a forest's trees weigh on average, and the median of what leaves weigh."""
    w = weights(xs)
    boosting = GradientBoostingRegressor(n_estimators=50, max_depth=3, learning_rate=0.1, random_state=seed).fit(xs, ys, sample_weight=w)
    there = w > 0
    xs, ys, w = xs[there], ys[there], w[there]
    # since 1.9, a forest draws rows in proportion to their weights; before, it drew them all alike and multiplied counts by weights, as here
    drawn_by_weight = RandomForestRegressor(50, max_depth=10, random_state=seed).fit(xs, ys, sample_weight=w)
    random = np.random.RandomState(seed)
    trees = []
    for _ in range(50):
        counts = np.bincount(random.randint(0, len(ys), len(ys)), minlength=len(ys))
        trees.append(DecisionTreeRegressor(max_depth=10, random_state=random.randint(2**31 - 1)).fit(xs, ys, sample_weight=counts * w))
    leaves = np.concatenate([tree.tree_.weighted_n_node_samples[tree.tree_.children_left < 0] for tree in trees])
    mean = np.mean([tree.predict(xt) for tree in trees], axis=0)
    return {
        "weighted_rf_mse": float(((mean - yt) ** 2).mean()),
        "drawn_by_weight_rf_mse": float(((drawn_by_weight.predict(xt) - yt) ** 2).mean()),
        "weighted_gb_mse": float(((boosting.predict(xt) - yt) ** 2).mean()),
        "weighted_rf_root": float(np.mean([tree.tree_.weighted_n_node_samples[0] for tree in trees])),
        "weighted_rf_leaf": float(np.median(leaves)),
    }


def main():
    figures = {"scikit_learn": sklearn.__version__, "train": TRAIN, "test": TEST, "features": FEATURES, "seeds": SEEDS, "sets": {}}
    for name, noise in NOISE.items():
        x, y = matrix(noise)
        up = (y > 0).astype(np.int64)
        xs, ys, ups, xt, yt, upt = x[:TRAIN], y[:TRAIN], up[:TRAIN], x[TRAIN:], y[TRAIN:], up[TRAIN:]
        own = {"noise": noise, "first_target": float(y[0]), "last_target": float(y[-1]), "target_variance": float(yt.var()),
               "regression_rf_mse": [], "regression_gb_mse": [], "classification_rf_auc": [],
               "extra_regression_mse": [], "extra_classification_auc": [], "classification_gb_auc": [], "classification_gb_log_loss": [],
               "weighted_rf_mse": [], "drawn_by_weight_rf_mse": [], "weighted_gb_mse": [],
               "weighted_rf_root": [], "weighted_rf_leaf": []}
        w = weights(xs)
        own["total_weight"], own["present"] = int(w.sum()), int((w > 0).sum())
        for seed in SEEDS:
            forest = RandomForestRegressor(50, max_depth=10, random_state=seed, n_jobs=2).fit(xs, ys)
            own["regression_rf_mse"].append(float(((forest.predict(xt) - yt) ** 2).mean()))
            boosting = GradientBoostingRegressor(n_estimators=50, max_depth=3, learning_rate=0.1, random_state=seed).fit(xs, ys)
            own["regression_gb_mse"].append(float(((boosting.predict(xt) - yt) ** 2).mean()))
            classifier = RandomForestClassifier(50, max_depth=10, random_state=seed, n_jobs=2).fit(xs, ups)
            own["classification_rf_auc"].append(float(roc_auc_score(upt, classifier.predict_proba(xt)[:, 1])))
            extra = ExtraTreesRegressor(50, max_depth=10, random_state=seed).fit(xs, ys)
            own["extra_regression_mse"].append(float(((extra.predict(xt) - yt) ** 2).mean()))
            extra = ExtraTreesClassifier(50, max_depth=10, random_state=seed).fit(xs, ups)
            own["extra_classification_auc"].append(float(roc_auc_score(upt, extra.predict_proba(xt)[:, 1])))
            boosting = GradientBoostingClassifier(n_estimators=50, max_depth=3, learning_rate=0.1, random_state=seed).fit(xs, ups)
            up_probability = boosting.predict_proba(xt)[:, 1]
            own["classification_gb_auc"].append(float(roc_auc_score(upt, up_probability)))
            own["classification_gb_log_loss"].append(float(log_loss(upt, up_probability)))
            for figure, value in weighted(xs, ys, xt, yt, seed).items():
                own[figure].append(value)
            print(name, seed, file=sys.stderr)
        figures["sets"][name] = own
    print(json.dumps(figures, indent=1))


main()
