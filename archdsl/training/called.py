"""What a recipe calls by name, made."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from archdsl.diagnostics import Fault
from archdsl.recipe import Called


def made(called: Called, *first: object) -> Any:
    """The object that a call makes. Raises `Fault` where its class refuses the arguments."""
    module, _, name = called.target.rpartition(".")
    try:
        return getattr(import_module(module), name)(*first, **called.arguments)
    except (TypeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise Fault("AD4303", called.span, f"`{called.name}` refuses this: {reason}") from None
