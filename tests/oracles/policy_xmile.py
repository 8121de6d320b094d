"""The path of an XMILE model by PySD 3.14.3, for tests/policy/test_xmile.py.

In an environment of its own with pysd: python policy_xmile.py [MODEL.xmile ANSWER.json], by default those of this
folder. The model here is the one that the test exports when it is run with REWRITE_XMILE=1.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pysd

HERE = Path(__file__).resolve().parent
FILES = sys.argv[1:] or [HERE / "policy_xmile.xmile", HERE / "policy_xmile.json"]
with TemporaryDirectory() as folder:  # PySD writes a module beside the model
    copy = Path(folder) / "model.xmile"
    shutil.copy(FILES[0], copy)
    model = pysd.read_xmile(str(copy))
    frame = model.run(return_columns=[name for name in model.namespace if name.lower() != "time"])
path = {str(name): [float(value) for value in frame[name]] for name in frame}
Path(FILES[1]).write_text(json.dumps({"pysd": pysd.__version__, "path": path}, indent=0), encoding="utf-8")
