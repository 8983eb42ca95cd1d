"""Networks that say what comes next, by hand in plain PyTorch, with the names of the papers and implementations that the specs name."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class CausalConv(nn.Module):
    def __init__(self, channels: int, out: int, dilation: int = 1) -> None:
        super().__init__()
        self.dilation = dilation
        self.conv = nn.Conv1d(channels, out, 2, dilation=dilation, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (self.dilation, 0)))


class WaveNet(nn.Module):
    """Figure 4 of the paper, with the names and widths of github.com/vincentherrmann/pytorch-wavenet."""

    def __init__(self) -> None:
        super().__init__()
        dilations = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] * 4
        self.start_conv = CausalConv(256, 32)
        self.filter_convs = nn.ModuleList(CausalConv(32, 32, d) for d in dilations)
        self.gate_convs = nn.ModuleList(CausalConv(32, 32, d) for d in dilations)
        self.residual_convs = nn.ModuleList(nn.Conv1d(32, 32, 1, bias=False) for _ in dilations[:-1])
        self.skip_convs = nn.ModuleList(nn.Conv1d(32, 256, 1, bias=False) for _ in dilations)
        self.end_conv_1 = nn.Conv1d(256, 256, 1)
        self.end_conv_2 = nn.Conv1d(256, 256, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.start_conv(x)
        total: Tensor | None = None
        for i, (filters, gates, skip) in enumerate(zip(self.filter_convs, self.gate_convs, self.skip_convs, strict=True)):
            z = torch.tanh(filters(x)) * torch.sigmoid(gates(x))
            total = skip(z) if total is None else total + skip(z)
            if i < len(self.residual_convs):
                x = x + self.residual_convs[i](z)
        return self.end_conv_2(F.relu(self.end_conv_1(F.relu(total))))


class MaskedConv(nn.Conv2d):
    """A convolution in whose weight later pixels, and in the middle later colours, are zero; the first one sees not even its own."""

    mask: Tensor

    def __init__(self, channels: int, out: int, kernel: int, first: bool = False) -> None:
        super().__init__(channels, out, kernel, padding=kernel // 2)
        half = kernel // 2
        mask = torch.zeros(out, channels, kernel, kernel)
        mask[:, :, :half] = 1
        mask[:, :, half, :half] = 1
        for colour in range(3):
            own = slice(math.ceil(colour * out / 3), math.ceil((colour + 1) * out / 3))
            seen = math.ceil((colour + (not first)) * channels / 3)
            mask[own, :seen, half, half] = 1
        self.register_buffer("mask", mask)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class PixelCnnBlock(nn.Module):
    def __init__(self, h: int) -> None:
        super().__init__()
        self.conv1 = MaskedConv(2 * h, h, 1)
        self.conv2 = MaskedConv(h, h, 3)
        self.conv3 = MaskedConv(h, 2 * h, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(F.relu(x))
        return x + self.conv3(F.relu(self.conv2(F.relu(y))))


class PixelCnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = MaskedConv(3, 256, 7, first=True)
        self.blocks = nn.Sequential(*(PixelCnnBlock(128) for _ in range(15)))
        self.conv2 = MaskedConv(256, 1024, 1)
        self.conv3 = MaskedConv(1024, 1024, 1)
        self.logits = MaskedConv(1024, 768, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.blocks(self.conv1(x)))
        x = F.relu(self.conv3(F.relu(self.conv2(x))))
        return self.logits(x).unflatten(1, (3, 256))


MODELS: dict[str, Callable[[], nn.Module]] = {"wavenet": WaveNet, "pixelcnn": PixelCnn}
