"""The table of the zoo: what `archdsl zoo` lists."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path

import yaml

import archdsl
from archdsl import zoo

PUBLISHED = Path(__file__).parent / "accuracies.yaml"
"""top-1 accuracies in percent, each with its source: a paper, or weights of timm (results/results-imagenet.csv of that project)"""


def table() -> str:
    """The file archdsl/zoo.json."""
    return json.dumps([asdict(entry(name)) for name in zoo.names()], indent=1, ensure_ascii=False) + "\n"


def entry(name: str) -> zoo.Entry:
    path = zoo.path(name)
    assert path is not None, name
    network = archdsl.load(path)
    top1, source = accuracy(network)
    return zoo.Entry(name, network.shapes.split(" → ")[0], network.parameters, network.macs, top1, source)


def accuracy(network: archdsl.Network) -> tuple[float | None, str]:
    """The accuracy of the weights that the spec names, as torchvision states it, or that of the paper."""
    url = network.published.url
    if url is not None and url.text in torchvisions():
        return torchvisions()[url.text]
    found = papers().get(network.name)
    return (found[0], found[1]) if found else (None, "")


@cache
def papers() -> dict[str, tuple[float, str]]:
    return {name: (float(top1), source) for name, (top1, source) in (yaml.safe_load(PUBLISHED.read_text(encoding="utf-8")) or {}).items()}


@cache
def torchvisions() -> dict[str, tuple[float, str]]:
    """Each published file of torchvision's classification models with its top-1 accuracy on ImageNet."""
    import torchvision
    from torchvision.models import get_model_weights, list_models

    kinds = [kind for name in list_models(module=torchvision.models) for kind in get_model_weights(name)]
    return {kind.url: (kind.meta["_metrics"]["ImageNet-1K"]["acc@1"], f"torchvision {kind.name}") for kind in kinds}
