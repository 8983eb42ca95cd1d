"""A run as a person sees it: a bar that moves on a terminal, and a line for each evaluation."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from archdsl.cli.answers import answer
from archdsl.diagnostics import Diagnostic

if TYPE_CHECKING:
    from archdsl.training import progress


class Live:
    """Shows a run on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", total=None)
        self._per_epoch = 1

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def begin(self, steps: int, per_epoch: int, text: str) -> None:
        self._per_epoch = per_epoch
        self._bar.update(self._task, total=steps, description="begins")
        self.say(text)

    def step(self, progress: progress.Progress, facts: Mapping[str, float]) -> None:
        said = f"epoch {facts['epoch']:.1f}  loss {facts['loss']:.4f}"
        if "accuracy" in facts:
            said += f"  accuracy {facts['accuracy']:.1%}"
        said += f"  lr {facts['learning_rate']:.2e}  {facts['images_per_second']:,.0f} images/s"
        self._bar.update(self._task, completed=progress.step, description=f"{said}  {facts['memory_mb']:,.0f} MB")

    def row(self, progress: progress.Progress, facts: Mapping[str, float]) -> None:
        said = [f"epoch {facts['epoch']:g}", f"step {progress.step:,}"]
        said += [f"train loss {facts['train_loss']:.4f}", *_share("accuracy", facts.get("train_accuracy"))]
        said += [f"test loss {facts['test_loss']:.4f}", *_share("accuracy", facts.get("test_accuracy"))]
        said += [*_share("top-5", facts.get("test_top5")), f"{facts['images_per_second']:,.0f} images/s"]
        self.say("  ".join(said) + ("  best so far" if progress.best_step == progress.step else ""))

    def warn(self, warnings: Sequence[Diagnostic]) -> None:
        answer(warnings, "full", sys.stderr)

    def say(self, text: str) -> None:
        self._console.print(text)


def _share(name: str, share: float | None) -> list[str]:
    return [] if share is None else [f"{name} {share:.2%}"]
