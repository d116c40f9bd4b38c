"""Forecasts of an ONNX file that toOnnx of tickerforest/onnx wrote: python onnx_forecasts.py MODEL.onnx ROWS.f32 FORECASTS.f64

ROWS.f32 has single-precision numbers, row by row, NaN for missing ones; FORECASTS.f64 gets one double a row. Needs onnxruntime 1.21 or newer.
"""
import json
import sys

import numpy
import onnxruntime

model, rows, forecasts = sys.argv[1:]
session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
names = json.loads(session.get_modelmeta().custom_metadata_map["feature_names"])
features = numpy.fromfile(rows, dtype="<f4").reshape(-1, len(names))
(forecast,) = session.run(["forecast"], {"features": features})
forecast.ravel().astype("<f8").tofile(forecasts)
print(json.dumps({"rows": len(features), "features": names[:3], "onnxruntime": onnxruntime.__version__}))
