"""Files of weights as tensors by key: `.safetensors`, and `.pt` that holds a state_dict."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from archdsl.diagnostics import Diagnostic, Source, Span, SpecError
from archdsl.weights.header import damage

SAFE = ".safetensors"
PICKLED = (".pt", ".pth")
WRAPPED = ("state_dict", "model")
"""keys under which training scripts put a state_dict"""


def read(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a file, on the CPU. Nothing that the file may hold is run.

    Raises `SpecError` for a file that is missing, damaged, of another format, or holds more than tensors.
    """
    target = Path(path)
    if not target.is_file():
        raise _refused("AD4201", target, f"there is no file `{target}`" if not target.exists() else f"`{target}` is no file")
    if target.suffix == SAFE:
        return _safe(target)
    if target.suffix in PICKLED:
        return _pickled(target)
    message = f"`{target.name}` is no file of weights: the suffixes are {', '.join((SAFE, *PICKLED))}"
    raise _refused("AD4202", target, message)


def whole(path: Path) -> Span:
    """A place that is a file as such."""
    return Span(Source(str(path), ""), 0, 0)


def package(path: Path) -> Any:
    """The package `safetensors.torch`. Raises `SpecError` that says how to install it."""
    try:
        return import_module("safetensors.torch")
    except ImportError:
        message, help = f"`{path.name}` needs the package `safetensors`", "pip install safetensors"
        raise _refused("AD4209", path, message, help) from None


def _safe(path: Path) -> dict[str, Tensor]:
    load = package(path).load_file
    reason = damage(path)
    if reason:
        raise _refused("AD4203", path, f"`{path.name}` is damaged: {reason}")
    tensors: dict[str, Tensor] = load(path)
    return tensors


def _pickled(path: Path) -> dict[str, Tensor]:
    help = "save `model.state_dict()` with torch.save, or as safetensors"
    try:
        # torch warns of pickles that it did not write; what they hold is told below.
        with warnings.catch_warnings(action="ignore"):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError:
        raise _refused("AD4204", path, f"`{path.name}` holds code or a whole module; nothing of it was run", help) from None
    except (RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        reason = str(error).partition("\n")[0] or "it ends early"
        raise _refused("AD4203", path, f"`{path.name}` is damaged: {reason}") from None
    inner = next((found[key] for key in WRAPPED if isinstance(found, Mapping) and isinstance(found.get(key), Mapping)), found)
    if not isinstance(inner, Mapping) or not all(isinstance(key, str) and isinstance(value, Tensor) for key, value in inner.items()):
        raise _refused("AD4205", path, f"`{path.name}` holds no state_dict, a mapping of names to tensors", help)
    return dict(inner)


def _refused(code: str, path: Path, message: str, help: str | None = None) -> SpecError:
    return SpecError((Diagnostic(code, "error", message, whole(path), help=help),))
