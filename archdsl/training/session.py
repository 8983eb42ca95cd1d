"""A run from a recipe: its data, its processes, its folder, from the start or from the newest checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import nn

from archdsl._version import __version__
from archdsl.diagnostics import SpecError
from archdsl.graph import Graph, keys
from archdsl.recipe import Called, Recipe
from archdsl.recipe.transforms import TRANSFORMS
from archdsl.training import checkpoint as checkpoints
from archdsl.training.batches import Batches
from archdsl.training.checkpoint import Checkpoint
from archdsl.training.data import load_data
from archdsl.training.engine import Ending, Run, train
from archdsl.training.evaluate import Scores
from archdsl.training.fit import misfits
from archdsl.training.folders import CHECKPOINTS, latest_folder, new_folder
from archdsl.training.log import rows
from archdsl.training.parallel import Group, joined
from archdsl.training.parts import Data, Dataset
from archdsl.training.progress import Silent, Watch
from archdsl.training.report import REPORT, remarks, report
from archdsl.training.shapes import classes_of, input_of
from archdsl.training.trainer import Trainer, Weights
from archdsl.training.transforms import sizes
from archdsl.weights.writing import sweep

FREE = frozenset(("epochs", "steps", "eval_every", "save_every", "log_every", "early_stopping", "workers"))
"""keys of a recipe that may be others after a resume"""


class NotBegun(Exception):
    """A run that cannot begin where it is told to, or not go on: there is none, its checkpoints are damaged, it is of something else."""


@dataclass(frozen=True)
class Job:
    """What is to be trained, and how.

    `folder` is where the run's files go, `resume` whether a run there goes on, `sharded` whether each process holds its part of the
    parameters alone, `reports` whether a report is written at the end,
    `board` whether TensorBoard's files are.
    """

    graph: Graph
    recipe: Recipe
    spec: str = ""
    device: str = "auto"
    sharded: bool = False
    folder: Path | None = None
    resume: bool = False
    data_root: Path | None = None
    weights: Weights | None = None
    reports: bool = True
    board: bool = False


@dataclass(frozen=True)
class Trained:
    """A run that came to its end, in one process of it."""

    folder: Path
    run: Run
    data: Data
    ending: Ending

    @property
    def model(self) -> nn.Module:
        """The network as it is at the end, averaged where the recipe says so."""
        return self.run.trainer.final

    @property
    def scores(self) -> Scores | None:
        """What the last evaluation gave; `None` where the run was over before it began, or stopped before its first."""
        return self.ending.scores

    @property
    def history(self) -> list[dict[str, float]]:
        """The rows of the log, one for each evaluation."""
        return rows(self.folder)


def train_job(job: Job, watch: Watch | None = None) -> Trained:
    """Train, in all the processes that torchrun started or in this one.

    Raises `SpecError` for data that are not there or do not fit, `NoDevice`, `NotBegun`, `NotFinite` and `NotSaved`.
    """
    with joined(job.device, job.sharded) as group:
        told = watch if watch is not None and group.leads else Silent()
        run, data, start = prepared(job, group, told)
        told.begin(run.steps, run.train.steps, _said_of(run, data, job, start))
        for remark in remarks():
            told.say(remark)
        ending = train(run, told, start)
        if job.reports and group.leads and not ending.signal:
            _report(job, run, data, ending, told)
        return Trained(run.folder, run, data, ending)


def _report(job: Job, run: Run, data: Data, ending: Ending, watch: Watch) -> None:
    """Write the report. A run whose report cannot be written is a run all the same."""
    try:
        report(run.folder, job.graph, job.recipe, data, run.group, ending.progress, job.spec, run.train.unreadable)
    except (SpecError, OSError) as error:
        watch.say(f"no {REPORT}: {error}")


def prepared(job: Job, group: Group, watch: Watch) -> tuple[Run, Data, Checkpoint | None]:
    """A run that can begin, its data, and the checkpoint from which it goes on. Raises what `train_job` does."""
    recipe = job.recipe
    _check(job, group)
    data = load_data(recipe.data, job.data_root, job.graph)
    batches = batches_of(data.train, job.graph, recipe, group, train=True)
    test = batches_of(data.test, job.graph, recipe, group, train=False)
    found = tuple(misfits(data, recipe.data, batches, test, job.graph))
    if any(one.severity == "error" for one in found):
        raise SpecError(found)
    watch.warn(found)
    about = _about(job)
    folder, start = cast(tuple[Path, Checkpoint | None], group.share(_place(job, about, watch) if group.leads else None))
    steps = recipe.steps or (recipe.epochs or 0) * batches.steps
    trainer = Trainer(job.graph, recipe, group, len(data.classes), steps, batches.steps, job.weights if start is None else None)
    (folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    return Run(folder, trainer, batches, test, steps, about, data.classes, board=job.board), data, start


def _check(job: Job, group: Group) -> None:
    """Refuse what a recipe cannot have with this network, or in these processes. Raises `NotBegun`."""
    shape = input_of(job.graph)
    if job.sharded and group.world == 1:
        raise NotBegun("--shard divides parameters between processes, and there is one: run under `torchrun --nproc-per-node 2`")
    if job.sharded and job.recipe.precision == "fp16":
        raise NotBegun("fp16 scales the loss, which sharded gradients do not allow: write `precision: bf16`")
    if job.recipe.channels_last and shape is not None and len(shape) != 3:
        raise NotBegun(f"`channels_last` is for images of channels × height × width; the network takes {sizes(shape)}")
    if (job.recipe.mixup or job.recipe.cutmix) and (shape is None or len(shape) != 3 or classes_of(job.graph) is None):
        raise NotBegun("`mixup` and `cutmix` are for images of channels × height × width that have classes")


def batches_of(dataset: Dataset, graph: Graph, recipe: Recipe, group: Group, *, train: bool) -> Batches:
    """The batches of the data for training, or of those for evaluation, as a recipe says."""
    return Batches(
        dataset,
        recipe.transforms if train else for_evaluation(recipe),
        batch_size=recipe.batch_size if train else recipe.eval_batch_size,
        seed=recipe.seed,
        train=train,
        device=group.device,
        cache=recipe.cache,
        workers=recipe.workers,
        rank=group.rank,
        world=group.world,
        shape=input_of(graph),
        classes=classes_of(graph),
        span=recipe.data.span,
    )


def for_evaluation(recipe: Recipe) -> tuple[Called, ...]:
    """The transforms of images that are evaluated: those that the recipe says, else those of training that draw nothing."""
    if recipe.eval_transforms is not None:
        return recipe.eval_transforms
    return tuple(called for called in recipe.transforms if not TRANSFORMS[called.name].random)


def _said_of(run: Run, data: Data, job: Job, start: Checkpoint | None) -> str:
    """What is about to happen, in words."""
    recipe, group = run.recipe, run.group
    several = f", {group.world} processes" if group.world > 1 else ""
    lines = [
        f"{job.graph.name}: {job.graph.parameters:,} parameters on {group.device}{several}, in {run.folder}/",
        f"{data.name}: {len(data.train):,} examples to train with, {len(data.test):,} to test on, {len(data.classes)} classes",
        f"  train  {_listed(recipe.transforms)}",
        f"  test   {_listed(for_evaluation(recipe))}",
        f"{recipe.optimizer}, {recipe.schedule}, {recipe.loss}: {run.steps:,} steps of {recipe.batch_size}, {recipe.precision}",
    ]
    if start is not None:
        lines.append(f"goes on after step {start.step:,}")
    return "\n".join(lines)


def _listed(transforms: Sequence[Called]) -> str:
    return ", ".join(map(str, transforms)) or "as they are"


def _place(job: Job, about: Mapping[str, Any], watch: Watch) -> tuple[Path, Checkpoint | None]:
    """The folder of a run, and the checkpoint from which it goes on. Raises `NotBegun`."""
    if not job.resume:
        try:
            return new_folder(job.graph.name, job.folder), None
        except FileExistsError as error:
            raise NotBegun(f"`{error}` holds something already: --resume goes on with a run, -o names another folder") from None
    folder = job.folder or latest_folder(job.graph.name)
    if folder is None or not folder.is_dir():
        raise NotBegun(f"there is no run to go on with: no folder `{folder or Path('runs') / job.graph.name}`")
    sweep(folder)
    sweep(folder / CHECKPOINTS)
    found = checkpoints.newest(folder / CHECKPOINTS)
    for damage in found.damaged:
        watch.say(damage)
    if found.checkpoint is None and found.damaged:
        raise NotBegun(f"no checkpoint in `{folder}` is whole: {'; '.join(found.damaged)}")
    if found.checkpoint is not None:
        _compare(about, found.checkpoint.facts)
    return folder, found.checkpoint


def _compare(now: Mapping[str, Any], then: Mapping[str, Any]) -> None:
    """Raises `NotBegun` where a checkpoint is of another network or recipe."""
    if now["fingerprint"] != then["fingerprint"]:
        raise NotBegun(
            f"the network is not the one of the run: its fingerprint is {now['fingerprint'][:12]}, that of the checkpoint "
            f"{then['fingerprint'][:12]} (archdsl {then['version']}); --weights takes what fits into a new run"
        )
    if now["sharded"] != then["sharded"]:
        raise NotBegun(f"the run {'was' if then['sharded'] else 'was not'} sharded: its checkpoints are of that kind")
    here, there = now["recipe"], then["recipe"]
    other = [f"{key} is {here[key]}, was {there.get(key)}" for key in here if key not in FREE and here[key] != there.get(key)]
    if other:
        raise NotBegun(f"the recipe is not the one of the run: {'; '.join(other)}")


def _about(job: Job) -> dict[str, Any]:
    """What a checkpoint says of its run."""
    said = {name: _said(getattr(job.recipe, name)) for name in type(job.recipe).model_fields}
    return {"spec": job.spec, "recipe": said, "version": __version__, "fingerprint": fingerprint(job.graph), "sharded": job.sharded}


def fingerprint(graph: Graph) -> str:
    """A number that differs where two networks compute something else, or hold it under other keys."""
    tensors = [f"{key} {spec.shape} {spec.buffer}" for key, spec in keys(graph.root)]
    return hashlib.sha256("\n".join([*tensors, str(graph)]).encode()).hexdigest()


def _said(value: object) -> object:
    match value:
        case tuple():
            return [str(part) for part in value]
        case None | bool() | int() | float():
            return value
        case _:
            return str(value)
