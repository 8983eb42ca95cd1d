"""Drawings: which boxes and edges a graph becomes, and that no text of a spec turns into anything but text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from graphs import Pen, basic, branches, conv, resnet, unet
from hypothesis import given, settings
from hypothesis import strategies as st

import archdsl
from archdsl.analyses.diagram import Diagram
from archdsl.analyses.folding import PAGE_BOXES, diagram
from archdsl.analyses.repeats import gathered
from archdsl.backends import mermaid
from archdsl.backends.graphviz import draw
from archdsl.diagnostics import Refused
from archdsl.graph import Graph, check
from archdsl.limits import Limits
from archdsl.ops.activation import Relu
from archdsl.ops.attention import MultiheadAttention
from archdsl.ops.conv import Conv
from archdsl.ops.linear import Linear
from archdsl.ops.norm import LayerNorm
from archdsl.ops.pool import MaxPool
from archdsl.ops.resize import Upsample
from archdsl.shapes import Shape

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
HOSTILE = "'''\n\u2028</svg><script>a()</script>]]> &amp; \" --> \\N \x1b[31m %s {0} javascript:a()"
ELEMENTS = {"svg", "g", "polygon", "path", "text", "ellipse", "polyline"}
ATTRIBUTES = {
    *("width", "height", "viewBox", "id", "class", "transform", "fill", "stroke", "points", "text-anchor", "x", "y", "font-family"),
    *("font-size", "font-weight", "d", "stroke-width", "stroke-dasharray", "cx", "cy", "rx", "ry", "shape-rendering", "fill-opacity"),
}


def texts(drawn: Diagram) -> list[str]:
    """What each box shows first."""
    return [box.text or box.name or " | ".join(row.text for row in box.rows) for box in drawn.boxes]


def edges(drawn: Diagram, kind: str) -> set[tuple[str, str]]:
    names = texts(drawn)
    return {(names[edge.tail], names[edge.head]) for edge in drawn.edges if edge.kind == kind}


def residual() -> Graph:
    pen = Pen(Shape.example(8, 8, 8))
    return pen.graph(pen.level(basic(pen.x.shape, 8), pen.x, name="block"), name="one")


# boxes and edges -------------------------------------------------------------------------------------------------------------------------


def test_series_is_one_box() -> None:
    pen = Pen(Shape.example(3, 8, 8))
    drawn = diagram(pen.graph(pen.run([*conv(8), MaxPool(kernel=2)], pen.x)))
    assert texts(drawn) == ["input", "conv 8 3×3 | batch_norm | relu | max_pool 2×2", "output"]
    assert [row.shape for row in drawn.boxes[1].rows] == ["8×8×8", "", "", ""]
    assert [edge.label for edge in drawn.edges] == ["3×8×8", "8×4×4"]


def test_residual() -> None:
    drawn = diagram(residual())
    body = "conv 8 3×3 | batch_norm | relu | conv 8 3×3 | batch_norm"
    assert texts(drawn) == ["input", "basic 8", body, "+", "relu", "output"]
    assert edges(drawn, "skip") == {("basic 8", "+")}
    assert edges(drawn, "trunk") == {("input", "basic 8"), ("basic 8", body), (body, "+"), ("+", "relu"), ("relu", "output")}
    assert [box.cluster for box in drawn.boxes] == [0, 1, 1, 1, 1, 0]


def test_shortcut_with_layers_is_a_skip() -> None:
    pen = Pen(Shape.example(8, 8, 8))
    drawn = diagram(pen.graph(pen.level(basic(pen.x.shape, 16, 2), pen.x)))
    down = "conv 16 1×1 /2 | batch_norm"
    assert edges(drawn, "skip") == {("basic 16 stride=2", down), (down, "+")}


def test_long_skips() -> None:
    drawn = diagram(unet(), depth=1)
    assert edges(drawn, "skip") == {("twice 8", "concat"), ("twice 16", "concat"), ("twice 32", "concat")}


@pytest.mark.parametrize(("spans", "aside"), [([(0, 3), (1, 2)], 2), ([(0, 2), (3, 5)], 2), ([(0, 2), (1, 3), (4, 6)], 1)])
def test_skips_that_overlap_may_lie_on_either_side(spans: list[tuple[int, int]], aside: int) -> None:
    pen = Pen(Shape.example(4, 8, 8))
    line = [pen.op(Conv(out=4), pen.x)]
    for step in range(1, 8):
        after = pen.op(Conv(out=4), line[-1])
        line.append(pen.add(after, *(line[tail] for tail, head in spans if head == step)) if step in dict(spans).values() else after)
    text = str(draw(pen.graph(line[-1]), format="dot"))
    assert text.count(":e ->") == aside
    assert len(re.findall(r"-> .*#c0392b", text)) == len(spans)


def test_a_level_with_two_inputs() -> None:
    inner = Pen(Shape.example(4, 8, 8), Shape.example(4, 8, 8), title="join")
    x = inner.add(inner.run(conv(4), inner.x), inner.inputs[1])
    pen = Pen(Shape.example(4, 8, 8))
    early = pen.op(Conv(out=4, kernel=1), pen.x)
    late = pen.run(conv(4), early)
    drawn = diagram(pen.graph(pen.level(inner.close(x), late, early, name="up")))
    assert [(box.kind, box.text or box.name) for box in drawn.boxes if box.kind in ("header", "input")] == [
        ("header", "join"),
        ("input", "x1"),
    ]
    assert edges(drawn, "skip") == {("conv 4 1×1", "x1"), ("x1", "+")}


def test_a_tensor_taken_for_its_size_is_no_line() -> None:
    pen = Pen(Shape.example(4, 8, 8))
    small = pen.op(Conv(out=4, stride=2), pen.x)
    y = pen.op(Upsample(like=pen.x.shape), small, pen.x)
    assert texts(diagram(pen.graph(y))) == ["input", "conv 4 3×3 /2 | upsample", "output"]


def test_even_branches_lie_around_a_spine() -> None:
    drawn = diagram(branches())
    names = texts(drawn)
    assert [(names[s.tail], names[s.head]) for s in drawn.spines] == [("mixed 4 6", "concat")]
    pen = Pen(Shape.example(4, 8, 8))
    odd = diagram(pen.graph(pen.concat(*(pen.run(conv(4), pen.x) for _ in range(3)))))
    assert (odd.spines, sum(edge.kind == "trunk" for edge in odd.edges)) == ([], 3)


def test_rows_that_take_several_tensors_start_a_box() -> None:
    pen = Pen(replace(Shape.example(16, 8), order=()))
    queries, keys, tokens = (pen.op(Linear(out=8), pen.x, name=name) for name in "qkv")
    drawn = diagram(pen.graph(pen.op(LayerNorm(), pen.op(MultiheadAttention(heads=2), queries, keys, tokens))))
    assert texts(drawn) == ["input", *["linear 8"] * 3, "multihead_attention 2 | layer_norm", "output"]
    assert len(drawn.edges) == 7


def test_what_is_tapped_between_does_not_fold() -> None:
    pen = Pen(Shape.example(8, 8, 8))
    first = pen.level(basic(pen.x.shape, 8), pen.x)
    second = pen.level(basic(pen.x.shape, 8), first)
    folded = [box.times for box in diagram(pen.graph(second), depth=1).boxes if box.kind == "block"]
    tapped = [box.times for box in diagram(pen.graph(first, second), depth=1).boxes if box.kind == "block"]
    assert (folded, tapped) == ([2], [1, 1])


def test_a_long_plain_network_is_shown() -> None:
    pen = Pen(Shape.example(3, 32, 32))
    inner = Pen(Shape.example(3, 32, 32))
    stages = [[*conv(8), *conv(8), *conv(8), *conv(8), MaxPool(kernel=2)] for _ in range(5)]
    level = inner.close(inner.run([op for ops in stages for op in ops], inner.x))
    drawn = diagram(pen.graph(pen.level(level, pen.x, name="features")))
    assert [len(box.rows) for box in drawn.boxes if box.rows] == [13] * 5


def test_branches_and_training() -> None:
    drawn = diagram(branches())
    assert not edges(drawn, "skip")
    assert {head for tail, head in edges(drawn, "branch") if tail == "mixed 4 6"} >= {"conv 4 1×1 | batch_norm | relu"}
    assert len([1 for _, head in edges(drawn, "branch") if head == "concat"]) == 4
    assert {texts(drawn)[i] for i, box in enumerate(drawn.boxes) if box.training} == {"global_avg_pool", "aux"}
    assert {edge.training for edge in drawn.edges if drawn.boxes[edge.head].training} == {True}


def test_repeats_fold_behind_the_first() -> None:
    drawn = diagram(resnet((3, 1, 1, 1), 64, 8), depth=3)
    folded = [box for box in drawn.boxes if box.kind == "block"]
    assert [(box.text, box.name, box.times) for box in folded[:1]] == [("basic 8", "1–2", 2)]
    whole = diagram(resnet((3, 1, 1, 1), 64, 8), depth=1)
    assert next((box.text, box.times) for box in whole.boxes if box.kind == "block") == ("basic 8", 3)


SCALED = """
input: [4, 8, 8]
blocks:
  scaled: {params: {by: float}, tensors: {weight: {param: [x.channels]}}, body: [{math: "x * reshape(weight, -1, 1, 1) * by"}]}
body: [conv 4, scaled 2, {name: last, use: scaled, by: 3}]
"""


def test_a_block_of_formulas_with_weights_is_a_layer() -> None:
    drawn = diagram(archdsl.load(SCALED).graph)
    assert texts(drawn) == ["input", "conv 4 3×3 | scaled 2 | scaled 3", "output"]
    assert [(row.name, row.parameters) for row in drawn.boxes[1].rows[1:]] == [("1", 4), ("last", 4)]
    opened = diagram(archdsl.load(SCALED).graph, expand=["last"])
    assert texts(opened)[1:] == ["conv 4 3×3 | scaled 2 | × | × 3", "output"]


MANY = """
input: [8, 8, 8]
blocks:
  one:
    params: {k: int}
    body: [residual: [{for: i in range(5), do: [conv 8 k, relu]}, conv 8, {use: relu, when: k > 3}]]
  two: {params: {k: int}, body: [residual: [conv 8 k, gelu, conv 8, gelu]]}
body: [{for: k in range(8), one: 2 * k + 1}, {for: k in range(8), two: 2 * k + 1}]
"""


LOOP = """
input: [8, 8, 8]
params: {turns: 20}
body:
  - conv 8 as=h
  - for: i in range(turns)
    do:
      - {conv: 8, kernel: 3, dilation: 2**(i % 3), from: h, name: "wide.{i}", as: z}
      - {conv: 4, kernel: 1, name: "taps.{i}", as: taps...}
      - {add: [h, z], as: h}
  - add: taps
  - concat: [x, h]
"""


def test_turns_of_a_long_loop_without_a_level_are_drawn_once() -> None:
    graph = archdsl.load(LOOP).graph
    drawn = diagram(graph)
    (header,) = [box for box in drawn.boxes if box.kind == "header"]
    assert (header.name, header.text, header.parameters) == ("×20", "differing in d", 20 * (8 * 8 * 9 + 8 + 8 * 4 + 4))
    assert [row.name for box in drawn.boxes for row in box.rows] == ["0", "wide.0–19", "taps.0–19"]
    assert edges(drawn, "skip") >= {("differing in d", "+")}
    assert f"{graph.parameters / 1000:.2f} K parameters" in drawn.summary
    assert len([box for box in diagram(archdsl.load(LOOP, turns=3).graph).boxes if box.kind == "header"]) == 0


@given(st.integers(3, 9), st.integers(0, 3), st.lists(st.sampled_from(["relu", "gelu", "tanh"]), min_size=1, max_size=3))
@settings(deadline=None, max_examples=25)
def test_gathering_keeps_a_sound_graph(turns: int, before: int, body: list[str]) -> None:
    lines = [*["- silu"] * before, f"- {{for: i in range({turns}), residual: [{', '.join(body)}]}}", "- conv 4"]
    graph = archdsl.load("input: [8, 8, 8]\nbody:\n" + "\n".join(f"  {line}" for line in lines)).graph
    shown, loops = gathered(graph)
    assert loops == {f"×{turns}"}
    assert len(shown.root.calls) == before + 1 + 1
    assert check(shown) == []
    assert shown.parameters == graph.parameters


def test_each_block_is_shown_before_one_of_them_again() -> None:
    drawn = diagram(archdsl.load(MANY).graph)
    assert [box.text for box in drawn.boxes if box.kind == "header"] == ["one 1", "two 1"]


def test_expand_shows_a_level_in_a_folded_drawing() -> None:
    drawn = diagram(resnet((3, 1, 1, 1), 64, 8), depth=1, expand=["layer1.1"])
    assert [box.text or box.name for box in drawn.boxes if box.kind == "header"] == ["layer1", "basic 8"]
    assert [box.name for box in drawn.boxes if box.kind == "block"][:2] == ["0", "2"]


def test_expanding_what_is_no_level() -> None:
    with pytest.raises(Refused) as caught:
        diagram(resnet(), expand=["layre1"])
    assert (caught.value.code, caught.value.help) == ("AD6020", caught.value.help)
    assert "did you mean `layer1`?" in str(caught.value.help)


def test_reuse() -> None:
    pen = Pen(Shape.example(4, 8, 8))
    pen.op(Relu(), pen.op(Conv(out=4), pen.x, name="c"))
    drawn = diagram(pen.graph(pen.again("c", pen.calls[-1].outputs[0])))
    assert [(box.reused, [row.parameters for row in box.rows]) for box in drawn.boxes[1:3]] == [(False, [148, 0]), (True, [0])]
    assert "= c" in draw(pen.graph(pen.again("c", pen.x)), format="dot")


@pytest.mark.parametrize("depths", [(2, 2, 2, 2), (3, 4, 6, 3), (3, 8, 36, 3)])
def test_a_page(depths: tuple[int, ...]) -> None:
    drawn = diagram(resnet(depths, 64, 8))
    assert 10 < drawn.size <= PAGE_BOXES
    assert any(box.kind == "header" and box.text for box in drawn.boxes), "no block is shown"


def test_limits() -> None:
    pen = Pen(Shape.example(4, 8, 8))
    x = pen.x
    for _ in range(30):
        x = pen.add(x, pen.op(Relu(), x))
    drawn = diagram(pen.graph(x), limits=Limits(boxes=20))
    assert drawn.size == 1
    assert "more than 20" in drawn.notes[0]


def test_very_long_runs_are_cut() -> None:
    pen = Pen(Shape.example(4, 8, 8))
    drawn = diagram(pen.graph(pen.run([Relu()] * 500, pen.x)))
    assert sum(len(box.rows) for box in drawn.boxes) < 100


# text ------------------------------------------------------------------------------------------------------------------------------------


def hostile(text: str) -> Graph:
    pen = Pen(Shape.example(8, 8, 8), title="")
    level = replace(basic(pen.x.shape, 8), title=text)
    x = pen.level(level, pen.x, name="block")
    x = pen.level(replace(level, title=f"{text} 2"), x, name="again")
    return replace(pen.graph(x), name=text, train={text: x})


def elements(svg: str) -> Iterator[ElementTree.Element]:
    yield from ElementTree.fromstring(svg).iter()


@needs_dot
@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60) | st.just(HOSTILE))
def test_svg_holds_nothing_but_shapes_and_text(text: str) -> None:
    for depth in (1, 2):
        svg = draw(hostile(text), depth=depth)
        assert isinstance(svg, str)
        found = list(elements(svg))
        assert {e.tag.rpartition("}")[2] for e in found} <= ELEMENTS
        assert {name for e in found for name in e.attrib} <= ATTRIBUTES
        assert not re.search("[\x00-\x09\x0b-\x1f\u2028\u2029\u202e]", svg)


@needs_dot
def test_hostile_text_is_shown() -> None:
    svg = draw(hostile("<b>&amp;</b>\u2028"))
    assert isinstance(svg, str)
    assert any(element.text == "<b>&amp;</b>\\u2028" for element in elements(svg))


@given(st.text(max_size=60) | st.just(HOSTILE))
def test_mermaid_text_stays_text(text: str) -> None:
    for line in mermaid.render(hostile(text), depth=1).splitlines()[4:]:
        assert re.fullmatch(r"[\w ×·−÷…–→.,+/|\"\[\]()<>=:;#%&-]*", line), line
        assert "<" not in re.sub(r"<(br/|b|/b)>", "", line)


@needs_dot
@pytest.mark.parametrize("graph", [residual, branches, unet])
@pytest.mark.parametrize("options", [{}, {"theme": "dark"}, {"direction": "LR"}, {"title": False}, {"depth": 1}], ids=str)
def test_every_option_draws(graph: Callable[[], Graph], options: dict[str, object]) -> None:
    assert any(element.text == "input" for element in elements(str(draw(graph(), **options))))  # type: ignore[arg-type]


@needs_dot
@pytest.mark.parametrize(("format", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_binary_formats(format: str, start: bytes) -> None:
    picture = draw(residual(), format=format)  # type: ignore[arg-type]
    assert isinstance(picture, bytes)
    assert picture.startswith(start)


def test_without_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert str(draw(residual(), format="dot")).startswith("digraph")
    with pytest.raises(Refused, match="not installed") as caught:
        draw(residual())
    assert "apt install graphviz" in str(caught.value.help)


def test_golden(golden: Callable[[str, str], None]) -> None:
    golden("residual.dot", str(draw(residual(), format="dot")))
    golden("residual.mmd", mermaid.render(residual()))
