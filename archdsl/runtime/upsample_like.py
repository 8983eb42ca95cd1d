"""Resizing to the size of another tensor."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class UpsampleLike(nn.Module):
    """An image resized to the height, width, … of the second tensor."""

    def __init__(self, mode: str = "nearest", align_corners: bool | None = None) -> None:
        super().__init__()
        self.mode = mode
        self.align_corners = align_corners

    def forward(self, x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        return F.interpolate(x, size=like.shape[2:], mode=self.mode, align_corners=self.align_corners)

    def extra_repr(self) -> str:
        return f"mode={self.mode!r}, align_corners={self.align_corners}"
