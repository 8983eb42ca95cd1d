"""Stochastic pooling."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class StochasticPool(nn.Module):
    """In training draws one value of each window with probability proportional to it; in evaluation gives their mean weighted by the same.

    Negative values count as zero, and a window without positive values gives zero. `(N, C, *space)` becomes `(N, C, *space')`.
    Source: Zeiler and Fergus 2013, Stochastic Pooling for Regularization of Deep Convolutional Neural Networks.
    """

    def __init__(
        self,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...] | None = None,
        padding: tuple[int, ...] | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = (0,) * len(kernel_size) if padding is None else padding
        self.ceil_mode = ceil_mode

    def windows(self, x: torch.Tensor) -> torch.Tensor:
        """The values of each window, not negative, in one last axis."""
        rims: list[int] = []
        for axis, (kernel, stride, pad) in enumerate(zip(self.kernel_size, self.stride, self.padding, strict=True), start=2):
            # Zeros are never drawn and weigh nothing.
            rims = [pad, pad + self.missing(x.shape[axis], kernel, stride, pad), *rims]
        x = F.pad(F.relu(x), rims)
        for axis, (kernel, stride) in enumerate(zip(self.kernel_size, self.stride, strict=True), start=2):
            x = x.unfold(axis, kernel, stride)
        return x.flatten(-len(self.kernel_size))

    def missing(self, size: int, kernel: int, stride: int, pad: int) -> int:
        """Zeros that complete a last window which is cut off, unless it would start in the padding."""
        if not self.ceil_mode:
            return 0
        extra = (kernel - size - 2 * pad) % stride
        return 0 if extra + pad >= kernel else extra

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = self.windows(x)
        if self.training:
            # The largest of value / exponential noise falls on each value with probability proportional to it.
            noise = torch.empty_like(values).exponential_()
            drawn = (values.detach() / noise).argmax(-1, keepdim=True)
            return values.gather(-1, drawn).squeeze(-1)
        total = values.sum(-1)
        return (values * values).sum(-1) / (total + (total == 0))

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, ceil_mode={self.ceil_mode}"
