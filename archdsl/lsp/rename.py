"""Rename a name everywhere in its file. What cannot be told to leave the network as it is, is refused with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from archdsl.diagnostics import Diagnostic, Edit, Source, Span
from archdsl.diagnostics.edits import applied
from archdsl.functions.base import Function
from archdsl.graph import Graph, Level, Module, walk
from archdsl.lsp.checked import Checked
from archdsl.lsp.hover import SAYS
from archdsl.lsp.names import Definition, Mention
from archdsl.lsp.view import View

DOTTED = frozenset(("child", "label", "tensor"))
"""names that may hold dots and dashes"""


class NoRename(Exception):
    """Why a name stays as it is."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A name and the places that hold it."""

    definition: Definition
    mention: Mention
    spans: tuple[Span, ...]


def prepared(view: View, offset: int) -> Renaming:
    """What would be renamed at a place. Raises `NoRename`."""
    if not view.current:
        raise NoRename("the text cannot be read as it is now")
    mention = view.outline.mention(offset)
    if mention is None:
        raise NoRename("no name of this file stands here; operations and the library's blocks keep theirs")
    definition = mention.definition
    what = f"the {SAYS[definition.kind]} `{definition.name}`"
    if definition.span.source is not view.outline.source:
        raise NoRename(f"{what} is written in `{definition.span.source.name}`")
    if definition.kind == "token" and definition.name == "int":
        raise NoRename("`int` says what a number means")
    if definition.pattern is not None:
        raise NoRename(f"{what} has an expression in its name")
    blurred = next((m for m in definition.mentions if not m.exact), None)
    if blurred is not None:
        raise NoRename(f"{what} is also written at {blurred.span.line}:{blurred.span.column}, where it cannot be replaced by itself")
    spans = {(m.span.start, m.span.end): m.span for m in definition.mentions}
    return Renaming(definition, mention, tuple(spans[key] for key in sorted(spans)))


def renamed(view: View, offset: int, new: str, check: Callable[[Source], Checked]) -> list[Edit]:
    """The edits that give a name another. Raises `NoRename`, also where the spec would then be another or have faults that it has not."""
    found = prepared(view, offset)
    if new == found.definition.name:
        return []
    _refuse_form(found.definition, new)
    _refuse_taken(view, found.definition, new)
    edits = [Edit(span, new, "safe") for span in found.spans]
    after = check(Source(view.source.name, applied(view.source.text, edits)))
    before = check(view.source)
    fault = next(iter(_more(before.diagnostics, after.diagnostics)), None)
    if fault is not None:
        raise NoRename(f"then line {fault.line} would be wrong: {fault.message}")
    if [_network(outcome.graph) for outcome in before.outcomes] != [_network(outcome.graph) for outcome in after.outcomes]:
        raise NoRename(f"`{new}` means something else in this file: the network would be another")
    return edits


def _refuse_form(definition: Definition, new: str) -> None:
    """Refuse what is no name at all; whether it is a fitting one, the check says."""
    plain = new.replace(".", "a").replace("-", "a") if definition.kind in DOTTED else new
    if not (plain.isascii() and plain.replace("_", "a").isalnum()):
        raise NoRename(f"`{new}` is no name: letters, digits and `_`")


def _refuse_taken(view: View, definition: Definition, new: str) -> None:
    """Refuse a name that the same block, or the file around it, gives to something else."""
    for other in view.outline.definitions:
        near = other.owner in ("", definition.owner) or not definition.owner
        if other.name == new and near and (other.kind in DOTTED) == (definition.kind in DOTTED):
            raise NoRename(f"there is a {SAYS[other.kind]} `{new}` already, at {other.span.line}:{other.span.column}")


def _more(before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Faults that were not there before."""
    known = [(d.code, d.line) for d in before]
    for diagnostic in after:
        if (diagnostic.code, diagnostic.line) in known:
            known.remove((diagnostic.code, diagnostic.line))
        else:
            yield diagnostic


def _network(graph: Graph | None) -> object:
    """A network without its names: every layer with its numbers, in order, and what is called on which shapes."""
    if graph is None:
        return None
    levels = dict.fromkeys([graph.root, *(module for _, module in walk(graph.root) if isinstance(module, Level))])
    modules = [(module.op, module.inputs) for _, module in walk(graph.root) if isinstance(module, Module)]
    steps = [(_numbers(call.target), tuple(value.shape for value in call.inputs)) for level in levels for call in level.calls]
    return modules, steps, list(graph.inits.values())


def _numbers(target: Module | Level | Function) -> object:
    return (type(target), target.numbers()) if isinstance(target, Function) else None
