"""SIGINT and SIGTERM as a wish that the loop sees between two steps; the second one stops the process at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass
class Interrupt:
    """Which signal asks for the end; 0 where none does."""

    signal: int = 0


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Take SIGINT and SIGTERM as wishes while the body runs; they only reach the main thread."""
    wish = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return

    def ask(number: int, frame: FrameType | None) -> None:
        wish.signal = number
        signal.signal(number, before[number])

    before: dict[int, Any] = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield wish
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
