"""What is known of an open document at one moment: its text, the last outline that could be made of it, the last network that it was.

The text may be newer than the other two, while someone types. What is answered then is said of the lines that are still the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from archdsl.diagnostics import Source, Span
from archdsl.lsp.checked import Checked
from archdsl.lsp.facts import Use, results
from archdsl.lsp.outline import Outline
from archdsl.lsp.positions import Moved
from archdsl.lsp.slots import Place


@dataclass(frozen=True, eq=False)
class View:
    """A text with an outline of it, or of an older one, and the network of it, or of an older one."""

    source: Source
    outline: Outline
    network: Checked | None = None

    @property
    def current(self) -> bool:
        """Whether the outline is of this very text."""
        return self.outline.source.text == self.source.text

    @cached_property
    def _here(self) -> Moved:
        return Moved.between(self.outline.source, self.source)

    @cached_property
    def _built(self) -> Moved | None:
        return None if self.network is None else Moved.between(self.network.source, self.outline.source)

    def back(self, offset: int) -> int | None:
        """Where a place of the text stands in the outline's; `None` on lines that changed."""
        found = self._here.back(offset, offset)
        return None if found is None else found[0]

    def forward(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a place of the outline's text stands now."""
        return self._here.forward(start, end)

    def uses(self, place: Place) -> list[Use]:
        """What is known of an item of the outline: of its call, else of the merge that wiring makes or the result of its formula."""
        found = self.known(place.span) or self.known(place.head)
        if found or place.head.text != "math" or self.network is None or self._built is None:
            return found
        inside = self._built.back(place.span.start, place.span.end)
        return [] if inside is None else results(self.network.facts, *inside)

    def known(self, span: Span) -> list[Use]:
        """What is known of one text of the outline."""
        place = None if self._built is None else self._built.back(span.start, span.end)
        return [] if place is None or self.network is None else self.network.facts.get(place, [])
