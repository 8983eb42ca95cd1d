"""Every schedule of a recipe against torch's own scheduler."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
from torch.optim import lr_scheduler as theirs

from archdsl.recipe import Called, Interval, Stretch
from archdsl.recipe.schedules import SCHEDULES
from archdsl.training.schedules import CURVES, factor_of

STEPS, PER_EPOCH = 40, 8
NONE = {"warmup": Stretch(0, "epochs"), "warmup_factor": 0.01}
Scheduler = Callable[[torch.optim.Optimizer], theirs.LRScheduler]
CASES: dict[str, tuple[dict[str, object], Scheduler]] = {
    "constant": ({**NONE}, lambda o: theirs.ConstantLR(o, 1.0)),
    "linear": ({"min_factor": 0.1, **NONE}, lambda o: theirs.LinearLR(o, 1.0, 0.1, STEPS)),
    "cosine": ({"min_factor": 0.1, **NONE}, lambda o: theirs.CosineAnnealingLR(o, STEPS, eta_min=0.1)),
    "polynomial": ({"power": 2.0, "min_factor": 0.0, **NONE}, lambda o: theirs.PolynomialLR(o, STEPS, 2.0)),
    "exponential": ({"gamma": 0.5, **NONE}, lambda o: theirs.ExponentialLR(o, 0.5 ** (1 / PER_EPOCH))),
    "step": ({"every": Interval(2, "epochs"), "gamma": 0.3, **NONE}, lambda o: theirs.StepLR(o, 2 * PER_EPOCH, 0.3)),
    "multi_step": ({"at": (1, 3), "gamma": 0.3, **NONE}, lambda o: theirs.MultiStepLR(o, [PER_EPOCH, 3 * PER_EPOCH], 0.3)),
    "one_cycle": (
        {"pct_start": 0.3, "anneal": "cosine", "div_factor": 25.0, "final_div_factor": 100.0},
        lambda o: theirs.OneCycleLR(o, 1.0, STEPS, final_div_factor=100.0, cycle_momentum=False),
    ),
}


def rates(scheduler: Scheduler, steps: int = STEPS) -> list[float]:
    """The learning rates that torch's scheduler sets, from 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    own = scheduler(optimizer)
    found = []
    with warnings.catch_warnings(action="ignore"):  # SequentialLR passes an argument that torch itself deprecates
        for _ in range(steps):
            found.append(float(optimizer.param_groups[0]["lr"]))
            optimizer.step()
            own.step()
    return found


def test_every_schedule_has_a_curve_and_a_case() -> None:
    assert set(CURVES) == set(SCHEDULES) == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_schedules_are_torchs(name: str) -> None:
    arguments, scheduler = CASES[name]
    factor = factor_of(Called(name, arguments=arguments), STEPS, PER_EPOCH)
    assert [factor(step) for step in range(STEPS)] == pytest.approx(rates(scheduler), abs=1e-9)


def test_one_cycle_in_lines() -> None:
    arguments = {**CASES["one_cycle"][0], "anneal": "linear"}
    factor = factor_of(Called("one_cycle", arguments=arguments), STEPS, PER_EPOCH)
    scheduler: Scheduler = lambda o: theirs.OneCycleLR(  # noqa: E731
        o, 1.0, STEPS, final_div_factor=100.0, anneal_strategy="linear", cycle_momentum=False
    )
    assert [factor(step) for step in range(STEPS)] == pytest.approx(rates(scheduler), abs=1e-9)


@pytest.mark.parametrize("warmup", [Stretch(0.5, "epochs"), Stretch(5, "steps")])
def test_a_warmup_rises_in_a_line_and_hands_over(warmup: Stretch) -> None:
    rising = warmup.steps(PER_EPOCH)

    def scheduler(o: torch.optim.Optimizer) -> theirs.LRScheduler:
        parts: list[theirs.LRScheduler] = [theirs.LinearLR(o, 0.1, 1.0, rising), theirs.CosineAnnealingLR(o, STEPS - rising)]
        return theirs.SequentialLR(o, parts, [rising])

    called = Called("cosine", arguments={"min_factor": 0.0, "warmup": warmup, "warmup_factor": 0.1})
    factor = factor_of(called, STEPS, PER_EPOCH)
    with warnings.catch_warnings(action="ignore"):
        expected = rates(scheduler)
    assert [factor(step) for step in range(STEPS)] == pytest.approx(expected, abs=1e-9)
