"""`archdsl train`: a spec becomes a trained network."""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archdsl.cli.answers import CommandError
from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecArgument, Variant, Weights, many, one
from archdsl.cli.show import checked
from archdsl.diagnostics.collect import FAULTY, LIMIT

if TYPE_CHECKING:
    from archdsl.training.session import Job, Trained

Recipe = Annotated[str | None, one("--recipe", "FILE", "A recipe's file, or the name of one that is shipped; the spec's own unless told.")]
With = Annotated[list[str], many("--with", "KEY=VALUE", "Another value for a key of the recipe, as epochs=5; may be repeated.")]
DataRoot = Annotated[Path | None, one("--data-root", "FOLDER", "Where data sets lie, or are downloaded to.")]
Device = Annotated[str, typer.Option("--device", metavar="NAME", help="Where to train: auto, cpu, cuda, cuda:1, mps.")]
Folder = Annotated[Path | None, one("-o", "FOLDER", "Where the files of the run go; runs/NAME unless told.", "--output")]
Shard = Annotated[bool, typer.Option("--shard", help="Under torchrun: each process holds a part of the parameters (FSDP2), not a copy.")]
Board = Annotated[bool, typer.Option("--tensorboard", help="Write files for TensorBoard, too.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the run in that folder, or with the newest one.")]


def train(
    spec: SpecArgument,
    set: Set,
    input: Input,
    limit: Limit,
    override: With,
    recipe: Recipe = None,
    output: Folder = None,
    resume: Resume = False,
    data_root: DataRoot = None,
    device: Device = "auto",
    tensorboard: Board = False,
    shard: Shard = False,
    weights: Weights = None,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Train the network by its recipe; log, checkpoints, weights and a report go to a folder of their own.

    Runs under torchrun as it stands: torchrun --nproc-per-node 2 -m archdsl train SPEC.
    """
    if tensorboard:
        import_module("tensorboard")  # what is missing is told before the work
    network = checked(Options(set, variant, input, root, limit), spec).for_weights(weights)
    from archdsl.training.session import Job

    told, text = network.recipe(recipe, override), network.request.source.text
    load = None if weights is None else partial(network.load_weights, weights=weights)
    job = Job(network.graph, told, text, device, shard, output, resume, data_root, load, board=tensorboard)
    trained = _trained(job)
    ending = trained.ending
    if ending.signal:
        print(f"stopped after step {ending.progress.step:,}; `--resume` goes on from there", file=sys.stderr)
        raise typer.Exit(128 + ending.signal)
    if trained.run.group.leads:
        print(_said(trained))


def _said(trained: Trained) -> str:
    """How it ended, and where the results are."""
    from archdsl.training.engine import BEST, LAST
    from archdsl.training.report import REPORT

    progress, scores = trained.ending.progress, trained.ending.scores
    lines = [f"trained for {progress.step:,} steps, {progress.seconds:.0f} s"]
    if scores is not None and scores.accuracy is not None and progress.best is not None:
        lines.append(f"test accuracy {scores.accuracy:.2%} at the end, {progress.best:.2%} at its best after step {progress.best_step:,}")
    seen = f"{REPORT} to look at, " if (trained.folder / REPORT).exists() else ""
    lines.append(f"{trained.folder}/: {seen}{LAST} and {BEST} for --weights, log.csv, steps.jsonl, checkpoints/")
    return "\n".join(lines)


def _trained(job: Job) -> Trained:
    from archdsl.backends.torch.devices import NoDevice
    from archdsl.cli.watch import Live
    from archdsl.training.checkpoint import NotSaved
    from archdsl.training.finite import NotFinite
    from archdsl.training.parallel import Alone
    from archdsl.training.session import NotBegun, train_job

    try:
        with Live() as watch:
            return train_job(job, watch)
    except (Alone, NoDevice, NotBegun) as error:
        raise CommandError(str(error)) from None
    except NotFinite as error:
        raise CommandError(f"{error}; the newest checkpoint is from before", FAULTY) from None
    except NotSaved as error:
        raise CommandError(str(error), LIMIT) from None
