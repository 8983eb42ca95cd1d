"""The functions of `import archdsl`: each reads a spec and does one thing with it.

A spec is a path, YAML text, or a mapping or list. What all take: `variant` of a family, another `input` (`[3, 64, 64]`, or a mapping of
such for several), the `root` that imports may not leave, `limits`, and values for the spec's own parameters as further keywords; `params`
holds those whose names are taken.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
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
