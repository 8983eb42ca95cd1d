"""The `input` of a spec: one shape, or names with a shape each."""

from __future__ import annotations

import re

from archdsl.diagnostics import Diagnostic, Fault, Label, Span
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import LOST
from archdsl.graph import Value
from archdsl.language.calls import replaced
from archdsl.language.document import Document
from archdsl.language.expressions import scalar_value
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.shapes import Shape

DEFAULT_INPUT = "x"
"""what a single input is called"""
USUAL = (3, 224, 224)
LONGEST = 60
"""characters of a text that is looked at as a shape"""


def read_inputs(run: Run, node: Node | None, document: Document, place: Span) -> dict[str, Value]:
    """What flows in, by name. Reports anything but one to four whole numbers above zero, channels first, and gives what is lost."""
    if node is None:
        message = f"no `input` is given: {list(USUAL)} is taken, channels, height and width"
        run.report(
            Diagnostic(
                "AD1211",
                "note",
                message,
                Span(place.source, place.start, place.start),
                help="write `input: [3, 224, 224]`, or give `--input 3x224x224`",
            )
        )
        return {DEFAULT_INPUT: Value(Shape.example(*USUAL), DEFAULT_INPUT)}
    if isinstance(node, Mapping) and node.entries:
        return {key.text: _value(run, key.text, value) for key, value in node.entries}
    return {DEFAULT_INPUT: _value(run, DEFAULT_INPUT, node)}


def _value(run: Run, name: str, node: Node) -> Value:
    try:
        return Value(_shape(run, node), name)
    except Fault as fault:
        run.fail(fault)
        return LOST


def _shape(run: Run, node: Node) -> Shape:
    found = [_size(item) for item in node.items] if isinstance(node, Sequence) else []
    if not 1 <= len(found) <= 4 or any(size is None for size in found):
        raise _no_shape(node, found)
    sizes = [size for size in found if size is not None]
    _limits(run, sizes, node)
    if len(sizes) == 3 and sizes[2] in (1, 3) and sizes[0] > 8 and sizes[1] > 8:
        message = f"read as {sizes[0]} channels of {sizes[1]}×{sizes[2]}: channels come first"
        run.warn("AD1213", node.span, message, help=f"write `[{sizes[2]}, {sizes[0]}, {sizes[1]}]`")
    if len(sizes) == 4 and sizes[0] == 1 and sizes[1] in (1, 3):
        message = f"read as 1 channel of depth {sizes[1]}: the batch is not written"
        run.warn("AD1213", node.span, message, help=f"write `{sizes[1:]}`")
    return Shape.example(*sizes)


def _no_shape(node: Node, found: list[int | None]) -> Fault:
    shown = " ".join(node.span.text.split())[:40]
    message = f"`input` is one to four whole numbers above zero, channels first; found `{shown}`"
    if isinstance(node, Sequence) and 1 < len(found) <= 4:
        labels = tuple(
            Label(item.span, "not a whole number above zero") for item, size in zip(node.items, found, strict=True) if size is None
        )
        return Fault("AD1212", node.span, message, labels=labels, help="write numbers, as `input: [3, 224, 224]`")
    text = node.text if isinstance(node, Scalar) else ""
    if len(text) <= LONGEST and re.fullmatch(r"[(\s]*[1-9]\d*(\s*[x,\s]\s*[1-9]\d*){1,3}[)\s]*", text):
        listed = f"[{', '.join(re.findall('[0-9]+', text))}]"
        return Fault("AD1212", node.span, message, help=f"write `input: {listed}`", edit=replaced(node.span, text, listed))
    return Fault("AD1212", node.span, message, help="write `input: [3, 224, 224]`, or names with such a list each")


def _size(node: Node) -> int | None:
    value = scalar_value(node.text, node.span) if isinstance(node, Scalar) and not node.quoted else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _limits(run: Run, sizes: list[int], node: Node) -> None:
    limits = run.limits
    spans = [item.span for item in node.items] if isinstance(node, Sequence) else [node.span] * len(sizes)
    if sizes[0] > limits.channels:
        help = f"raise it with `--limit channels={sizes[0]}`"
        raise Fault("AD5014", spans[0], f"{sizes[0]:,} channels; the limit `channels` is {limits.channels:,}", help=help)
    for size, span in zip(sizes[1:], spans[1:], strict=True):
        if size > limits.size:
            help = f"raise it with `--limit size={size}`"
            raise Fault("AD5016", span, f"a size of {size:,}; the limit `size` is {limits.size:,}", help=help)
