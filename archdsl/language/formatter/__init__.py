"""The canonical form of a text: comments, order, anchors and meaning stay, layout does not.

>>> from archdsl.diagnostics import Source
>>> from archdsl.limits import DEFAULT
>>> print(formatted(Source("net.yaml", "body :\\n- {conv:   64} #stem\\n-   'max_pool 2'\\n"), DEFAULT), end="")
body:
  - {conv: 64} # stem
  - max_pool 2
"""

from __future__ import annotations

from archdsl.diagnostics import Diagnostic, Source, SpecError
from archdsl.language.formatter.layout import laid_out
from archdsl.language.formatter.pieces import pieces
from archdsl.language.formatter.scalars import is_free
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.reader import read
from archdsl.limits import Limits

__all__ = ["formatted"]


def formatted(source: Source, limits: Limits) -> str:
    """The text of a source in canonical form. Raises `SpecError` for a text that is no YAML of ours.

    The result is read again: an `AssertionError` tells that it would be another spec, or lack a comment; that is a bug of ours.
    """
    node, faults = _read(source, limits)
    if node is None or any(fault.severity == "error" for fault in faults):
        raise SpecError(tuple(faults))
    written = pieces(source.text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    text = laid_out(written)
    made, more = _read(Source(source.name, text), limits)
    if made is None or not _same(node, made) or {fault.code for fault in more} - {fault.code for fault in faults}:
        raise AssertionError(f"formatting would change what `{source.name}` says")
    if [comment.text for comment in pieces(text).comments] != [comment.text for comment in written.comments]:
        raise AssertionError(f"formatting would lose a comment of `{source.name}`")
    return text


def _read(source: Source, limits: Limits) -> tuple[Node | None, list[Diagnostic]]:
    faults: list[Diagnostic] = []
    return read(source, limits, faults.append), faults


def _same(a: Node, b: Node, key: bool = False) -> bool:
    """Whether two nodes mean the same wherever they stand."""
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return a.text == b.text and (a.quoted == b.quoted or is_free(a.text, key))
    if isinstance(a, Sequence) and isinstance(b, Sequence):
        return len(a.items) == len(b.items) and all(map(_same, a.items, b.items))
    if isinstance(a, Mapping) and isinstance(b, Mapping) and len(a.entries) == len(b.entries):
        return all(_same(k, m, key=True) and _same(v, n) for (k, v), (m, n) in zip(a.entries, b.entries, strict=True))
    return False
