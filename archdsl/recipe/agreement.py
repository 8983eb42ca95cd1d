"""Arguments of one word that exclude or contradict each other, as torch and torchvision would say only when they are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archdsl.diagnostics import Fault, Span

Given = Mapping[str, Any]
Rule = Callable[[Given], tuple[str, str] | None]
"""from the arguments that are written to a message and what to do, `None` where they agree"""


def agree(name: str, given: Mapping[str, object], span: Span) -> None:
    """Raises a `Fault` for arguments of a word that cannot stand together."""
    for rule in RULES.get(name, (_faster,)):
        said = rule(given)
        if said is not None:
            raise Fault("AD4304", span, f"`{name}`: {said[0]}", help=said[1])


def _faster(given: Given) -> tuple[str, str] | None:
    both = given.get("foreach") and given.get("fused")
    return ("`foreach` and `fused` exclude each other", "keep one of the two") if both else None


def _nesterov(given: Given) -> tuple[str, str] | None:
    wrong = given.get("nesterov") and (not given.get("momentum") or given.get("dampening"))
    message = "`nesterov` needs `momentum` above 0, and no `dampening`"
    return (message, "write for example `sgd 0.1 momentum=0.9 nesterov=true`") if wrong else None


def _per_channel(given: Given) -> tuple[str, str] | None:
    mean, std = len(given["mean"]), len(given["std"])
    if mean == std or 1 in (mean, std):
        return None
    return f"`mean` has {mean} numbers, `std` {std}", "give a number for each channel, as `normalize (0.5, 0.5, 0.5) (0.2, 0.2, 0.2)`"


def _larger(given: Given) -> tuple[str, str] | None:
    size, most = given["size"], given.get("max_size")
    if most is None or (isinstance(size, int) and most > size):
        return None
    return f"`max_size` {most} bounds the longer side where `size` is the shorter one", "give `size` one number, smaller than `max_size`"


def _rising(given: Given) -> tuple[str, str] | None:
    low, high = given["min_size"], given["max_size"]
    return None if low < high else (f"sizes from {low} up to {high} are none", "give `max_size` a number above `min_size`")


def _filled(given: Given) -> tuple[str, str] | None:
    wrong = isinstance(given.get("fill"), tuple) and given.get("padding_mode", "constant") != "constant"
    return ("`fill` of several numbers fills a border of `padding_mode` `constant`", "take one of them away") if wrong else None


def _binned(given: Given) -> tuple[str, str] | None:
    magnitude, bins = given.get("magnitude", 9), given.get("num_magnitude_bins", 31)
    return None if magnitude < bins else (f"`magnitude` {magnitude} is beyond the {bins} of `num_magnitude_bins`", "give it less")


RULES: dict[str, tuple[Rule, ...]] = {
    "sgd": (_nesterov, _faster),
    "normalize": (_per_channel,),
    "resize": (_larger,),
    "random_resize": (_rising,),
    "pad": (_filled,),
    "random_crop": (_filled,),
    "rand_augment": (_binned,),
}
