"""Which examples stand in which batch. All of it follows from a seed and a number, so nothing has to be saved to go on from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch

from archdsl.training.seeds import ORDER, seed_of


@dataclass(frozen=True)
class Plan:
    """Batches of `batch_size` of `count` examples, over `world` processes of which this is number `rank`.

    In training examples come in another order each epoch, and what is left at the end makes a smaller batch, unless that has fewer than two
    examples for each process, which batch norm cannot take. In evaluation no example is left out: a few too many join the batch before.

    >>> plan = Plan(10, 4, 0, train=False)
    >>> plan.steps, plan.share(0, 2), plan.total(2)
    (3, [8, 9], 2)
    """

    count: int
    batch_size: int
    seed: int
    train: bool
    rank: int = 0
    world: int = 1

    @cached_property
    def steps(self) -> int:
        """Batches of an epoch; 0 where there are fewer examples than processes."""
        whole, rest = divmod(self.count, self.batch_size)
        least = min(self.batch_size, 2 * self.world) if self.train else self.world
        alone = whole == 0 and rest >= self.world
        return whole + (rest >= least or alone)

    def total(self, number: int) -> int:
        """Examples of a batch, over all processes."""
        start, end = self._bounds(number)
        return end - start

    def share(self, epoch: int, number: int) -> list[int]:
        """The examples of a batch that are this process's, by their numbers in the data set."""
        start, end = self._bounds(number)
        if not self.train:
            return list(range(start + self.rank, end, self.world))
        return self.order(epoch)[start + self.rank : end : self.world].tolist()

    def order(self, epoch: int) -> torch.Tensor:
        """All examples in the order of an epoch."""
        known = self._orders.get(epoch)
        if known is None:
            self._orders.clear()
            generator = torch.Generator().manual_seed(seed_of(self.seed, ORDER, epoch))
            known = self._orders[epoch] = torch.randperm(self.count, generator=generator)
        return known

    @cached_property
    def _orders(self) -> dict[int, torch.Tensor]:
        return {}

    def _bounds(self, number: int) -> tuple[int, int]:
        start = number * self.batch_size
        last = number == self.steps - 1 and not self.train
        return start, self.count if last else min(start + self.batch_size, self.count)
