"""Networks on two images, on sound and on videos, written by hand in plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Siamese(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for out, kernel in ((64, 10), (128, 7), (128, 4)):
            layers += [nn.Conv2d(channels, out, kernel), nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.Conv2d(128, 256, 4), nn.ReLU(), nn.Flatten(), nn.Linear(9216, 4096), nn.Sigmoid()]
        self.twin = nn.Sequential(*layers)
        self.score = nn.Linear(4096, 1)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        return torch.sigmoid(self.score(torch.abs(self.twin(left) - self.twin(right))))


class M5(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for channels, out, kernel, stride, padding in ((1, 128, 80, 4, 38), (128, 128, 3, 1, 1), (128, 256, 3, 1, 1), (256, 512, 3, 1, 1)):
            layers += [nn.Conv1d(channels, out, kernel, stride, padding, bias=False), nn.BatchNorm1d(out), nn.ReLU(), nn.MaxPool1d(4)]
        self.features = nn.Sequential(*layers)
        self.fc = nn.Linear(512, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(F.adaptive_avg_pool1d(self.features(x), 1).flatten(1))


class C3d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for pool, widths in enumerate(((64,), (128,), (256, 256), (512, 512), (512, 512))):
            for width in widths:
                layers += [nn.Conv3d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool3d((1, 2, 2)) if pool == 0 else nn.MaxPool3d(2, padding=(0, 1, 1) if pool == 4 else 0))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(8192, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4096, 487)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


MODELS: dict[str, Callable[[], nn.Module]] = {"siamese": Siamese, "m5": M5, "c3d": C3d}
