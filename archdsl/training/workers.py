"""Readers in processes of their own. They only carry: what they give is what the reader itself would give, in order."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.utils.data import DataLoader, Sampler

from archdsl.diagnostics import Diagnostic, Fault, SpecError
from archdsl.training.plan import Plan
from archdsl.training.reading import Read, Reader

AHEAD = 4
"""batches that each process reads in advance"""
Task = tuple[int, int]
"""an epoch and the number of a batch in it"""


class Batchwise(torch.utils.data.Dataset[Read | Diagnostic]):
    """This process's share of batches, as a data set whose items are tasks. A fault is given, not raised: it would not survive the way."""

    def __init__(self, reader: Reader, plan: Plan) -> None:
        self.reader, self.plan = reader, plan

    def __getitem__(self, task: Task) -> Read | Diagnostic:
        epoch, number = task
        try:
            return self.reader.read(epoch, self.plan.share(epoch, number))
        except Fault as fault:
            return fault.diagnostic


class Tasks(Sampler[Task]):
    """The tasks of the epoch that is next."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    def __iter__(self) -> Iterator[Task]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)


class Carrier:
    """Reads batches, in `workers` processes that stay between epochs, or in this one. `pin` puts them where a GPU takes them from."""

    def __init__(self, reader: Reader, plan: Plan, workers: int, *, pin: bool = False) -> None:
        self._source, self._tasks = Batchwise(reader, plan), Tasks()
        self._loader = self._spread(workers, pin) if workers else None

    def _spread(self, workers: int, pin: bool) -> DataLoader[Read | Diagnostic]:
        with _as_told():
            return DataLoader(
                self._source,
                batch_size=None,
                sampler=self._tasks,
                num_workers=workers,
                prefetch_factor=AHEAD,
                persistent_workers=True,
                pin_memory=pin,
                worker_init_fn=_deaf,
                generator=torch.Generator(),  # else it would draw from the training's numbers
            )

    def reads(self, epoch: int, start: int) -> Iterator[Read]:
        """The batches of an epoch from number `start` on. Raises `SpecError`."""
        self._tasks.tasks = [(epoch, number) for number in range(start, self._source.plan.steps)]
        with _as_told(), _unsignalled():
            found = iter(self._loader or map(self._source.__getitem__, self._tasks.tasks))
        for read in found:
            if isinstance(read, Diagnostic):
                raise SpecError((read,))
            yield read


@contextmanager
def _as_told() -> Iterator[None]:
    """More workers than cores are the recipe's wish, of which torch would warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This DataLoader will create")
        yield


@contextmanager
def _unsignalled() -> Iterator[None]:
    """Put off signals until workers that are just being made can ignore them."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _deaf(worker: int) -> None:
    """Leave it to the training to answer a signal to the whole group: it still wants its batch before it saves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
