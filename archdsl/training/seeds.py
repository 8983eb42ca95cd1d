"""Seeds made from what they are for. Nothing random is carried from step to step, so a run goes on anywhere as if it had never stopped."""

from __future__ import annotations

import hashlib
from functools import cache

import torch

WEIGHTS, STEP, ORDER, EXAMPLE, AUGMENT, SPLIT = range(6)
"""what a seed is for"""


def seed_of(*parts: int) -> int:
    """A seed of 63 bits for a purpose and its numbers: equal parts give equal seeds, others have nothing in common.

    >>> seed_of(0, STEP, 17) == seed_of(0, STEP, 17), seed_of(0, STEP, 17) == seed_of(0, STEP, 18)
    (True, False)
    """
    digest = hashlib.blake2b(b"".join(part.to_bytes(8, "little", signed=True) for part in parts), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


@cache
def _generators(device: torch.device) -> tuple[torch.Generator, ...]:
    """The generators that operations on a device draw from."""
    if device.type == "cuda":
        torch.cuda.init()  # type: ignore[no-untyped-call]
        index = torch.cuda.current_device() if device.index is None else device.index
        return (torch.default_generator, torch.cuda.default_generators[index])
    if device.type == "mps":
        return (torch.default_generator, torch.mps._get_default_mps_generator())
    return (torch.default_generator,)


def reseed(device: torch.device, *parts: int) -> None:
    """Set torch's generators to the seed of a purpose."""
    seed = seed_of(*parts)
    for generator in _generators(device):
        generator.manual_seed(seed)
