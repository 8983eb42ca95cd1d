"""From what a call writes to named arguments: positional and keyword nodes are matched with a signature; values are read later, by type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archdsl.diagnostics import Edit, Fault, Label, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.elaborate.scope import Context
from archdsl.language.items import Item
from archdsl.language.nodes import Node, Scalar
from archdsl.ops.foreign_names import FOREIGN_ARGUMENTS


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """One argument of a call: the node as written, or a value when it came out of a list. `context` is where it was written."""

    span: Span
    context: Context
    node: Node | None = None
    value: object = None


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """What a callee takes: its name with the word for its kind, its arguments in order, those without a default, where it is defined."""

    owner: str
    names: tuple[str, ...]
    required: tuple[str, ...]
    text: str
    place: Span | None = None
    open: bool = False


def bind(item: Item, context: Context, signature: Signature, spread: Sequence[Given] | None = None) -> dict[str, Given]:
    """Match a call with a signature. Raises a Fault for the first argument that does not fit; `missing` is asked for separately."""
    positional = [Given(node.span, context, node) for node in item.positional] if spread is None else list(spread)
    if len(positional) > len(signature.names) and not signature.open:
        count = len(signature.names)
        message = f"{len(positional)} positional arguments for {count}: {signature.owner} is `{signature.text}`"
        raise Fault("AD2102", positional[count].span, message, labels=_place(signature), help=_input_sizes(item, signature))
    given = dict(zip(signature.names, positional, strict=False))
    for key, node in item.keywords:
        if key.text not in signature.names and not signature.open:
            raise _unknown(key, node, item, signature)
        if key.text in given:
            first = Label(given[key.text].span, f"`{key.text}` by position")
            raise Fault("AD2103", key.span, f"`{key.text}` is given twice: {signature.owner} is `{signature.text}`", labels=(first,))
        given[key.text] = Given(node.span, context, node)
    return given


def missing(given: Mapping[str, Given | None], item: Item, signature: Signature) -> None:
    """A Fault when an argument without default is not given."""
    absent = [name for name in signature.required if name not in given]
    if absent:
        names = " and ".join(f"`{name}`" for name in absent)
        message = f"{signature.owner} needs {names}: its signature is `{signature.text}`"
        raise Fault("AD2101", item.head.span, message, labels=_place(signature))


def _place(signature: Signature) -> tuple[Label, ...]:
    return () if signature.place is None else (Label(signature.place, "defined here"),)


def _input_sizes(item: Item, signature: Signature) -> str | None:
    """Numbers beyond the signature are often input sizes, which are never written."""
    words = [node.text for node in item.positional if isinstance(node, Scalar)]
    if len(words) != len(item.positional) or len(words) < 2 or signature.place is not None:
        return None
    return f"input sizes are never written: `{' '.join([item.head.text, *words[1:]])}`"


def _unknown(key: Scalar, node: Node, item: Item, signature: Signature) -> Fault:
    word = key.text
    if signature.place is None and word in FOREIGN_ARGUMENTS:
        ours = FOREIGN_ARGUMENTS[word]
        if ours is None:
            return Fault("AD2104", key.span, f"`{word}` is never written: it follows from what flows in", help="take it away")
        if ours in signature.names:
            safe = Edit(key.span, ours, "safe")
            return Fault("AD2104", key.span, f"PyTorch's and Keras' `{word}` is `{ours}` here", help=f"write `{ours}`", edit=safe)
    near = nearest(word, signature.names)
    hint = f"did you mean `{near}`?" if near else f"{signature.owner} is `{signature.text}`"
    edit = Edit(key.span, near, "maybe") if near else None
    return Fault("AD2104", key.span, f"{signature.owner} has no argument `{word}`", labels=_place(signature), help=hint, edit=edit)
