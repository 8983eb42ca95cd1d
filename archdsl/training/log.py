"""The log of a run: `steps.jsonl` with a line every few steps, `log.csv` with a row for each evaluation, and TensorBoard's files if wanted.

All of them go on after a resume.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, TextIO

from archdsl.weights.writing import UNFINISHED

STEPS, ROWS, BOARD = "steps.jsonl", "log.csv", "tensorboard"
COLUMNS = (
    "step", "epoch", "learning_rate", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "test_top5", "images_per_second",
    "memory_mb", "seconds",
)  # fmt: skip
"""of `log.csv`; what a run does not have stays empty"""


class Log:
    """The open files of a run's log.

    Lines of steps beyond `step`, which the run is about to take again, are dropped.
    """

    def __init__(self, folder: Path, step: int = 0, board: bool = False) -> None:
        self._board = _board(folder / BOARD, step) if board else None
        self._steps = _opened(folder / STEPS, "".join(line for line in _lines(folder / STEPS) if _step_of_json(line) <= step))
        rows = [line for line in _lines(folder / ROWS)[1:] if _step_of_row(line) <= step]
        self._rows = _opened(folder / ROWS, "".join([_row(dict(zip(COLUMNS, COLUMNS, strict=True))), *rows]))

    def step(self, facts: Mapping[str, Any]) -> None:
        """A line of `steps.jsonl`."""
        self._steps.write(f"{json.dumps(dict(facts))}\n")
        self._scalars(facts)

    def row(self, facts: Mapping[str, Any]) -> None:
        """A row of `log.csv`. Both files are then on their way to the disk."""
        self._rows.write(_row(facts))
        self._scalars(facts)
        self.flush()

    def flush(self) -> None:
        """Hand what is written to the system, so that it outlives this process."""
        self._steps.flush()
        self._rows.flush()

    def close(self) -> None:
        self._steps.close()
        self._rows.close()
        if self._board is not None:
            self._board.close()

    def _scalars(self, facts: Mapping[str, Any]) -> None:
        """Tell TensorBoard."""
        if self._board is None:
            return
        for name, value in facts.items():
            if name not in ("step", "epoch"):
                self._board.add_scalar(name, value, facts["step"])


def rows(folder: Path) -> list[dict[str, float]]:
    """The rows of a run's `log.csv`, without what is empty."""
    with (folder / ROWS).open(newline="") as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]


def steps(folder: Path) -> list[dict[str, float]]:
    """The lines of a run's `steps.jsonl`."""
    return [json.loads(line) for line in _lines(folder / STEPS)]


def _board(folder: Path, step: int) -> Any:
    """A writer of TensorBoard's files. Raises `ModuleNotFoundError`."""
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(folder, purge_step=step + 1)


def _lines(path: Path) -> list[str]:
    """The whole lines of a file; a process that was killed may have left a part of one at its end."""
    if not path.exists():
        return []
    return [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _opened(path: Path, text: str) -> TextIO:
    """A file that begins with a text and is open for more."""
    temporary = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    temporary.write_text(text)
    os.replace(temporary, path)
    return path.open("a")


def _row(facts: Mapping[str, Any]) -> str:
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow([facts.get(name, "") for name in COLUMNS])
    return line.getvalue()


def _step_of_json(line: str) -> int:
    step: int = json.loads(line)["step"]
    return step


def _step_of_row(line: str) -> int:
    return int(line.partition(",")[0])
