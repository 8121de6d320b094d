"""Run an XMILE model once per draw by PySD: python pysd_runs.py MODEL.xmile DRAWS.json ANSWER.json.

Each draw gives constants and graphical functions by name. The first run is not counted; the answer holds the seconds of
each other run, with the draw's values set and its outcome read, and the outcomes.
"""

import json
import sys
import time

import pandas as pd
import pysd

model = pysd.read_xmile(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as file:
    given = json.load(file)
seconds, outcomes = [], []
for draw in given["draws"][:1] + given["draws"]:
    started = time.perf_counter()
    params = {
        name: pd.Series(value, index=given["years"], dtype=float) if isinstance(value, list) else value
        for name, value in draw.items()
    }
    frame = model.run(params=params, return_columns=[given["outcome"]])
    seconds.append(time.perf_counter() - started)
    outcomes.append(frame[given["outcome"]].tolist())
with open(sys.argv[3], "w", encoding="utf-8") as file:
    json.dump({"seconds": seconds[1:], "outcomes": outcomes[1:]}, file)
