"""The functions of `import archdsl`: each reads a spec and does one thing with it.

A spec is a path, YAML text, or a mapping or list. What all take: `variant` of a family, another `input` (`[3, 64, 64]`, or a mapping of
such for several), the `root` that imports may not leave, `limits`, and values for the spec's own parameters as further keywords; `params`
holds those whose names are taken.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archdsl.diagnostics import Diagnostic, Fault, SpecError
from archdsl.limits import DEFAULT, Limits
from archdsl.network import Network
from archdsl.network import load as load_network
from archdsl.request import Input, Request, Spec, input_of_values, read_spec, settings_of_values, variant_of_text

if TYPE_CHECKING:
    import torch
    from torch import nn

    from archdsl.training.predict import Prediction
    from archdsl.training.session import Trained
    from archdsl.training.verdict import Verdict


def load(
    spec: Spec,
    *,
    variant: str | None = None,
    input: Input | None = None,
    root: str | os.PathLike[str] | None = None,
    limits: Limits = DEFAULT,
    params: Mapping[str, object] | None = None,
    **settings: object,
) -> Network:
    """Read and check a spec.

    >>> load("input: [3, 32, 32]\\nparams: {width: 8}\\nbody: [conv width, relu]\\n", width=16).parameters
    448

    Raises `SpecError` with every fault of the spec and of what it was given.
    """
    return load_network(_request(spec, variant, input, root, limits, {**(params or {}), **settings}))


def check(
    spec: Spec,
    *,
    variant: str | None = None,
    input: Input | None = None,
    root: str | os.PathLike[str] | None = None,
    limits: Limits = DEFAULT,
    params: Mapping[str, object] | None = None,
    **settings: object,
) -> tuple[Diagnostic, ...]:
    """Every fault, warning and note of a spec, of a family in each of its variants. Raises none.

    >>> check("input: [3, 32, 32]\\nbody: [cnov 8]\\n")[0].help
    'did you mean `conv`?'
    """
    from archdsl import pipeline
    from archdsl.diagnostics.collect import distinct

    try:
        outcomes = pipeline.check(_request(spec, variant, input, root, limits, {**(params or {}), **settings}))
        return distinct(found for outcome in outcomes for found in outcome.diagnostics)
    except SpecError as error:
        return error.diagnostics


def build(
    spec: Spec,
    *,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    weights: str | os.PathLike[str] | None = None,
    seed: int | None = None,
    partial: bool = False,
    **options: Any,
) -> nn.Module:
    """The network of a spec as an `nn.Module`. `options` are those of `load`. Raises `SpecError`."""
    return load(spec, **options).build(device=device, dtype=dtype, weights=weights, seed=seed, partial=partial)


def summarize(spec: Spec, *, depth: int | None = None, format: str = "text", **options: Any) -> str:
    """The table of a spec's layers. `options` are those of `load`. Raises `SpecError`."""
    return load(spec, **options).summary(depth, format)


def draw(
    spec: Spec, path: str | os.PathLike[str] | None = None, *, drawing: Mapping[str, Any] | None = None, **options: Any
) -> str | bytes:
    """The drawing of a spec, also written to `path`.

    `drawing` holds options of `Network.draw`, `options` are those of `load`. Raises `SpecError`.
    """
    return load(spec, **options).draw(path, **(drawing or {}))


def emit(spec: Spec, path: str | os.PathLike[str] | None = None, **options: Any) -> str:
    """The network of a spec as Python source, also written to `path`. `options` are those of `load`. Raises `SpecError`."""
    source = load(spec, **options).to_python()
    if path is not None:
        Path(path).write_text(source, encoding="utf-8")
    return source


def train(
    spec: Spec,
    recipe: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    *,
    overrides: Sequence[str] | Mapping[str, object] = (),
    resume: bool = False,
    device: str = "auto",
    data_root: str | os.PathLike[str] | None = None,
    weights: str | None = None,
    **options: Any,
) -> Trained:
    """Train the network of a spec by its recipe, or by the recipe of a file; log, checkpoints, weights and report go to `folder`.

    `overrides` are other values for keys of the recipe, `{"epochs": 5}`; `resume` goes on with the run of that folder, else the newest;
    `options` are those of `load`. What comes back has `folder`, `scores`, `history` (a mapping for each evaluation) and `model`.
    Raises `SpecError` for what does not fit, `NoDevice`, `NotBegun`, `NotFinite` and `NotSaved`.
    """
    from functools import partial

    from archdsl.training.session import Job, train_job

    network = load(spec, **options).for_weights(weights)
    return train_job(
        Job(
            network.graph,
            network.recipe(recipe, overrides),
            network.request.source.text,
            device,
            folder=None if folder is None else Path(folder),
            resume=resume,
            data_root=None if data_root is None else Path(data_root),
            weights=None if weights is None else partial(network.load_weights, weights=weights),
        )
    )


def evaluate(
    spec: Spec,
    weights: str | os.PathLike[str] | None,
    recipe: str | os.PathLike[str] | None = None,
    *,
    overrides: Sequence[str] | Mapping[str, object] = (),
    data_root: str | os.PathLike[str] | None = None,
    device: str = "auto",
    worst: int = 0,
    **options: Any,
) -> Verdict:
    """What the network of a spec, with weights, makes of the test data of its recipe: `scores`, `by_class()`, `confused()`, `confusion()`.

    `options` are those of `load`. Raises `SpecError` for what does not fit, `NoDevice`.
    """
    return load(spec, **options).evaluate(weights, recipe, overrides, data_root=data_root, device=device, worst=worst)


def predict(
    spec: Spec,
    weights: str | os.PathLike[str] | None,
    images: Sequence[str | os.PathLike[str]],
    recipe: str | os.PathLike[str] | None = None,
    *,
    overrides: Sequence[str] | Mapping[str, object] = (),
    top: int = 5,
    classes: Sequence[str] = (),
    device: str = "auto",
    **options: Any,
) -> list[Prediction]:
    """The likeliest classes of each image's file, read as the recipe's evaluation reads images, or as torchvision's weights say.

    An image that cannot be read has `faults`. `options` are those of `load`. Raises `SpecError` for what does not fit, `ValueError` for a
    network that does not tell classes of images, `NoDevice`.
    """
    return load(spec, **options).predict(weights, images, recipe, overrides, top=top, classes=classes, device=device)


def _request(
    spec: Spec,
    variant: str | None,
    input: Input | None,
    root: str | os.PathLike[str] | None,
    limits: Limits,
    settings: Mapping[str, object],
) -> Request:
    try:
        source = read_spec(spec, limits)
        folder = None if root is None else Path(root)
        return Request(source, variant_of_text(variant), settings_of_values(settings), input_of_values(input), folder, limits)
    except Fault as fault:
        raise SpecError((fault.diagnostic,)) from None
