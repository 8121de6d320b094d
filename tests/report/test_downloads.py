"""A chapter's page links to the files it offers, and they lie beside the site."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import report_sample as sample

from regional_econ._base.errors import UnknownNameError
from regional_econ.core.workspace import Workspace
from regional_econ.report.build import write_report
from regional_econ.report.downloads import DOWNLOADS, read_downloads


def test_files_lie_beside_the_page_that_links_to_them(tmp_path: Path) -> None:
    section = sample.sections()[0]
    name, content = "policy_model.xmile", b"<xmile/>"
    words = [sample.words("ru"), sample.words("en")]
    downloads = {section.id: {name: content}}
    write_report(
        [section], words, sample.ledger(), sample.SOURCES, tmp_path, front="sample", only="site", downloads=downloads
    )
    assert (tmp_path / "data" / name).read_bytes() == content
    assert f"data/{name}" in json.loads((tmp_path / "files.json").read_text(encoding="utf-8"))
    for lang in ("ru", "en"):
        page = (tmp_path / lang / f"{section.id}.html").read_text(encoding="utf-8")
        assert f'href="../data/{name}"' in page
    write_report([section], words, sample.ledger(), sample.SOURCES, tmp_path, front="sample", only="site")
    assert not (tmp_path / "data" / name).exists()
    assert name not in (tmp_path / "en" / f"{section.id}.html").read_text(encoding="utf-8")


def test_every_file_is_told_of(root: Path, tmp_path: Path) -> None:
    workspace = replace(Workspace.current(), study_path=root / "analyses" / "study.toml")
    names = {name for own in DOWNLOADS.values() for name in own}
    found = read_downloads(workspace)
    assert {name for own in found.values() for name in own} <= names
    for name in names:
        for lang in ("ru", "en"):
            assert sample.words(lang).text(f"report.download.{name.replace('.', '_')}")
    with pytest.raises(UnknownNameError):
        sample.words("en").text("report.download.other")
