"""How good a network is on data that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from archdsl.training.losses import Loss
from archdsl.training.outputs import first_output
from archdsl.training.parallel import Group

if TYPE_CHECKING:
    from archdsl.training.batches import Batches

TOP = 5
"""the further accuracy: the right class is among so many"""


@dataclass(frozen=True)
class Scores:
    """Means over a data set: loss, the share of right classes (`None` where there are none), and of those among the first five."""

    loss: float
    examples: int
    accuracy: float | None = None
    top5: float | None = None


@dataclass(frozen=True)
class Guess:
    """What a network made of one example: its number in the set, its class, the likeliest classes with their probabilities, the loss."""

    index: int
    label: int
    classes: tuple[int, ...]
    probabilities: tuple[float, ...]
    loss: float


def evaluate(
    model: nn.Module,
    batches: Batches,
    loss: Loss,
    group: Group,
    precision: Callable[[], AbstractContextManager[Any]] = nullcontext,
    stop: Callable[[], bool] = lambda: False,
    see: Callable[[Tensor, Tensor, list[int]], None] | None = None,
) -> Scores | None:
    """The scores of a model in eval mode over all of a data set; each process does its share of it.

    `None` where `stop` was true before the end in some process. `see` is given the first output, the labels and the numbers of each batch
    of this process.
    """
    sums = torch.zeros(4, dtype=torch.float64)
    training = model.training
    model.eval()
    classes, ran, stopped = 0, 0, False
    with torch.inference_mode():
        for batch in batches.epoch(0):
            stopped = stop()
            if stopped:
                break
            ran += 1
            with precision():
                result = first_output(model(batch.images)).float()
            count = len(batch.labels)
            found = torch.zeros(4, device=result.device)
            found[0], found[3] = loss(result, batch.labels) * count, count
            if loss.classifies(result, batch.labels):
                classes = result.shape[1]
                found[1] = (result.argmax(1) == batch.labels).sum()
                found[2] = (result.topk(min(TOP, classes)).indices == batch.labels[:, None]).any(1).sum()
            sums += found.cpu()
            if see is not None:
                see(result, batch.labels, batch.indices)
        if group.sharded:  # all processes run a layer together, also where one has no examples left
            for _ in range(batches.steps - ran):
                model(batch.images)
    model.train(training)
    lost, right, near, seen, stops = group.sum(*sums.tolist(), float(stopped))
    if stops:
        return None
    if not classes:
        return Scores(lost / seen, int(seen))
    return Scores(lost / seen, int(seen), right / seen, near / seen if classes > TOP else None)


class Worst:
    """The guesses with the greatest loss, gathered as batches go by."""

    def __init__(self, count: int, shown: int = 3) -> None:
        self._count, self._shown = count, shown
        self.guesses: list[Guess] = []

    def __call__(self, logits: Tensor, labels: Tensor, indices: list[int]) -> None:
        losses = nn.functional.cross_entropy(logits, labels, reduction="none")
        probabilities, classes = logits.softmax(1).topk(min(self._shown, logits.shape[1]))
        wrong = classes[:, 0] != labels
        for place in wrong.nonzero().flatten().tolist():
            likeliest = tuple(classes[place].tolist()), tuple(probabilities[place].tolist())
            self.guesses.append(Guess(indices[place], int(labels[place]), *likeliest, float(losses[place])))
        self.guesses = sorted(self.guesses, key=lambda guess: -guess.loss)[: self._count]
