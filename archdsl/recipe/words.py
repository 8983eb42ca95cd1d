"""A word of a recipe: the class that it stands for and the arguments that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archdsl.diagnostics import Span
from archdsl.recipe.called import NOWHERE, Called, text_of
from archdsl.recipe.kinds import Kind

REQUIRED = object()
"""the default of an argument that must be given"""


@dataclass(frozen=True)
class Argument:
    """What an argument may be, and its default: torch's own, or `REQUIRED`. `ours` tells one that the class does not have."""

    kind: Kind
    default: object = REQUIRED
    ours: bool = False


@dataclass(frozen=True)
class Word:
    """The dotted name of a class, "" for a word of our own, the arguments in order, and a sentence."""

    target: str
    takes: Mapping[str, Argument] = field(default_factory=dict)
    says: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """The arguments that must be given."""
        return tuple(name for name, argument in self.takes.items() if argument.default is REQUIRED)

    @property
    def defaults(self) -> dict[str, object]:
        """What we fill in ourselves: defaults of our own words and arguments."""
        return {key: one.default for key, one in self.takes.items() if one.default is not REQUIRED and (not self.target or one.ours)}

    def called(self, name: str, given: Mapping[str, object], span: Span = NOWHERE) -> Called:
        """A call of this word by its name."""
        defaults = self.defaults
        arguments = {key: given.get(key, defaults.get(key)) for key in self.takes if key in given or key in defaults}
        return Called(name, self.target, arguments, span, next(iter(self.takes), ""), defaults)

    def shown(self, name: str) -> str:
        """The word with its arguments, as a message says what it takes.

        >>> from archdsl.recipe.schedules import SCHEDULES
        >>> SCHEDULES["exponential"].shown("exponential")
        'exponential gamma warmup=0 warmup_factor=0.01'
        """
        return " ".join([name, *(key if one.default is REQUIRED else f"{key}={text_of(one.default)}" for key, one in self.takes.items())])


@dataclass(frozen=True, eq=False)
class Table:
    """The words of one key of a recipe. `noun` says what they are; `others` what elsewhere they are called; `refused` has torch's own that
    a recipe does not have, with the reason."""

    noun: str
    words: Mapping[str, Word]
    others: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""
    """what ends the names of torch's classes"""

    @property
    def plural(self) -> str:
        """What several are."""
        return f"{self.noun}{'es' if self.noun.endswith('s') else 's'}"

    def choices(self) -> dict[str, tuple[str, ...]]:
        """The arguments that take one of a few words, with these."""
        taken = ((key, one.kind.words) for word in self.words.values() for key, one in word.takes.items())
        return {key: words for key, words in taken if words}
