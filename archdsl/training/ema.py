"""The exponential moving average of a model's weights. Source: Polyak and Juditsky 1992; torch.optim.swa_utils.AveragedModel."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn


class Average:
    """A copy of a model whose parameters follow it slowly, and whose buffers are the model's own of that moment."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = deepcopy(model).requires_grad_(False)
        self._of, self._decay = model, decay

    @torch.no_grad()
    def follow(self) -> None:
        """Take one step towards the model."""
        own: list[Tensor] = list(self.model.parameters())
        of: list[Tensor] = list(self._of.parameters())
        torch._foreach_lerp_(own, of, 1 - self._decay)
        for buffer, other in zip(self.model.buffers(), self._of.buffers(), strict=True):
            buffer.copy_(other)
