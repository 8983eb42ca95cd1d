"""How much of a GPU training uses: `python -m bench.train_gpu` runs ResNet-18, ResNet-50 and a CIFAR-10 network in bf16, channels last,
compiled, on synthetic images held on the GPU, and the same with torchvision's modules in a plain loop.

The ceiling is the rate of the largest matrix product in bf16 that the same run measures.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch
import torchvision
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import archdsl
from archdsl.training.engine import Loop
from archdsl.training.interrupts import Interrupt
from archdsl.training.log import Log
from archdsl.training.parallel import Group
from archdsl.training.progress import Progress, Silent
from archdsl.training.session import Job, prepared
from bench.pairs import ROOT

CIFAR = """\
name: cifar_cnn
input: [3, 32, 32]
body:
  - {for: "c in [64, 128, 256]", seq: [conv c, batch_norm, relu, conv c, batch_norm, relu, max_pool 2]}
  - [global_avg_pool, flatten, linear 10]
"""
RECIPE = {"precision": "bf16", "channels_last": True, "compile": True, "cache": "device", "optimizer": "sgd 0.1 momentum=0.9"}
WARM, TURNS, STEPS = 10, 5, 20


@dataclass(frozen=True)
class Case:
    """A network, the size of its batches, and torchvision's own where there is one."""

    name: str
    spec: str
    batch: int
    theirs: Callable[[], nn.Module] | None = None


CASES = (
    Case("resnet18", (ROOT / "specs" / "resnet18.yaml").read_text(), 256, torchvision.models.resnet18),
    Case("resnet50", (ROOT / "specs" / "resnet50.yaml").read_text(), 256, torchvision.models.resnet50),
    Case("cifar_cnn", CIFAR, 1024),
)


def main() -> None:
    """Print a table."""
    if not torch.cuda.is_available():
        raise SystemExit("no GPU here: this measures one")
    ceiling = _ceiling()
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}: matrix product in bf16 {ceiling / 1e12:.0f} TFLOP/s\n")
    print("| network | batch | archdsl images/s | of the ceiling | plain loop images/s | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for case in CASES:
        print(_row(case, ceiling), flush=True)


def _row(case: Case, ceiling: float) -> str:
    network = archdsl.load(case.spec if "extends" not in case.spec else ROOT / "specs" / f"{case.name}.yaml")
    flops = 3 * _flops(network.build(device="meta"), next(iter(network.graph.inputs.values())).dims[1:])
    with TemporaryDirectory() as folder:
        recipe = network.recipe(None, {**RECIPE, "data": f"fake {2 * case.batch}", "batch_size": case.batch, "steps": 10**9})
        job = Job(network.graph, recipe, case.spec, folder=Path(folder) / "run")
        run, _, _ = prepared(job, Group(0, 1, torch.device("cuda")), Silent())
        loop = Loop(run, Silent(), Progress(), Log(run.folder), Interrupt())
        batches = loop.batches()
        ours = case.batch / _seconds(lambda: loop.turn(batches))
        images, labels = (torch.cat(parts) for parts in zip(*((b.images, b.labels) for b in run.train.epoch(0)), strict=True))
    plain = case.theirs() if case.theirs is not None else network.build()
    theirs = case.batch / _seconds(_by_hand(plain, images[: case.batch], labels[: case.batch]))
    return f"| {case.name} | {case.batch} | {ours:,.0f} | {ours * flops / ceiling:.0%} | {theirs:,.0f} | {ours / theirs:.3f} |"


def _by_hand(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> Callable[[], object]:
    model = model.cuda().to(memory_format=torch.channels_last).train()
    images = images.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    criterion, compiled = nn.CrossEntropyLoss(), torch.compile(model)

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cuda", torch.bfloat16):
            loss = criterion(compiled(images), labels)
        loss.backward()
        optimizer.step()

    return step


def _seconds(step: Callable[[], object]) -> float:
    """The median over some turns of the seconds of a step."""
    for _ in range(WARM):
        step()
    found = []
    for _ in range(TURNS):
        torch.cuda.synchronize()
        begun = time.perf_counter()
        for _ in range(STEPS):
            step()
        torch.cuda.synchronize()
        found.append((time.perf_counter() - begun) / STEPS)
    return median(found)


def _flops(model: nn.Module, shape: tuple[int, ...]) -> int:
    """Operations of a forward pass of one image; a step of training takes three times as many."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.empty(1, *shape, device="meta"))
    return counter.get_total_flops()


def _ceiling(size: int = 8192) -> float:
    """The most operations per second that a matrix product reaches."""
    a, b = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    return 2 * size**3 / _seconds(lambda: a @ b)


if __name__ == "__main__":
    sys.exit(main())
