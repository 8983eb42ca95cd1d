"""Mermaid flowcharts, for pages that draw themselves: the visual grammar as far as Mermaid can."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from archdsl.analyses.diagram import Box, Diagram, Edge, Row
from archdsl.analyses.folding import diagram
from archdsl.analyses.units import human
from archdsl.backends.theme import THEMES, Theme, ThemeName
from archdsl.backends.words import lines, short
from archdsl.diagnostics.text import escaped
from archdsl.graph import Graph
from archdsl.limits import DEFAULT, Limits

SHAPES = {
    "rows": '["{}"]',
    "block": '("{}")',
    "symbol": '(("{}"))',
    "pill": '(["{}"])',
    "header": '["{}"]',
    "input": '["{}"]',
    "end": '["{}"]',
}
"""how Mermaid writes each kind of box"""
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,_+-/×−÷·…–→")
"""characters that mean nothing to Mermaid and HTML; others are written by their number"""


def render(
    graph: Graph,
    *,
    depth: int | None = None,
    expand: Sequence[str] = (),
    theme: ThemeName = "light",
    direction: Literal["TB", "LR"] = "TB",
    title: bool = True,
    limits: Limits = DEFAULT,
) -> str:
    """A graph as a Mermaid flowchart. Raises `Refused` for a path in `expand` that is no level."""
    drawn = diagram(graph, depth=depth, expand=expand, limits=limits)
    # JSON is YAML: a quoted string, in which nothing of the name is read.
    head = ["---", f"title: {json.dumps(escaped(f'{drawn.name} · {drawn.summary}'), ensure_ascii=False)}", "---"] if title else []
    notes = [f"%% {note}" for note in drawn.notes]
    edges = [f"  {_edge(edge)}" for edge in drawn.edges]
    return "\n".join([*head, f"flowchart {direction}", *notes, *_cluster(drawn, 0, "  "), *edges, *_styles(drawn, THEMES[theme]), ""])


def _cluster(drawn: Diagram, number: int, indent: str) -> Iterator[str]:
    """The boxes of a cluster and the clusters in it."""
    yield from (f"{indent}{_box(i, box)}" for i, box in enumerate(drawn.boxes) if box.cluster == number)
    for child in (i for i, parent in enumerate(drawn.clusters) if parent == number):
        yield f'{indent}subgraph c{child}[" "]'
        yield from _cluster(drawn, child, f"{indent}  ")
        yield f"{indent}end"


def _box(number: int, box: Box) -> str:
    rows = [_row(row, box.reused) for row in box.rows]
    return f"n{number}{SHAPES[box.kind].format('<br/>'.join(rows or _words(box)))}:::{_style(box)}"


def _row(row: Row, reused: bool) -> str:
    name = f"= {row.name}" if reused else short(row.name)
    words = [name, human(row.parameters, 3) if row.parameters else "", row.shape]
    return _text(" · ".join(word for word in (row.text, *words) if word))


def _words(box: Box) -> list[str]:
    """What stands in a box without rows: a bold title with ×N, then name and parameters."""
    if box.kind in ("symbol", "pill", "input"):
        return [_text(box.text)]
    times = f" ×{box.times}" if box.times > 1 else ""
    first, other = (box.name, box.text) if box.kind == "header" else (box.text, box.name)
    bold = _text(f"{first or other}{times}")
    aside = f"= {other}" if box.reused and other else other if first else ""
    greys = [aside, human(box.parameters, 3) if box.parameters else "", "training only" if box.training and box.kind == "end" else ""]
    return [f"<b>{bold}</b>", *([_text(" · ".join(filter(None, greys)))] if any(greys) else [])]


def _edge(edge: Edge) -> str:
    arrow = "-.->" if edge.training else "-->"
    label = f'|"{_text(edge.label)}"|' if edge.label else ""
    return f"n{edge.tail} {arrow}{label} n{edge.head}"


def _styles(drawn: Diagram, theme: Theme) -> Iterator[str]:
    """A class for each kind of box, and the colours of edges and clusters."""
    paints: dict[str, tuple[str, str]] = {family: (ground, bar) for family, (bar, ground) in theme.families.items()}
    paints |= {"block": (theme.block_ground, theme.block), "reused": (theme.block_ground, theme.line)}
    paints |= dict.fromkeys(("symbol", "pill"), (theme.skip_ground, theme.skip))
    paints |= dict.fromkeys(("header", "input", "port"), ("transparent", "transparent"))
    used = dict.fromkeys(_style(box) for box in drawn.boxes)
    for style in used:
        fill, stroke = paints[style.removesuffix("_aside")]
        dashes = ",stroke-dasharray:4 3" if style.endswith("_aside") else ""
        yield f"  classDef {style} fill:{fill},stroke:{stroke},color:{theme.text},text-align:left{dashes}"
    skips = [str(i) for i, edge in enumerate(drawn.edges) if edge.kind == "skip"]
    if skips:
        yield f"  linkStyle {','.join(skips)} stroke:{theme.skip}"
    for cluster in range(1, len(drawn.clusters)):
        yield f"  style c{cluster} fill:{theme.cluster},stroke:{theme.cluster_border}"


def _style(box: Box) -> str:
    # "end" is a word of Mermaid's.
    style = box.rows[0].family if box.rows else "reused" if box.reused else "port" if box.kind == "end" else box.kind
    return f"{style}_aside" if box.training else style


def _text(text: str) -> str:
    """Text that neither Mermaid nor a page reads anything into."""
    return "<br/>".join("".join(c if c in PLAIN else f"#{ord(c)};" for c in line) for line in lines(text, 60))
