"""Recipes of modules as constructor calls: `nn.Conv2d(3, 64, kernel_size=7, bias=False)` with holes for the literals."""

from __future__ import annotations

import ast
from typing import Any

from archdsl.codegen.holes import NO_DEFAULT, Hole
from archdsl.codegen.runtime import RUNTIME, signature
from archdsl.ops.base import Recipe

_CONV = (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1), ("bias", True))

POSITIONAL: dict[str, tuple[str, ...]] = {
    "Conv": ("in_channels", "out_channels", "kernel_size"),
    "ConvTranspose": ("in_channels", "out_channels", "kernel_size"),
    "Linear": ("in_features", "out_features"),
    "Bilinear": ("in1_features", "in2_features", "out_features"),
    "BatchNorm": ("num_features",),
    "InstanceNorm": ("num_features",),
    "GroupNorm": ("num_groups", "num_channels"),
    "LayerNorm": ("normalized_shape",),
    "RMSNorm": ("normalized_shape",),
    "LocalResponseNorm": ("size",),
    "Embedding": ("num_embeddings", "embedding_dim"),
    "MultiheadAttention": ("embed_dim", "num_heads"),
    "Dropout": ("p",),
    "Flatten": ("start_dim", "end_dim"),
    "Unflatten": ("dim", "unflattened_size"),
    "Softmax": ("dim",),
    "LeakyReLU": ("negative_slope",),
    "PReLU": ("num_parameters",),
    "LPPool": ("norm_type", "kernel_size"),
    "AdaptiveAvgPool": ("output_size",),
    "AdaptiveMaxPool": ("output_size",),
    "PixelShuffle": ("upscale_factor",),
    "PixelUnshuffle": ("downscale_factor",),
    "ChannelShuffle": ("groups",),
}
"""names of the positional arguments of torch's classes, by which an argument of ours is named; the rank (`2d`) is cut off"""

DEFAULTS: dict[str, tuple[tuple[str, Any], ...]] = {
    "Conv": _CONV,
    "ConvTranspose": (("stride", 1), ("padding", 0), ("output_padding", 0), ("groups", 1), ("bias", True), ("dilation", 1)),
    "Linear": (("bias", True),),
    "MaxPool": (("stride", None), ("padding", 0)),
    "AvgPool": (("stride", None), ("padding", 0)),
    "Dropout": (("p", 0.5),),
}
"""torch's defaults where levels are often equal but for a default: a stride of 2 beside a stride that goes without saying"""


def construction(recipe: Recipe, owner: str, keyed: bool) -> ast.expr:
    """The call that makes the module. `owner` is the child's name, for arguments that have to be told apart; `keyed` if it is its key."""
    kind = recipe.path.rpartition(".")[2]
    family = kind[:-2] if kind[-2:] in ("1d", "2d", "3d") else kind
    own = recipe.path.startswith(RUNTIME)
    positional = signature(recipe.path) if own else POSITIONAL.get(family, ())
    padded = (*positional, *("value" for _ in recipe.args[len(positional) :]))
    args: list[ast.expr] = [Hole(value, name, owner, keyed=keyed) for name, value in zip(padded, recipe.args, strict=False)]
    given = dict(recipe.kwargs)
    defaults = {name: value for name, value in DEFAULTS.get(family, ()) if name not in positional[: len(recipe.args)]}
    order = [*(n for n in given if n not in defaults), *defaults]
    values = {n: given.get(n, defaults.get(n)) for n in order}
    keywords = [ast.keyword(n, Hole(values[n], n, owner, defaults.get(n, NO_DEFAULT), keyed)) for n in order]
    return ast.Call(_reference(recipe.path), args, keywords)


def _reference(path: str) -> ast.expr:
    """`nn.Conv2d` for torch.nn's classes, the bare class for those whose text is copied."""
    if path.startswith(RUNTIME):
        return ast.Name(path.rpartition(".")[2], ast.Load())
    parts = path.removeprefix("torch.").split(".") if path.startswith("torch.nn.") else path.split(".")
    found: ast.expr = ast.Name(parts[0], ast.Load())
    for part in parts[1:]:
        found = ast.Attribute(found, part, ast.Load())
    return found
