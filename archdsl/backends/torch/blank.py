"""Modules made without their first values: memory is allocated where it is wanted, and no number is drawn.

Drawing the numbers that a module's constructor would draw, only to overwrite them, is half of what making a network costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch.nn import init
from torch.overrides import TorchFunctionMode

SKIPPED: frozenset[Callable[..., Any]] = frozenset(
    [
        *(getattr(init, word) for word in dir(init) if word.endswith("_") and not word.startswith("_")),
        torch.Tensor.normal_,
        torch.Tensor.uniform_,
        torch.Tensor.zero_,
        torch.Tensor.fill_,
    ]
)
"""what constructors of torch's modules fill their tensors with"""


_making: ContextVar[bool] = ContextVar("making", default=False)


class _Blank(TorchFunctionMode):
    """While it is active in a thread, initialisers hand their tensor back as it is."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if func in SKIPPED:
            return args[0] if args else given["tensor"]
        return func(*args, **given)


@contextmanager
def blank(device: str | torch.device | None) -> Iterator[None]:
    """In this thread, modules are made on a device with whatever was in memory; `None` is torch's default device."""
    with ExitStack() as stack:
        if device is not None and torch.device(device) != torch.get_default_device():
            stack.enter_context(torch.device(device))
        stack.enter_context(_Blank())
        token = _making.set(True)
        try:
            yield
        finally:
            _making.reset(token)


def unless_blank(fill: Callable[[Any], None]) -> Callable[[Any], None]:
    """What gives a network its first values, but not while it is made without: torch's `trunc_normal_` draws until all numbers lie within
    its bounds, so that it never ends where nothing is drawn."""

    def filled(model: Any) -> None:
        if not _making.get():
            fill(model)

    return filled
