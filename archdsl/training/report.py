"""What a run leaves to be looked at: its curves as pictures, and a page that tells all of it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from shutil import which

import torch

from archdsl._version import __version__
from archdsl.analyses import units
from archdsl.backends import graphviz
from archdsl.backends.torch import build
from archdsl.diagnostics import Refused
from archdsl.graph import Graph
from archdsl.recipe import Recipe
from archdsl.recipe.written import to_yaml
from archdsl.training.engine import LAST
from archdsl.training.log import rows, steps
from archdsl.training.page import Mistake, Page
from archdsl.training.parallel import Group
from archdsl.training.parts import Data, Dataset, name_of
from archdsl.training.progress import Progress
from archdsl.training.thumbnails import data_uri
from archdsl.training.verdict import Verdict, judge
from archdsl.weights import load
from archdsl.weights.writing import UNFINISHED

REPORT, CURVES = "report.html", ("curves.png", "curves.svg")
WORST = 20
"""mistakes that are shown"""
NARROW = 6.4
"""inches of the curves as the page has them, beside the drawing"""
NO_PLOTS = "matplotlib is not installed: the report will have no curves, and there will be no curves.png (pip install matplotlib)"

NO_DOT = "Graphviz's program `dot` is not installed: the report will have no drawing (Debian and Ubuntu: apt install graphviz)"


def remarks() -> tuple[str, ...]:
    """What a report will lack here, said before the run that it is to be of."""
    return (*(() if find_spec("matplotlib") else (NO_PLOTS,)), *(() if which("dot") else (NO_DOT,)))


def report(
    folder: Path, graph: Graph, recipe: Recipe, data: Data, group: Group, progress: Progress, spec: str, unreadable: Mapping[str, str]
) -> None:
    """Write `report.html`, and where matplotlib is there `curves.png` and `curves.svg`, into the folder of a run that came to its end.

    The weights of the run's end are judged on all test data once more, by this process alone; `unreadable` has files of the training data.
    Raises `SpecError` for data that can no longer be read, `OSError` where a file cannot be written.
    """
    model = build(graph, device=group.device)
    load(model, folder / LAST, graph)
    verdict = judge(model, graph, recipe, data, group.device, worst=WORST)
    missing: dict[str, str] = {}
    page = Page(
        graph,
        dict(_facts(graph, verdict, progress)),
        dict(_environment(group)),
        to_yaml(recipe),
        spec,
        verdict,
        tuple(_mistakes(data.test, verdict)),
        _drawing(graph, missing),
        _curves(folder, graph.name, progress, missing),
        missing,
        {**unreadable, **verdict.unreadable},
    )
    _put(folder / REPORT, page.html().encode())


def _facts(graph: Graph, verdict: Verdict, progress: Progress) -> Iterator[tuple[str, str]]:
    scores = verdict.scores
    if scores.accuracy is not None:
        yield "test accuracy", f"{scores.accuracy:.2%}"
        if progress.best is not None and progress.best_step != progress.step:
            yield f"best, after step {progress.best_step:,}", f"{progress.best:.2%}"
    if scores.top5 is not None:
        yield "top-5 accuracy", f"{scores.top5:.2%}"
    yield "test loss", f"{scores.loss:.4f}"
    yield "test examples", f"{scores.examples:,}"
    yield "parameters", units.human(graph.parameters, 3)
    yield "steps", f"{progress.step:,}"
    yield "time", _time(progress.seconds)


def _time(seconds: float) -> str:
    """A stretch of time as a person says it.

    >>> _time(42.4), _time(754), _time(7300)
    ('42 s', '12 min 34 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _environment(group: Group) -> Iterator[tuple[str, str]]:
    yield "archdsl", __version__
    yield "torch", torch.__version__
    yield "torchvision", version("torchvision")
    yield "Python", platform.python_version()
    yield "system", platform.platform()
    device = f"{group.device}, {torch.cuda.get_device_name(group.device)}" if group.device.type == "cuda" else str(group.device)
    yield "device", device if group.world == 1 else f"{device}; {group.world} processes"
    yield "threads", str(torch.get_num_threads())
    yield "weights", LAST
    yield "written", datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _drawing(graph: Graph, missing: dict[str, str]) -> str:
    try:
        drawn = graphviz.draw(graph, title=False)
    except Refused as refused:
        missing["drawing"] = f"not drawn: {refused.message}"
        return ""
    assert isinstance(drawn, str)
    return drawn[drawn.index("<svg") :]


def _curves(folder: Path, name: str, progress: Progress, missing: dict[str, str]) -> str:
    """The curves for the page; their files are written on the way."""
    if not find_spec("matplotlib"):
        missing["curves"] = "not drawn: matplotlib is not installed"
        return ""
    from archdsl.training.curves import curves, inline, picture

    figure = curves(name, rows(folder), steps(folder), progress.best_step)
    for file in CURVES:
        _put(folder / file, picture(figure, file.rpartition(".")[2]))
    return inline(curves("", rows(folder), steps(folder), progress.best_step, width=NARROW))


def _mistakes(dataset: Dataset, verdict: Verdict) -> Iterator[Mistake]:
    """The worst guesses with their images, as they are after reading."""
    for guess in verdict.worst:
        image, _ = dataset[guess.index]
        name = name_of(dataset, guess.index)
        uri = data_uri(image)
        true, guessed = verdict.name(guess.label), verdict.name(guess.classes[0])
        yield Mistake(uri, name, true, guessed, guess.probabilities[0], guess.loss, uri.startswith("data:image/png"))


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    temporary = path.with_name(f"{UNFINISHED}{os.getpid()}-{path.name}")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
