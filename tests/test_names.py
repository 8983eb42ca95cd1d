"""Names that cannot stand in a key are refused, each with a message of its own."""

from __future__ import annotations

import pytest
from torch import nn

import archdsl
from archdsl.elaborate.names import MODULE_ATTRIBUTES


def test_every_attribute_of_a_module_is_known() -> None:
    assert {name for name in dir(nn.Module()) if not name.startswith("__")} <= MODULE_ATTRIBUTES


@pytest.mark.parametrize("body", ["{__class__: relu}", "[relu name=forward]", "{a.type: relu}", "{'a b': relu}", "{a..b: relu}"])
def test_refused(body: str) -> None:
    found = archdsl.check(f"input: [3, 8, 8]\nbody: {body}\n")
    assert [d.code for d in found] == ["AD3003"]


def test_each_is_reported() -> None:
    found = archdsl.check("input: [3, 8, 8]\nbody: {forward: relu, training: relu, type: relu}\ntensors: {to: {param: [1]}}\n")
    assert [d.code for d in found] == ["AD3003"] * 4


def test_labels_of_wiring_are_no_keys() -> None:
    assert archdsl.check("input: [3, 8, 8]\nbody: {type: {add: [x, [relu]]}}\n") == ()
