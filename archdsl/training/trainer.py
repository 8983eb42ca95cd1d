"""A model in training: one step of its optimiser, and all that it holds from one step to the next."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from archdsl.backends.torch import build
from archdsl.graph import Graph
from archdsl.recipe import Recipe
from archdsl.training.called import made
from archdsl.training.ema import Average
from archdsl.training.finite import first_fault
from archdsl.training.losses import Loss
from archdsl.training.mixing import mixer
from archdsl.training.outputs import outputs_of
from archdsl.training.parallel import Group, replicated
from archdsl.training.precision import autocast
from archdsl.training.schedules import factor_of
from archdsl.training.seeds import STEP, WEIGHTS, reseed, seed_of

if TYPE_CHECKING:
    from archdsl.training.batches import Batch


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over examples: of the loss; of those whose class was right; of those that had a class; of all."""

    loss: float = 0.0
    right: float = 0.0
    judged: float = 0.0
    seen: float = 0.0

    @property
    def accuracy(self) -> float | None:
        """The share of right classes; `None` where examples have none, as mixed ones."""
        return self.right / self.judged if self.judged else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.loss + other.loss, self.right + other.right, self.judged + other.judged, self.seen + other.seen)


Weights = Callable[[nn.Module], object]
"""what loads weights into a model that was just made"""


class Trainer:
    """A model with optimiser, averaged weights and loss scale; `steps` is the length of the whole run, `per_epoch` that of a pass.

    Raises `Fault` where torch refuses what the recipe calls.
    """

    def __init__(
        self, graph: Graph, recipe: Recipe, group: Group, classes: int, steps: int, per_epoch: int, weights: Weights | None = None
    ) -> None:
        self.recipe, self.group = recipe, group
        if group.device.type == "cuda":
            torch.set_float32_matmul_precision("high" if recipe.precision == "tf32" else "highest")
            torch.backends.cudnn.allow_tf32 = recipe.precision == "tf32"
            torch.backends.cudnn.benchmark = not recipe.deterministic
        if recipe.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS refuses
            torch.use_deterministic_algorithms(True)
        self.model = build(graph, device=group.device, seed=seed_of(recipe.seed, WEIGHTS))
        if weights is not None:
            weights(self.model)
        if recipe.channels_last:
            self.model.to(memory_format=torch.channels_last)
        self.average = None if recipe.ema is None else Average(self.model, recipe.ema)
        if group.sharded:
            from archdsl.training.sharded import shard

            for model in self.models.values():
                shard(model, group)
        replica = replicated(self.model, group, recipe)
        self._pause = replica.no_sync if isinstance(replica, nn.parallel.DistributedDataParallel) else nullcontext
        self._run = torch.compile(replica) if recipe.compile else replica
        self._mix = mixer(recipe, classes)
        self.loss = Loss(recipe.loss)
        self.optimizer: torch.optim.Optimizer = made(recipe.optimizer, list(self.model.parameters()))
        self.scaler = torch.amp.GradScaler(group.device.type, enabled=recipe.precision == "fp16")
        self._rates = [float(part["lr"]) for part in self.optimizer.param_groups]
        self._factor = factor_of(recipe.schedule, steps, per_epoch)

    @property
    def models(self) -> dict[str, nn.Module]:
        """The model that learns, and the averaged one where there is one, by the names that checkpoints have for them."""
        return {"model": self.model} if self.average is None else {"model": self.model, "average": self.average.model}

    @property
    def final(self) -> nn.Module:
        """The model that is evaluated and saved: the averaged one where there is one."""
        return self.model if self.average is None else self.average.model

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return self._rates[0] * self._factor(step)

    def gradients(self, step: int, batch: Batch) -> Tally:
        """Find the gradients of a step, counted from 0, as means over all processes. Gives the sums of this process's examples."""
        reseed(self.group.device, self.recipe.seed, STEP, step, self.group.rank)
        self.optimizer.zero_grad(set_to_none=True)
        tally = Tally()
        pieces = list(self._pieces(batch))
        for index, (images, labels) in enumerate(pieces):
            with nullcontext() if index == len(pieces) - 1 else self._pause():
                tally += self._piece(images, labels, len(labels) * self.group.world / batch.total)
        return tally

    def apply(self, step: int) -> None:
        """Let the optimiser take the step for which the gradients were found."""
        factor = self._factor(step)
        for part, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            part["lr"] = rate * factor
        if self.recipe.clip_grad_norm is not None:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_grad_norm)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average is not None:
            self.average.follow()

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision in which the model runs."""
        return autocast(self.recipe.precision, self.group.device)

    def blame(self, batch: Batch) -> str:
        """Where what is not finite comes about in a batch."""
        with self.autocast():
            return first_fault(self.model, self._laid(batch.images))

    def _pieces(self, batch: Batch) -> Iterator[tuple[Tensor, Tensor]]:
        images, labels = self._laid(batch.images), batch.labels
        if self.recipe.accumulate == 1:
            return iter(((images, labels),))
        size = -(-len(labels) // self.recipe.accumulate)
        return zip(torch.split(images, size), torch.split(labels, size), strict=True)

    def _laid(self, images: Tensor) -> Tensor:
        return images.contiguous(memory_format=torch.channels_last) if self.recipe.channels_last else images

    def _piece(self, images: Tensor, labels: Tensor, share: float) -> Tally:
        """The gradients of some examples, added to those that are there; `share` is their share of the step's mean."""
        if self._mix is not None:
            images, labels = self._mix(images, labels)
        with self.autocast():
            result, *further = outputs_of(self._run(images))
            loss = self.loss(result, labels)
            for other in further:
                loss = loss + self.recipe.aux_weight * self.loss(other, labels)
        torch.autograd.backward(self.scaler.scale(loss if share == 1 else loss * share))
        count = len(images)
        lost = loss.detach().float()
        if not self.loss.classifies(result, labels):
            return Tally(lost.item() * count, 0.0, 0.0, count)
        right = (result.detach().argmax(1) == labels).sum()
        mean, hits = torch.stack((lost, right.float())).tolist()  # the one point where a GPU is waited for
        return Tally(mean * count, hits, count, count)
