"""`archdsl predict`: the likeliest classes of images."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archdsl.cli.answers import CommandError, answer
from archdsl.cli.learned import Answer, Device, Learned, answering
from archdsl.cli.options import Input, Limit, Options, Root, Set, SpecArgument, Variant, one
from archdsl.cli.progress import busy
from archdsl.cli.show import checked
from archdsl.cli.train import Recipe, With
from archdsl.diagnostics.collect import FAULTY
from archdsl.diagnostics.text import escaped

if TYPE_CHECKING:
    from archdsl.training.predict import Prediction

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE", help="Files of images.", show_default=False)]
Classes = Annotated[Path | None, one("--classes", "FILE", "Names of the classes, one a line, in order of their numbers.")]
UNSAID = (
    "note: no recipe says how images come to this network: they are scaled and cut to its input, as values from 0 to 1; "
    '`--recipe` or `--with "transforms=[…]"` says it'
)


def predict(
    spec: SpecArgument,
    image: Images,
    weights: Learned,
    set: Set,
    input: Input,
    limit: Limit,
    override: With,
    recipe: Recipe = None,
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="Classes that are told of each image.")] = 5,
    classes: Classes = None,
    device: Device = "auto",
    format: Annotated[Answer, typer.Option("--format", help="How the answers are printed.")] = Answer.text,
    variant: Variant = None,
    root: Root = None,
) -> None:
    """Say which classes images are likely to be of, with probabilities.

    Images are read as in the recipe's evaluation, for weights of torchvision as these say. One that cannot be read is named; the others
    are answered all the same.
    """
    names = _names(classes)
    network = checked(Options(set, variant, input, root, limit), spec)
    if network.train is None and recipe is None and not override and not weights.startswith("torchvision:"):
        print(UNSAID, file=sys.stderr)
    with busy("predicting"), answering():
        found = network.predict(weights, image, recipe, override, top=top, classes=names, device=device)
    print(_json(network.name, weights, found) if format is Answer.json else "\n".join(_text(one) for one in found if one.likeliest))
    faults = tuple(fault for one in found for fault in one.faults)
    if faults:
        answer(faults, "full", sys.stderr)
        raise typer.Exit(FAULTY)


def _names(path: Path | None) -> Sequence[str]:
    if path is None:
        return ()
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise CommandError(f"`--classes {path}` cannot be read: {reason}") from None


def _text(prediction: Prediction) -> str:
    fitted = "  (scaled and cut to the network's input)" if prediction.fitted else ""
    rows = (f"  {likely.probability:7.2%}  {escaped(likely.name)}" for likely in prediction.likeliest)
    return "\n".join([f"{escaped(prediction.image)}{fitted}", *rows])


def _json(name: str, weights: str, found: Sequence[Prediction]) -> str:
    facts = {"network": name, "weights": weights, "images": [_facts(one) for one in found]}
    return json.dumps(facts, ensure_ascii=False, indent=2)


def _facts(prediction: Prediction) -> dict[str, Any]:
    if prediction.faults:
        return {"image": prediction.image, "error": prediction.faults[0].message}
    classes = [{"class": one.number, "name": one.name, "probability": one.probability} for one in prediction.likeliest]
    return {"image": prediction.image, "classes": classes, "fitted": prediction.fitted}
