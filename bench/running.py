"""Do built modules run as fast as torchvision's? Also on images so small that most of the time is Python's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torchvision
from torch import nn

import archdsl
from bench.pairs import ROOT, Row, pair, table

CASES = (("resnet18", 32), ("resnet50", 32), ("densenet121", 32), ("mobilenet_v2", 32), ("googlenet", 64), ("resnet18", 224))
OPTIONS = {"googlenet": {"init_weights": False}}


def rows() -> list[Row]:
    """The same weights on both sides."""
    return [_row(name, size, step) for name, size in CASES for step in (_forward, _training)]


def _row(name: str, size: int, step: Callable[[nn.Module, torch.Tensor], Callable[[], object]]) -> Row:
    theirs = getattr(torchvision.models, name)(**OPTIONS.get(name, {}))
    ours = archdsl.load(ROOT / "specs" / f"{name}.yaml").build()
    ours.load_state_dict(theirs.state_dict())
    image = torch.randn(2, 3, size, size)
    what = f"{name} {size}×{size}: {step.__name__.removeprefix('_')} / torchvision's"
    return pair(what, step(ours, image), step(theirs, image), 1.02, pairs=11)


def _forward(model: nn.Module, image: torch.Tensor) -> Callable[[], object]:
    """One image, in eval."""
    model.eval()

    def run() -> object:
        with torch.no_grad():
            return model(image[:1])

    return run


def _training(model: nn.Module, image: torch.Tensor) -> Callable[[], object]:
    """Forward and backward of two images, the fewest that a batch norm trains on."""
    model.train()

    def run() -> None:
        model.zero_grad()
        sum(output.sum() for output in _outputs(model(image))).backward()

    return run


def _outputs(found: Any) -> Iterable[torch.Tensor]:
    """One tensor, a tuple or a dict of them."""
    if isinstance(found, torch.Tensor):
        return (found,)
    return found.values() if isinstance(found, dict) else found


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(table(rows()))
