"""Checkpoints: one safetensors file each, with the tensors of a run and, as JSON in its header, all else that it needs to go on.

A file is written under another name, flushed to the disk and then renamed, so a kill or a full disk costs nothing that was there before; a
checksum over all it holds is compared when it is read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from archdsl.training.parallel import Group
from archdsl.weights.files import CLASSES, SAFE, package
from archdsl.weights.writing import write

STEP = "step-"
"""how the names of checkpoints begin"""
KEPT = 2
"""checkpoints of a run that are kept: the newest, and one more should its disk block be lost"""


class NotSaved(Exception):
    """A file that could not be written; what was there before is whole."""


@dataclass(frozen=True)
class Checkpoint:
    """What a run was after `step` steps: its tensors by key, and facts that JSON can hold.

    Tensors that lie in parts on several processes stay in `folder`.
    """

    step: int
    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]
    folder: Path | None = None


@dataclass(frozen=True)
class Found:
    """The newest whole checkpoint of a folder, if any, and what is wrong with newer ones."""

    checkpoint: Checkpoint | None
    damaged: tuple[str, ...] = ()


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into a folder, whole or not at all, then remove all but the newest. Raises `NotSaved`."""
    path = folder / f"{STEP}{checkpoint.step:09d}{SAFE}"
    facts = json.dumps({**checkpoint.facts, "step": checkpoint.step}, sort_keys=True)
    tensors = {key: tensor.detach().cpu().contiguous() for key, tensor in checkpoint.tensors.items()}
    _write(path, tensors, {"facts": facts, "checksum": _checksum(tensors, facts)})
    _prune(folder)
    return path


def save_sharded(
    folder: Path, step: int, models: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, facts: Mapping[str, Any], group: Group
) -> None:
    """Write a checkpoint of which every process has a part; all must. Raises `NotSaved`."""
    from archdsl.training import sharded

    try:
        sharded.save(folder / f"{STEP}{step:09d}", models, optimizer, {**facts, "step": step}, group)
    except OSError as error:
        raise NotSaved(f"no checkpoint in `{folder}`: {error}; the one before is whole") from None
    if group.leads:
        _prune(folder)


def keep(path: Path, tensors: Mapping[str, Tensor], classes: Sequence[str] = ()) -> None:
    """Write weights alone, as `--weights` takes them, with the names of the classes. Raises `NotSaved`."""
    _write(path, tensors, {"format": "pt", CLASSES: json.dumps(classes)})


def newest(folder: Path) -> Found:
    """The newest checkpoint of a folder that is whole."""
    damaged: list[str] = []
    for path in _paths(folder):
        try:
            return Found(read(path), tuple(damaged))
        except ValueError as error:
            damaged.append(f"`{path}` is damaged: {error}")
    return Found(None, tuple(damaged))


def read(path: Path) -> Checkpoint:
    """A checkpoint from its file or folder. Raises `ValueError` for one that is damaged."""
    if path.is_dir():
        from archdsl.training import sharded

        known = sharded.read(path)
        return Checkpoint(known["step"], {}, known, path)
    package()
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no mapping
    except (OSError, SafetensorError) as error:
        raise ValueError(str(error)) from None
    facts = metadata.get("facts", "")
    if metadata.get("checksum") != _checksum(tensors, facts):
        raise ValueError("its checksum is another")
    told = json.loads(facts)
    return Checkpoint(told["step"], tensors, told)


def _write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    try:
        write(path, tensors, metadata)
    except OSError as error:
        raise NotSaved(str(error)) from None


def _paths(folder: Path) -> list[Path]:
    """The checkpoints of a folder, the newest first."""
    return sorted(folder.glob(f"{STEP}*"), reverse=True)


def _prune(folder: Path) -> None:
    """Remove all checkpoints but the newest."""
    for older in _paths(folder)[KEPT:]:
        shutil.rmtree(older) if older.is_dir() else older.unlink(missing_ok=True)


def _checksum(tensors: Mapping[str, Tensor], facts: str) -> str:
    digest = hashlib.sha256(facts.encode())
    for key in sorted(tensors):
        tensor = tensors[key]
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
