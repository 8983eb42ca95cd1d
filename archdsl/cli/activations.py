"""How `archdsl inspect activations` prints its table: for people, Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING

from archdsl.cli.show import Table
from archdsl.diagnostics.text import escaped
from archdsl.reference import markdown

if TYPE_CHECKING:
    from archdsl.inspect.stats import Statistics

HEAD = ("layer", "output", "mean", "std", "min", "max", "zeros", "dead")
LEFT = 2
"""columns that are aligned to the left"""


def _row(row: Statistics) -> tuple[str, ...]:
    numbers = [f"{number:.3g}" for number in (row.mean, row.std, row.min, row.max)]
    zeros = f"{row.zeros:.1%}" if row.zeros else ""
    dead = f"{row.dead} of {row.channels}" if row.dead else ""
    return escaped(row.layer), "×".join(map(str, row.output)), *numbers, zeros, dead


def _text(title: str, rows: Sequence[Statistics]) -> str:
    cells = [HEAD, *map(_row, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(_aligned(line, widths)).rstrip() for line in cells]
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([escaped(title), "", lines[0], rule, *lines[1:], ""])


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.ljust(width) if i < LEFT else cell.rjust(width) for i, (cell, width) in enumerate(zip(cells, widths, strict=True))]


def _markdown(title: str, rows: Sequence[Statistics]) -> str:
    return f"{title}\n\n{markdown.table(HEAD, map(_row, rows))}\n"


def _csv(title: str, rows: Sequence[Statistics]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _record(rows[0]) if rows else HEAD, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**_record(row), "output": "×".join(map(str, row.output))} for row in rows)
    return text.getvalue()


def _json(title: str, rows: Sequence[Statistics]) -> str:
    return json.dumps({"title": title, "layers": [_record(row) for row in rows]}, indent=2, ensure_ascii=False) + "\n"


def _record(row: Statistics) -> dict[str, object]:
    """What programs read; a number that is infinite or none at all is absent, since JSON has no word for it."""
    return {key: None if isinstance(value, float) and not isfinite(value) else value for key, value in asdict(row).items()}


FORMS: dict[Table, Callable[[str, Sequence[Statistics]], str]] = {
    Table.text: _text,
    Table.markdown: _markdown,
    Table.csv: _csv,
    Table.json: _json,
}
