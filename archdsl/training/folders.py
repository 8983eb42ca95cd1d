"""Where the files of a run lie."""

from __future__ import annotations

import re
from pathlib import Path

from archdsl.weights.writing import UNFINISHED

RUNS = Path("runs")
CHECKPOINTS = "checkpoints"


def new_folder(name: str, wanted: Path | None) -> Path:
    """The folder of a new run: the one that is wanted, else `runs/NAME`, or `runs/NAME-2` and so on where there is one.

    Raises `FileExistsError` where the wanted folder holds something already.
    """
    folder = wanted
    number = 1
    while folder is None or (wanted is None and folder.exists()):
        folder = RUNS / (name if number == 1 else f"{name}-{number}")
        number += 1
    if folder.exists() and any(not path.name.startswith(UNFINISHED) for path in folder.iterdir()):
        raise FileExistsError(folder)
    return folder


def latest_folder(name: str) -> Path | None:
    """The folder under `runs/` of the newest run of a network."""
    pattern = re.compile(rf"{re.escape(name)}(?:-(\d+))?")
    numbered = {int(found[1] or 1): path for path in RUNS.glob(f"{name}*") if (found := pattern.fullmatch(path.name))}
    return numbered[max(numbered)] if numbered else None
