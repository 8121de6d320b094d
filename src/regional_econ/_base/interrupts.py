"""Ctrl-C during work that must not be cut in two."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def ctrl_c_waits(work: str) -> Iterator[None]:
    """Let a block end before Ctrl-C takes effect; pressed twice, it takes effect at once.

    A compiler calls back into Python: an interruption there is lost, or leaves the compiler in pieces.

    Parameters
    ----------
    work : what is going on, for the message to the user.

    Raises
    ------
    KeyboardInterrupt : after the block, when Ctrl-C was pressed in it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = threading.Event()

    def remember(_number: int, _frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()
        print(f"Stopping after {work}, within a minute; Ctrl-C again stops at once.", file=sys.stderr)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed.is_set():
        raise KeyboardInterrupt
