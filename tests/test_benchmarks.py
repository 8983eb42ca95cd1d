"""The networks and recipes that the benchmarks of training run are right, also where there is no GPU to run them on."""

from __future__ import annotations

import pytest

import archdsl
from bench.pairs import ROOT
from bench.train_gpu import CASES, RECIPE, Case
from bench.training import SPEC


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_runs_on_a_gpu(case: Case) -> None:
    network = archdsl.load(case.spec if "extends" not in case.spec else ROOT / "specs" / f"{case.name}.yaml")
    recipe = network.recipe(None, {**RECIPE, "data": f"fake {2 * case.batch}", "batch_size": case.batch, "steps": 10**9})
    assert (recipe.precision, recipe.compile) == ("bf16", True)


def test_what_is_compared_with_a_loop_by_hand() -> None:
    assert (archdsl.load(SPEC).recipe(None).steps or 0) > 1
