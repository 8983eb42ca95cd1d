"""From a request to a checked graph: language, then elaboration, with every fault of both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archdsl.diagnostics import Diagnostic, Fault, Source, SpecError
from archdsl.diagnostics.collect import Collector
from archdsl.language.nodes import Node, Scalar
from archdsl.request import Request, whole

if TYPE_CHECKING:
    from archdsl.elaborate.run import Spent
    from archdsl.elaborate.trace import Trace
    from archdsl.graph import Graph
    from archdsl.language.document import Document

SETTINGS = ("AD2304", "AD2306", "AD2307")
"""faults of names that a file uses, behind which all that it declares is still known"""
LINES = 20
"""of a fault's text in which values of the caller's are looked for"""
LETTERS = 4_000
"""of those lines that are looked at"""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one request: a graph unless there are errors, and all that is to be said."""

    graph: Graph | None
    diagnostics: tuple[Diagnostic, ...]
    request: Request | None = None
    document: Document | None = None
    variant: str = ""


def run(request: Request, trace: Trace | None = None) -> Outcome:
    """Read and elaborate one spec. Every fault is in the outcome; raises none. `trace` is filled with how each call was written."""
    found = Collector()
    return _elaborated(request, _read(request, found), found, trace=trace)


def _read(request: Request, found: Collector) -> Document | None:
    """The document of a request; `None` where it could not be made."""
    from archdsl.language.files import load

    try:
        document = load(
            request.source, request.limits, root=request.root, report=found.report, variant=request.variant, opened=request.opened
        )
    except Fault as fault:
        found.report(fault.diagnostic)
        return None
    if document is not None and document.train is not None:
        from archdsl.recipe import read_recipe

        read_recipe(document.train, found.report, limits=request.limits)
    return document


def _elaborated(
    request: Request, document: Document | None, found: Collector, trace: Trace | None = None, spent: Spent | None = None
) -> Outcome:
    """What comes of a document; `found` has the faults of reading it."""
    from archdsl.elaborate.network import elaborate

    graph = None
    try:
        if document is not None:
            settings = request.settings or {}
            graph = elaborate(document, request.limits, found.report, settings=settings, input=request.input, trace=trace, spent=spent)
            if graph is not None and not found.errors:
                _verify(document, request, graph, found)
    except Fault as fault:
        found.report(fault.diagnostic)
    assert graph is not None or found.errors, "no graph, and no word why"
    said = tuple(_explained(diagnostic, request) for diagnostic in found.diagnostics)
    return Outcome(None if found.errors else graph, said, request, document, "" if request.variant is None else request.variant.text)


@dataclass(frozen=True, eq=False)
class Sketch:
    """A spec whose layers may be wrong: its text as nodes, the document that it is as far as it goes, and the errors of what it declares,
    extends and imports."""

    node: Node
    document: Document
    errors: tuple[Diagnostic, ...]


def sketch(request: Request) -> Sketch:
    """What a spec declares, its layers not looked at. Raises `SpecError` for a text that is no YAML, or neither mapping nor list."""
    from archdsl.language import files
    from archdsl.language.reader import read

    found = Collector()
    node = read(request.source, request.limits, found.report)
    if node is None:
        raise SpecError(found.errors)
    document = files.sketch(request.source, node, request.limits, root=request.root, opened=request.opened)
    files.load(request.source, request.limits, root=request.root, report=found.report, opened=request.opened)
    if document is None:
        raise SpecError(found.errors)
    return Sketch(node, document, tuple(d for d in found.errors if d.code not in SETTINGS))


def _verify(document: Document, request: Request, graph: Graph, found: Collector) -> None:
    """Hold the figures that the spec promises against its graph."""
    from archdsl.analyses.expected import verify

    chosen = request.variant or document.variant
    changed = bool(request.settings) or request.input is not None or (document.extended and request.variant is not None)
    verify(document.expect, graph, document.variants, "" if chosen is None else chosen.text, changed, found.report)


def check(request: Request) -> Iterator[Outcome]:
    """The outcome of a spec; of a family each variant's, unless one is chosen. The file is read once."""
    from archdsl.elaborate.run import Spent
    from archdsl.language.merge import with_variant

    found = Collector()
    document = _read(request, found)
    names = () if request.variant is not None or document is None else _variants(document)
    if document is None or not names:
        yield _elaborated(request, document, found)
        return
    spent = Spent()
    for name in names:
        variant = Scalar(name, whole(Source("--variant", name)))
        yield _elaborated(replace(request, variant=variant), with_variant(document, variant), found.copy(), spent=spent)


def _variants(document: Document) -> tuple[str, ...]:
    """The variants that `check` goes through: those of a family, not those of a file that chose one."""
    chosen = document.extended or document.variant is not None or document.chosen is not None
    return () if chosen else tuple(document.variants)


def _explained(found: Diagnostic, request: Request) -> Diagnostic:
    """A fault with a note on each value of the caller's that its lines use."""
    span = found.span
    settings = (request.settings or {}).values()
    if not settings or found.severity != "error" or span.source in [key.span.source for key, _ in settings]:
        return found
    text = "\n".join(span.source.line(number) for number in range(span.line, min(span.end_line, span.line + LINES) + 1))
    words = set(re.findall(r"\w+", text[:LETTERS]))
    used = [(key, node) for key, node in settings if key.text in words]
    notes = tuple(f"{key.text} = {node.span.text} comes from `{key.span.source.name}`" for key, node in used)
    return replace(found, notes=(*found.notes, *notes)) if notes else found
