"""What a recipe is made of: calls of words (`adamw 0.001 weight_decay=0.01`) and stretches of time (`2 epochs`, `500 steps`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from archdsl.diagnostics import Source, Span
from archdsl.language.shown import show

Unit = Literal["epochs", "steps"]
PLAIN = re.compile(r"[^\W\d][\w./-]*[\w/]|[^\W\d]|[./~][\w./-]*[\w/]")
"""texts that need no quotes"""
NOWHERE = Span(Source("<default>", ""), 0, 0)
"""the place of what nobody wrote"""


@dataclass(frozen=True)
class Stretch:
    """A part of a run: so many epochs, which may be a fraction, or so many steps of the optimiser.

    >>> str(Stretch(0.5, "epochs")), str(Stretch(1, "steps"))
    ('0.5 epochs', '1 step')
    """

    count: float
    unit: Unit

    def steps(self, epoch: int) -> int:
        """The same in steps, where an epoch has so many.

        >>> Stretch(0.5, "epochs").steps(391), Stretch(500, "steps").steps(391)
        (196, 500)
        """
        return round(self.count * epoch) if self.unit == "epochs" else round(self.count)

    def __str__(self) -> str:
        return f"{self.count:g} {self.unit.removesuffix('s') if self.count == 1 else self.unit}"


@dataclass(frozen=True)
class Interval(Stretch):
    """A whole number of epochs or steps, at least 1."""

    count: int


@dataclass(frozen=True)
class Called:
    """A call as a recipe writes it: the word, the class that it stands for, its arguments by name.

    `target` is the dotted name of a class of torch or torchvision, `module:function` for the caller's own code, "" for our own words.
    `arguments` has what is written and no more, since the target has its own defaults; of our own words it has all, also the `defaults`.
    `first` is the argument that is written without its name. Equal calls may stand in different places.
    """

    name: str
    target: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    first: str = field(default="", compare=False, repr=False)
    defaults: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        said = {name: value for name, value in self.arguments.items() if name not in self.defaults or value != self.defaults[name]}
        words = [text_of(value) if name == self.first else f"{name}={text_of(value)}" for name, value in said.items()]
        return " ".join([self.name, *words])


def text_of(value: object) -> str:
    """A value as an argument of a one-line call.

    >>> text_of((0.9, 0.999)), text_of(None), text_of("nearest"), text_of("my data"), text_of(Stretch(500, "steps"))
    ('(0.9, 0.999)', 'none', 'nearest', "'my data'", "'500 steps'")
    """
    if isinstance(value, Stretch) and value.unit == "epochs":
        return f"{value.count:g}"
    if not isinstance(value, str | Stretch):
        return show(value)
    text = str(value)
    plain = PLAIN.fullmatch(text) is not None and text not in ("none", "true", "false")
    mark = '"' if "'" in text else "'"
    return text if plain else f"{mark}{text}{mark}"
