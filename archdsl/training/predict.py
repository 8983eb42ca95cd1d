"""What a network makes of images: the likeliest classes of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL.Image import Image
from PIL.Image import new as new_image
from torch import Tensor, nn

from archdsl.diagnostics import Diagnostic, Source, Span, SpecError
from archdsl.graph import Graph
from archdsl.inspect.image import MODES, fit, open_image
from archdsl.recipe import Called, Recipe
from archdsl.training.fit import tried
from archdsl.training.names import NoClasses
from archdsl.training.outputs import first_output
from archdsl.training.precision import autocast
from archdsl.training.shapes import input_of
from archdsl.training.transforms import Pipeline, Unfit, floats, sizes, tensor_of
from archdsl.weights.remote import TORCHVISION, of_torchvision

FROM_COLOURS = frozenset(("grayscale",))
"""transforms that make grey images themselves, as they did of the data"""
INDEPENDENT = frozenset(("bce", "multi_label_soft_margin"))
"""losses for which each output is a probability for itself"""
SURE = 1e-4
"""by how much what adds up to 1 may miss it"""


@dataclass(frozen=True)
class Likely:
    """A class by its number and name, with its probability."""

    number: int
    name: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The likeliest classes of an image, the first the likeliest; or why it could not be read.

    `fitted` tells that it was scaled and cut, since the transforms alone do not bring it to what the network takes.
    """

    image: str
    likeliest: tuple[Likely, ...] = ()
    fitted: bool = False
    faults: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class Preparation:
    """How an image becomes what flows into a network; `says` tells it to a person. Raises `Unfit` for an image that does not fit."""

    shape: tuple[int, int, int]
    mode: str
    change: Callable[[Image], Tensor]
    says: str

    def __call__(self, path: Path) -> tuple[Tensor, bool]:
        """The image of a file, and whether it was scaled and cut. Raises `SpecError` for a file that cannot be read."""
        image = open_image(path, self.mode)
        try:
            found = self.change(image)
        except Unfit:
            found = torch.empty(0)
        if tuple(found.shape) == self.shape:
            return found, False
        return self.change(fit(image, self.shape[1:])), True


def preparation(graph: Graph, transforms: Sequence[Called] | None, weights: str | os.PathLike[str] | None) -> Preparation:
    """How images are read for a network: as the `transforms` of a recipe say; without these (`None`) as torchvision's weights do, and
    where there are none scaled and cut, as values from 0 to 1.

    Raises `SpecError` where that does not make what the network takes, `NoClasses` for a network that takes no image.
    """
    wanted = input_of(graph)
    if wanted is None or len(wanted) != 3 or wanted[0] not in MODES:
        taken = ", ".join(map(str, graph.inputs.values()))
        raise NoClasses(f"`{graph.name}` takes {taken}, and an image is one tensor of 1 or 3 channels, a height and a width")
    shape = wanted[0], wanted[1], wanted[2]
    if transforms is None and isinstance(weights, str) and weights.startswith(TORCHVISION):
        return _preset(weights, graph.name, shape)
    pipeline = Pipeline.of(transforms or ())
    mode = "RGB" if FROM_COLOURS & {step.called.name for step in pipeline.steps} else MODES[shape[0]]
    after = tried(tensor_of(new_image(mode, (shape[2], shape[1]))), pipeline)
    if isinstance(after, Diagnostic):
        raise SpecError((after,))
    if after != shape:
        help = "let the last of `eval_transforms` be a `center_crop` to that size; `--input` makes the network take another"
        raise _unlike(after, shape, pipeline.steps[-1].called.span, help)
    return Preparation(shape, mode, lambda image: floats(pipeline(tensor_of(image))), ", ".join(map(str, transforms or ())))


def _preset(weights: str, name: str, shape: tuple[int, int, int]) -> Preparation:
    """As the weights of torchvision's registry say."""
    preset = of_torchvision(weights, name).transforms()
    after = tuple(preset(new_image(MODES[3], (shape[2], shape[1]))).shape)
    if after != shape:
        source = Source("--weights", weights)
        raise _unlike(after, shape, Span(source, 0, len(weights)), f"`--input {'x'.join(map(str, after))}` makes the network take them")
    return Preparation(shape, MODES[3], preset, f"as `{weights}` says")


def _unlike(found: Sequence[int], wanted: Sequence[int], span: Span, help: str) -> SpecError:
    message = f"the transforms make images of {sizes(found)}; the network takes {sizes(wanted)}"
    return SpecError((Diagnostic("AD4410", "error", message, span, help=help),))


def predictions(
    model: nn.Module,
    images: Iterable[str | os.PathLike[str]],
    prepare: Preparation,
    classes: Sequence[str],
    recipe: Recipe,
    device: torch.device,
    top: int = 5,
) -> Iterator[Prediction]:
    """The likeliest `top` classes of each image, in their order; images flow through the network in batches."""
    model.eval()
    listed, size = list(images), recipe.eval_batch_size
    for first in range(0, len(listed), size):
        read = [_read(path, prepare) for path in listed[first : first + size]]
        whole = [image for image, _ in read if image is not None]
        found = iter(_probabilities(model, torch.stack(whole).to(device), recipe) if whole else ())
        for image, prediction in read:
            yield prediction if image is None else _answered(prediction, next(found), classes, top)


def _read(path: str | os.PathLike[str], prepare: Preparation) -> tuple[Tensor | None, Prediction]:
    try:
        image, fitted = prepare(Path(path))
    except SpecError as error:
        return None, Prediction(os.fspath(path), faults=error.diagnostics)
    return image, Prediction(os.fspath(path), fitted=fitted)


def _probabilities(model: nn.Module, images: Tensor, recipe: Recipe) -> Tensor:
    with torch.inference_mode(), autocast(recipe.precision, images.device):
        result = first_output(model(images)).float().cpu()
    if recipe.loss.name in INDEPENDENT:
        return result.sigmoid()
    if bool((result >= 0).all()) and bool(((result.sum(1) - 1).abs() < SURE).all()):  # the network itself ends with softmax
        return result
    return result.softmax(1)


def _answered(prediction: Prediction, probabilities: Tensor, classes: Sequence[str], top: int) -> Prediction:
    values, numbers = probabilities.topk(min(top, len(probabilities)))
    pairs = zip(numbers.tolist(), values.tolist(), strict=True)
    likeliest = tuple(Likely(number, classes[number], value) for number, value in pairs)
    return Prediction(prediction.image, likeliest, prediction.fitted)
