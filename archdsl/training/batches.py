"""The batches of an epoch, on the device. The same seed and epoch give the same images, whatever reads them and from wherever it begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from archdsl.diagnostics import Fault, Span, SpecError
from archdsl.recipe import Called
from archdsl.training.batch import Batch
from archdsl.training.parts import Dataset
from archdsl.training.plan import Plan
from archdsl.training.reading import NOBODY, Read, Reader
from archdsl.training.resident import Resident, stages_of
from archdsl.training.transforms import Pipeline, floats
from archdsl.training.workers import Carrier

__all__ = ["Batch", "Batches"]


class Batches:
    """The batches of a data set for process `rank` of `world`, which takes every world-th example of each.

    `cache` says `device` where the data set shall stand on the device, transformed there. `shape` is what the network takes, `classes` the
    number of its outputs: an image of another shape is unreadable, a label beyond the classes a fault. `unreadable` has the files that
    could not be read up to now, with reasons. Raises `Fault` for transforms that torchvision refuses, or `cache: device` does not have.
    """

    def __init__(
        self,
        dataset: Dataset,
        transforms: Sequence[Called],
        *,
        batch_size: int,
        seed: int,
        train: bool,
        device: torch.device | str,
        cache: str = "none",
        workers: int = 0,
        rank: int = 0,
        world: int = 1,
        shape: tuple[int, ...] | None = None,
        classes: int | None = None,
        span: Span = NOBODY,
    ) -> None:
        self.unreadable: dict[str, str] = {}
        self.dataset, self.pipeline, self.train = dataset, Pipeline.of(transforms), train
        self._device = torch.device(device)
        self._plan = Plan(len(dataset), batch_size, seed, train, rank, world)
        reader = Reader(dataset, self.pipeline, seed, shape, classes, span)
        self._reader, self._workers = reader, workers
        self._resident: Resident | None = None
        self._carrier: Carrier | None = None
        if cache == "device":
            self._stages = stages_of(self.pipeline)
        else:
            self._carrier = Carrier(reader, self._plan, workers, pin=self._device.type == "cuda")

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return self._plan.steps

    def prepare(self) -> None:
        """Bring the data set to the device where it shall stand there. Raises `Fault` where it does not fit there."""
        if self._carrier is None and self._resident is None:
            self._resident = Resident(self._reader, self._stages, self._device, self._workers)
            self.unreadable = self._resident.unreadable

    def epoch(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, from batch number `start` on. Raises `SpecError` for a batch of which nothing can be read."""
        try:
            self.prepare()
            found = self._read(epoch, start) if self._resident is None else self._resident.batches(self._plan, epoch, start)
            yield from found
        except Fault as fault:
            raise SpecError((fault.diagnostic,)) from None

    def _read(self, epoch: int, start: int) -> Iterator[Batch]:
        assert self._carrier is not None
        for number, read in enumerate(self._carrier.reads(epoch, start), start):
            self.unreadable |= read.unreadable
            yield self._moved(read, self._plan.total(number))

    def _moved(self, read: Read, total: int) -> Batch:
        """A batch on the device; bytes travel as bytes."""
        images = read.images.to(self._device, non_blocking=True)
        return Batch(floats(images), read.labels.to(self._device, non_blocking=True), read.indices, total)
