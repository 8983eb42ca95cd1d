"""`--device`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archdsl.cli.answers import CommandError

if TYPE_CHECKING:
    import torch


def placed(name: str) -> torch.device:
    """The device of a name. Raises `CommandError` where it is not there."""
    from archdsl.backends.torch.devices import NoDevice, device_of

    try:
        return device_of(name)
    except NoDevice as error:
        raise CommandError(str(error)) from None
