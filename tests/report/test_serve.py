"""The server of the built site: it gives the site's files and nothing else."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from regional_econ._base.errors import OptionError, StoreError
from regional_econ.cli.report import app
from regional_econ.report.serve import site_server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "en").mkdir(parents=True)
    (site / "data").mkdir()
    for page in ("index.html", "en/index.html", "data/a.csv"):
        (site / page).write_text(page)
    (tmp_path / "secret").write_text("secret")
    (site / "link").symlink_to(tmp_path / "secret")
    (site / "way").symlink_to(tmp_path)
    return site


def test_it_gives_files_and_neither_lists_folders_nor_follows_links(folder: Path) -> None:
    server = site_server(folder, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"

    def status(path: str) -> int:
        try:
            with urllib.request.urlopen(base + path, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    try:
        assert [status(path) for path in ("/", "/en/", "/data/a.csv?v=1")] == [200, 200, 200]
        assert [status(path) for path in ("/data/", "/link", "/way/secret", "/../secret")] == [404, 404, 404, 404]
    finally:
        server.shutdown()
        server.server_close()


def test_what_cannot_be_served_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no site"):
        site_server(tmp_path, 0)
    with site_server(folder, 0) as taken, pytest.raises(OptionError, match="--port"):
        site_server(folder, taken.server_port)
    done = CliRunner().invoke(app, ["serve", "--port", "99999", "--out", str(folder)])
    assert done.exit_code == 2
    assert "65535" in done.output
