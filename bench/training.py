"""Does the loop cost more than one written by hand? A convolutional network whose step takes some 8 ms, on images held in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, nn

import archdsl
from archdsl.training.engine import Loop, Run
from archdsl.training.interrupts import Interrupt
from archdsl.training.log import Log
from archdsl.training.parallel import Group
from archdsl.training.progress import Progress, Silent
from archdsl.training.session import Job, prepared
from bench.pairs import Row, pair, table

SPEC = """\
name: cnn
input: [3, 32, 32]
body:
  - [conv 16, batch_norm, relu, conv 32 stride=2, batch_norm, relu, conv 64 stride=2, batch_norm, relu]
  - [global_avg_pool, flatten, linear 10]
train: {data: fake 1024, batch_size: 32, optimizer: adamw 0.001 weight_decay=0.01, cache: device, steps: 1000000}
"""
STEPS = 10
"""in one half of a pair"""


def rows() -> list[Row]:
    """The same network, data, order, optimiser; ours also sums loss and accuracy, reseeds, looks for signals and for a loss that is not
    finite, and logs every ten steps."""
    torch.set_num_threads(1)
    network = archdsl.load(SPEC)
    with TemporaryDirectory() as folder:
        job = Job(network.graph, network.recipe(), SPEC, folder=Path(folder) / "run")
        run, _, _ = prepared(job, Group(0, 1, torch.device("cpu")), Silent())
        loop = Loop(run, Silent(), Progress(), Log(run.folder), Interrupt())
        batches = loop.batches()

        def ours() -> None:
            for _ in range(STEPS):
                loop.turn(batches)

        return [pair("a step of training / the same by hand", ours, _by_hand(run, network.build(seed=0)), 1.02, pairs=21)]


def _by_hand(run: Run, model: nn.Module) -> Callable[[], None]:
    images, labels = _all(run)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, weight_decay=0.01)
    criterion = nn.CrossEntropyLoss()
    batches = _forever(len(labels), run.recipe.batch_size)
    model.train()

    def steps() -> None:
        for _ in range(STEPS):
            chosen = next(batches)
            optimizer.zero_grad()
            loss = criterion(model(images[chosen]), labels[chosen])
            loss.backward()
            optimizer.step()

    return steps


def _forever(examples: int, size: int) -> Iterator[Tensor]:
    return chain.from_iterable(torch.randperm(examples).split(size) for _ in count())


def _all(run: Run) -> tuple[Tensor, Tensor]:
    batches = list(run.train.epoch(0))
    return torch.cat([batch.images for batch in batches]), torch.cat([batch.labels for batch in batches])


if __name__ == "__main__":
    print(table(rows()))
