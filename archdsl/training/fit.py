"""Whether data fit a network, told before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from archdsl.diagnostics import Diagnostic, Fault, SpecError
from archdsl.graph import Graph
from archdsl.recipe import Called
from archdsl.recipe.called import NOWHERE
from archdsl.training.batches import Batches
from archdsl.training.parts import Data, Dataset, Unreadable
from archdsl.training.reading import Reader
from archdsl.training.shapes import classes_of, input_of
from archdsl.training.transforms import Pipeline, Unfit, sizes

TRIED = 100
"""examples that are tried until one can be read"""


def misfits(data: Data, called: Called, train: Batches, test: Batches, graph: Graph) -> Iterator[Diagnostic]:
    """What keeps a network from training on data, with what to do about it, and the data's own warnings.

    Where nothing does, data that shall stand on the device are brought there.
    """
    yield from data.warnings
    wanted = input_of(graph)
    if wanted is None:
        names = ", ".join(f"`{name}`" for name in graph.inputs)
        message = f"training feeds one input, and the network takes {len(graph.inputs)}: {names}"
        yield Diagnostic("AD4410", "error", message, called.span, help="train it in Python, on the module that `archdsl.build` gives")
        return
    parts = (("training", train), ("evaluation", test))
    few = [_few(part, len(batches.dataset), data, called) for part, batches in parts if not batches.steps]
    wrong = few or list(_shapes(data, called, (train, test), wanted, graph))
    yield from wrong
    try:
        for batches in (train, test) if not wrong else ():
            batches.prepare()
    except (Fault, SpecError) as error:
        yield from error.diagnostics if isinstance(error, SpecError) else (error.diagnostic,)


def _few(part: str, count: int, data: Data, called: Called) -> Diagnostic:
    message = f"`{data.name}` has no example for {part}"
    if count:
        message = f"`{data.name}` has {count} example{'' if count == 1 else 's'} for {part}, fewer than there are processes"
    help = "train in fewer processes, or on more data; `held_out` says which share is kept for evaluation"
    return Diagnostic("AD4410", "error", message, called.span, help=help)


def _shapes(data: Data, called: Called, both: tuple[Batches, Batches], wanted: tuple[int, ...], graph: Graph) -> Iterator[Diagnostic]:
    found: list[tuple[int, ...]] = []
    for batches in both:
        image = _example(batches.dataset)
        if isinstance(image, Unreadable):
            message = f"of `{data.name}` none of the first {TRIED} examples can be read; {image.name}: {image.reason}"
            yield Diagnostic("AD4407", "error", message, called.span)
            return
        after = tried(image, batches.pipeline)
        if isinstance(after, Diagnostic):
            yield after
            return
        found.append(after)
    outputs, classes = classes_of(graph), len(data.classes)
    wrong = next((shape for shape in found if shape != wanted), None)
    counts = bool(classes) and outputs is not None and classes != outputs
    if wrong is None and not counts:
        return
    when = "" if wrong is None or wrong == found[0] else " in evaluation"
    theirs, ours = [f"images of {sizes(wrong or found[0])}{when}"], [f"takes {sizes(wanted)}"]
    helps = [] if wrong is None else [_help(wrong, wanted, "eval_transforms" if when else "transforms")]
    if counts:
        theirs.append(f"{classes:,} {'class' if classes == 1 else 'classes'}")
        ours.append(f"gives {outputs:,} numbers")
        helps.append(f"`--set num_classes={classes}`, where the spec has that parameter, makes the outputs fit")
    if called.span is NOWHERE:
        helps.append("these are the data of a recipe that names none; `--with data=…` names others")
    message = f"`{data.name}` has {' and '.join(theirs)}; the network {' and '.join(ours)}"
    yield Diagnostic("AD4410", "error", message, called.span, help="; ".join(helps))


def _example(dataset: Dataset) -> Tensor | Unreadable:
    """The first image that can be read, before any transform; else what was wrong with the last."""
    reader = Reader(dataset, Pipeline(()), 0)
    for index in range(min(len(dataset), TRIED)):
        try:
            return reader.one(0, index).images[0]
        except Unreadable as fault:
            found = fault
    return found


def tried(image: Tensor, pipeline: Pipeline) -> tuple[int, ...] | Diagnostic:
    """The shape of an image after the transforms, or what is wrong with them."""
    steps = list(pipeline.steps)
    for number, step in enumerate(steps):
        try:
            image = replace(pipeline, steps=(step,))(image)
        except Unfit as error:
            notes = (f"it is that after `{steps[number - 1].called}`",) if number else ()
            return Diagnostic("AD4411", "error", str(error), step.called.span, notes=notes)
    return tuple(image.shape)


def _help(found: tuple[int, ...], wanted: tuple[int, ...], key: str) -> str:
    """How an image of one shape becomes one of another, by transforms and by the network's input."""
    other = f"`--input {'x'.join(map(str, found))}` makes the network take them as they are"
    if len(found) != 3 or len(wanted) != 3:
        return other
    size = wanted[1] if wanted[1] == wanted[2] else f"'[{wanted[1]}, {wanted[2]}]'"
    words = [f"resize {size}" if found[1] == found[2] else f"resize {size}, center_crop {size}"] * (found[1:] != wanted[1:])
    words += [f"grayscale {wanted[0]}"] * (found[0] != wanted[0] and wanted[0] in (1, 3))
    return f"write `{key}: [{', '.join(words)}]`, or {other}" if words else other
