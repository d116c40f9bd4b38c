#!/usr/bin/env python3
"""Fit scikit-learn's Ridge on a made-up matrix with missing values, and write its forecasts for test/models/ridge.test.ts.

Values are whole numbers of a linear congruence, divided by 1024, so the test makes the same ones to the bit.

  python3 -m venv /tmp/sklearn && /tmp/sklearn/bin/pip install scikit-learn numpy
  /tmp/sklearn/bin/python scripts/expected/sklearn_ridge.py > test/models/expected/sklearn-ridge.json
"""
import json

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ROWS, FEATURES, FORECAST = 1_200, 6, 40


def values(count):
    state, out = 12345, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % 2**31
        out.append(state // 2**16)
    return np.array(out, dtype=np.float64)


drawn = values(ROWS * (FEATURES + 1)).reshape(ROWS, FEATURES + 1)
X = (drawn[:, :FEATURES] / 1024).astype(np.float32).astype(np.float64)
X[:, 1] = X[:, 0] + X[:, 1] / 64  # nearly the same as another
X = X.astype(np.float32).astype(np.float64)
X[:, 4] = 7  # never moves
y = X[:, 0] / 8 - X[:, 2] / 16 + drawn[:, FEATURES] / 1024
X[drawn[:, 3] % 5 == 0, 3] = np.nan
weights = 1 + drawn[:, 5] % 3

cases = []
for alpha in [0.01, 1.0, 500.0]:
    for intercept in [True, False]:
        for weighted in [False, True]:
            # a row of weight 3 is three rows: SimpleImputer takes no weights
            times = weights.astype(int) if weighted else np.ones(ROWS, dtype=int)
            model = make_pipeline(SimpleImputer(), StandardScaler(), Ridge(alpha=alpha, fit_intercept=intercept))
            model.fit(np.repeat(X, times, axis=0), np.repeat(y, times))
            cases.append(
                {
                    "alpha": alpha,
                    "fit_intercept": intercept,
                    "weighted": weighted,
                    "forecasts": model.predict(X[:FORECAST]).tolist(),
                }
            )
print(json.dumps({"sklearn": sklearn.__version__, "cases": cases}, indent=1))
