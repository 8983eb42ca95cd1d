"""The loss of a recipe, on labels that are classes or numbers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archdsl.recipe import Called
from archdsl.training.called import made

INDEXED = ("cross_entropy", "nll", "multi_margin")
"""losses that take the number of a class; the others take a 1 at its place among zeros"""


class Loss:
    """A loss of torch.nn: a number from the outputs of a batch and its labels. Raises `Fault` where torch refuses its arguments."""

    def __init__(self, called: Called) -> None:
        self._module: nn.Module = made(called)
        self._spread = called.name not in INDEXED

    def __call__(self, result: Tensor, labels: Tensor) -> Tensor:
        if self._spread and self.classifies(result, labels):
            labels = nn.functional.one_hot(labels, result.shape[1]).to(result.dtype)
        found: Tensor = self._module(result, labels)
        return found

    def classifies(self, result: Tensor, labels: Tensor) -> bool:
        """Whether labels are the numbers of classes, for each of which the network gives one output."""
        return labels.dtype == torch.int64 and result.dim() == 2
