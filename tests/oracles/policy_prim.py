"""Numbers of the package PRIM 1.0.0 on a planted box; run in a venv of its own after pip install PRIM==1.0.0."""

import json
from pathlib import Path

import numpy as np
import prim


def planted(draws: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    """Points of an additive recurrence in the unit cube; of interest are those inside a box."""
    ratio = 1.0
    for _ in range(40):
        ratio = (1.0 + ratio) ** (1.0 / 5.0)  # the root of x⁵ = x + 1 (Roberts 2018)
    x = (0.5 + np.outer(np.arange(1, draws + 1), ratio ** -np.arange(1.0, 5.0))) % 1.0
    inside = (x[:, 0] > 0.2) & (x[:, 0] < 0.7) & (x[:, 1] > 0.5)
    lost = x[:, 3] > 0.9
    return x, inside & ~lost


def main() -> None:
    x, y = planted()
    run = prim.Prim(x, y.astype(int), mass_min=0.05, peel_alpha=0.05, paste_alpha=0.05, obj_func=prim.lenient1)
    steps = run.find_box().peeling_trajectory
    found = {name: [round(float(value), 6) for value in steps[name]] for name in ("coverage", "density", "mass")}
    Path(__file__).with_suffix(".json").write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
