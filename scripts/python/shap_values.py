#!/usr/bin/env python3
"""Explain tickerforest's trees with Python's shap: reads trees and rows as JSON, writes its SHAP values.

  pip install shap
  python scripts/python/shap_values.py < trees.json

In: {"rows": [[...]], "models": {"forest": {"base_offset": 0.0, "trees": [{"children_left": [...], ...}]}}}; children count from the root of their tree, -1 in a leaf; null
in a row is a missing value, the threshold "inf" infinity. Values of leaves are already divided by the number of trees of a forest. Out, by model: {"base": number, "values": [[...]]}.
test/explain/shap.long.test.ts makes the one and compares the other.
"""
import json
import sys

import numpy as np
import shap

given = json.load(sys.stdin)


def floats(values):
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def tree_of(tree):
    whole = ("children_left", "children_right", "children_default", "features")
    return {
        **{name: np.array(tree[name], dtype=np.int32) for name in whole},
        "thresholds": floats(tree["thresholds"]),
        "values": floats(tree["values"]).reshape(-1, 1),
        "node_sample_weight": floats(tree["node_sample_weight"]),
    }


def explained(model, rows):
    explainer = shap.TreeExplainer(
        {
            "trees": [tree_of(tree) for tree in model["trees"]],
            "base_offset": model["base_offset"],
            "tree_output": "raw_value",
            "objective": "squared_error",
            # thresholds are Float32 and compared with Float32 values: exact in Float64
            "input_dtype": np.float64,
            "internal_dtype": np.float64,
        },
        feature_perturbation="tree_path_dependent",
    )
    values = explainer.shap_values(rows, check_additivity=False)
    return {"base": float(np.ravel(explainer.expected_value)[0]), "values": np.asarray(values).tolist()}


rows = np.array([floats(row) for row in given["rows"]])
print(json.dumps({key: explained(model, rows) for key, model in given["models"].items()}))
