"""A data set that stands on the device: read once, up to its first random transform; the rest is done there, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf, prod
from pathlib import Path

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from archdsl.diagnostics import Fault
from archdsl.training.batch import Batch
from archdsl.training.batched import Form, form_of
from archdsl.training.parts import Unreadable
from archdsl.training.plan import Plan
from archdsl.training.reading import Read, Reader
from archdsl.training.seeds import AUGMENT, seed_of
from archdsl.training.transforms import Pipeline, Step, floats
from archdsl.training.workers import Carrier

CHUNK = 256
"""examples that are read at a time"""
FLOAT = 4
"""bytes of a number"""


Stages = list[tuple[Step, Form | None]]
"""transforms from the first random one on; those with a form choose for each example"""


def stages_of(pipeline: Pipeline) -> Stages:
    """What is done batch by batch. Raises `Fault` where a random transform has no form for that."""
    return [(step, form_of(step) if step.random else None) for step in pipeline.divided()[1].steps]


class Resident:
    """The images and labels of a reader's data set on a device. Raises `Fault` where they do not fit there.

    Random choices are drawn for all examples of an epoch at once, from the seed and the epoch.
    """

    def __init__(self, reader: Reader, stages: Stages, device: torch.device, workers: int) -> None:
        once, _ = reader.pipeline.divided()
        self._stages, self._device, self._seed = stages, device, reader.seed
        self.unreadable: dict[str, str] = {}
        count = len(reader.dataset)
        found = Plan(count, CHUNK, 0, train=False)
        first = _first(replace(reader, pipeline=once, shape=None))
        shape = tuple(first.images.shape[1:])
        free = _free(device)
        _check_room(first, count, free, device, reader)
        roomy = not stages and 2 * FLOAT * count * prod(shape) <= free
        kind = torch.float32 if roomy else first.images.dtype  # bytes that only wait to become floats do so once
        reader = replace(reader, pipeline=once, shape=shape)
        self._images = torch.zeros((count, *shape), dtype=kind, device=device)
        self._labels = torch.zeros((count, *first.labels.shape[1:]), dtype=first.labels.dtype, device=device)
        kept: list[int] = []
        for read in Carrier(reader, found, workers).reads(0, 0):
            places = torch.tensor(read.indices)
            self._images[places] = F.to_dtype(read.images, kind, scale=True).to(device)
            self._labels[places] = read.labels.to(device)
            kept += read.indices
            self.unreadable |= read.unreadable
        self._kept = None if len(kept) == count else frozenset(kept)
        self._reader = reader

    def batches(self, plan: Plan, epoch: int, start: int) -> Iterator[Batch]:
        """The batches of a plan's epoch, from batch number `start` on."""
        choices = self._choices(epoch)
        for number in range(start, plan.steps):
            indices = self._whole(plan.share(epoch, number))
            places = torch.tensor(indices, device=self._device)
            images = self._images.index_select(0, places)
            for (step, form), chosen in zip(self._stages, choices, strict=True):
                images = step(images) if form is None else form.apply(images, *(part.index_select(0, places) for part in chosen))
            yield Batch(floats(images), self._labels.index_select(0, places), indices, plan.total(number))

    def _whole(self, indices: list[int]) -> list[int]:
        """The examples that could be read. Raises `Fault` where none could."""
        if self._kept is None:
            return indices
        return [index for index in indices if index in self._kept] or self._reader.nothing(indices, self.unreadable)

    def _choices(self, epoch: int) -> list[tuple[Tensor, ...]]:
        """What each random transform chooses for every example."""
        found: list[tuple[Tensor, ...]] = []
        count, image = len(self._images), self._images[:1]
        for number, (step, form) in enumerate(self._stages):
            generator = torch.Generator().manual_seed(seed_of(self._seed, AUGMENT, epoch, number))
            chosen = () if form is None else form.draw(count, image, generator)
            found.append(tuple(part.to(self._device) for part in chosen))
            image = step(image) if form is None else form.apply(image, *(part[:1] for part in found[-1]))
        return found


def _first(reader: Reader) -> Read:
    """The first example that can be read. Raises `Fault` where there is none."""
    faults: dict[str, str] = {}
    for index in range(len(reader.dataset)):
        try:
            return reader.one(0, index)
        except Unreadable as fault:
            faults[fault.name] = fault.reason
    return reader.nothing(list(range(len(reader.dataset))), faults)


def _check_room(first: Read, count: int, free: float, device: torch.device, reader: Reader) -> None:
    needed = first.images.nbytes * count
    if 2 * needed > free:
        message = f"{count:,} images of {first.images.nbytes:,} bytes take {_size(needed)}, more than half of what is free on {device}"
        help = "write `cache: none`, with `workers: 4` for instance, or make the images smaller first"
        raise Fault("AD4409", reader.span, message, help=help)


def _free(device: torch.device) -> float:
    """Bytes free on a device, without end where nobody tells."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    told = Path("/proc/meminfo")
    lines = told.read_text(encoding="ascii").splitlines() if told.exists() else []
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), inf)


def _size(count: int) -> str:
    return f"{count / 2**30:,.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"
