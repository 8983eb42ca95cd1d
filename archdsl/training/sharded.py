"""Models whose parameters lie in parts on the processes of a run: FSDP2 (`fully_shard`), with checkpoints that all of them write.

A checkpoint is a folder of torch.distributed.checkpoint with `facts.json`, which holds the checksums of its files; it appears under its
name when all of it is on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint import state_dict_loader as reader
from torch.distributed.checkpoint import state_dict_saver as writer
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from archdsl.training.parallel import Group
from archdsl.weights.writing import UNFINISHED, settle

FACTS = "facts.json"
WHOLE = StateDictOptions(full_state_dict=True, cpu_offload=True)


def shard(model: nn.Module, group: Group) -> None:
    """Leave a process its part of every parameter; those of one child of the model are gathered when it runs."""
    mesh = init_device_mesh(group.device.type, (group.world,))
    for child in model.children():
        if any(parameter.requires_grad for parameter in child.parameters()):
            fully_shard(child, mesh=mesh)
    fully_shard(model, mesh=mesh)


def gathered(model: nn.Module) -> dict[str, Tensor]:
    """The whole tensors of a model by key, in the leading process; all processes must ask."""
    found = get_model_state_dict(model, options=WHOLE)
    return {key: tensor for key, tensor in found.items() if isinstance(tensor, Tensor)}


def save(path: Path, models: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer, facts: Mapping[str, Any], group: Group) -> None:
    """Write a checkpoint, whole or not at all; all processes take part, the first model is the one that the optimiser works on.

    Raises `OSError`.
    """
    folder = path.with_name(f"{UNFINISHED}{path.name}")
    if group.leads:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    group.wait()
    writer.save(_states(models, optimizer), checkpoint_id=folder)
    group.wait()
    if not group.leads:
        return
    files = sorted(folder.iterdir())
    (folder / FACTS).write_text(json.dumps({**facts, "files": {file.name: _sum(file) for file in files}}))
    for file in (*files, folder / FACTS, folder):
        settle(file)
    shutil.rmtree(path, ignore_errors=True)  # a damaged one
    os.replace(folder, path)
    settle(path.parent)


def read(path: Path) -> dict[str, Any]:
    """The facts of a checkpoint. Raises `ValueError` for one that is damaged."""
    try:
        facts: dict[str, Any] = json.loads((path / FACTS).read_text())
        wrong = [name for name, digest in facts["files"].items() if _sum(path / name) != digest]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(str(error)) from None
    if wrong:
        raise ValueError(f"the checksum of `{wrong[0]}` is another")
    return facts


def load(path: Path, models: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer) -> None:
    """Make models and optimiser what they were; all processes take part, of which there may be another number than then."""
    states = _states(models, optimizer)
    reader.load(states, checkpoint_id=path)
    for name, model in models.items():
        set_model_state_dict(model, states[name])
    set_optimizer_state_dict(next(iter(models.values())), optimizer, states["optimizer"])


def _states(models: Mapping[str, nn.Module], optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    first = next(iter(models.values()))
    states: dict[str, Any] = {name: get_model_state_dict(model) for name, model in models.items()}
    return {**states, "optimizer": get_optimizer_state_dict(first, optimizer)}


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
