"""The processes of a run: one, or those that torchrun started, on one machine or several."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn

from archdsl.backends.torch.devices import device_of
from archdsl.recipe import Recipe


class Alone(Exception):
    """The other processes of a run are gone."""


@dataclass(frozen=True)
class Group:
    """This process among those of the run. `sharded` tells that each holds its part of the parameters, not a copy."""

    rank: int
    world: int
    device: torch.device
    sharded: bool = False

    @property
    def leads(self) -> bool:
        """Whether this process writes files and talks."""
        return self.rank == 0

    def sum(self, *numbers: float) -> tuple[float, ...]:
        """The sums of numbers over all processes. Raises `Alone` where one is gone."""
        if self.world == 1:
            return numbers
        tensor = torch.tensor(numbers, dtype=torch.float64)
        try:
            dist.all_reduce(tensor)
        except RuntimeError:
            raise Alone("another process of the run has ended") from None
        return tuple(tensor.tolist())

    def share(self, value: object) -> object:
        """What the leading process has, in every process."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, device=torch.device("cpu"))
        return box[0]

    def wait(self) -> None:
        """Until all processes are here."""
        if self.world > 1:
            self.sum(0.0)


@contextmanager
def joined(device: str, sharded: bool = False) -> Iterator[Group]:
    """Join the processes that torchrun started with this one, or be alone. `device` is `auto`, `cpu`, `cuda`, `cuda:1` or `mps`.

    Raises `NoDevice`.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if "RANK" not in os.environ or world == 1:
        yield Group(0, 1, device_of(device))
        return
    local = int(os.environ["LOCAL_RANK"])
    own = device_of(device)
    if own.type == "cuda":
        own = torch.device("cuda", local)
        torch.cuda.set_device(own)
    # numbers and objects go through gloo, so that they need no GPU
    dist.init_process_group("cpu:gloo,cuda:nccl" if own.type == "cuda" else "gloo")
    try:
        group = Group(dist.get_rank(), dist.get_world_size(), own, sharded)
        yield group
        group.wait()  # who leaves first would cut the others off
    finally:
        dist.destroy_process_group()


def replicated(model: nn.Module, group: Group, recipe: Recipe) -> nn.Module:
    """The model whose gradients are the mean over all processes; itself where there is one, or where its parts see to that."""
    if group.world == 1 or group.sharded:
        return model
    # parameters that only `eval` reads get no gradient: a static graph finds that out once, pieces need to look each time
    pieces = recipe.accumulate > 1
    devices = [group.device.index] if group.device.type == "cuda" else None
    return nn.parallel.DistributedDataParallel(
        model, device_ids=devices, gradient_as_bucket_view=True, static_graph=not pieces, find_unused_parameters=pieces
    )
