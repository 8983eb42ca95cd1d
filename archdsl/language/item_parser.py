"""Nodes of a body → items (section 2 of the language). What an operation takes is not known here; what wiring takes is.

Keys and items without content never come here: the reader reports them.
"""

from __future__ import annotations

import re

from archdsl.diagnostics import Edit, Fault, Label
from archdsl.diagnostics.suggest import nearest
from archdsl.diagnostics.text import cut
from archdsl.language.calls import parse_call, split_call
from archdsl.language.expressions import parse_targets
from archdsl.language.items import BODIES, CALLS, INLINE_MODIFIERS, MERGES, MODIFIERS, NO_MODIFIERS, RESERVED, WIRING, Item, Modifiers
from archdsl.language.labels import Label as ItemLabel
from archdsl.language.labels import Loop, NamePart, parse_labels, parse_loop, parse_name
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence, is_empty

__all__ = [
    "ItemLabel",
    "Loop",
    "NamePart",
    "is_number",
    "kind",
    "parse_body",
    "parse_item",
    "parse_labels",
    "parse_loop",
    "parse_name",
    "parse_targets",
]

Child = tuple[Scalar | None, Node]
"""a name, where there is one, and an item's node"""

FIELDS = {"from": "from_", "as": "as_", "else": "otherwise", "for": "loop"}
"""modifiers whose field in `Modifiers` is called otherwise"""
TEXTS = {
    "name": "stem",
    "when": "depth > 2",
    "for": "i in range(4)",
    "repeat": "3",
    "inline": "true",
    "math": "x * 2",
    "use": "basic",
    "reuse": "conv1",
}
"""modifiers and words whose value is a text, each with an example"""
TAKES = {"residual": ("shortcut", "skip"), "concat": ("dim",)}
"""what wiring words take beside their main argument"""


def parse_item(node: Node) -> Item:
    """The item that a node stands for, however it is written. Raises a `Fault` where the node is no item.

    >>> from archdsl.diagnostics import Source, Span
    >>> source = Source("spec.yaml", "conv 64 7 when=deep")
    >>> item = parse_item(Scalar(source.text, Span(source, 0, 19)))
    >>> item.head.text, [p.text for p in item.positional], item.modifiers.when.text
    ('conv', ['64', '7'], 'deep')
    """
    return _PARSERS[type(node)](node)


def parse_body(node: Node) -> tuple[bool, tuple[Child, ...]]:
    """Whether a body names its children, and its children in order; the children of a list have no name, a text is one item.

    Raises a `Fault` for a body without children, and for items where names stand.
    """
    if is_empty(node):
        raise Fault("AD1321", node.span, "found nothing where a body was expected", help="write its layers as a list, as `[conv 64, relu]`")
    if isinstance(node, Scalar):
        return False, ((None, node),)
    if isinstance(node, Sequence):
        return False, tuple((None, child) for child in node.items)
    for key, value in node.entries:
        _check_name(key, node)
        _check_child(key, value, node)
    return True, node.entries


def is_number(node: Node) -> bool:
    """Whether a node is a number, `1x7` counted, and not an expression."""
    text = node.text.lstrip("-+") if isinstance(node, Scalar) and not node.quoted else ""
    return text[:1].isdigit() and all(c in "0123456789.xe-+" for c in text)


def _from_text(node: Node) -> Item:
    assert isinstance(node, Scalar)
    if is_empty(node):
        message = "found nothing where an item was expected"
        raise Fault("AD1310", node.span, message, help="write an operation, as `relu`, or take the item away")
    if not node.quoted and (continued := re.search(r"[\r\n][ \t]*([A-Za-z_][\w.]*)(?![\w.=])", node.span.text)):
        message = f"this line continues the item above it, which reads `{cut(node.text, 60)}`"
        raise Fault("AD1102", node.span.part(*continued.span(1)), message, help="begin each item with a dash, as `- relu`")
    head, positional, keywords = parse_call(node)
    if head.text in WIRING or head.text in CALLS:
        raise Fault("AD1317", node.span, f"`{head.text}` needs the mapping form", help=f"write `{_as_mapping(head, node)}`")
    for key, _ in keywords:
        if key.text in MODIFIERS and key.text not in INLINE_MODIFIERS:
            message = f"`{key.text}` cannot stand in a one-line call, it needs the mapping form"
            raise Fault("AD1317", key.span, message, help=f"write `{{{head.text}: …, {key.text}: …}}`")
    modifiers = _modifiers([entry for entry in keywords if entry[0].text in MODIFIERS], head)
    arguments = tuple(entry for entry in keywords if entry[0].text not in MODIFIERS)
    return Item(head, node.span, positional, arguments, modifiers, bare=not positional and not keywords)


def _from_list(node: Node) -> Item:
    return Item(Scalar("seq", node.span), node.span, (node,))


def _from_mapping(node: Node) -> Item:
    assert isinstance(node, Mapping)
    calls = [entry for entry in node.entries if entry[0].text not in MODIFIERS]
    if not calls:
        found = f"found only {', '.join(f'`{key.text}`' for key, _ in node.entries)}" if node.entries else "found an empty mapping"
        raise Fault("AD1312", node.span, f"{found} where an item was expected", help="name an operation, as `{conv: 64}`")
    call = next((entry for entry in calls if entry[0].text == "residual"), calls[0])
    head, main = call
    keywords = tuple(entry for entry in calls if entry is not call)
    modifiers = [entry for entry in node.entries if entry[0].text in MODIFIERS]
    _check_main(node, head, main)
    for key, _ in keywords:
        _check_keyword(head, key)
    return Item(head, node.span, (main,), keywords, _modifiers(modifiers, head))


_PARSERS = {Scalar: _from_text, Sequence: _from_list, Mapping: _from_mapping}


def _modifiers(entries: list[tuple[Scalar, Node]] | list[tuple[Scalar, Scalar]], head: Scalar) -> Modifiers:
    if not entries:
        return NO_MODIFIERS
    written = {key.text: (key, value) for key, value in entries}
    for key, value in written.values():
        if is_empty(value):
            raise Fault("AD1310", key.span, f"`{key.text}` has no value", help=f"give it a value, or take `{key.text}` away")
        if key.text in TEXTS and not isinstance(value, Scalar):
            raise _no_text(key, value)
    if "for" in written and "repeat" in written:
        first = Label(written["for"][0].span, "the loop")
        message = "found `for` beside `repeat`; an item takes either `for` or `repeat`"
        raise Fault("AD1315", written["repeat"][0].span, message, labels=(first,), help="put one of them on a `do` around the item")
    if "else" in written and "when" not in written:
        message = "`else` needs `when`: without a condition it is never used"
        raise Fault("AD1316", written["else"][0].span, message, help=f"write `when: condition` beside `{head.text}`")
    return Modifiers(**{FIELDS.get(name, name): value for name, (_, value) in written.items()})  # type: ignore[arg-type]


def kind(node: Node) -> str:
    """What a node is, in a user's words."""
    return {Scalar: "a text", Sequence: "a list", Mapping: "a mapping"}[type(node)]


def _no_text(key: Scalar, value: Node) -> Fault:
    help = f"for example `{key.text}: {TEXTS[key.text]}`"
    return Fault("AD1320", value.span, f"`{key.text}` takes a text, found {kind(value)}", help=help)


def _as_mapping(head: Scalar, node: Scalar) -> str:
    """A one-line call of what needs a mapping, as one."""
    words = node.text.split()[1:]
    if head.text in (*BODIES, *MERGES):
        listed = ", ".join(words) if head.text in MERGES else " ".join(words)
        return f"{{{head.text}: [{listed or ('x, [conv 64]' if head.text in MERGES else 'conv 64, relu')}]}}"
    return f"{{{head.text}: {' '.join(words) or TEXTS.get(head.text, '…')}}}"


def _check_main(node: Mapping, head: Scalar, main: Node) -> None:
    word = head.text
    if word in BODIES and is_empty(main):
        raise Fault("AD1321", head.span, f"`{word}` has no body", help=f"write its layers, as `{word}: [conv 64, relu]`")
    if word in MERGES and is_empty(main):
        raise Fault("AD1321", head.span, f"`{word}` has no operands", help=f"write the tensors to merge, as `{word}: [x, [conv 64]]`")
    if word in ("math", *CALLS) and not isinstance(main, Scalar):
        raise _no_text(head, main)
    if isinstance(main, Scalar) and word not in RESERVED:
        if is_empty(main):
            raise Fault("AD1310", head.span, f"the key `{word}` has no value", help=f"write `{word}`, or `{{use: {word}, …}}`")
        _check_value(node, head, main)


def _check_value(node: Mapping, head: Scalar, main: Scalar) -> None:
    """A value that begins with a number and goes on with another argument is a call."""
    if not (main.text[:1].isdigit() and " " in main.text.strip()):
        return
    tokens = split_call(main.text, main.span)
    if all(is_number(token) or token.text.replace("=", "").isalnum() for token in tokens) and not _words(tokens):
        more = [(key.text, value) for key, value in node.entries if key is not head]
        words = (*INLINE_MODIFIERS, *(key for key, _ in more if key not in MODIFIERS))
        plain = all(isinstance(value, Scalar) and " " not in value.text and key in words for key, value in more)
        call = " ".join([head.text, main.text, *(f"{key}={value.span.text}" for key, value in more if plain)])
        edit = Edit(node.span, call, "maybe") if plain else None
        help = f"write `{call}` as one text" if plain else f"give each argument its name beside `{head.text}: {tokens[0].text}`"
        raise Fault("AD1318", main.span, f"`{main.text}` is part of a call, not a value", help=help, edit=edit)


def _words(tokens: list[Scalar]) -> bool:
    return any(token.text in ("if", "else", "and", "or", "not", "in") for token in tokens)


def _check_keyword(head: Scalar, key: Scalar) -> None:
    if key.text in WIRING or key.text in CALLS:
        message = f"found `{key.text}` beside `{head.text}`: an item has one operation"
        raise Fault("AD1313", key.span, message, labels=(Label(head.span, "the first"),), help="make two items of them")
    if head.text in RESERVED and head.text != "use" and key.text not in TAKES.get(head.text, ()):
        beside = (Label(head.span, "beside this"),)
        raise Fault("AD1314", key.span, f"`{head.text}` takes no `{key.text}`", labels=beside, help=_belongs(head, key))


def _belongs(head: Scalar, key: Scalar) -> str:
    owner = next((word for word, names in TAKES.items() if key.text in names), None)
    if owner is not None:
        return f"`{key.text}` belongs to `{owner}`"
    own = TAKES.get(head.text, ())
    if key.text == "axis" and "dim" in own:
        return "did you mean `dim`?"
    if near := nearest(key.text, (*own, *MODIFIERS)):
        return f"did you mean `{near}`?"
    if head.text == "reuse":
        return "a layer that runs again keeps its arguments"
    what = "operands" if head.text in MERGES else "formula" if head.text == "math" else "body"
    takes = f"{', '.join(f'`{word}`' for word in own)} and " if own else "only "
    return f"beside its {what} it takes {takes}modifiers; of two operations make two items"


def _check_name(key: Scalar, node: Mapping) -> None:
    if key.text in RESERVED:
        message = f"names of children stand here, and `{key.text}` is no name; items stand in a list"
        raise Fault("AD1322", key.span, message, help=_list_form(node, key))


def _check_child(key: Scalar, value: Node, node: Mapping) -> None:
    if not is_number(value):
        return
    number = value.span.text
    if len(node.entries) > 1 and all(is_number(other) for _, other in node.entries):
        message = f"names of children stand here, and `{key.text}` is given the number {number}; items stand in a list"
        raise Fault("AD1323", value.span, message, help=f"write `[{_braces(node)}]`")
    message = f"the child `{key.text}` is given the number {number}; a number is a layer in a list only"
    call = f"conv {number}" if number.isdigit() else f"conv 64 {number}"
    help = f"did you mean `- {call}`? with a name: `{key.text}: {call}`"
    if len(node.entries) > 1:
        help = f"did you mean `{key.text}: {call}`? an item with arguments stands in a list, as `- {{conv: 64, kernel: 3}}`"
    raise Fault("AD1323", value.span, message, help=help)


def _list_form(node: Mapping, key: Scalar) -> str:
    """How the entries of a mapping are written as one item or as items of a list; `key` is the word that names no child."""
    if key.text not in WIRING or all(is_number(value) for _, value in node.entries):
        return f"write `[{_braces(node)}]`"
    if len(node.entries) == 1:
        return f"write `- {key.text}: …`"
    return f"give it a name, as `join: {{{key.text}: …}}`, or write a list with `- {key.text}: …` for each item"


def _braces(node: Mapping) -> str:
    """A mapping in one line, what is long in it left out."""
    short = ((key.text, " ".join(value.span.text.split())) for key, value in node.entries)
    return f"{{{', '.join(f'{key}: {text}' if len(text) <= 40 else f'{key}: …' for key, text in short)}}}"
