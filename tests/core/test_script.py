"""A task that runs alone says what it read and wrote, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pytask import Product

from regional_econ._base.errors import OptionError
from regional_econ.core.script import run_alone


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def copies(
    code: list[Path] = [Path("x.py")],  # noqa: B006  (as tasks declare it)
    sources: list[Path] = [Path("a.txt"), Path("b.txt")],  # noqa: B006
    count: int = 2,
    product: Annotated[Path, Product] = Path("out.txt"),
) -> None:
    product.write_text("".join(source.read_text() for source in sources) * count)


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    told = capsys.readouterr()
    assert told.out == ""
    return told.err


def test_it_says_what_it_read_and_wrote(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (here / f"{name}.txt").write_text(name)
    run_alone(copies)
    assert (here / "out.txt").read_text() == "abab"
    assert capsys.readouterr().out == "read a.txt\nread b.txt\nwrote out.txt\n"


def test_a_missing_input_is_named_before_it_starts(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.txt").write_text("a")
    with pytest.raises(SystemExit) as ended:
        run_alone(copies)
    assert ended.value.code == 2
    wanted = "Error: an input is missing (b.txt). Run first: regional-econ reproduce, or its task.\n"
    assert refused(capsys) == wanted


def test_a_product_that_was_not_written_is_the_fault_of_the_task(capsys: pytest.CaptureFixture[str]) -> None:
    def idle(product: Annotated[Path, Product] = Path("out.txt")) -> None:
        pass

    with pytest.raises(SystemExit) as ended:
        run_alone(idle)
    assert ended.value.code == 2
    assert refused(capsys) == "Error: a product was not written (out.txt). Report this: the task is wrong.\n"


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (OptionError("no", advice="Say yes"), 2, "Error: no. Say yes.\n"),
        (KeyboardInterrupt(), 130, "Stopped. Run it again to go on.\n"),
    ],
)
def test_a_task_that_ends_early_says_so(
    error: BaseException, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        run_alone(ends)
    assert ended.value.code == code
    assert refused(capsys) == told


def test_a_file_elsewhere_is_told_by_its_whole_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("")

    def reads(source: Path = elsewhere) -> None:
        source.read_text()

    run_alone(reads)
    assert capsys.readouterr().out == f"read {elsewhere}\n"
