"""Asks torch what a module class of torch.nn does: its tensors, the shape of its result, its cost. All runs on the meta device."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode


class NotMade(Exception):
    """Torch refuses, in its own words. `names` are those that might have been meant: of classes or of arguments."""

    def __init__(self, message: str, names: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.names = names


@dataclass(frozen=True, slots=True)
class Found:
    """A parameter or buffer."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    buffer: bool
    persistent: bool


def classes() -> dict[str, type[nn.Module]]:
    """The module classes of torch.nn that hold no modules given from outside and know their sizes."""
    hidden = {"Module", "Container", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "DataParallel"}
    found = {n: c for n, c in vars(nn).items() if inspect.isclass(c) and issubclass(c, nn.Module)}
    return {n: c for n, c in found.items() if n not in hidden and not n.startswith(("_", "Lazy"))}


def make(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> nn.Module:
    """The module on the meta device. Raises `NotMade`."""
    known = classes()
    if name not in known:
        raise NotMade(f"torch.nn has no layer `{name}` (containers and lazy classes are none)", tuple(known))
    try:
        with torch.device("meta"), warnings.catch_warnings(action="ignore"):
            return known[name](*args, **kwargs)
    except Exception as error:
        names = tuple(inspect.signature(known[name]).parameters)
        raise NotMade(_first_line(error), tuple(n for n in names if n not in ("device", "dtype", "args", "kwargs"))) from error


def tensors(module: nn.Module) -> tuple[Found, ...]:
    """Parameters and buffers in the order of registration, a module's own before its children's."""
    return tuple(_tensors(module))


def _tensors(module: nn.Module) -> Iterator[Found]:
    saved = module.state_dict().keys()
    for prefix, part in module.named_modules():
        path = f"{prefix}." if prefix else ""
        for buffer, named in ((False, part.named_parameters(recurse=False)), (True, part.named_buffers(recurse=False))):
            for name, tensor in named:
                dtype = str(tensor.dtype).removeprefix("torch.")
                yield Found(path + name, tuple(tensor.shape), dtype, buffer, path + name in saved)


def run(module: nn.Module, *sizes: tuple[int, ...]) -> tuple[tuple[int, ...], int]:
    """Sizes of the result and floating-point operations for inputs of these sizes. Raises `NotMade`."""
    try:
        with warnings.catch_warnings(action="ignore"), FlopCounterMode(display=False) as counter, torch.no_grad():
            result = module.train()(*(torch.empty(size, device="meta") for size in sizes))
    except Exception as error:
        raise NotMade(_first_line(error)) from error
    first = result[0] if isinstance(result, tuple) and isinstance(module, nn.RNNBase) else result
    if not isinstance(first, torch.Tensor):
        raise NotMade(f"the result is no single tensor but a {type(first).__name__}")
    return tuple(first.shape), counter.get_total_flops()


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
