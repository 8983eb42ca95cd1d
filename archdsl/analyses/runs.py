"""Operations in series become one box with a row each."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from archdsl.analyses.diagram import Box, Diagram, Edge, Row

LONG = 14
"""rows above which a run is cut where the resolution falls, so that the stages of a plain network show"""
MOST = 60
"""rows of one box; of a longer one the middle is left out"""


def merge(diagram: Diagram) -> None:
    """Join the boxes of rows that follow each other, and say on a row only what is news, in place."""
    after = _followers(diagram)
    inner = set(after.values())
    boxes: list[Box] = []
    edges: list[Edge] = []
    enters: dict[int, int] = {}
    leaves: dict[int, int] = {}
    for number in range(len(diagram.boxes)):
        if number in inner:
            continue
        run = _run(number, after)
        pieces = _pieces([diagram.boxes[n] for n in run])
        enters[number], leaves[run[-1]] = len(boxes), len(boxes) + len(pieces) - 1
        boxes.extend(pieces)
        links = zip(range(enters[number], leaves[run[-1]]), pieces[1:], strict=True)
        edges.extend(Edge(tail, tail + 1, piece.entering, training=piece.training) for tail, piece in links)
    for edge in diagram.edges:
        if edge.head in enters:
            edges.append(replace(edge, tail=leaves[edge.tail], head=enters[edge.head]))
    diagram.boxes, diagram.edges = [_terse(box) for box in boxes], edges


def _followers(diagram: Diagram) -> dict[int, int]:
    into = Counter(edge.head for edge in diagram.edges)
    out = Counter(edge.tail for edge in diagram.edges)
    only = (edge for edge in diagram.edges if out[edge.tail] == 1 and into[edge.head] == 1)
    return {edge.tail: edge.head for edge in only if _joins(diagram.boxes[edge.tail], diagram.boxes[edge.head])}


def _joins(one: Box, other: Box) -> bool:
    both = one.kind == other.kind == "rows"
    return both and (one.cluster, one.training, one.reused) == (other.cluster, other.training, other.reused)


def _run(number: int, after: dict[int, int]) -> list[int]:
    run = [number]
    while run[-1] in after:
        run.append(after[run[-1]])
    return run


def _pieces(run: list[Box]) -> list[Box]:
    """The boxes that a run becomes: one, or one a stage where it is long."""
    starts = [0]
    if len(run) > LONG:
        starts += [i for i, (one, other) in enumerate(pairwise(run), 1) if _stage(one.rows[0], other.rows[0], one.entering)]
    bounds = [*starts, len(run)]
    return [replace(run[a], rows=tuple(box.rows[0] for box in run[a:b])) if run[a].rows else run[a] for a, b in pairwise(bounds)]


def _stage(row: Row, following: Row, entering: str) -> bool:
    """Whether a new stage starts after a row: after a pool that changes the shape, before another operation that shrinks space."""
    if row.family == "pool":
        return row.shape != entering
    return following.family != "pool" and _space(following.shape) != _space(row.shape) and len(_space(row.shape)) > 0


def _space(shape: str) -> list[str]:
    return shape.split("×")[1:]


def _terse(box: Box) -> Box:
    """Shapes only on rows that change it, the last change being the edge's to say; the middle of a very long box left out."""
    if not box.rows:
        return box
    before, final, rows = box.entering, box.rows[-1].shape, []
    for row in box.rows:
        news = row.shape != before and (row.shape != final or final == box.entering)
        rows.append(row if news else replace(row, shape=""))
        before = row.shape
    if len(rows) > MOST:
        left = rows[MOST // 2 : -MOST // 2]
        more = Row(f"… {len(left)} more", f"{left[0].name} – {left[-1].name}", "shape", sum(row.parameters for row in left))
        rows[MOST // 2 : -MOST // 2] = [more]
    return replace(box, rows=tuple(rows))
