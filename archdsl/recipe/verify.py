"""Keys of a recipe that exclude or contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from archdsl.diagnostics import Diagnostic, Label, Span
from archdsl.recipe.called import Stretch
from archdsl.recipe.losses import CLASSES_ONLY
from archdsl.recipe.model import Recipe


def verify(recipe: Recipe, places: Mapping[str, Span], lost: Collection[str] = ()) -> Iterator[Diagnostic]:
    """What a recipe says against itself; `places` has the keys that are written, without those `lost` that could not be read."""
    for keys, rule in RULES.items():
        if not set(keys) & {*lost}:
            yield from rule(recipe, places)


def _fault(at: Span, message: str, help: str, *labels: Label) -> Diagnostic:
    return Diagnostic("AD4304", "error", message, at, labels, help=help)


def _ends(recipe: Recipe, places: Mapping[str, Span]) -> Iterator[Diagnostic]:
    if recipe.epochs is not None and recipe.steps is not None:
        label = Label(places["epochs"], "the epochs")
        yield _fault(places["steps"], "`steps` beside `epochs`: a run ends after one of them", "keep one of the two", label)


def _pieces(recipe: Recipe, places: Mapping[str, Span]) -> Iterator[Diagnostic]:
    rest = recipe.batch_size % recipe.accumulate
    if rest and "accumulate" in places:
        message = f"`batch_size` {recipe.batch_size} does not divide by `accumulate` {recipe.accumulate}: {rest} left over"
        help = "`batch_size` counts the examples of a whole step, of all its parts"
        near = [size for size in range(recipe.batch_size, 0, -1) if size % recipe.accumulate == 0][:1]
        yield _fault(places["accumulate"], message, f"{help}; write `batch_size: {(near or [recipe.accumulate])[0]}`")


def _mixed(recipe: Recipe, places: Mapping[str, Span]) -> Iterator[Diagnostic]:
    mixes = [key for key in ("mixup", "cutmix") if getattr(recipe, key) and key in places]
    ignored = recipe.loss.arguments.get("ignore_index", -1)
    takes = "with `ignore_index` " if isinstance(ignored, int) and ignored >= 0 else "" if recipe.loss.name in CLASSES_ONLY else None
    if mixes and takes is not None and "loss" in places:
        message = f"`{mixes[0]}` makes probabilities of classes, and `{recipe.loss.name}` {takes}takes the number of one class"
        help = f"write `loss: cross_entropy`, or take `{mixes[0]}` away"
        yield _fault(places[mixes[0]], message, help, Label(places["loss"], "the loss"))


def _warmup(recipe: Recipe, places: Mapping[str, Span]) -> Iterator[Diagnostic]:
    warmup = recipe.schedule.arguments.get("warmup")
    if not isinstance(warmup, Stretch) or "schedule" not in places:
        return
    end = recipe.epochs if warmup.unit == "epochs" else recipe.steps
    if end is not None and warmup.count >= end:
        message = f"the rate rises for {warmup}, and the run ends after {Stretch(end, warmup.unit)}"
        yield _fault(places["schedule"], message, f"give `warmup` less than {Stretch(end, warmup.unit)}")


RULES = {
    ("epochs", "steps"): _ends,
    ("batch_size", "accumulate"): _pieces,
    ("mixup", "cutmix", "loss"): _mixed,
    ("schedule", "epochs", "steps"): _warmup,
}
"""what agrees with each other, by the keys that it is about"""
