"""Devices by name."""

from __future__ import annotations

import torch


class NoDevice(Exception):
    """A device that is not there."""


def device_of(name: str) -> torch.device:
    """The device of a name, `auto` being the fastest that is there. Raises `NoDevice`.

    >>> device_of("cpu")
    device(type='cpu')
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        kinds = "the names are auto, cpu, cuda, cuda:1, mps and others of torch"
        raise NoDevice(f"no device `{name}` here ({kinds}): {str(error).splitlines()[0]}") from None
    return device
