"""Each page on how to add something is followed in a copy of the project: what it adds is there and does its work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from followed import copy_project, follow, run
from made_up import made_up_elasticities, made_up_forecast

from regional_econ.core.forecast import Forecast
from regional_econ.core.workspace import Workspace

PAGES = Path("analyses") / "how_to"
# the same command with gates that every sample passes: what a test can wait for is sampled too shortly to be believed,
# and in one process, which compiles once
OPEN_GATES = """
    import sys, numpy
    from regional_econ.bayes.gates import Gates
    from regional_econ.cli.main import main
    from regional_econ.forecasting import model
    model.Gates = lambda **_: Gates(numpy.inf, 0.0, 0.0, 10**6)
    sys.argv[0] = "regional-econ"
    if "run" in sys.argv:
        sys.argv += ["--jobs", "1"]
    main()
"""


@pytest.fixture
def project(root: Path, tmp_path: Path) -> Path:
    return copy_project(root, tmp_path)


def page_of(project: Path, name: str) -> Path:
    return project / PAGES / f"{name}.md"


def test_every_page_is_in_the_list_and_followed_here(root: Path) -> None:
    pages = {path.stem for path in (root / PAGES).glob("*.md")} - {"README"}
    listed = re.findall(r"\((\w+)\.md\)", (root / PAGES / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(pages) == ["claim", "estimator", "indicator", "lever"]


def shorten(study: Path) -> None:
    text = study.read_text(encoding="utf-8")
    text, changed = re.subn(r"^(forecast_draws|forecast_tune) = \d+", r"\1 = 60", text, flags=re.MULTILINE)
    assert changed == 4
    study.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("shortly", [True, pytest.param(False, marks=pytest.mark.calibrate)])
def test_an_indicator(project: Path, shortly: bool) -> None:
    if shortly:
        shorten(project / "analyses" / "study.toml")
        assert follow(page_of(project, "indicator"), project, command=(sys.executable, "-c", dedent(OPEN_GATES))) == 6
    else:
        assert follow(page_of(project, "indicator"), project) == 6
    forecast = Forecast.read(project / "patents.nc")
    draws = forecast.draws("patents_granted", "RU-KEM").to_numpy()
    # Kuzbass was granted 115 patents in 2023
    assert 30 < float(draws[:, 0].mean()) < 400
    assert draws[:, -1].std() > draws[:, 0].std() > 0


def test_the_texts_that_the_page_on_indicators_names_are_those_of_another_one(root: Path) -> None:
    page = (root / PAGES / "indicator.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`?(forecast\w*\.\S+patents_granted[.\w]*)[`:]", page))
    texts = "\n".join(path.read_text(encoding="utf-8") for path in (root / "data" / "texts").glob("forecasting*.yml"))
    there = set(re.findall(r"^(forecast\S*\.patent_applications(?:\.\w+)?):", texts, flags=re.MULTILINE))
    assert named == {name.replace("patent_applications", "patents_granted") for name in there}


def test_an_estimator(project: Path) -> None:
    assert follow(page_of(project, "estimator"), project) == 6
    check = """
        import numpy as np
        from regional_econ import fit, load_panel
        panel = load_panel()
        formula = "ln(innovation_activity_pct) ~ ln(rd_grp_pct) + wear_pct"
        ours, within = (fit(formula, panel, estimator=name, effects="region").params for name in ("forward", "fe"))
        # the same projection by another route: rounding only
        np.testing.assert_allclose(ours, within, rtol=1e-9)
    """
    run(project, "python", dedent(check))
    lint = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--config", str(project / "pyproject.toml"), str(project / "src")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert lint.returncode == 0, lint.stdout


def test_a_claim(project: Path) -> None:
    assert follow(page_of(project, "claim"), project) == 4
    held_against_what_was_said = page_of(project, "claim").read_text(encoding="utf-8")
    assert "\nD08: confirmed (high).\n" in held_against_what_was_said


def test_a_lever(project: Path) -> None:
    """On a made-up forecast of Kuzbass and made-up elasticities, which take no minutes to make."""
    workspace = Workspace(project / "analyses" / "study.toml", "quick")
    made = made_up_forecast(4000, range(2023, 2036))
    variables = {
        name: array.assign_coords(region=["RU" if name.startswith("coal") else "RU-KEM"])
        for name, array in made.variables.items()
    }
    Forecast(variables, made.origin, made.scenario, made.seed, made.panel_checksum).to_netcdf(
        workspace.artifact("forecast.nc")
    )
    made_up_elasticities().write(workspace.artifact("x").parent)
    assert follow(page_of(project, "lever"), project) == 3
    printed = page_of(project, "lever").read_text(encoding="utf-8")
    # the one lever of the scenario acts: the page's words were held against what was printed
    assert "gain +…" in printed
    assert "grade C, prior share of the effect" in printed
