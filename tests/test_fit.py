"""`archdsl fit` against trying every candidate, and its settings against building them."""

from __future__ import annotations

import re
import shlex
from itertools import product
from pathlib import Path

import pytest

import archdsl
from archdsl import pipeline
from archdsl.cli import main
from archdsl.fit import Budget, search
from archdsl.request import Request, read_spec

SPEC = """\
name: net
input: [3, 32, 32]
params: {width: 32, depths: [2, 2], rate: 1.0, dropout: 0.1, num_classes: 10, kernel: 3}
blocks: {stage: {params: {out: int, n: int}, body: [{for: i in range(n), do: [conv out kernel, relu]}, max_pool 2]}}
body:
  - {for: "i, n in enumerate(depths)", stage: int(rate * width) * 2**i, n: n}
  - [global_avg_pool, flatten, dropout dropout, linear num_classes]
"""


def outcome(text: str = SPEC) -> pipeline.Outcome:
    return pipeline.run(Request(read_spec(text)))


def test_knobs_are_what_changes_the_cost_and_not_the_output() -> None:
    assert {knob.name for knob in search(outcome(), Budget(macs=10**6), {}, 100).knobs} == {"width", "depths", "rate", "kernel"}


@pytest.mark.parametrize("budget", [Budget(macs=2 * 10**7), Budget(params=40_000), Budget(memory=10**6), Budget(macs=10**8, params=30_000)])
def test_nothing_better_is_missed(budget: Budget) -> None:
    found = search(outcome(), budget, {"width": (8, 64), "depths": None}, 60)
    best = found.candidates()
    assert found.tried < found.grid
    every = [found.cost(places) for places in product(*(range(len(knob.values)) for knob in found.knobs))]
    within = [budget.share(cost) for cost in every if cost is not None and budget.share(cost) <= 1]
    assert max(within) == max(budget.share(candidate.cost) for candidate in best)
    for candidate in best:
        net = archdsl.load(SPEC, params=dict(candidate.settings))
        assert (net.macs, net.parameters) == (candidate.cost.macs, candidate.cost.parameters)
    near = [candidate.distance for candidate in best if budget.share(candidate.cost) >= 0.95]
    assert near == sorted(near)


def test_candidates_that_are_no_network_are_passed_over() -> None:
    text = "input: [3, 8, 8]\nparams: {width: 16}\nbody: [conv width, conv width groups=(width // 2 if width % 3 else 7)]\n"
    best = search(outcome(text), Budget(params=10**5), {"width": (2, 40)}, 30).candidates()
    assert best
    assert all(archdsl.load(text, params=dict(c.settings)) for c in best)


def test_what_is_printed_can_be_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    assert main(["fit", str(path), "--macs", "20M", "--vary", "width=8..64", "--vary", "depths", "--candidates", "100"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "--set" in line]
    assert lines
    for line in lines:
        assert main(["summary", str(path), "--format", "json", *shlex.split(line[line.index("--set") :])]) == 0
        macs = int(re.search(r'"macs": (\d+)', capsys.readouterr().out)[1])  # type: ignore[index]
        assert macs <= 20_000_000


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "say what to meet"),
        (["--macs", "1"], 1, "no candidate is within the budget"),
        (["--macs", "1M", "--vary", "hight"], 2, "`hight` is no parameter that can be varied"),
        (["--macs", "1M", "--vary", "width=9"], 2, "NAME=LOW..HIGH"),
        (["--macs", "1M", "--vary", "width=64..8"], 2, "NAME=LOW..HIGH"),
        (["--macs", "many"], 2, "expected an amount"),
    ],
)
def test_wrong_words_are_told(words: list[str], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    assert main(["fit", str(path), *words]) == code
    assert says in capsys.readouterr().err


def test_a_spec_without_numbers_has_nothing_to_vary() -> None:
    with pytest.raises(ValueError, match="no parameter of this spec"):
        search(outcome("input: [3, 8, 8]\nparams: {n: 10}\nbody: [flatten, linear n]\n"), Budget(macs=10**6), {}, 100)
