"""Generated code: printed and run it is the built module, equal levels share classes, and nothing else than allowed nodes stands in it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import nets
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import archdsl
from archdsl.codegen import generate
from archdsl.codegen.allow import NotAllowed, check
from archdsl.codegen.names import SEQUENTIAL_NAMES, camel, is_plain, unique, variable
from archdsl.codegen.recipes import DEFAULTS, POSITIONAL
from archdsl.codegen.runtime import FOLDER
from archdsl.elaborate.names import MODULE_ATTRIBUTES
from archdsl.graph import keys
from archdsl.network import Network

TURN = count()


def emitted(network: Network) -> nn.Module:
    """The printed source, run as a file would be."""
    scope: dict[str, object] = {"__name__": f"emitted{next(TURN)}"}
    exec(compile(network.to_python(), "emitted.py", "exec"), scope)
    kind = scope[camel(network.name)]
    assert isinstance(kind, type)
    module = kind()
    assert isinstance(module, nn.Module)
    return module


def classes(network: Network) -> list[str]:
    return [node.name for node in generate(network.graph).module.body if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", nets.NETS)
def test_emitted_source_is_the_built_module(name: str, training: bool) -> None:
    network = nets.load(name)
    built, printed = network.build(seed=0).train(training), emitted(network).train(training)
    expected = [key for key, spec in keys(network.graph.root) if spec.persistent]
    assert list(built.state_dict()) == list(printed.state_dict()) == expected
    printed.load_state_dict(built.state_dict())
    results = []
    for model in (built, printed):
        torch.manual_seed(4)
        results.append(nets.tensors(model(*nets.inputs(network))))
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("name", nets.NETS)
def test_lines_are_short_and_sources_stable(name: str) -> None:
    source = nets.load(name).to_python()
    assert source == nets.load(name).to_python()
    assert name == "runtime" or max(map(len, source.splitlines())) <= 120
    assert ast.get_docstring(ast.parse(source))


def test_equal_levels_share_a_class_and_differ_in_arguments() -> None:
    network = nets.load("residual")
    assert classes(network) == ["Unit", "UnitDownsample", "LittleResnet"]
    source = network.to_python()
    assert "def __init__(self, channels: int) -> None:" in source
    assert "def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:" in source
    assert "nn.Sequential(UnitDownsample(3, 6, stride=2), Unit(6))" in source
    assert "*[Unit(3) for _ in range(4)]" in source


def test_what_is_equal_everywhere_stays_a_literal() -> None:
    block = "{params: {n: int}, body: [{residual: [conv n 5, conv 4 1]}]}"
    source = archdsl.emit(f"input: [4, 8, 8]\nblocks:\n  b: {block}\nbody: [b 6, b 7]\n")
    assert "def __init__(self, channels: int) -> None:" in source
    assert "kernel_size=5" in source
    assert "padding=2" in source


def test_widths_that_follow_from_each_other_are_one_argument() -> None:
    blocks = "  b: {params: {n: int}, body: [{residual: [conv n*4 1, relu, conv n 1]}]}\n"
    source = archdsl.emit(f"input: [4, 8, 8]\nblocks:\n{blocks}body: [b 4, conv 6 1, b 6, conv 10 1, b 10]\n")
    assert "channels * 4" in source
    assert "B(10)" in source


def test_numbers_of_formulas_become_attributes() -> None:
    blocks = "  b: {params: {k: float}, body: [relu, {residual: [{math: x * k}]}, relu]}\n"
    network = archdsl.load(f"input: [4, 8, 8]\nblocks:\n{blocks}body: [b 0.5, b 0.25]\n")
    assert len(classes(network)) == 2
    x = torch.rand(1, 4, 8, 8)
    assert torch.allclose(network.build(seed=0)(x), x * 1.5 * 1.25)


def test_random_functions_run_in_the_order_written() -> None:
    text = "input: [50]\nbody:\n  - math: |\n      a = dropout(x, 0.5)\n      b = dropout(x + 1, 0.3)\n      b - a\n"
    model, x = archdsl.build(text).train(), torch.rand(1, 50)
    torch.manual_seed(2)
    a = nn.functional.dropout(x, 0.5)
    expected = nn.functional.dropout(x + 1, 0.3) - a
    torch.manual_seed(2)
    assert torch.equal(model(x), expected)


def test_dead_calls_are_registered_and_not_run() -> None:
    network = archdsl.load("input: [3, 8, 8]\nbody: {a: conv 4, b: {conv: 5, from: input}, c: {conv: 6, from: a}}\n")
    assert [key for key in network.build(seed=0).state_dict() if key.endswith("weight")] == ["a.weight", "b.weight", "c.weight"]
    assert "self.b(" not in network.to_python()


def test_train_only_calls_stand_under_training() -> None:
    network = nets.load("modes")
    assert "if self.training:" in network.to_python()
    model = network.build(seed=0)
    (x,) = nets.inputs(network)
    assert list(model.train()(x)) == ["logits", "aux"]
    assert isinstance(model.eval()(x), torch.Tensor)


def test_a_network_of_one_size_refuses_others_by_naming_the_line() -> None:
    model = nets.load("sized").build(seed=0)
    with pytest.raises(AssertionError, match=r"6×8.*<text>:2:"):
        model(torch.rand(1, 4, 8, 6))
    traced = torch.fx.symbolic_trace(model)
    assert traced(torch.rand(3, 4, 6, 8)).shape == (3, 4, 48)


@pytest.mark.parametrize("path", [p for p in sorted(FOLDER.glob("[!_]*.py")) if p.stem != "probe"], ids=lambda path: path.stem)
def test_runtime_modules_hold_nothing_that_is_not_allowed(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    check(ast.Module([node for node in tree.body if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")], []))


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from os import path",
        "eval('1')",
        "().__class__",
        "x = lambda: 1",
        "getattr(torch, name)",
        "with open('x') as f: pass",
        "__import__('os')",
        "while True: pass",
        "global x",
        "async def f(): pass",
    ],
)
def test_what_is_not_allowed_is_not_compiled(source: str) -> None:
    with pytest.raises(NotAllowed):
        check(ast.parse(source))


def torch_classes(family: str) -> Iterator[type]:
    yield from (kind for suffix in ("", "1d", "2d", "3d") if (kind := getattr(nn, f"{family}{suffix}", None)) and kind is not nn.Softmax2d)


@pytest.mark.parametrize("family", sorted({*POSITIONAL, *DEFAULTS}))
def test_tables_of_torchs_signatures_are_true(family: str) -> None:
    kinds = list(torch_classes(family))
    assert kinds
    for kind in kinds:
        found = dict(list(inspect.signature(kind.__init__).parameters.items())[1:])
        names = POSITIONAL.get(family, ())
        assert tuple(found)[: len(names)] == names
        for name, default in DEFAULTS.get(family, ()):
            assert found[name].default == default, (kind, name)


def test_names_that_modules_have_are_known() -> None:
    new = {name for name in dir(nn.Sequential()) if not name.startswith("_")}
    assert new <= MODULE_ATTRIBUTES | SEQUENTIAL_NAMES


@given(st.text(max_size=12), st.sets(st.text(max_size=4)))
@settings(max_examples=200)
def test_names_are_names(word: str, taken: set[str]) -> None:
    assert camel(word).isidentifier()
    found = unique(variable(word), taken)
    assert found.isidentifier()
    assert found not in taken
    if is_plain(word):
        assert ast.unparse(ast.parse(f"self.{word}")) == f"self.{word}" or not word.isascii()
