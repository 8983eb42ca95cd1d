"""Weights from and to files: read without running anything that a file may hold, loaded whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from archdsl.diagnostics import Diagnostic, SpecError
from archdsl.graph import Graph
from archdsl.weights.files import SAFE, read, whole
from archdsl.weights.misfits import misfits, some
from archdsl.weights.remote import Renames, fetch, renamed
from archdsl.weights.writing import write

__all__ = ["Report", "fetch", "load", "read", "save"]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of each key: loaded, there with another shape or type, missing in the file, unused by the network."""

    loaded: tuple[str, ...]
    mismatched: tuple[str, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    def __str__(self) -> str:
        """A line with the counts, and one for each kind of key that was not loaded."""
        left = {"mismatched": self.mismatched, "missing": self.missing, "unused": self.unused}
        counts = [f"{len(self.loaded)} loaded", *(f"{len(keys)} {kind}" for kind, keys in left.items())]
        return "\n".join(["weights: " + ", ".join(counts), *(f"  {kind}: {some(keys, mark='')}" for kind, keys in left.items() if keys)])


def load(
    model: nn.Module,
    weights: str | os.PathLike[str] | Mapping[str, Tensor],
    graph: Graph | None = None,
    *,
    partial: bool = False,
    rename: Renames | None = None,
) -> Report:
    """Copy weights into a network by their keys, as `rename` calls them, converted to its floating point type.

    With `partial` what fits is loaded and the rest left as it is. Raises `SpecError` with every key that does not fit, before anything is
    loaded; `graph` tells the lines of the spec that they come from.
    """
    name = "weights" if isinstance(weights, Mapping) else os.fspath(weights)
    tensors = renamed(weights if isinstance(weights, Mapping) else read(weights), rename or {})
    own = model.state_dict()
    wrong = {key: said for key in own if key in tensors and (said := _difference(own[key], tensors[key]))}
    missing = tuple(key for key in own if key not in tensors)
    unused = tuple(key for key in tensors if key not in own)
    faults = [] if partial else misfits(own, tensors, wrong, name, graph)
    if faults:
        raise SpecError(tuple(faults))
    fitting = tuple(key for key in own if key in tensors and key not in wrong)
    with torch.no_grad():
        for key in fitting:
            own[key].copy_(tensors[key])
    return Report(fitting, tuple(wrong), missing, unused)


def save(model: nn.Module, path: str | os.PathLike[str]) -> None:
    """Write the state_dict of a network as `.safetensors`; an older file stays whole if that fails. Raises `SpecError`, `OSError`."""
    target = Path(path)
    if target.suffix != SAFE:
        help = "`torch.save(model.state_dict(), …)` writes a `.pt`"
        found = Diagnostic("AD4202", "error", f"`{target.name}` is no {SAFE} file", whole(target), help=help)
        raise SpecError((found,))
    write(target, model.state_dict(), {"format": "pt"})


def _difference(own: Tensor, other: object) -> str:
    if not isinstance(other, Tensor):
        return f"is no tensor but a {type(other).__name__}"
    if own.shape != other.shape:
        return f"has shape {_sizes(other)} in the file, {_sizes(own)} in the network"
    if own.dtype != other.dtype and not (own.is_floating_point() and other.is_floating_point()):
        return f"holds {_type(other)} in the file, {_type(own)} in the network"
    return ""


def _sizes(tensor: Tensor) -> str:
    return "×".join(map(str, tensor.shape)) or "of a scalar"


def _type(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
