"""Every function against torch: shapes for two batch sizes, multiply-accumulates, and what it refuses."""

from __future__ import annotations

import pytest
from formulas import formula, traced

from archdsl.diagnostics.codes import CODES
from archdsl.functions import BY_NAME, FUNCTIONS, MERGES, OPERATORS
from archdsl.functions.base import Function
from archdsl.shapes import Shape

X = Shape.example(3, 8, 8)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_example(function: type[Function]) -> None:
    formula(function.example, x=traced(X))


def test_names_are_unique() -> None:
    assert len(BY_NAME) + len(OPERATORS) + len(MERGES) == len(FUNCTIONS)
    assert all(f.__doc__ and f.source for f in FUNCTIONS)
