"""Padding as a module."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Pad(nn.Module):
    """Values around a tensor, in the order of torch.nn.functional.pad: both ends of the last axis first."""

    def __init__(self, amounts: tuple[int, ...], mode: str = "constant", value: float = 0.0) -> None:
        super().__init__()
        self.amounts = amounts
        self.mode = mode
        self.value = value

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.pad(x, self.amounts, self.mode, self.value if self.mode == "constant" else None)

    def extra_repr(self) -> str:
        return f"{self.amounts}, mode={self.mode!r}, value={self.value}"
