"""Which edges of a diagram are the trunk, which are branches, and which are skips; and where shapes are written."""

from __future__ import annotations

from itertools import takewhile

from archdsl.analyses.diagram import Diagram, Edge, Spine

Edges = list[list[Edge]]


def classify(diagram: Diagram) -> None:
    """Give every edge its kind.

    A skip jumps from where a longer path starts to where it ends: a shortcut, a long skip, or the shorter side of a sum. What forks or
    merges otherwise is a branch; the rest is trunk.
    """
    into, out = _neighbours(diagram)
    far = _distances(diagram, into)
    for edges in into:
        longest = max(edges, key=lambda edge: far[edge.tail], default=None)
        for edge in edges:
            if edge is not longest and longest is not None and far[edge.tail] < far[longest.tail]:
                _mark(diagram, edge, into, out)
    for box, entering, leaving in zip(reversed(diagram.boxes), reversed(into), reversed(out), strict=True):
        if box.kind == "input" and all(edge.kind == "skip" for edge in leaving):
            entering[0].kind = "skip"
    for edge in diagram.edges:
        if edge.kind != "skip":
            split = sum(_onward(diagram, e) for e in out[edge.tail]) > 1 and _onward(diagram, edge)
            joined = sum(e.kind != "skip" for e in into[edge.head]) > 1
            edge.kind = "branch" if split or joined or not _onward(diagram, edge, out) else "trunk"


def label(diagram: Diagram) -> None:
    """Write the shape on one edge of each box that changes it."""
    into, out = _neighbours(diagram)
    for box, edges in zip(diagram.boxes, out, strict=True):
        written = {box.entering}
        for edge in sorted(edges, key=lambda e: ("trunk", "branch", "skip").index(e.kind)):
            beside = edge.kind == "skip" and any(e.kind != "skip" and e.shape == edge.shape for e in into[edge.head])
            edge.label = "" if edge.shape in written or beside else edge.shape
            written.add(edge.shape)


def balance(diagram: Diagram) -> None:
    """Let branches lie evenly around the line from where they fork to where they meet.

    Of an odd number the middle one becomes trunk; an even number gets a spine between its halves.
    """
    into, _ = _neighbours(diagram)
    above: list[list[int]] = []
    for number, edges in enumerate(into):
        rows = zip(*(above[edge.tail] for edge in edges), strict=False)
        shared = [row[0] for row in takewhile(lambda row: len(set(row)) == 1, rows)]
        above.append([*shared, number])
        branches = [edge for edge in edges if edge.kind == "branch"]
        if shared and len(branches) > 1:
            _align(diagram, branches, shared[-1], into)


def _align(diagram: Diagram, branches: list[Edge], fork: int, into: Edges) -> None:
    last = first = branches[len(branches) // 2]
    while first.tail != fork:
        first = into[first.tail][0]
    if len(branches) % 2:
        first.kind = last.kind = "trunk"
    elif diagram.boxes[first.head].cluster == diagram.boxes[last.head].cluster:
        diagram.spines.append(Spine(fork, last.head, first.head))


def _neighbours(diagram: Diagram) -> tuple[Edges, Edges]:
    into: Edges = [[] for _ in diagram.boxes]
    out: Edges = [[] for _ in diagram.boxes]
    for edge in diagram.edges:
        into[edge.head].append(edge)
        out[edge.tail].append(edge)
    return into, out


def _distances(diagram: Diagram, into: Edges) -> list[int]:
    """Length of the longest path from an input to each box, in rows."""
    far: list[int] = []
    for box, edges in zip(diagram.boxes, into, strict=True):
        far.append(box.weight + max((far[edge.tail] for edge in edges), default=0))
    return far


def _mark(diagram: Diagram, edge: Edge, into: Edges, out: Edges) -> None:
    """Follow the shorter path back to its fork: an edge alone is a skip, a path with boxes only where a sum takes it."""
    path = [edge]
    while len(out[path[-1].tail]) == 1 and len(into[path[-1].tail]) == 1:
        path.append(into[path[-1].tail][0])
    bare = all(diagram.boxes[step.tail].kind == "input" for step in path[:-1])
    if len(out[path[-1].tail]) > 1 and (bare or diagram.boxes[edge.head].text == "+"):
        for step in path:
            step.kind = "skip"


def _onward(diagram: Diagram, edge: Edge, out: Edges | None = None) -> bool:
    """Whether an edge goes on with the network: no skip, no side exit, nothing for training alone."""
    if out is not None and len(out[edge.tail]) == 1:
        return True
    aside = diagram.boxes[edge.head].kind == "end" or (edge.training and not diagram.boxes[edge.tail].training)
    return edge.kind != "skip" and not aside
