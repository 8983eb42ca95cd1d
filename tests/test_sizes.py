"""`archdsl sizes` against what torch does at each size."""

from __future__ import annotations

from pathlib import Path

import opcalls
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import archdsl
from archdsl import pipeline, zoo
from archdsl.cli import main
from archdsl.request import Request, read_spec
from archdsl.shapes import Shape
from archdsl.sizes import Axes, sizes, spelled

FEATURES = "input: [3, 60, 60]\nbody: [conv 4 7 stride=2, avg_pool 3 2, conv 8 2 stride=2 padding=0, conv 4 3 stride=3 padding=0]\n"


def tried(spec: str, last: int | None = None) -> list[Axes]:
    return list(sizes(pipeline.run(Request(read_spec(spec))), last))


def unread_by_torch(module: nn.Module, sides: tuple[int, ...], channels: int = 3) -> list[int]:
    """Positions at the end of each axis without a gradient."""
    x = torch.rand(1, channels, *sides, dtype=torch.double).add(0.5).requires_grad_()
    module.double()(x).sum().backward()
    assert x.grad is not None
    seen = x.grad[0].abs().sum(0)
    return [int(n - 1 - torch.nonzero(seen)[:, axis].max()) for axis, n in enumerate(sides)]


@given(
    st.sampled_from(["conv 4", "avg_pool", "lp_pool"]),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(0, 2),
    st.integers(1, 3),
    st.lists(st.integers(11, 30), min_size=1, max_size=3),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_positions_without_a_gradient_are_unread(
    word: str, kernel: int, stride: int, padding: int, dilation: int, sides: list[int], ceil_mode: bool
) -> None:
    dilation = dilation if stride == 1 else 1  # between taps of other windows there may be holes
    more = {"conv 4": f"padding={padding} dilation={dilation}", "avg_pool": f"padding={min(padding, kernel // 2)}", "lp_pool": ""}[word]
    more += "" if word == "conv 4" else f" ceil_mode={str(ceil_mode).lower()}"
    op = opcalls.operation(f"{word} {kernel} stride={stride} {more}")
    shapes = (Shape.example(3, *sides),)
    found = op.unread(shapes, op.results(shapes))
    gap = max(0, stride - ((dilation if word == "conv 4" else 1) * (kernel - 1) + 1))
    theirs = unread_by_torch(opcalls.module(op.module(shapes)), tuple(sides))
    assert list(found) == [max(0, left - gap) for left in theirs]


def test_sizes_are_those_that_torch_runs() -> None:
    (axes,) = tried(FEATURES, 60)
    model = archdsl.build(FEATURES, seed=0)
    for size in range(1, 61):
        try:
            model(torch.rand(1, 3, size, size, dtype=next(model.parameters()).dtype))
            runs = True
        except RuntimeError:
            runs = False
        assert runs == (size in axes.accepted), size
    assert axes.accepted == axes.same_weights


def test_parameters_that_follow_the_size_are_named() -> None:
    (axes,) = tried("lenet5")
    assert axes.same_weights == (32, 33, 34, 35)
    assert axes.found[16].changed == "classifier.0.weight"
    for size in axes.accepted:
        assert (archdsl.load("lenet5", input=[1, size, size]).parameters == zoo.entries()["lenet5"].params) == (size in axes.same_weights)


def test_axes_of_other_sizes_vary_alone_and_equal_inputs_together() -> None:
    assert [(axes.names, axes.own) for axes in tried("c3d", 2)] == [(("depth",), 16), (("height", "width"), 112)]
    (axes,) = tried("siamese", 40)
    assert axes.names == ("height of left", "width of left", "height of right", "width of right")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (range(1, 50), "all"),
        (range(32, 50), "32 and more"),
        ([16, 32, 48], "multiples of 16"),
        ([32, 48], "multiples of 16 from 32"),
        ([17, 33, 49], "17, 33, 49, … in steps of 16"),
        ([7], "7"),
        ([], "none"),
        ([32, 33, 34, 40], "32–34, 40"),
    ],
)
def test_sizes_in_words(found: list[int], words: str) -> None:
    assert spelled(found, 49) == words


def test_what_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["sizes", "vgg11"]) == 0
    said = capsys.readouterr().out
    for words in ("height = width", "32 and more", "multiples of 32", "kernel 2 is larger", "`features.2` leaves out the last 1"):
        assert words in said
    (tmp_path / "net.yaml").write_text("input: [16]\nbody: [linear 4]\n")
    assert main(["sizes", str(tmp_path / "net.yaml")]) == 0
    assert "no axis" in capsys.readouterr().out
