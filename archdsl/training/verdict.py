"""What a network makes of the test data: scores, and which class it takes for which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from archdsl.diagnostics import Diagnostic, SpecError
from archdsl.graph import Graph
from archdsl.recipe import Recipe
from archdsl.training.data import load_data
from archdsl.training.evaluate import Guess, Scores, Worst, evaluate
from archdsl.training.fit import misfits
from archdsl.training.losses import Loss
from archdsl.training.parallel import Group
from archdsl.training.parts import Data
from archdsl.training.precision import autocast


@dataclass(frozen=True)
class ClassScore:
    """How often the examples of a class were taken for it, and for which other class most often ("" for none)."""

    name: str
    examples: int
    right: int
    mistaken: str = ""

    @property
    def accuracy(self) -> float | None:
        """The share of right answers, which is the class's recall; `None` where there are no examples."""
        return self.right / self.examples if self.examples else None


@dataclass(frozen=True)
class Confused:
    """Two classes: of `examples` of `true`, so many were taken for `guessed`."""

    true: str
    guessed: str
    count: int
    examples: int


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a network made of the test data: `scores`; the class of each example and the one that was guessed (none where examples have no
    class); the guesses with the greatest loss; the files that could not be read, with reasons; what should be known of
    the data."""

    scores: Scores
    classes: tuple[str, ...]
    labels: Tensor
    guesses: Tensor
    worst: tuple[Guess, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Diagnostic, ...] = ()

    def name(self, number: int) -> str:
        """What a class is called: its number where it has no name."""
        return self.classes[number] if number < len(self.classes) else str(number)

    def confusion(self) -> Tensor:
        """A row for each true class, a column for each guessed one, and how often that was.

        >>> Verdict(Scores(0.0, 3), ("cat", "dog"), torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1])).confusion().tolist()
        [[1, 0], [1, 1]]
        """
        count = self._count()
        return torch.bincount(self.labels * count + self.guesses, minlength=count**2).reshape(count, count)

    def by_class(self) -> tuple[ClassScore, ...]:
        """The score of each class."""
        wrong = self._wrong()
        examples = torch.bincount(self.labels, minlength=self._count()).tolist()
        right = torch.bincount(self.labels[self.labels == self.guesses], minlength=self._count()).tolist()
        mistaken = {true: guessed for (true, guessed), _ in reversed(wrong)}
        return tuple(
            ClassScore(self.name(i), examples[i], right[i], self.name(mistaken[i]) if i in mistaken else "") for i in range(len(examples))
        )

    def confused(self, count: int | None = None) -> tuple[Confused, ...]:
        """The pairs of classes that were taken for each other most often."""
        examples = torch.bincount(self.labels, minlength=self._count()).tolist()
        return tuple(
            Confused(self.name(true), self.name(guessed), times, examples[true]) for (true, guessed), times in self._wrong()[:count]
        )

    def _count(self) -> int:
        largest = max((int(part.max()) for part in (self.labels, self.guesses) if len(part)), default=-1)
        return max(len(self.classes), largest + 1)

    def _wrong(self) -> list[tuple[tuple[int, int], int]]:
        """Pairs of true and guessed class that differ, with their counts, the most frequent first, then in order of the classes."""
        count = self._count()
        pairs, times = torch.unique(self.labels * count + self.guesses, return_counts=True)
        found = [(divmod(pair, count), n) for pair, n in zip(pairs.tolist(), times.tolist(), strict=True)]
        return sorted(((pair, n) for pair, n in found if pair[0] != pair[1]), key=lambda one: (-one[1], one[0]))


class Answers:
    """Gathers the labels and the guesses of batches as they go by."""

    def __init__(self, worst: int) -> None:
        self.worst = Worst(worst)
        self._labels: list[Tensor] = []
        self._guesses: list[Tensor] = []

    def __call__(self, result: Tensor, labels: Tensor, indices: list[int]) -> None:
        if labels.dtype != torch.int64 or result.dim() != 2:
            return
        self._labels.append(labels)
        self._guesses.append(result.argmax(1))
        self.worst(result, labels, indices)

    def all(self) -> tuple[Tensor, Tensor]:
        """Labels and guesses of all examples, on the CPU."""
        none = [torch.empty(0, dtype=torch.int64)]
        return torch.cat(self._labels or none).cpu(), torch.cat(self._guesses or none).cpu()


def fitting(graph: Graph, recipe: Recipe, root: Path | None = None) -> Data:
    """The data of a recipe, which fit a network. Raises `SpecError` where they are not there, or do not."""
    from archdsl.training.session import batches_of

    data = load_data(recipe.data, root, graph)
    group, light = Group(0, 1, torch.device("cpu")), recipe.model_copy(update={"cache": "none"})
    train, test = (batches_of(part, graph, light, group, train=part is data.train) for part in (data.train, data.test))
    faults = tuple(one for one in misfits(data, recipe.data, train, test, graph) if one.severity == "error")
    if faults:
        raise SpecError(faults)
    return data


def judge(model: nn.Module, graph: Graph, recipe: Recipe, data: Data, device: torch.device, worst: int = 0) -> Verdict:
    """Show a network on a device all test data of a recipe. `worst` says how many guesses with the greatest loss are kept.

    Raises `SpecError` for data that cannot be read.
    """
    from archdsl.training.session import batches_of

    group = Group(0, 1, device)
    batches = batches_of(data.test, graph, recipe.model_copy(update={"cache": "none"}), group, train=False)
    answers = Answers(worst)
    scores = evaluate(model, batches, Loss(recipe.loss), group, lambda: autocast(recipe.precision, device), see=answers)
    assert scores is not None, "nothing stops it"
    return Verdict(scores, data.classes, *answers.all(), tuple(answers.worst.guesses), dict(batches.unreadable), data.warnings)
