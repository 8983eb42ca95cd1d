"""The learning rate's factor at a step, as a function of that step alone, so that no schedule has a state to be saved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from archdsl.recipe import Called

Factor = Callable[[int], float]
"""from the number of steps taken to what the optimiser's own rate is multiplied with"""


def factor_of(schedule: Called, steps: int, per_epoch: int) -> Factor:
    """The factors of a run of so many steps, an epoch having `per_epoch`.

    >>> from archdsl.recipe import Stretch
    >>> factor = factor_of(Called("linear", arguments={"min_factor": 0.0, "warmup": Stretch(0, "epochs"), "warmup_factor": 0.01}), 10, 5)
    >>> factor(0), factor(5)
    (1.0, 0.5)
    """
    given: dict[str, Any] = dict(schedule.arguments)
    if "warmup" not in given:
        return CURVES[schedule.name](steps, per_epoch, given)
    rising, first = given.pop("warmup").steps(per_epoch), given.pop("warmup_factor")
    later = CURVES[schedule.name](max(steps - rising, 1), per_epoch, given)
    return lambda step: first + (1 - first) * step / rising if step < rising else later(step - rising)


def _constant(steps: int, per_epoch: int, given: Mapping[str, Any]) -> Factor:
    return lambda step: 1.0


def _polynomial(steps: int, per_epoch: int, given: Mapping[str, Any]) -> Factor:
    """Source: torch.optim.lr_scheduler.PolynomialLR; with power 1 LinearLR."""
    power, least = given.get("power", 1.0), given["min_factor"]
    return lambda step: least + (1 - least) * (1 - min(step / steps, 1)) ** power


def _cosine(steps: int, per_epoch: int, given: Mapping[str, Any]) -> Factor:
    """Source: Loshchilov and Hutter 2017, equation 5, without restarts; torch.optim.lr_scheduler.CosineAnnealingLR."""
    least = given["min_factor"]
    return lambda step: least + (1 - least) * _fall(step / steps)


def _exponential(steps: int, per_epoch: int, given: Mapping[str, Any]) -> Factor:
    """Source: torch.optim.lr_scheduler.ExponentialLR, at every step."""
    return lambda step: float(given["gamma"] ** (step / per_epoch))


def _step(steps: int, per_epoch: int, given: Mapping[str, Any]) -> Factor:
    """Source: torch.optim.lr_scheduler.StepLR."""
    gamma: float = given["gamma"]
    every: int = given["every"].steps(per_epoch)
    return lambda step: float(gamma ** (step // every))


def _multi_step(steps: int, per_epoch: int, given: Mapping[str, Any]) -> Factor:
    """Source: torch.optim.lr_scheduler.MultiStepLR."""
    ends = [epoch * per_epoch for epoch in given["at"]]
    return lambda step: float(given["gamma"] ** sum(step >= end for end in ends))


def _one_cycle(steps: int, per_epoch: int, given: Mapping[str, Any]) -> Factor:
    """Source: Smith and Topin 2019; torch.optim.lr_scheduler.OneCycleLR, which also turns the momentum."""
    top: float = given["pct_start"] * steps - 1
    first: float = 1 / given["div_factor"]
    last: float = first / given["final_div_factor"]
    fall = _fall if given["anneal"] == "cosine" else lambda done: 1 - done

    def factor(step: int) -> float:
        if step <= top:
            return 1 + (first - 1) * fall(step / top)
        return last + (1 - last) * fall(min((step - top) / (steps - 1 - top), 1))

    return factor


def _fall(done: float) -> float:
    """From 1 to 0 along half a cosine."""
    return (1 + math.cos(math.pi * min(done, 1))) / 2


CURVES: dict[str, Callable[[int, int, Mapping[str, Any]], Factor]] = {
    "constant": _constant,
    "linear": _polynomial,
    "cosine": _cosine,
    "polynomial": _polynomial,
    "exponential": _exponential,
    "step": _step,
    "multi_step": _multi_step,
    "one_cycle": _one_cycle,
}
"""the words of `archdsl.recipe`, each with its curve after the warm-up"""
