"""Schedules of the learning rate: factors that the optimiser's own rate is multiplied with, step by step."""

from __future__ import annotations

from archdsl.recipe.called import Stretch
from archdsl.recipe.kinds import Choice, Kind, Many, Number, Time
from archdsl.recipe.words import Argument, Word

FACTOR = Number(0, 1)
WARMUP = {"warmup": Argument(Time(whole=False), Stretch(0, "epochs")), "warmup_factor": Argument(FACTOR, 0.01)}
"""how long the rate rises in a line at the start, and from which factor; then the schedule begins"""
END = Argument(FACTOR, 0.0)


def _schedule(says: str, rises: bool = True, **takes: Argument) -> Word:
    return Word("", {**takes, **(WARMUP if rises else {})}, says)


def _required(kind: Kind) -> Argument:
    return Argument(kind)


GAMMA = Number(over=0, high=1)
SCHEDULES: dict[str, Word] = {
    "constant": _schedule("The rate stays."),
    "linear": _schedule("It falls in a line to `min_factor` times the rate.", min_factor=END),
    "cosine": _schedule("It falls along half a cosine to `min_factor` times the rate, Loshchilov and Hutter 2017.", min_factor=END),
    "polynomial": _schedule("It falls as a power of what is left of the run.", power=Argument(Number(over=0), 1.0), min_factor=END),
    "exponential": _schedule("Each epoch multiplies it by `gamma`, in equal parts at every step.", gamma=_required(GAMMA)),
    "step": _schedule("Every so often it is multiplied by `gamma`.", every=_required(Time()), gamma=Argument(GAMMA, 0.1)),
    "multi_step": _schedule(
        "At the ends of these epochs it is multiplied by `gamma`.", at=_required(Many(Number(over=0))), gamma=Argument(GAMMA, 0.1)
    ),
    "one_cycle": _schedule(
        "It rises from the rate divided by `div_factor` up to the rate, and falls far below, Smith and Topin 2019.",
        rises=False,
        pct_start=Argument(Number(over=0, under=1), 0.3),
        anneal=Argument(Choice(("cosine", "linear")), "cosine"),
        div_factor=Argument(Number(1), 25.0),
        final_div_factor=Argument(Number(1), 10000.0),
    ),
}
"""`warmup` comes before all but `one_cycle`, which has its own rise"""
OTHER_NAMES = {
    "cosine_annealing_lr": "cosine", "cosine_annealing": "cosine", "cosine_decay": "cosine", "cosine_annealing_warm_restarts": "cosine",
    "cosineannealinglr": "cosine", "step_lr": "step", "multi_step_lr": "multi_step", "multistep": "multi_step", "one_cycle_lr": "one_cycle",
    "poly": "polynomial", "polynomial_lr": "polynomial", "polynomial_decay": "polynomial", "exponential_lr": "exponential",
    "exponential_decay": "exponential", "linear_lr": "linear", "constant_lr": "constant", "fixed": "constant",
    "none": "constant", "cyclic_lr": "one_cycle", "warmup": "constant", "piecewise_constant_decay": "multi_step",
}  # fmt: skip
"""what PyTorch and Keras call them"""
REFUSED = {
    "reduce_lr_on_plateau": "its rate depends on scores, so a run could not go on exactly where it stopped; write `cosine` or `step 30`",
    "lambda_lr": "a recipe holds no code; write `step`, `multi_step` or `polynomial`",
}
"""schedules of torch that training does not have, and why"""
