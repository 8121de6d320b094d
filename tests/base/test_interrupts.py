"""Ctrl-C waits for work that must not be cut in two, and is not lost."""

from __future__ import annotations

import signal
import threading

import pytest

from regional_econ._base.interrupts import ctrl_c_waits


def test_the_block_ends_before_ctrl_c_takes_effect(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    done: list[str] = []

    def work() -> None:
        with ctrl_c_waits("counting"):
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["the rest"]
    assert "counting" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_ctrl_c_takes_effect_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)
    done: list[str] = []

    def work() -> None:
        with ctrl_c_waits("counting"):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == []
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_that_cannot_take_signals_works_as_before() -> None:
    seen: list[object] = []

    def work() -> None:
        with ctrl_c_waits("counting"):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
