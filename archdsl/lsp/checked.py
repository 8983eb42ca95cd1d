"""One check of a text as an editor holds it, and what it found: faults, and the facts of the network where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from archdsl.diagnostics import Diagnostic, Source
from archdsl.diagnostics.collect import distinct
from archdsl.limits import DEFAULT, Limits
from archdsl.lsp.facts import Facts, facts
from archdsl.pipeline import Outcome, check
from archdsl.request import Request

Held = Callable[[str], str | None]
"""the text of a file that the editor holds, by real path"""


@dataclass(frozen=True, eq=False)
class Checked:
    """What came of one text. `asked` are the other files that it rests on, by real path."""

    source: Source
    outcomes: tuple[Outcome, ...]
    asked: frozenset[str]

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything that is to be said of the file, in every variant, once."""
        return distinct(tuple(diagnostic for outcome in self.outcomes for diagnostic in outcome.diagnostics))

    @cached_property
    def facts(self) -> Facts:
        """What is known of each text, by the first variant that builds it."""
        found: Facts = {}
        for outcome in self.outcomes:
            more = {} if outcome.graph is None else facts(outcome.graph, self.source, outcome.variant)
            found = {**more, **found}
        return found

    @property
    def built(self) -> bool:
        """Whether there is a network."""
        return any(outcome.graph is not None for outcome in self.outcomes)


@dataclass
class _Asked:
    """Answers for open files, and remembers which ones were asked for."""

    held: Held
    paths: set[str] = field(default_factory=set)

    def __call__(self, path: str) -> str | None:
        self.paths.add(path)
        return self.held(path)


def checked(source: Source, root: Path | None, held: Held = lambda path: None, limits: Limits = DEFAULT) -> Checked:
    """Check a text with all that it extends and imports; files that the editor holds count as it has them."""
    asked = _Asked(held)
    outcomes = tuple(check(Request(source, root=root, limits=limits, opened=asked)))
    found = Checked(source, outcomes, frozenset(asked.paths))
    _ = found.diagnostics, found.facts  # computed where the check runs, so that answers need not
    return found
