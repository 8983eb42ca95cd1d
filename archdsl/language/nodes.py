"""What the reader makes of YAML text: scalars, lists and mappings that remember where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from archdsl.diagnostics import Span


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A text, not yet a number or a word: what it means depends on the place it stands in.

    `span` covers the characters of `text` alone, so that `span.part(i, j)` is the place of `text[i:j]`; only where the two differ in
    length (quoted text with escapes, folded text) it covers the whole token. `quoted` tells `"1"` from `1`. An empty value is the text ""
    unquoted.
    """

    text: str
    span: Span
    quoted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A YAML list, in flow style (`[a, b]`) or block style."""

    items: tuple[Node, ...]
    span: Span
    flow: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """A YAML mapping in the order written; keys are scalars and differ from each other. `partial` tells that some could not be read."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span
    flow: bool = False
    partial: bool = False

    def get(self, key: str) -> Node | None:
        return next((value for k, value in self.entries if k.text == key), None)


Node = Scalar | Sequence | Mapping

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
"""unquoted texts that stand for nothing"""


def is_empty(node: Node) -> bool:
    """Whether nothing is written: no text, `~`, an empty list or mapping."""
    if isinstance(node, Scalar):
        return not node.quoted and node.text in NULLS
    return not (node.items if isinstance(node, Sequence) else node.entries)
