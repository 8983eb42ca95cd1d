"""Items as drawn: written as one line or as a mapping, and loops also written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

IN_LINE = {"name", "from", "as", "when", "repeat", "inline"}
"""modifiers that a one-line call may have"""


@dataclass(frozen=True)
class Text:
    """Text that stands as it is: a word or a pattern, never an expression."""

    text: str


@dataclass(frozen=True)
class Item:
    """A call: arguments by name in the order of the signature, of which the first `lead` are positional. `line` says how it is written.

    Values are numbers, expressions (`str`), `Text`, tuples of such, or bodies. The main argument of wiring is called as the word itself.
    """

    head: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    lead: int = 1
    modifiers: Mapping[str, Any] = field(default_factory=dict)
    line: bool = True

    def having(self, **modifiers: Any) -> Item:
        """With further modifiers; `from_` and `as_` stand for `from` and `as`."""
        return replace(self, modifiers={**self.modifiers, **{name.rstrip("_"): value for name, value in modifiers.items()}})


@dataclass(frozen=True)
class Loop:
    """`item` with `for` or `repeat`, and each turn without. `level` says that its key makes a level; `keys` are those of the turns."""

    item: Item
    turns: tuple[Item, ...]
    level: bool = False
    keys: tuple[str, ...] = ()

    def copies(self) -> list[Item]:
        """The turns as they stand in a list: `from` feeds the first, `as` takes the last."""
        first, *others = self.turns
        found = [first.having(**self.kept("from")), *others]
        return [*found[:-1], found[-1].having(**self.kept("as"))]

    def kept(self, *words: str) -> dict[str, Any]:
        return {word: self.item.modifiers[word] for word in words if word in self.item.modifiers}


@dataclass(frozen=True)
class Style:
    """How a spec is written: `unrolled` writes every loop out, `long` every call as a mapping, but for tokens and what has no such form."""

    unrolled: bool = False
    long: bool = False


Node = Item | Loop | str | int | list[Any] | dict[str, Any]
Body = list[tuple[str | None, Node]]


def bodied(body: Body, style: Style) -> Any:
    """A body as data: a mapping where its items have keys, else a list."""
    if body and all(key is not None for key, _ in body):
        named: dict[str, Any] = {}
        for key, node in body:
            assert key is not None
            if style.unrolled and isinstance(node, Loop) and node.keys:
                named |= {k: written(turn, style) for k, turn in zip(node.keys, node.turns, strict=True)}
            else:
                named[key] = written(node, style)
        return named
    listed: list[Any] = []
    for _, node in body:
        if style.unrolled and isinstance(node, Loop) and not node.level:
            listed += [written(turn, style) for turn in node.copies()]
        else:
            listed.append(written(node, style))
    return listed


def written(node: Any, style: Style) -> Any:
    """A node as data that a spec takes."""
    if isinstance(node, Loop):
        if not style.unrolled:
            return written(node.item, style)
        if not node.level:
            return {"do": [written(turn, style) for turn in node.copies()]}
        return {"seq": [written(turn, style) for turn in node.turns], **node.kept("name", "from", "as")}
    if isinstance(node, Item):
        long = style.long and not node.head.isupper() and not any(name.startswith("*") for name in node.arguments)
        return in_line(node) if node.line and not long and is_short(node) else in_mapping(node, style)
    if isinstance(node, list) and node and isinstance(node[0], tuple):
        return bodied(node, style)
    if isinstance(node, dict):
        return {key: written(value, style) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [written(value, style) for value in node]
    return node.text if isinstance(node, Text) else node


def is_short(item: Item) -> bool:
    """Whether a call fits on one line."""
    values = (*item.arguments.values(), *item.modifiers.values())
    plain = all(isinstance(v, str | int | float | bool | Text) or (isinstance(v, tuple) and not _nested(v)) for v in values)
    return plain and set(item.modifiers) <= IN_LINE and not any("\n" in v for v in values if isinstance(v, str))


def _nested(value: tuple[Any, ...]) -> bool:
    return any(not isinstance(v, str | int | float) for v in value)


def in_line(item: Item) -> str:
    values = list(item.arguments.items())
    named = [*values[item.lead :], *item.modifiers.items()]
    return " ".join([item.head, *(word(value) for _, value in values[: item.lead]), *(f"{name}={word(value)}" for name, value in named)])


def word(value: Any) -> str:
    """A value as it stands in a one-line call."""
    if isinstance(value, Text):
        return f'"{value.text}"' if " " in value.text else value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        short = len(value) > 1 and all(isinstance(v, int) and v >= 0 for v in value)
        return "x".join(map(str, value)) if short else f"[{', '.join(map(str, value))}]"
    text = str(value)
    return f"({text})" if " " in text else text


def in_mapping(item: Item, style: Style) -> dict[str, Any]:
    values = {name: written(value, style) for name, value in item.arguments.items()}
    modifiers = {name: written(value, style) for name, value in item.modifiers.items()}
    if any(name.startswith("*") for name in values):
        return {"do": [in_line(replace(item, modifiers={}))], **modifiers}
    if not values or not item.lead:
        return {"use": item.head, **values, **modifiers}
    main = item.head if item.head in values else next(iter(values))
    return {item.head if name == main else name: value for name, value in values.items()} | modifiers
