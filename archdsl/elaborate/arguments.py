"""From what a call writes to named arguments: positional and keyword nodes are matched with a signature; values are read later, by type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from archdsl.diagnostics import Fault, Label, Span
from archdsl.diagnostics.suggest import is_sure, nearest
from archdsl.elaborate.scope import Context
from archdsl.language.calls import replaced
from archdsl.language.item_parser import TAKES
from archdsl.language.items import MODIFIERS, Item
from archdsl.language.nodes import Node, Scalar
from archdsl.ops import BY_NAME
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
    """What a callee takes: its name with the word for its kind, its arguments in order, those without a default, where it is defined.

    The first `most` arguments may be given by position, all unless told. `types` has the types that a block declares.
    """

    owner: str
    names: tuple[str, ...]
    required: tuple[str, ...]
    text: str
    place: Span | None = None
    open: bool = False
    most: int | None = None
    types: Mapping[str, str] = field(default_factory=dict)


def bind(
    item: Item,
    context: Context,
    signature: Signature,
    spread: Sequence[Given] | None = None,
    also: Callable[[Fault], None] | None = None,
) -> dict[str, Given]:
    """Match a call with a signature; `missing` is asked for separately.

    Raises a Fault for the first argument that does not fit. Further arguments of unknown names go to `also`.
    """
    positional = [Given(node.span, context, node) for node in item.positional] if spread is None else list(spread)
    count = len(signature.names) if signature.most is None else signature.most
    if len(positional) > count and not signature.open:
        plural = "" if len(positional) == 1 else "s"
        message = f"{len(positional)} positional argument{plural} for {count}: {signature.owner} is `{signature.text}`"
        message = message if count else f"{signature.owner} takes no arguments by position"
        raise Fault("AD2102", positional[count].span, message, labels=_place(signature), help=_input_sizes(item, signature))
    given = dict(zip(signature.names, positional, strict=False))
    strangers = () if signature.open else [key for key, _ in item.keywords if key.text not in signature.names]
    unknown = [unknown_argument(key, item, signature) for key in strangers]
    if also is not None:
        for fault in unknown[1:]:
            also(fault)
    if unknown:
        raise unknown[0]
    for key, node in item.keywords:
        if key.text in given:
            first = Label(given[key.text].span, f"`{key.text}` by position")
            message = f"`{key.text}` is given twice: {signature.owner} is `{signature.text}`"
            raise Fault("AD2103", key.span, message, labels=(first,), help="keep one of the two")
        given[key.text] = Given(node.span, context, node)
    return given


def missing(given: Mapping[str, Given | None], item: Item, signature: Signature) -> None:
    """A Fault when an argument without default is not given."""
    absent = [name for name in signature.required if name not in given]
    if absent:
        types = signature.types
        names = " and ".join(f"`{name}` ({types[name]})" if name in types else f"`{name}`" for name in absent)
        message = f"{signature.owner} needs {names}: its signature is `{signature.text}`"
        known = BY_NAME.get(item.head.text) if signature.place is None else None
        help = None if known is None else f"for example `{known.examples[0].call}`"
        raise Fault("AD2101", item.head.span, message, labels=_place(signature), help=help)


def _place(signature: Signature) -> tuple[Label, ...]:
    return () if signature.place is None else (Label(signature.place, "defined here"),)


def _input_sizes(item: Item, signature: Signature) -> str | None:
    """Numbers beyond the signature are often input sizes, which are never written."""
    words = [node.text for node in item.positional if isinstance(node, Scalar)]
    if len(words) != len(item.positional) or signature.place is not None or not all(map(str.isdigit, words[:2])):
        return None
    return f"input sizes are never written: `{' '.join([item.head.text, *words[1:]])}`"


def _given(item: Item | None, signature: Signature) -> list[str]:
    """The arguments that an item gives, by position or by name."""
    return [] if item is None else [*signature.names[: len(item.positional)], *(key.text for key, _ in item.keywords)]


def _is_call(node: Node) -> bool:
    """Whether a value begins with an operation."""
    return isinstance(node, Scalar) and node.text.partition(" ")[0] in BY_NAME


def _apart(key: Scalar, item: Item | None) -> str | None:
    """An activation or norm as an argument is an item of its own here."""
    value = next((node for given, node in item.keywords if given is key), None) if item is not None else None
    if item is None or value is None or not _is_call(value):
        return None
    call = " ".join(node.span.text for node in (item.head, *item.positional))
    return f"an operation is an item of its own: `[{call}, {value.span.text}]`"


def unknown_argument(key: Scalar, item: Item | None, signature: Signature) -> Fault:
    """The fault of an argument that a callee does not have; without an item the argument stands among the defaults."""
    word = key.text
    if word in BY_NAME and item is not None:
        message = f"`{word}` is an operation too: an item has one"
        help = f"make two items of `{item.head.text}` and `{word}`"
        return Fault("AD1313", key.span, message, labels=(Label(item.head.span, "the first operation"),), help=help)
    owner = next((owner for owner, names in TAKES.items() if word in names), None)
    if owner is not None:
        return Fault("AD2104", key.span, f"{signature.owner} has no argument `{word}`", help=f"`{word}` belongs to `{owner}`")
    if signature.place is None and word in FOREIGN_ARGUMENTS:
        ours = FOREIGN_ARGUMENTS[word]
        if ours is None:
            return Fault("AD2104", key.span, f"`{word}` is never written: it follows from what flows in", help="take it away")
        if ours in signature.names:
            edit = replaced(key.span, word, ours, "maybe" if ours in _given(item, signature) else "safe")
            return Fault("AD2104", key.span, f"PyTorch's and Keras' `{word}` is `{ours}` here", help=f"write `{ours}`", edit=edit)
    if item is not None and item.positional and _is_call(item.positional[0]):
        message = f"{signature.owner} has no argument `{word}`"
        return Fault("AD2104", key.span, message, help="children with names inside a child stand under `seq:`")
    known = (*signature.names, *(() if item is None else MODIFIERS))
    near = nearest(word, known)
    hint = f"did you mean `{near}`?" if near else _apart(key, item) or f"{signature.owner} is `{signature.text}`"
    sure = signature.place is None and near not in (*_given(item, signature), *MODIFIERS) and is_sure(word, known)
    edit = replaced(key.span, word, near, "safe" if sure else "maybe") if near else None
    return Fault("AD2104", key.span, f"{signature.owner} has no argument `{word}`", labels=_place(signature), help=hint, edit=edit)
