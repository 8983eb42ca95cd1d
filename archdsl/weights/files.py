"""Files of weights as tensors by key: `.safetensors`, and `.pt` that holds a state_dict."""

from __future__ import annotations

import json
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
from archdsl.language.shown import kind
from archdsl.language.source import missing_hint
from archdsl.weights.header import damage

SAFE = ".safetensors"
CLASSES = "classes"
"""what the names of classes are called in a file's metadata; a list in JSON"""
PICKLED = (".pt", ".pth")
SUFFIXES = (SAFE, *PICKLED)
OTHERS = {
    ".h5": "Keras' weights have other names and other orders of axes: load them in Keras, and copy them one by one",
    ".keras": "Keras' weights have other names and other orders of axes: load them in Keras, and copy them one by one",
    ".bin": "a `.bin` that torch.save wrote may be renamed to `.pt`",
    ".ckpt": "a `.ckpt` that torch.save wrote may be renamed to `.pt`",
}
"""what to do about weights in other files"""
AGAIN = "copy or download it again"
WRAPPED = ("state_dict", "model")
"""keys under which training scripts put a state_dict"""


def read(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a file, on the CPU. Nothing that the file may hold is run.

    Raises `SpecError` for a file that is missing, damaged, of another format, or holds more than tensors.
    """
    target = Path(path)
    if not target.is_file():
        raise _absent(target)
    stand_in = _stand_in(target) if target.suffix in SUFFIXES else None
    if stand_in is not None:
        raise _refused("AD4203", target, *stand_in)
    if target.suffix == SAFE:
        return _safe(target)
    if target.suffix in PICKLED:
        return _pickled(target)
    message = f"`{target.name}` is no file of weights: the suffixes are {', '.join(SUFFIXES)}"
    raise _refused("AD4202", target, message, OTHERS.get(target.suffix, "save `model.state_dict()` with torch.save, or as safetensors"))


def classes(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The names of the classes that a file of weights says; () for one that says none, or that `read` would refuse."""
    target = Path(path)
    if target.suffix != SAFE or not target.is_file() or damage(target):
        return ()
    with import_module("safetensors").safe_open(target, framework="pt") as file:
        said = (file.metadata() or {}).get(CLASSES, "[]")
    try:
        names = json.loads(said)
    except ValueError:
        return ()
    return tuple(map(str, names)) if isinstance(names, list) else ()


def whole(path: Path) -> Span:
    """A place that is a file as such."""
    return Span(Source(str(path), ""), 0, 0)


def package() -> Any:
    """The package `safetensors.torch`, which archdsl does without until it is needed. Raises `ModuleNotFoundError`."""
    return import_module("safetensors.torch")


def _absent(path: Path) -> SpecError:
    if not path.exists():
        return _refused("AD4201", path, f"no such file: `{path}`", missing_hint(path, SUFFIXES))
    if not path.is_dir():
        return _refused("AD4201", path, f"`{path}` is not a regular file; it was not opened")
    inside = sorted(str(entry) for entry in path.iterdir() if entry.suffix in SUFFIXES)
    help = f"name a file in it, for example `{inside[0]}`" if inside else "it holds no file of weights"
    return _refused("AD4201", path, f"`{path}` is a directory, not a file of weights", help)


def _stand_in(path: Path) -> tuple[str, str] | None:
    """What is said of a small text that was fetched in place of the weights."""
    with path.open("rb") as file:
        begin = file.read(64).lower()
    if begin.startswith(b"version https://git-lfs"):
        return f"`{path.name}` is a pointer of Git LFS, not the file itself", "`git lfs pull` fetches the file"
    if begin.lstrip().startswith((b"<!doctype", b"<html", b"<?xml")):
        return f"`{path.name}` is a web page, not weights", "download it again, from the address of the file itself"
    return None


def _safe(path: Path) -> dict[str, Tensor]:
    load = package().load_file
    reason = damage(path)
    if reason:
        raise _refused("AD4203", path, f"`{path.name}` is damaged: {reason}", AGAIN)
    tensors: dict[str, Tensor] = load(path)
    return tensors


def _pickled(path: Path) -> dict[str, Tensor]:
    try:
        # torch warns of pickles that it did not write; what they hold is told below.
        with warnings.catch_warnings(action="ignore"):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError:
        help = "where you trust it, load it yourself and save its state_dict alone: `torch.save(model.state_dict(), …)`"
        raise _refused("AD4204", path, f"`{path.name}` holds code or a whole module; nothing of it was run", help) from None
    except (RuntimeError, EOFError, ValueError, KeyError, OSError) as error:
        reason = "its ZIP archive is cut or broken" if "zip archive" in str(error) else str(error).partition("\n")[0] or "it ends early"
        raise _refused("AD4203", path, f"`{path.name}` is damaged: {reason}", AGAIN) from None
    inner = next((found[key] for key in WRAPPED if isinstance(found, Mapping) and isinstance(found.get(key), Mapping)), found)
    if not isinstance(inner, Mapping) or not all(isinstance(key, str) and isinstance(value, Tensor) for key, value in inner.items()):
        there = f"the keys {', '.join(f'`{key}`' for key in list(inner)[:6])}" if isinstance(inner, Mapping) else kind(inner)
        message = f"`{path.name}` holds no state_dict, a mapping of names to tensors; found {there}"
        help = f"save `model.state_dict()` alone, or under the key {' or '.join(f'`{key}`' for key in WRAPPED)}"
        raise _refused("AD4205", path, message, help)
    return dict(inner)


def _refused(code: str, path: Path, message: str, help: str | None = None) -> SpecError:
    return SpecError((Diagnostic(code, "error", message, whole(path), help=help),))
