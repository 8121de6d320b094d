"""Read elasticities.json and its draws without regional_econ: python read_elasticities.py elasticities.json"""

import hashlib
import json
import sys
from pathlib import Path

import pandas as pd  # with pyarrow

path = Path(sys.argv[1])
document = json.loads(path.read_text(encoding="utf-8"))
file = path.parent / document["draws"]["file"]
if hashlib.sha256(file.read_bytes()).hexdigest() != document["draws"]["sha256"]:
    sys.exit("not the draws that are named")
draws = pd.read_parquet(file)  # a row is one joint draw: never sort or resample a column on its own
for p in document["parameters"]:
    low, middle, high = draws[p["id"]].quantile([0.05, 0.5, 0.95])
    print(f"{p['id']}: {middle:.6f} [{low:.6f}; {high:.6f}] {p['unit_to']} per {p['unit_from']}, grade {p['grade']}")
# All drivers rise by a tenth of their largest five-year change: one sum a draw, so that their errors go together.
moved = sum(draws[p["id"]] * 0.1 * p["domain"]["max_abs_change"] for p in document["parameters"])
print(f"together: {moved.median():.6f}, sd {moved.std():.6f}")
