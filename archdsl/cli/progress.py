"""A word on what takes its time: on a terminal only, on standard error, and not before a second has passed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock, Timer

from archdsl.diagnostics.text import escaped

PATIENCE_SECONDS = 1.0


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Show `doing` with a spinner while the body runs, if it runs for longer than a second."""
    if not sys.stderr.isatty():
        yield
        return
    shown, lock = ExitStack(), Lock()
    done = False

    def show() -> None:
        from rich.console import Console
        from rich.text import Text

        with lock:
            if not done:
                shown.enter_context(Console(stderr=True).status(Text(escaped(doing))))

    timer = Timer(PATIENCE_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            done = True
            shown.close()
