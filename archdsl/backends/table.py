"""The table of layers: what runs, in order, with its shape and costs, as text, Markdown, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any, Literal

from archdsl.analyses import units
from archdsl.analyses.rows import Line, Summary, summary
from archdsl.diagnostics.text import escaped
from archdsl.graph import Graph, values

Format = Literal["text", "markdown", "csv", "json"]
WIDTH, NARROW = 100, 16
"""columns of a terminal, and the least of a column whose text gives way"""
COLUMNS = ("path", "operation", "output", "parameters", "macs", "activation_bytes", "receptive_field", "note")
HEADS = ("layer", "operation", "output", "parameters", "MACs", "memory", "field")


def render(graph: Graph, depth: int | None = None, format: str = "text") -> str:
    """The table of a graph as `text`, `markdown`, `csv` or `json`.

    `depth` shows so many levels (1: the root's children alone) and sums up the deeper ones. Alike levels that follow each other are one row
    with ×N, but in `csv` and `json`, which hold every call. Multiply-accumulates (MACs) and activation memory (as float32) are for one
    example; `field` is the receptive field in positions of the input.
    """
    return FORMATS[format](graph, depth)


# for people ------------------------------------------------------------------------------------------------------------------------------


def _text(graph: Graph, depth: int | None) -> str:
    table = summary(graph, depth)
    rows = [list(HEADS), *([_indented(line), *_cells(line)] for line in table.lines)]
    widths = _widths(rows)
    lines = [_aligned(row, widths) for row in rows]
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    head = _cut(f"{escaped(graph.name)}  {_flow(graph)}", WIDTH)
    return "\n".join([head, "", lines[0], rule, *lines[1:], rule, *_totals(table), ""])


def _markdown(graph: Graph, depth: int | None) -> str:
    table = summary(graph, depth)
    rows = [[_marked(line.path), *map(_marked, _cells(line))] for line in table.lines]
    body = [f"| {' | '.join(row)} |" for row in rows]
    head = [f"| {' | '.join(HEADS)} |", "|---|---|---|---:|---:|---:|---:|"]
    return "\n".join([f"**{_marked(graph.name)}** {_flow(graph)}", "", *head, *body, "", *(f"- {line}" for line in _totals(table)), ""])


def _cells(line: Line) -> list[str]:
    """Everything but the name."""
    times = f" ×{line.times}" if line.times > 1 else ""
    note = f" ({line.note})" if line.note else ""
    cost = line.cost
    numbers = [f"{cost.parameters:,}" if cost.parameters else "", units.human(cost.macs, 3) if cost.macs else ""]
    memory = units.memory(cost.activation_bytes, 3) if cost.activation_bytes else ""
    return [f"{escaped(line.operation)}{times}{note}", line.output, *numbers, memory, line.field]


def _indented(line: Line) -> str:
    return "  " * line.depth + (escaped(line.name) or "·")


def _widths(rows: list[list[str]]) -> list[int]:
    """Widths of the columns; where a line would be longer than a terminal, calls, names and then shapes are cut."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for column in (1, 0, 2):
        excess = sum(widths) + 2 * (len(widths) - 1) - WIDTH
        widths[column] -= max(0, min(excess, widths[column] - NARROW))
    return widths


def _aligned(row: list[str], widths: list[int]) -> str:
    cut = [_cut(text, width) for text, width in zip(row, widths, strict=True)]
    left = [text.ljust(width) for text, width in zip(cut[:3], widths, strict=False)]
    right = [text.rjust(width) for text, width in zip(cut[3:], widths[3:], strict=True)]
    return "  ".join([*left, *right]).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _totals(table: Summary) -> list[str]:
    total = table.total
    return [
        f"{units.human(total.parameters)} parameters ({total.parameters:,}), {units.memory(4 * total.parameters)} of weights",
        f"{units.macs(total.macs)} and {units.memory(total.activation_bytes)} of activations for one example",
    ]


def _flow(graph: Graph) -> str:
    inputs = [str(shape) if len(graph.inputs) == 1 else f"{escaped(name)} {shape}" for name, shape in graph.inputs.items()]
    return f"{', '.join(inputs)} → {', '.join(str(value.shape) for value in values(graph.eval))}"


def _marked(text: str) -> str:
    """Text without a meaning in Markdown and HTML."""
    plain = escaped(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|~" else c for c in plain)


# for programs ----------------------------------------------------------------------------------------------------------------------------


def _csv(graph: Graph, depth: int | None) -> str:
    records = [_record(line) for line in summary(graph, depth, fold=False).lines]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _json(graph: Graph, depth: int | None) -> str:
    table = summary(graph, depth, fold=False)
    total = table.total
    whole = {
        "name": graph.name,
        "inputs": {name: list(shape.sizes) for name, shape in graph.inputs.items()},
        "outputs": [list(value.shape.sizes) for value in values(graph.eval)],
        "parameters": total.parameters,
        "macs": total.macs,
        "activation_bytes": total.activation_bytes,
        "layers": [_record(line) for line in table.lines],
    }
    return json.dumps(whole, indent=2) + "\n"


def _record(line: Line) -> dict[str, Any]:
    cost = line.cost
    says = (escaped(line.path), escaped(line.operation), line.output)
    facts = (*says, cost.parameters, cost.macs, cost.activation_bytes, line.field, line.note)
    return dict(zip(COLUMNS, facts, strict=True))


FORMATS: dict[str, Callable[[Graph, int | None], str]] = {"text": _text, "markdown": _markdown, "csv": _csv, "json": _json}
