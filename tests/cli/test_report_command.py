"""The command that builds the report says how large it is, and when results are older than the code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regional_econ.cli.report import app
from regional_econ.core.code import Code
from regional_econ.core.workspace import Made, Workspace
from regional_econ.report import build as builder


@pytest.mark.parametrize("current", [True, False])
def test_size_and_results_of_earlier_code_are_named(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, current: bool
) -> None:
    pages = [tmp_path / name for name in ("index.html", "more.html")]
    for page in pages:
        page.write_bytes(b"x" * 1_230_000)
    made = {"causal.wear_pct": Made(Code("0", "0" * 64), current)}
    monkeypatch.setattr(Workspace, "made", lambda _: made)
    monkeypatch.setattr(builder, "build", lambda *_, **__: pages)
    study = ["--study", str(root / "analyses" / "study.toml")]
    done = CliRunner().invoke(app, ["build", "--json", *study])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["data"]
    assert told["bytes"] == 2_460_000
    assert told["stale"] == ([] if current else ["causal.wear_pct"])
    said = CliRunner().invoke(app, ["build", *study]).output
    assert "2 files written, 2.5 MB" in said
    assert ("causal.wear_pct" in said and "regional-econ reproduce" in said) is not current
