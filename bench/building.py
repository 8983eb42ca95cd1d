"""What does a module with fresh parameters cost? Against torchvision's constructor, which fills most tensors twice."""

from __future__ import annotations

import torch
import torchvision

import archdsl
from bench.pairs import ROOT, Row, pair, table

MODELS = ("resnet18", "resnet50", "densenet121", "vgg16", "mobilenet_v2")


def rows() -> list[Row]:
    """The graph is there already on our side, the class on theirs; every tensor gets values of the same distribution."""
    return [_row(name) for name in MODELS] + [_first(name) for name in ("resnet18", "densenet121")]


def _row(name: str) -> Row:
    network = archdsl.load(ROOT / "specs" / f"{name}.yaml")
    make = getattr(torchvision.models, name)
    return pair(f"{name}: build / torchvision's constructor", network.build, make, 0.6, pairs=7)


def _first(name: str) -> Row:
    """The first build of a graph generates and compiles its code, too; a module that a file defines has had that done."""
    path = ROOT / "specs" / f"{name}.yaml"
    fresh = iter([archdsl.load(path) for _ in range(20)])
    make = getattr(torchvision.models, name)
    return pair(f"{name}: first build / the constructor", lambda: next(fresh).build(), make, 0.6, pairs=7)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(table(rows()))
