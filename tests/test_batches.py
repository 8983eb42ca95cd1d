"""Batches repeat exactly: over processes, workers, batch sizes, starts, and whatever else draws random numbers meanwhile."""

from __future__ import annotations

import gc
import multiprocessing
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from archdsl.diagnostics import SpecError
from archdsl.recipe import Called
from archdsl.recipe.tables import TRANSFORM
from archdsl.training.batches import Batch, Batches
from archdsl.training.parts import Held, Named, Unreadable
from archdsl.training.plan import Plan


def call(name: str, **arguments: object) -> Called:
    return TRANSFORM.words[name].called(name, arguments)


COUNT = 41
SEEDED = torch.Generator().manual_seed(0)
SET = Held(torch.randint(0, 256, (COUNT, 3, 9, 9), dtype=torch.uint8, generator=SEEDED), torch.arange(COUNT) % 10)
TRANSFORMS = (
    call("random_crop", size=8, padding=2),
    call("random_horizontal_flip"),
    call("random_erasing"),
    call("normalize", mean=(0.5,), std=(0.2,)),
)


def batches(dataset: Any = SET, transforms: tuple[Called, ...] = TRANSFORMS, **options: Any) -> Batches:
    return Batches(dataset, transforms, **{"batch_size": 8, "seed": 3, "train": True, "device": "cpu", **options})


def by_number(found: Iterator[Batch]) -> dict[int, Tensor]:
    """Each image by its number in the data set; none comes twice."""
    pairs = [(index, image) for batch in found for index, image in zip(batch.indices, batch.images, strict=True)]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def same(first: dict[int, Tensor], second: dict[int, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@settings(deadline=None, max_examples=60)
@given(
    cache=st.sampled_from(["none", "device"]),
    epoch=st.integers(0, 3),
    size=st.integers(4, 50),
    world=st.integers(1, 4),
    train=st.booleans(),
    data=st.data(),
)
def test_an_image_follows_from_seed_epoch_and_number(
    cache: str, epoch: int, size: int, world: int, train: bool, data: st.DataObject
) -> None:
    """Whatever the batch size, the processes and the start: equal numbers have equal images, and labels belong to them."""
    alone = by_number(batches(cache=cache).epoch(epoch))
    parts = [batches(cache=cache, batch_size=size, rank=rank, world=world, train=train) for rank in range(world)]
    start = data.draw(st.integers(0, parts[0].steps))
    seen: dict[int, Tensor] = {}
    for step in zip(*(part.epoch(epoch, start) for part in parts), strict=True):
        assert {batch.total for batch in step} == {sum(len(batch.labels) for batch in step)}
        for batch in step:
            assert len(batch.indices) > 0
            assert torch.equal(batch.labels, SET.labels[batch.indices])
            seen |= dict(zip(batch.indices, batch.images, strict=True))
    assert all(torch.equal(image, alone[index]) for index, image in seen.items() if index in alone)
    if not train and start == 0:
        assert seen.keys() == set(range(COUNT))


@settings(deadline=None, max_examples=60)
@given(
    count=st.integers(1, 60),
    size=st.integers(1, 20),
    world=st.integers(1, 4),
    train=st.booleans(),
    epoch=st.integers(0, 2),
    seed=st.integers(0, 2**63 - 1),
)
def test_processes_share_what_one_would_have(count: int, size: int, world: int, train: bool, epoch: int, seed: int) -> None:
    one = Plan(count, size, seed, train)
    several = [Plan(count, size, seed, train, rank, world) for rank in range(world)]
    assert len({plan.steps for plan in several}) == 1
    for number in range(several[0].steps):
        shares = [plan.share(epoch, number) for plan in several]
        together = [shares[place % world][place // world] for place in range(sum(map(len, shares)))]
        assert len(together) == several[0].total(number)
        if train or number < min(one.steps, several[0].steps) - 1:
            assert together == one.share(epoch, number)
    every = sorted(index for number in range(one.steps) for index in one.share(epoch, number))
    assert every == sorted(set(every))
    assert train or every == list(range(count))
    assert count - len(every) < 2 or not train


@pytest.mark.parametrize("cache", ["none", "device"])
def test_epochs_seeds_and_examples_differ(cache: str) -> None:
    one = Held(SET.images[:1].expand(COUNT, -1, -1, -1), SET.labels)
    runs = [list(batches(one, cache=cache, seed=seed, batch_size=COUNT).epoch(epoch)) for seed, epoch in ((3, 0), (3, 1), (4, 0))]
    orders = [run[0].indices for run in runs]
    assert orders[0] != orders[1] != orders[2] != orders[0]
    images = [by_number(iter(run)) for run in runs]
    for run in images[1:]:
        assert sum(torch.equal(run[number], images[0][number]) for number in range(COUNT)) < COUNT / 2
    assert len({tuple(image.flatten().tolist()) for image in images[0].values()}) > COUNT / 2


@pytest.mark.parametrize("cache", ["none", "device"])
def test_the_training_s_random_numbers_are_neither_read_nor_changed(cache: str) -> None:
    quiet = by_number(batches(cache=cache).epoch(0))
    for seeded in (torch.manual_seed, random.seed, np.random.seed):
        seeded(7)
    wanted = [(torch.rand(1).item(), random.random(), np.random.rand()) for _ in range(5)]
    for seeded in (torch.manual_seed, random.seed, np.random.seed):
        seeded(7)
    found, drawn = [], []
    for batch in batches(cache=cache).epoch(0):
        found.append(batch)
        drawn.append((torch.rand(1).item(), random.random(), np.random.rand()))
    assert drawn == wanted
    assert same(by_number(iter(found)), quiet)


class Dice:
    """A set of somebody else's, which draws from all there is."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return torch.tensor([[[torch.rand(1).item(), random.random(), np.random.rand()]]]), index % 10


@pytest.mark.parametrize("workers", [0, 2])
def test_sets_that_draw_themselves_repeat(workers: int) -> None:
    first, second = (by_number(batches(Dice(), (), workers=workers, batch_size=size).epoch(2)) for size in (8, 11))
    assert same({key: first[key] for key in first if key in second}, {key: second[key] for key in second if key in first})
    assert not same(by_number(batches(Dice(), ()).epoch(1)), first)


@pytest.mark.parametrize("workers", [1, 3])
def test_workers_give_the_same_in_the_same_order(workers: int) -> None:
    here, there = batches(), batches(workers=workers)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    for epoch, start in ((0, 0), (1, 2), (1, 0)):
        for one, other in zip(here.epoch(epoch, start), there.epoch(epoch, start), strict=True):
            assert one.indices == other.indices
            assert torch.equal(one.images, other.images)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_epoch_left_in_the_middle_is_no_matter() -> None:
    there = batches(workers=2)
    next(iter(there.epoch(0)))
    assert same(by_number(there.epoch(1)), by_number(batches().epoch(1)))


def test_workers_end_with_their_batches() -> None:
    there = batches(workers=2)
    list(there.epoch(0))
    assert len(multiprocessing.active_children()) == 2
    del there
    gc.collect()
    assert multiprocessing.active_children() == []


def test_workers_leave_signals_to_the_training() -> None:
    """A signal to the whole group lets the training end its step."""
    there = batches(workers=2, batch_size=4)
    found = [next(reading := there.epoch(0))]
    for worker in multiprocessing.active_children():
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGTERM)
        os.kill(worker.pid, signal.SIGINT)
    assert same(by_number(iter([*found, *reading])), by_number(batches(batch_size=4).epoch(0)))


@dataclass(frozen=True, eq=False)
class Holed(Named):
    """Examples of which some cannot be read, each in a way of its own."""

    holes: dict[int, Exception]

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int, /) -> tuple[Tensor, int]:
        if index in self.holes:
            raise self.holes[index]
        return SET[index]


HOLES = {3: Unreadable("photos/3.png", "cut off"), 5: OSError("no such disk"), 6: SyntaxError("broken PNG"), 39: ValueError("no number")}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("cache", ["none", "device"])
def test_the_unreadable_is_named_and_left_out(cache: str, workers: int) -> None:
    found = batches(Holed(HOLES), cache=cache, workers=workers, train=False)
    whole = by_number(batches(cache=cache, train=False).epoch(0))
    assert same(by_number(found.epoch(0)), {key: image for key, image in whole.items() if key not in HOLES})
    names = {"photos/3.png": "cut off", "example 5": "no such disk", "example 6": "broken PNG", "example 39": "no number"}
    assert found.unreadable == names
    assert sum(batch.total for batch in found.epoch(0)) == COUNT


@pytest.mark.parametrize(("cache", "workers"), [("none", 0), ("none", 2), ("device", 0)])
def test_a_batch_of_which_nothing_can_be_read_says_so(cache: str, workers: int) -> None:
    holes: dict[int, Exception] = {index: Unreadable(f"{index}.png", "cut off") for index in range(16)}
    found = batches(Holed(holes), cache=cache, workers=workers, train=False)
    with pytest.raises(SpecError, match=r"none of 8 examples together can be read; 0\.png: cut off"):
        list(found.epoch(0))


@pytest.mark.parametrize(("cache", "workers"), [("none", 0), ("none", 2), ("device", 0)])
def test_a_label_that_is_no_class_says_so(cache: str, workers: int) -> None:
    with pytest.raises(SpecError, match="example 9 has the label 9; there are 9 classes, numbered 0 to 8"):
        list(batches(classes=9, cache=cache, workers=workers, train=False).epoch(0))


def test_images_of_other_sizes_are_unreadable() -> None:
    found = batches([(torch.rand(1, 4 + (index == 2), 4), 0) for index in range(8)], (), train=False)
    assert [batch.indices for batch in found.epoch(0)] == [[0, 1, 3, 4, 5, 6, 7]]
    assert found.unreadable == {"example 2": "is 1×5×4 after the transforms, and not 1×4×4"}


def test_labels_that_are_numbers() -> None:
    examples = [(torch.rand(1, 2, 2), torch.tensor([0.5, float(index)])) for index in range(4)]
    (batch,) = batches(examples, (), train=False, classes=2).epoch(0)
    assert batch.labels.tolist() == [[0.5, 0.0], [0.5, 1.0], [0.5, 2.0], [0.5, 3.0]]


@pytest.mark.parametrize("cache", ["none", "device"])
def test_bytes_become_floats_from_0_to_1(cache: str) -> None:
    image = torch.tensor([[[0, 51, 255]]], dtype=torch.uint8)
    (batch,) = batches([(image, 0)], (), train=False, cache=cache).epoch(0)
    assert torch.equal(batch.images[0], F.to_dtype(image, torch.float32, scale=True))
