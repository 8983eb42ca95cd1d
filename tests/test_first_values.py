"""Emitted code gives the first values that the spec names, as the built module has them."""

from __future__ import annotations

from typing import Any

import pytest

import archdsl

torch = pytest.importorskip("torch")

RAW = """
input: [3, 16, 16]
tensors: {scale: {param: [8, 1, 1], init: 0.5}, pos.table: {param: [1, 8, 16, 16], init: trunc_normal 0.02}, plain: {param: [4]}}
body:
  - conv 8
  - {math: x * scale + pos.table}
  - {conv: 8, init: {weight: dirac, bias: ones}}
  - conv 8 bias=false
  - {group_norm: 2, affine: false}
  - {group_norm: 2, init: {weight: uniform -0.1 0.1}}
  - [flatten, {linear: 5, init: {weight: orthogonal}}]
init:
  - {op: conv, weight: kaiming_normal fan_out}
  - {op: linear, bias: uniform 1 2}
"""
SOURCES = ["specs/resnet18.yaml", "specs/googlenet.yaml", "specs/fpn_resnet50.yaml", RAW]


def emitted(net: archdsl.Network) -> Any:
    """The network's class as its emitted source makes it, with memory that nothing fills full of NaN."""
    space: dict[str, Any] = {"__name__": "emitted"}
    exec(net.to_python(), space)
    root = [value for value in space.values() if isinstance(value, type) and issubclass(value, torch.nn.Module)][-1]
    torch.use_deterministic_algorithms(True)
    try:
        return root()
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("source", SOURCES, ids=["resnet18", "googlenet", "fpn_resnet50", "raw"])
def test_emitted_first_values_are_those_of_the_built_module(source: str) -> None:
    net = archdsl.load(source)
    found, built = emitted(net).state_dict(), net.build(seed=1).state_dict()
    assert list(found) == list(built)
    for key, tensor in found.items():
        other = built[key]
        assert not tensor.isnan().any(), key
        if tensor.numel() < 64 or other.std() == 0:
            assert torch.equal(tensor, other) or other.unique().numel() > 1, key
            continue
        spread = other.float().std()
        assert tensor.float().std().item() == pytest.approx(spread.item(), rel=0.5), key
        assert abs(tensor.float().mean() - other.float().mean()) < spread, key


def test_what_torch_starts_so_is_not_said() -> None:
    assert "initialise" not in archdsl.load({"input": [3, 8, 8], "body": ["conv 4", "batch_norm"]}).to_python()
