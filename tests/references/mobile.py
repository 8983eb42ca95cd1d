"""Networks for mobile devices, by hand in plain PyTorch, with the names of the implementations that the specs name."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ConvNormRelu(nn.Module):
    def __init__(self, channels: int, out: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.conv(x)))


class Stem(nn.Module):
    """Figure 2 of the paper: a path of convolutions beside a pool, joined and mixed."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self.stem1 = ConvNormRelu(3, out, 3, stride=2)
        self.stem2a = ConvNormRelu(out, out // 2, 1)
        self.stem2b = ConvNormRelu(out // 2, out, 3, stride=2)
        self.stem3 = ConvNormRelu(2 * out, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem1(x)
        return self.stem3(torch.cat([F.max_pool2d(x, 2), self.stem2b(self.stem2a(x))], 1))


class TwoWayDenseLayer(nn.Module):
    """Figure 1b: one way sees 3×3, the other 5×5, each gives half of the growth."""

    def __init__(self, channels: int, growth: int, width: int) -> None:
        super().__init__()
        half = growth // 2
        bottleneck = width * half // 4 * 4
        if bottleneck > channels / 2:
            bottleneck = channels // 8 * 4
        self.branch1a = ConvNormRelu(channels, bottleneck, 1)
        self.branch1b = ConvNormRelu(bottleneck, half, 3)
        self.branch2a = ConvNormRelu(channels, bottleneck, 1)
        self.branch2b = ConvNormRelu(bottleneck, half, 3)
        self.branch2c = ConvNormRelu(half, half, 3)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.branch1b(self.branch1a(x)), self.branch2c(self.branch2b(self.branch2a(x)))], 1)


class PeleeNet(nn.Module):
    """Table 1 of the paper, with the names of github.com/Robert-JunWang/PeleeNet."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("stemblock", Stem(32))
        channels, growth = 32, 32
        for stage, (layers, width) in enumerate([(3, 1), (4, 2), (8, 4), (6, 4)], 1):
            block = nn.Sequential()
            for layer in range(1, layers + 1):
                block.add_module(f"denselayer{layer}", TwoWayDenseLayer(channels, growth, width))
                channels += growth
            self.features.add_module(f"denseblock{stage}", block)
            self.features.add_module(f"transition{stage}", ConvNormRelu(channels, channels, 1))
            if stage < 4:
                self.features.add_module(f"transition{stage}_pool", nn.AvgPool2d(2))
        self.classifier = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.flatten(F.adaptive_avg_pool2d(self.features(x), 1), 1)
        return self.classifier(F.dropout(x, 0.05, training=self.training))


MODELS: dict[str, Callable[[], nn.Module]] = {"peleenet": PeleeNet}
