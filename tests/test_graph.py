"""Graphs: consistent for every spec, and readable as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import archdsl
from archdsl.graph import check

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_graph_of_every_spec_is_consistent(path: Path) -> None:
    assert check(archdsl.load(path).graph) == []


def test_a_graph_that_a_rewrite_broke_is_noticed() -> None:
    graph = archdsl.load({"input": [3, 8, 8], "body": ["conv 4", "relu", "conv 4"]}).graph
    first, second, third = graph.root.calls
    without = replace(graph, root=replace(graph.root, calls=(first, third)))
    assert "reads a tensor" in check(without)[0]
    swapped = replace(graph, root=replace(graph.root, calls=(first, replace(second, target=first.target), third)))
    assert "other shapes" in check(swapped)[0]
    children = {key: child for key, child in graph.root.children.items() if key != "1"}
    assert "not registered" in check(replace(graph, root=replace(graph.root, children=children)))[0]


def test_a_graph_reads_as_text() -> None:
    spec = {"name": "small", "input": [3, 8, 8], "body": {"a": "conv 4", "b": {"seq": ["relu", "conv 4 1"]}, "c": {"add": ["a", "b"]}}}
    assert str(archdsl.load(spec).graph).splitlines() == [
        "small(x: 3×8×8)",
        "  %0: 4×8×8 = a(x)  # conv 4 3×3",
        "  %1: 4×8×8 = b(%0)",
        "    %0: 4×8×8 = 0(x)  # relu",
        "    %1: 4×8×8 = 1(%0)  # conv 4 1×1",
        "    return %1",
        "  %2: 4×8×8 = add(%0, %1)",
        "  return %2",
    ]
