"""A recipe as YAML that is read back to the same recipe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archdsl.language.writer import TYPED, text_of
from archdsl.recipe.called import Stretch
from archdsl.recipe.model import Recipe

PLAIN = re.compile(r"[A-Za-z_][\w .,*/+()<>='\"-]*(?<! )", re.ASCII)
"""a call that needs no quotes where it ends its line"""


def to_yaml(recipe: Recipe) -> str:
    r"""Every key of a recipe with its value, but for those that are not said.

    >>> to_yaml(Recipe(epochs=3)).split("\n")[:3]
    ['data: digits', 'transforms: []', 'batch_size: 128']
    """
    return "\n".join(line for key in type(recipe).model_fields for line in _lines(key, getattr(recipe, key))) + "\n"


def _lines(key: str, value: object) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, tuple):
        yield f"{key}: {_scalar(value)}"
        return
    yield f"{key}:" if value else f"{key}: []"
    yield from (f"  - {_scalar(item)}" for item in value)


def _scalar(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, int | float | Stretch) or (PLAIN.fullmatch(text) and text not in TYPED):
        return text
    return text_of(text)
