"""The loop: steps, evaluations, checkpoints. It ends when the run is done, no longer gets better, or is asked to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from archdsl.recipe import Interval, Recipe
from archdsl.training.checkpoint import Checkpoint
from archdsl.training.evaluate import Scores, evaluate
from archdsl.training.finite import NotFinite
from archdsl.training.folders import CHECKPOINTS
from archdsl.training.interrupts import Interrupt, interruptible
from archdsl.training.log import Log
from archdsl.training.parallel import Group
from archdsl.training.progress import Progress, Watch
from archdsl.training.state import keep, not_finite, restore, save
from archdsl.training.trainer import Tally, Trainer

if TYPE_CHECKING:
    from archdsl.training.batches import Batch, Batches

BEST, LAST = "best.safetensors", "weights.safetensors"


@dataclass(frozen=True)
class Run:
    """A run to be: its folder, its model in training, its batches, what its checkpoints say of it, the names of the classes, and whether
    TensorBoard is told of it."""

    folder: Path
    trainer: Trainer
    train: Batches
    test: Batches
    steps: int
    about: Mapping[str, Any] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    board: bool = False

    @property
    def recipe(self) -> Recipe:
        return self.trainer.recipe

    @property
    def group(self) -> Group:
        return self.trainer.group


@dataclass(frozen=True)
class Ending:
    """How a run ended: after how many steps, with which scores, the best score, and the signal that stopped it before its time (or 0)."""

    progress: Progress
    scores: Scores | None
    signal: int = 0


def train(run: Run, watch: Watch, start: Checkpoint | None = None) -> Ending:
    """Train to the end, from the beginning or from a checkpoint.

    Raises `NotFinite` for a loss that is NaN or infinite, `NotSaved` where a file cannot be written. The newest checkpoint stays.
    """
    progress = Progress()
    if start is not None:
        restore(run.trainer, start)
        progress = Progress.of(start.facts["progress"])
    log = Log(run.folder, progress.step, run.board) if run.group.leads else None
    try:
        with interruptible() as wish:
            return Loop(run, watch, progress, log, wish).go()
    finally:
        if log is not None:
            log.close()


class Pace:
    """Examples per second since it was last read."""

    def __init__(self) -> None:
        self._seen, self._seconds = 0.0, 0.0

    def add(self, seen: float, seconds: float) -> None:
        self._seen, self._seconds = self._seen + seen, self._seconds + seconds

    def read(self) -> float:
        pace = self._seen / self._seconds if self._seconds else 0.0
        self._seen, self._seconds = 0.0, 0.0
        return round(pace, 1)


class Loop:
    """A run under way."""

    def __init__(self, run: Run, watch: Watch, progress: Progress, log: Log | None, wish: Interrupt) -> None:
        self.run, self.watch, self.progress, self.log, self.wish = run, watch, progress, log, wish
        self._scores: Scores | None = None
        self._saved = progress.step
        self._since = time.perf_counter()
        self._line, self._row = Pace(), Pace()

    def go(self) -> Ending:
        batches = self.batches()
        while True:
            if self._due(self.run.recipe.eval_every) and self.progress.evaluated < self.progress.step and not self._evaluate():
                return self._interrupted()
            if self._is_over():
                self._save()
                keep(self.run.trainer, self.run.folder / LAST, self.run.classes)
                return Ending(self.progress, self._scores)
            if self._due(self.run.recipe.save_every):
                self._save()
            if self.turn(batches):
                return self._interrupted()

    def turn(self, batches: Iterator[Batch]) -> bool:
        """Take one step and log it where that is due. Gives whether some process was asked to stop."""
        begun = time.perf_counter()
        tally, asked = self._step(next(batches))
        for pace in (self._line, self._row):
            pace.add(tally.seen, time.perf_counter() - begun)
        if self._due(self.run.recipe.log_every):
            self._log(tally)
        return asked

    def batches(self) -> Iterator[Batch]:
        """The batches from here on, pass after pass."""
        step = self.progress.step
        while True:
            epoch, first = divmod(step, self.run.train.steps)
            for batch in self.run.train.epoch(epoch, first):
                yield batch
                step += 1

    def _due(self, every: Interval) -> bool:
        step = self.progress.step
        return step > 0 and (step % every.steps(self.run.train.steps) == 0 or self._is_over())

    def _is_over(self) -> bool:
        patience = self.run.recipe.early_stopping
        return self.progress.step >= self.run.steps or (patience is not None and self.progress.since_best >= patience)

    def _step(self, batch: Batch) -> tuple[Tally, bool]:
        """Take one step. Gives its sums over all processes, and whether some process was asked to stop."""
        trainer, number = self.run.trainer, self.progress.step
        own = trainer.gradients(number, batch)
        loss, right, judged, seen, asked = self.run.group.sum(own.loss, own.right, own.judged, own.seen, float(self.wish.signal > 0))
        if not math.isfinite(loss):
            raise NotFinite(number + 1, trainer.blame(batch))
        trainer.apply(number)
        tally = Tally(loss, right, judged, seen)
        self.progress.tally += tally
        self.progress.step += 1
        return tally, asked > 0

    def _log(self, tally: Tally) -> None:
        """Write a line of what the last step gave."""
        if self.log is None:
            return
        facts = {
            "step": self.progress.step,
            "epoch": round(self.progress.step / self.run.train.steps, 4),
            "learning_rate": self.run.trainer.rate(self.progress.step - 1),
            "loss": tally.loss / tally.seen,
            "images_per_second": self._line.read(),
            "memory_mb": round(memory(self.run.group.device) / 2**20, 1),
        }
        if tally.accuracy is not None:
            facts["accuracy"] = tally.accuracy
        self.log.step(facts)
        self.watch.step(self.progress, facts)

    def _evaluate(self) -> bool:
        """Evaluate, write a row, keep the best weights. Gives whether it was not asked to stop meanwhile."""
        run, progress = self.run, self.progress
        scores = evaluate(run.trainer.final, run.test, run.trainer.loss, run.group, run.trainer.autocast, lambda: self.wish.signal > 0)
        if scores is None:
            return False
        self._scores = scores
        score = -scores.loss if scores.accuracy is None else scores.accuracy
        better = progress.best is None or score > progress.best
        progress.best, progress.best_step = (score, progress.step) if better else (progress.best, progress.best_step)
        progress.since_best = 0 if better else progress.since_best + 1
        progress.evaluated = progress.step
        if better:
            keep(run.trainer, run.folder / BEST, run.classes)
        self._write(scores)
        progress.tally = Tally()
        return True

    def _write(self, scores: Scores) -> None:
        """Write a row of what an evaluation gave."""
        if self.log is None:
            return
        tally, step = self.progress.tally, self.progress.step
        facts = {
            "step": step,
            "epoch": round(step / self.run.train.steps, 4),
            "learning_rate": self.run.trainer.rate(step - 1),
            "train_loss": tally.loss / tally.seen,
            "test_loss": scores.loss,
            "images_per_second": self._row.read(),
            "memory_mb": round(memory(self.run.group.device) / 2**20, 1),
            "seconds": round(self._seconds(), 2),
        }
        shares = {"train_accuracy": tally.accuracy, "test_accuracy": scores.accuracy, "test_top5": scores.top5}
        facts |= {name: share for name, share in shares.items() if share is not None}
        self.log.row(facts)
        self.watch.row(self.progress, facts)

    def _interrupted(self) -> Ending:
        self._save()
        return Ending(self.progress, self._scores, self.wish.signal)

    def _save(self) -> None:
        """Write a checkpoint, unless this step has one."""
        if self._saved == self.progress.step:
            return
        self._saved = self.progress.step
        wrong = not_finite(self.run.trainer)
        if wrong is not None:
            raise NotFinite(self.progress.step, f"the step made `{wrong}` NaN or infinite")
        self._seconds()
        if self.log is not None:
            self.log.flush()
        facts = {**self.run.about, "progress": self.progress.facts()}
        save(self.run.trainer, self.run.folder / CHECKPOINTS, self.progress.step, facts)

    def _seconds(self) -> float:
        """The seconds of the run up to now."""
        now = time.perf_counter()
        self.progress.seconds += now - self._since
        self._since = now
        return self.progress.seconds


def memory(device: torch.device) -> int:
    """The most bytes that were in use: of a GPU's memory, else of this process's."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import resource
    import sys

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
