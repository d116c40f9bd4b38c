#!/usr/bin/env python3
"""One side of bench/peers.ts and bench/predict.ts: a library of Python on an exported matrix, in a process of its own. Prints a line of JSON a task.

Usage: peers.py FOLDER LIBRARY THREADS TREES [predict]

FOLDER has what bench/peers/matrix.ts writes: meta.json, x.f32 (row after row, NaN where a value is missing), y.f32 (the next bar's return).
LIBRARY is lightgbm, lightgbm-quantised, xgboost or hessboost. The first rows are trained on, the others are judged. Every library builds its own data structure once
and gets another label for the classification; that is its preparation.
"""
import json
import os
import resource
import sys
import time

import numpy as np

folder, library, threads, trees = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with open(os.path.join(folder, "meta.json")) as file:
    meta = json.load(file)
train, features = meta["trainRows"], meta["features"]
X = np.fromfile(os.path.join(folder, "x.f32"), "<f4").reshape(meta["rows"], features)
y = np.fromfile(os.path.join(folder, "y.f32"), "<f4")
up = (y > 0).astype(np.float32)
BAG = 0.632
SOME = features**-0.5


def lightgbm():
    import lightgbm as lgb

    shared = {"num_threads": threads, "max_bin": 255, "verbosity": -1, "seed": 1, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0}
    forest = {**shared, "boosting": "rf", "bagging_freq": 1, "bagging_fraction": BAG, "num_leaves": 1024, "max_depth": 10}
    boosting = {**shared, "objective": "regression", "num_leaves": 8, "max_depth": 3, "learning_rate": 0.1}
    parameters = {
        "regression forest": {**forest, "objective": "regression"},
        "classification forest": {**forest, "objective": "binary", "feature_fraction_bynode": SOME},
        "boosting": boosting,
    }
    if library == "lightgbm-quantised":
        # not combined with bagging, and a forest of LightGBM is nothing without that
        parameters = {"boosting": {**boosting, "use_quantized_grad": True}}
    data = {"max_bin": 255, "num_threads": threads, "verbosity": -1, "feature_pre_filter": False}

    def prepare():
        return lgb.Dataset(X[:train], label=y[:train], params=data, free_raw_data=False).construct()

    def relabel(prepared, label):
        prepared.set_label(label)
        return prepared

    def predict(model, rows):
        return model.predict(rows, num_threads=threads)

    return lgb.__version__, prepare, relabel, lambda task, d: lgb.train(parameters[task], d, trees), predict, list(parameters)


def xgboost_like(name):
    if name == "xgboost":
        import xgboost as xgb

        version, matrix = xgb.__version__, xgb.QuantileDMatrix
    else:
        import hessboost as xgb
        from importlib.metadata import version as version_of

        version, matrix = version_of("hessboost"), xgb.DMatrix
    shared = {"tree_method": "hist", "max_bin": 256, "nthread": threads, "seed": 1}
    forest = {**shared, "max_depth": 10, "eta": 1, "num_parallel_tree": trees, "subsample": BAG, "lambda": 0, "min_child_weight": 1}
    fits = {
        "regression forest": ({**forest, "base_score": float(y[:train].mean())}, 1),
        "classification forest": ({**forest, "objective": "binary:logistic", "colsample_bynode": SOME}, 1),
        "boosting": ({**shared, "max_depth": 3, "eta": 0.1}, trees),
    }

    def relabel(prepared, label):
        if name == "xgboost":
            prepared.set_label(label)
        else:
            prepared.set_info(label=label)
        return prepared

    def fit(task, prepared):
        parameters, rounds = fits[task]
        return xgb.train(parameters, prepared, rounds)

    def predict(model, rows):
        return model.inplace_predict(rows) if name == "xgboost" else model.predict(xgb.DMatrix(rows))

    return version, lambda: matrix(X[:train], label=y[:train]), relabel, fit, predict, list(fits)


def area_under_curve(truth, forecast):
    _, group, size = np.unique(forecast, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(size) - (size - 1) / 2)[group]
    ups = truth.sum()
    downs = len(truth) - ups
    return None if ups == 0 or downs == 0 else float((ranks[truth == 1].sum() - ups * (ups + 1) / 2) / (ups * downs))


def error_of(task, forecast):
    if task == "classification forest":
        return {"AUC": area_under_curve(up[train:].astype(np.float64), forecast)}
    return {"MSE": float(((y[train:].astype(np.float64) - forecast) ** 2).mean())}


def timed(work):
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return result, {"seconds": time.perf_counter() - wall, "processor s": time.process_time() - processor}


def tell(**row):
    print(json.dumps({"library": library, "version": version, "threads": threads, **row}), flush=True)


def main():
    prepared, cost = timed(prepare)
    tell(work="preparation", **cost)
    for task in tasks:
        data = relabel(prepared, up[:train] if task == "classification forest" else y[:train])
        model, cost = timed(lambda: fit(task, data))
        forecast, predicting = timed(lambda: predict(model, X[train:]))
        if sys.argv[5:] == ["predict"]:
            one = X[train : train + 1]
            rounds = 200
            _, single = timed(lambda: [predict(model, one) for _ in range(rounds)])
            tell(work=task, **{"rows/s/core": (len(y) - train) / predicting["processor s"], "one row, us": single["seconds"] / rounds * 1e6})
        else:
            tell(work=task, **cost, **error_of(task, forecast))
    tell(work="memory", **{"peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024})


try:
    version, prepare, relabel, fit, predict, tasks = lightgbm() if library.startswith("lightgbm") else xgboost_like(library)
except ImportError as reason:
    sys.exit(f"{library} is not installed: {reason}")
main()
