"""What do shapes and costs cost, from the text of a spec on? Against the shapes alone: torchvision's model run on the meta device."""

from __future__ import annotations

import torch
import torchvision

import archdsl
from bench.pairs import ROOT, Row, pair, table

MODELS = ("resnet18", "resnet50", "densenet121", "vgg16", "googlenet")
OPTIONS = {"googlenet": {"init_weights": False}}


def rows() -> list[Row]:
    """Both sides warm: archdsl and torch imported, torchvision's model made."""
    return [_row(name) for name in MODELS]


def _row(name: str) -> Row:
    with torch.device("meta"):
        model = getattr(torchvision.models, name)(**OPTIONS.get(name, {})).eval()
        image = torch.empty(1, 3, 224, 224)
    path = ROOT / "specs" / f"{name}.yaml"

    def forward() -> None:
        with torch.no_grad():
            model(image)

    return pair(f"{name}: load with costs / meta forward", lambda: archdsl.load(path).macs, forward, 0.02)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(table(rows()))
