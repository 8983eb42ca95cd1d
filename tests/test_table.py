"""Costs against torch and published figures; the table in its four formats."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest
import torch
import torchvision
from graphs import Pen, branches, conv, resnet, unet
from torch.utils.flop_counter import FlopCounterMode

from archdsl.analyses.costs import costs
from archdsl.analyses.rows import summary
from archdsl.backends.table import COLUMNS, FORMATS, WIDTH, render
from archdsl.graph import Graph
from archdsl.ops.activation import Relu
from archdsl.ops.conv import Conv
from archdsl.shapes import Shape


def nets() -> list[Graph]:
    return [resnet((2, 1, 1, 1), 64, 8), unet(), branches()]


def test_costs_of_resnet18() -> None:
    with torch.device("meta"):
        model = torchvision.models.resnet18()
        with FlopCounterMode(display=False) as counter:
            model(torch.empty(1, 3, 224, 224))
    total = costs(resnet()).total
    assert total.macs == counter.get_total_flops() // 2
    assert total.parameters == sum(p.numel() for p in model.parameters())


def test_activations_are_what_modules_give() -> None:
    pen = Pen(Shape.example(3, 8, 8))
    graph = pen.graph(pen.run([*conv(4)], pen.x))
    assert costs(graph).total.activation_bytes == 3 * 4 * 8 * 8 * 4


def test_a_module_that_runs_again_counts_parameters_once() -> None:
    pen = Pen(Shape.example(4, 8, 8))
    x = pen.op(Conv(out=4, bias=False), pen.x, name="c")
    once, twice = costs(pen.graph(x)).total, costs(pen.graph(pen.again("c", x))).total
    assert (twice.parameters, twice.macs) == (once.parameters, 2 * once.macs)
    assert sum(line.cost.parameters for line in summary(pen.graph(pen.calls[-1].outputs[0])).lines) == 144


def test_what_training_alone_runs_costs_no_macs() -> None:
    graph = branches()
    alone = replace(graph, train=graph.eval)
    assert costs(graph).total.macs == costs(alone).total.macs
    assert [line.note for line in summary(graph).lines if line.name == "aux"] == ["training only"]
    assert [line.note for line in summary(alone).lines if line.name == "aux"] == ["not run"]


@pytest.mark.parametrize("graph", nets(), ids=lambda g: g.name)
@pytest.mark.parametrize("depth", [1, 2, None])
@pytest.mark.parametrize("fold", [True, False])
def test_top_lines_add_up(graph: Graph, depth: int | None, fold: bool) -> None:
    table = summary(graph, depth, fold=fold)
    top = [line.cost for line in table.lines if line.depth == 0]
    for fact in ("parameters", "macs", "activation_bytes"):
        assert sum(getattr(cost, fact) for cost in top) == getattr(table.total, fact)


def test_equal_levels_fold() -> None:
    text = render(resnet((3, 1, 1, 1), 64, 8))
    assert ["1–2", "basic", "8", "×2"] in [line.split()[:4] for line in text.splitlines()]
    assert text.count("conv2 ") == 4
    assert "basic 8 ×3" in render(resnet((3, 1, 1, 1), 64, 8), 1)


def test_known_receptive_field() -> None:
    """Araujo et al. 2019 give 435 for ResNet-18 before the pool."""
    lines = {line.path: line.field for line in summary(resnet(), 1).lines}
    assert (lines["layer4"], lines["fc"]) == ("435", "all")


@pytest.mark.parametrize("graph", nets(), ids=lambda g: g.name)
def test_text_fits_a_terminal(graph: Graph) -> None:
    pen = Pen(graph.root.inputs[0].shape, title="wrapper " + "long " * 40)
    wrapped = Pen(pen.x.shape)
    level = replace(graph.root, title=pen.title, outputs=graph.root.outputs[:1])
    taps = pen.graph(*(pen.op(Conv(out=1000), pen.x) for _ in range(20)), name="n" * 80)
    wide = wrapped.graph(wrapped.level(level, wrapped.x, name="a" * 70))
    for text in (render(graph), render(wide), render(taps)):
        assert max(map(len, text.splitlines())) <= WIDTH
        assert text.splitlines() == [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize("graph", nets(), ids=lambda g: g.name)
def test_formats_for_programs_agree(graph: Graph) -> None:
    rows = list(csv.DictReader(io.StringIO(render(graph, format="csv"))))
    data = json.loads(render(graph, format="json"))
    assert [{key: str(value) for key, value in row.items()} for row in data["layers"]] == rows
    assert tuple(rows[0]) == COLUMNS
    assert data["parameters"] == graph.parameters


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_names(format: str) -> None:
    graph = replace(branches(), name="a|b\x1b[31m\u2028<script>*_`")
    pen = Pen(Shape.example(3, 8, 8), title="=cmd <b> | \u202e")
    inner = pen.close(pen.op(Relu(), pen.x))
    outer = Pen(Shape.example(3, 8, 8))
    for text in (render(graph, format=format), render(outer.graph(outer.level(inner, outer.x)), format=format)):
        assert not any(c in text for c in "\x1b\u2028\u202e")
        assert format != "markdown" or ("<script" not in text and "<b>" not in text)
