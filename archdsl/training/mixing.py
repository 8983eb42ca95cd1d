"""Batches whose examples are mixed with each other. Source: Zhang et al. 2018 (mixup) and Yun et al. 2019 (CutMix), by torchvision."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from archdsl.recipe import Recipe

Mix = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def mixer(recipe: Recipe, classes: int) -> Mix | None:
    """What mixes a batch as a recipe says: mixup, CutMix, or one of the two by chance; `None` for neither. Labels become probabilities."""
    from torchvision.transforms import v2

    ways: list[Mix] = []
    if recipe.mixup:
        ways.append(v2.MixUp(alpha=recipe.mixup, num_classes=classes))
    if recipe.cutmix:
        ways.append(v2.CutMix(alpha=recipe.cutmix, num_classes=classes))
    if not ways:
        return None
    return ways[0] if len(ways) == 1 else v2.RandomChoice(ways)
