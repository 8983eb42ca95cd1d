"""Where data sets lie."""

from __future__ import annotations

import os
from pathlib import Path


def data_root(root: Path | None) -> Path:
    """The folder of `--data-root`, else `archdsl/data` in the user's cache (`XDG_CACHE_HOME`, or `~/.cache`)."""
    return root or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "archdsl" / "data"
