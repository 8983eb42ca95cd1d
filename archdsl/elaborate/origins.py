"""Where the values come from that a message is about: the places of `let`, `params` and variants that set them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from archdsl.diagnostics import Fault, Label, Span
from archdsl.elaborate.parameters import show
from archdsl.elaborate.scope import Context, Lazy, Scope
from archdsl.language.merge import settings_in_order

LONGEST = 200
"""characters of a value in which names are looked for"""
ABOUT_VALUES = ("AD14", "AD2019", "AD2110", "AD2118", "AD2130", "AD2131", "AD311", "AD5004", "AD5023")
"""codes whose place is the text of a value"""
TWICE = "AD3001"
"""two modules at one key"""


def with_origins(fault: Fault, context: Context) -> Fault:
    """The fault, with a label where each name in its value was set."""
    found = fault.diagnostic
    if found.code == TWICE and any(label.span == found.span for label in found.labels):
        turn = ", ".join(f"{name} = {show(value)}" for name, value in context.scope.names.items() if isinstance(value, int | str))
        labels = tuple(label for label in found.labels if label.span != found.span)
        fault.diagnostic = replace(found, labels=labels, notes=(*found.notes, f"in the turn {turn}")) if turn else found
        return fault
    if not found.code.startswith(ABOUT_VALUES) or found.span.end - found.span.start > LONGEST:
        return fault
    labels = tuple(label for label in origins(found.span, context) if label.span != found.span)
    said = [label.text for label in labels]
    notes = tuple(note for note in found.notes if note not in said)
    fault.diagnostic = replace(found, labels=(*found.labels, *labels), notes=notes)
    return fault


def origins(span: Span, context: Context) -> Iterator[Label]:
    """Where each name in a text was set: in `let`, `params`, a variant, or by the caller."""
    for name in names_in(span.text):
        scope = context.scope.find(name)
        if scope is None:
            continue
        value = scope.names[name]
        if isinstance(value, Lazy) and value.state == "read":
            yield Label(value.node.span, f"{name} = {show(value.value)}")
        elif _of_file(scope, context) and isinstance(value, int | float | str | list):
            place = _setting(name, context)
            yield from () if place is None else (Label(place, f"{name} = {show(value)}"),)


def names_in(text: str) -> list[str]:
    """What may be a name in a text.

    >>> names_in("conv out*2 stride=stride")
    ['conv', 'out', 'stride']
    """
    return list(dict.fromkeys(re.findall(r"(?<![\w.])[^\W\d]\w*", text)))


def _of_file(scope: Scope, context: Context) -> bool:
    """Whether names are those of the file, not of a block."""
    top = context.scope.file.scope
    return top is not None and any(around is scope for around in top.around())


def _setting(name: str, context: Context) -> Span | None:
    """Where a parameter of the file got its value."""
    document = context.scope.file.document
    entry = settings_in_order(document, context.scope.file.settings).get(name) or document.main.params.get(name)
    return None if entry is None else entry[1].span
