"""What a trainer holds, as tensors by key and facts that JSON can hold, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from archdsl.training import checkpoint as checkpoints
from archdsl.training.checkpoint import Checkpoint
from archdsl.training.trainer import Trainer


def tensors_of(trainer: Trainer) -> dict[str, Tensor]:
    """Parameters, buffers, averages, and what the optimiser keeps of each parameter."""
    found = {f"{which}.{name}": tensor for which, model in trainer.models.items() for name, tensor in _named(model)}
    found |= {f"optimizer.{key}": value for key, value in _kept(trainer) if isinstance(value, Tensor)}
    return found


def facts_of(trainer: Trainer) -> dict[str, Any]:
    """What the optimiser and the loss scale keep beside tensors."""
    kept = {key: value for key, value in _kept(trainer) if not isinstance(value, Tensor)}
    return {"optimizer": kept, **_scaler(trainer)}


def _scaler(trainer: Trainer) -> dict[str, Any]:
    return {"scaler": trainer.scaler.state_dict()}


def restore(trainer: Trainer, checkpoint: Checkpoint) -> None:
    """Make a trainer what it was. Its network and recipe are those of the checkpoint."""
    trainer.scaler.load_state_dict(checkpoint.facts["scaler"])
    if checkpoint.folder is not None:
        from archdsl.training import sharded

        sharded.load(checkpoint.folder, trainer.models, trainer.optimizer)
        return
    for which, model in trainer.models.items():
        _copy(model, f"{which}.", checkpoint.tensors)
    kept: dict[int, dict[str, Any]] = {}
    numbers = {name: index for index, (name, _) in enumerate(trainer.model.named_parameters())}
    everything = {key.removeprefix("optimizer."): value for key, value in checkpoint.tensors.items() if key.startswith("optimizer.")}
    for key, value in {**everything, **checkpoint.facts["optimizer"]}.items():
        name, _, field = key.rpartition(".")
        kept.setdefault(numbers[name], {})[field] = value
    trainer.optimizer.load_state_dict({"state": kept, "param_groups": trainer.optimizer.state_dict()["param_groups"]})


def save(trainer: Trainer, folder: Path, step: int, facts: Mapping[str, Any]) -> None:
    """Write a checkpoint into a folder; all processes must. Raises `NotSaved`."""
    if trainer.group.sharded:
        checkpoints.save_sharded(folder, step, trainer.models, trainer.optimizer, {**facts, **_scaler(trainer)}, trainer.group)
    elif trainer.group.leads:
        checkpoints.save(folder, Checkpoint(step, tensors_of(trainer), {**facts, **facts_of(trainer)}))


def keep(trainer: Trainer, path: Path, classes: Sequence[str] = ()) -> None:
    """Write the weights of the final model, with the names of the classes; all processes must. Raises `NotSaved`."""
    if trainer.group.sharded:
        from archdsl.training.sharded import gathered

        tensors = gathered(trainer.final)
    else:
        tensors = dict(trainer.final.state_dict())
    if trainer.group.leads:
        checkpoints.keep(path, tensors, classes)


def not_finite(trainer: Trainer) -> str | None:
    """The first parameter or buffer of the model that is not finite in some process, `None` for none; all processes must ask."""
    floats = [(name, _part(tensor)) for name, tensor in _named(trainer.model) if tensor.is_floating_point()]
    bad = trainer.group.sum(*(float(not torch.isfinite(part).all()) for _, part in floats))
    return next((name for (name, _), count in zip(floats, bad, strict=True) if count), None)


def _named(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Every tensor once, those of a shared module too."""
    yield from model.named_parameters()
    yield from model.named_buffers()


def _part(tensor: Tensor) -> Tensor:
    """What this process holds of a tensor."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def _copy(model: nn.Module, prefix: str, tensors: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in _named(model):
            tensor.copy_(tensors[prefix + name])


def _kept(trainer: Trainer) -> Iterator[tuple[str, Any]]:
    for name, parameter in trainer.model.named_parameters():
        for field, value in trainer.optimizer.state.get(parameter, {}).items():
            yield f"{name}.{field}", value
