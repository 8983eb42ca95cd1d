"""What does a module with fresh parameters cost? Against torchvision's constructor, which fills most tensors twice."""

from __future__ import annotations

import torch
import torchvision

import archdsl
from bench.pairs import ROOT, Row, pair, table

MODELS = ("resnet18", "resnet50", "densenet121", "vgg16", "mobilenet_v2")


def rows() -> list[Row]:
    """The graph is there already on our side, the class on theirs; every tensor gets values of the same distribution."""
    return [_row(name) for name in MODELS]


def _row(name: str) -> Row:
    network = archdsl.load(ROOT / "specs" / f"{name}.yaml")
    make = getattr(torchvision.models, name)
    return pair(f"{name}: build / torchvision's constructor", network.build, make, 0.6, pairs=7)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(table(rows()))
