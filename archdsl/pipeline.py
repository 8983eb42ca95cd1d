"""From a request to a checked graph: language, then elaboration, with every fault of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from archdsl.diagnostics import Diagnostic, Fault, Source, SpecError
from archdsl.language.document import Document
from archdsl.language.nodes import Scalar
from archdsl.network import Network
from archdsl.request import Request, whole


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of one request: a network unless there are errors, and all that is to be said."""

    network: Network | None
    diagnostics: tuple[Diagnostic, ...]
    document: Document | None = None
    variant: str = ""


def run(request: Request) -> Outcome:
    """Read and elaborate one spec. Every fault is in the outcome; raises none."""
    from archdsl.elaborate.network import elaborate
    from archdsl.language.files import load as read

    found: list[Diagnostic] = []
    try:
        document = read(request.source, request.limits, root=request.root, report=found.append, variant=request.variant)
        graph = (
            None
            if document is None
            else elaborate(document, request.limits, found.append, settings=request.settings or {}, input=request.input)
        )
    except Fault as fault:
        found.append(fault.diagnostic)
        document = graph = None
    said = tuple(dict.fromkeys(found))
    failed = graph is None or any(diagnostic.severity == "error" for diagnostic in said)
    variant = "" if request.variant is None else request.variant.text
    return Outcome(None if failed else Network(graph, request, said), said, document, variant)


def load(request: Request) -> Network:
    """The checked network. Raises `SpecError` with every fault."""
    outcome = run(request)
    if outcome.network is None:
        raise SpecError(outcome.diagnostics)
    return outcome.network


def check(request: Request) -> Iterator[Outcome]:
    """The outcome of a spec; of a family each variant's, unless one is chosen."""
    first = run(request)
    names = () if request.variant is not None or first.document is None else _variants(first.document)
    if not names:
        yield first
        return
    for name in names:
        yield run(replace(request, variant=Scalar(name, whole(Source("--variant", name)))))


def _variants(document: Document) -> tuple[str, ...]:
    """The variants that `check` goes through: those of a family, not those of a file that chose one."""
    return () if document.extended or document.variant is not None else tuple(document.variants)
