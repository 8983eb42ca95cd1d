"""`archdsl explain SPEC PATH`: the sums of every layer come out, and the lines are those that set its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from arithmetic import worked

import archdsl
from archdsl import pipeline
from archdsl.analyses.costs import costs
from archdsl.analyses.explained import Explanation, axis_names
from archdsl.analyses.explained import explain as explained
from archdsl.analyses.paths import NotThere, find
from archdsl.cli import main
from archdsl.elaborate.trace import Trace
from archdsl.graph import Graph, walk
from archdsl.request import Request, read_spec

SPECS = Path(__file__).parent.parent / "specs"
SEVERAL = ("resnet50", "vit_b_16", "shufflenet_v2_x1_0", "googlenet", "swin_t", "unet", "m5", "c3d")
SMALL = """\
input: [3, 32, 32]
params: {w: 8, act: leaky_relu 0.1}
let: {wide: w * 2}
defaults: {conv: {bias: false}}
tensors: {token: {param: [1, 8, 1, 1]}}
blocks:
  unit:
    params: {out: int, stride: 1}
    body: {conv: conv out stride=stride}
body:
  stem: conv w
  units: {for: "s in [1, 2]", unit: w, stride: s}
  two: {name: two, concat: [x, [conv wide]]}
  end: act
  spare: {conv: 4, as: spare}
  half: {math: "end * 0.5", as: half}
"""


def graph_of(spec: str | Path) -> tuple[Graph, Trace]:
    trace: Trace = {}
    graph = pipeline.run(Request(read_spec(spec)), trace).graph
    assert graph is not None
    return graph, trace


def every(graph: Graph, trace: Trace) -> Iterator[Explanation]:
    for path, _ in walk(graph.root):
        yield explained(graph, trace, path)


@pytest.mark.parametrize("name", SEVERAL)
def test_every_sum_of_a_network_comes_out(name: str) -> None:
    graph, trace = graph_of(SPECS / f"{name}.yaml")
    known = costs(graph)
    for found in every(graph, trace):
        steps = find(graph.root, found.path).steps
        if not steps:
            continue
        call = steps[-1].call
        assert found.cost == known.of(call)
        assert found.gives == tuple(str(value.shape) for value in call.outputs)
        assert sum(worked(_count(spec.shape)) for spec in found.tensors if not spec.buffer) == found.cost.parameters or found.parts
        assert not found.macs or worked(found.macs) == found.cost.macs
        shape = call.outputs[0].shape
        sizes = {name: shape.dims[axis] for axis, name in axis_names(shape).items()}
        assert {name: worked(sum.removesuffix(", as it flows in")) for name, sum in found.sizes} == {n: sizes[n] for n, _ in found.sizes}
        assert found.parts or len(found.sizes) == len(sizes)
        assert found.place is not None


def _count(shape: tuple[int, ...]) -> str:
    return "·".join(map(str, shape)) or "1"


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(["explain", *words])
    shown = capsys.readouterr()
    return code, shown.out + shown.err


RESNET = """\
layer2.0.conv1: conv 128 3×3 /2

takes       64×56×56, from `layer1`
gives       128×28×28
              channels  out = 128
              height    (56 + 2·1 - 1·(3 - 1) - 1) // 2 + 1 = 28
              width     (56 + 2·1 - 1·(3 - 1) - 1) // 2 + 1 = 28
parameters  73,728
              weight    128·64·3·3 = 73,728
MACs        128·28·28 · 64·3·3 = 57,802,752
"""


def test_a_layer_of_resnet(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = ran(capsys, str(SPECS / "resnet18.yaml"), "layer2.0.conv1")
    assert code == 0
    assert said.startswith(RESNET)
    for words in (
        "archdsl/stdlib/basic.yaml:6:14",
        "in this use: planes = 128, stride = 2",
        "in this turn: i = 1, n = 2",
        "in this turn: j = 0",
        "depths = [2, 2, 2, 2]",
        "block = basic",
        "resnet18.yaml:2:10",
    ):
        assert words in said


def test_equal_blocks_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """They are one level in the graph, and each has its own use and turn."""
    first, second = (ran(capsys, str(SPECS / "resnet18.yaml"), f"layer1.{i}.conv1")[1] for i in (0, 1))
    assert "in this turn: j = 0" in first
    assert "in this turn: j = 1" in second
    assert "from `maxpool`" in first
    assert "from `layer1.0`" in second


@pytest.fixture
def small(tmp_path: Path) -> str:
    (tmp_path / "net.yaml").write_text(SMALL, encoding="utf-8")
    return str(tmp_path / "net.yaml")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("stem", ("out = 8", "8·3·3·3 = 216", "8·32·32 · 3·3·3 = 221,184", "bias = false, a default of the file", "w = 8")),
        ("stem.weight", ("stem: conv 8 3×3", "216")),
        ("units.1.conv", ("(32 + 2·1 - 1·(3 - 1) - 1) // 2 + 1 = 16", "in this use: out = 8, stride = 2", "in this turn: s = 2")),
        ("units.0", ("unit 8", "in this use: out = 8, stride = 1", "gives       8×32×32")),
        ("units", ("unit 8 ×2", "8×16×16")),
        ("two", ("8 + 16 = 24", "from `units`", "MACs        none")),
        ("2", ("conv 16 3×3", "wide = 16")),
        ("end", ("leaky_relu 0.1", "24, as it flows in", "act = leaky_relu 0.1")),
        ("half", ("* 0.5", "from `end`")),
        ("token", ("a parameter", "1·8·1·1 = 8")),
        ("spare", ("conv 4 3×3  (not run)",)),
        ("", ("the network's input", "leaky_relu 0.1  24×16×16")),
    ],
)
def test_paths(path: str, words: tuple[str, ...], small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = ran(capsys, small, *([path] if path else []))
    assert code == 0, said
    for word in words:
        assert word in said, said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("stme", "did you mean `stem`?"),
        ("units.1.cnov", "did you mean `units.1.conv`?"),
        ("stem.weigth", "`stem` is a layer"),
        ("nothing_like_it", "the network has stem"),
        ("units.7", "did you mean `units.0`?"),
        ("input", "`input` is what flows in, 3×32×32"),
    ],
)
def test_what_is_not_there(path: str, said: str, small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = ran(capsys, small, path)
    assert code == 2
    assert said in found


def test_the_callers_values_are_told(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = ran(capsys, small, "stem", "--set", "w=4", "--input", "3x16x16")
    assert "--set:1:4" in said
    assert "w = 4" in said
    assert "4·16·16 · 3·3·3" in said


def test_a_wrong_spec_says_its_faults(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = ran(capsys, small, "stem", "--set", "w=0")
    assert code == 1
    assert "error[AD2110]" in said


def test_a_trace_changes_no_graph() -> None:
    plain = archdsl.load(SPECS / "googlenet.yaml").graph
    assert str(graph_of(SPECS / "googlenet.yaml")[0]) == str(plain)


def test_paths_lead_to_their_own_modules() -> None:
    graph, _ = graph_of(SPECS / "swin_t.yaml")
    for path, module in walk(graph.root):
        assert find(graph.root, path).target is module
    with pytest.raises(NotThere):
        find(graph.root, "features.9.9")
