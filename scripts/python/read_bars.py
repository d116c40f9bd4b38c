"""Reads the bars that directoryBarStore keeps of a symbol, with NumPy alone, and says what there is.

    python3 -m venv /tmp/numpy && /tmp/numpy/bin/pip install numpy
    /tmp/numpy/bin/python scripts/python/read_bars.py profiles/AAPL/bars

Prints one line of JSON: how many bars, the first and the last close, and the SHA-256 of all six columns (little-endian doubles, one column after the other), by
which the tests compare what Python reads with what was written.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np


def read_bars(folder):
    """Timestamp (milliseconds UTC), open, high, low, close and volume, each as an array of doubles."""
    manifests = [json.loads(path.read_text()) for path in Path(folder).glob("revision-*.json")]
    newest = max(manifests, key=lambda manifest: manifest["revision"])
    return np.hstack([np.load(Path(folder, block["file"])) for block in newest["blocks"]])


if __name__ == "__main__":
    timestamp, open_, high, low, close, volume = bars = read_bars(sys.argv[1])
    digest = hashlib.sha256(np.ascontiguousarray(bars, "<f8").tobytes()).hexdigest()
    print(json.dumps({"bars": len(timestamp), "first_close": close[0], "last_close": close[-1], "sha256": digest}))
