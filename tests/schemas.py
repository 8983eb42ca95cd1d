"""What tests of the schema share: a spec as JSON, and the places in it that a validator not ours finds wrong."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft7Validator, ValidationError

from archdsl.diagnostics import Span
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.scalars import value
from archdsl.limits import DEFAULT
from archdsl.pipeline import sketch
from archdsl.request import Request
from archdsl.schema import everywhere, schema
from archdsl.schema.known import of_spec


@cache
def general() -> Draft7Validator:
    """The schema of every spec."""
    return Draft7Validator(schema(everywhere()))


def own(request: Request) -> tuple[Node, Draft7Validator]:
    """A spec and the schema of it."""
    found = sketch(request)
    return found.node, Draft7Validator(schema(of_spec(found)))


def plain(node: Node) -> Any:
    """What a reader of YAML 1.2 makes of a text, as JSON."""
    if isinstance(node, Scalar):
        return value(node, DEFAULT)
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(child) for key, child in node.entries}


def wrong(validator: Draft7Validator, node: Node) -> dict[Span, str]:
    """The places where a spec is not as its schema says, the innermost of each fault: of a key that may not stand there, the key."""
    return {_place(node, leaf): leaf.message for error in validator.iter_errors(plain(node)) for leaf in leaves(error)}


def leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The faults behind a fault."""
    for inner in error.context or ():
        yield from leaves(inner)
    if not error.context:
        yield error


def _place(node: Node, error: ValidationError) -> Span:
    """Where a fault is: at a value, or at a key."""
    here = node
    for step in error.absolute_path:
        here = _child(here, step)
    if isinstance(here, Mapping) and error.validator is None:  # a key that must not stand there; its name is not told
        return next(key.span for key, child in here.entries if plain(child) == error.instance)
    if isinstance(here, Mapping) and error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        return next(key.span for key, _ in here.entries if key.text not in known)
    if isinstance(here, Mapping) and isinstance(error.instance, str):
        return next(key.span for key, _ in here.entries if key.text == error.instance)
    return here.span


def _child(node: Node, step: str | int) -> Node:
    if isinstance(node, Sequence):
        return node.items[int(step)]
    assert isinstance(node, Mapping)
    return next(child for key, child in node.entries if key.text == str(step))
