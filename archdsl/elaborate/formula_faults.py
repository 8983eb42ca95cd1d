"""Faults of formulas in the user's words: arguments that a function refuses, tensors of another level."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.parameters import describe
from archdsl.elaborate.refusals import expected
from archdsl.elaborate.sizes import AXIS_NAMES
from archdsl.functions.base import Function
from archdsl.language.tree import Name, Subscript
from archdsl.ops.types import Kind


def unsaid_axis(fault: Fault, kind: type[Function], arguments: dict[str, object]) -> Fault:
    """The fault of a function that reads across the batch because torch's default axis is 0, with how to say another."""
    found = fault.diagnostic
    if found.code == "AD3151" and "dim" in kind.kinds() and "dim" not in arguments:
        fault.diagnostic = replace(found, help=f"`{kind.name}` takes axis 0 unless told, as in torch: write `dim=1` for the channels")
    return fault


def check_index(node: Subscript, values: list[object], index: int) -> None:
    """A Fault for an index beyond a list of tensors."""
    if not -len(values) <= index < len(values):
        name = node.value.text if isinstance(node.value, Name) else "the list"
        held = f"{len(values)} tensor{'s' if len(values) > 1 else ''}"
        raise Fault("AD2024", node.span, f"`{name}` holds {held}, no index {index}: the last is `{name}[{len(values) - 1}]`")


def invalid(kind: type[Function], error: ValidationError, arguments: dict[str, object], span: Span, places: dict[str, Span]) -> Fault:
    """What pydantic refused, in the user's words."""
    found = error.errors(include_url=False)
    name = str(found[0]["loc"][0]) if found[0]["loc"] else "?"
    value, place, example = arguments.get(name), places.get(name, span), f"for example `{kind.example}`"
    if found[0]["type"] == "missing":
        return Fault("AD1454", span, f"`{kind.name}` needs `{name}`: it takes ({', '.join(kind.kinds())})", help=example)
    if value in AXIS_NAMES and kind.kinds()[name] in (Kind.AXIS, Kind.AXES):
        example = f"write `{value}` without quotes"
    several = kind.kinds()[name] is Kind.TENSORS
    reasons = {"a list of tensors": None} if several else dict.fromkeys(expected(e) for e in found if e["loc"] and e["loc"][0] == name)
    message = f"`{name}` of `{kind.name}`: expected {' or '.join(list(reasons)[:3])}; found {describe(value)}"
    return Fault("AD1455", place, message, help=example)


def inner(node: Name, level: str) -> Fault:
    """A tensor of a level inside was read."""
    help = f"`do` groups items without a level; a block gives what its `outputs` name, as `outputs: [{node.parts[-1]}, x]`"
    return Fault("AD2010", node.span, f"`{node.text}` belongs to the level `{level}`, its tensor cannot be read here", help=help)


def outside(node: Name) -> Fault:
    """A tensor of a level around was read."""
    help = f"`do` groups items without a level; a block takes it with `inputs: [x, {node.text}]`"
    return Fault("AD2010", node.span, f"`{node.text}` belongs to the level outside, its tensor cannot be read here", help=help)
