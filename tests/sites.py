"""Where the parts of a spec stand in its text: one-line calls, items as mappings, bodies that are lists. PyYAML finds the places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from archdsl.language.items import MODIFIERS

BODIES = ("seq", "do", "residual", "gate", "shortcut")
MERGES = ("add", "mul", "concat")


@dataclass(frozen=True)
class Site:
    """A text on one line: its line counted from 0, where it starts and ends there, and whether it is free of quotes and of flow style."""

    line: int
    start: int
    end: int
    text: str
    plain: bool = True


@dataclass
class Sites:
    """What stands where: calls on one line, keys of arguments with the word of their call, items of lists in block style and those of the
    network itself, the keys of the spec."""

    calls: list[Site] = field(default_factory=list)
    arguments: list[tuple[Site, str]] = field(default_factory=list)
    items: list[Site] = field(default_factory=list)
    main: list[Site] = field(default_factory=list)
    top: list[Site] = field(default_factory=list)


def sites(text: str) -> Sites:
    """The places of a right spec."""
    found = Sites()
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(root, SequenceNode):
        _body(root, found, text)
    elif isinstance(root, MappingNode):
        _block(root, found, text)
        body = next((value for name, _, value in _entries(root) if name == "body"), None)
        if isinstance(body, SequenceNode):
            lines = {item.start_mark.line for item in body.value}
            found.main = [item for item in found.items if item.line in lines]
        found.top = [site for key, _ in root.value if (site := _site(key, text))]
    return found


def _site(node: Node, text: str) -> Site | None:
    """The place of a text that stands on one line as it is read."""
    start, end = node.start_mark, node.end_mark
    if not isinstance(node, ScalarNode) or start.line != end.line:
        return None
    quotes = node.style in ("'", '"')
    low, high = start.index + quotes, end.index - quotes
    if text[low:high] != node.value or node.style in ("|", ">"):
        return None
    return Site(start.line, start.column + quotes, end.column - quotes, node.value, not quotes)


def _entries(node: Node) -> Iterator[tuple[str, Node, Node]]:
    for key, value in node.value if isinstance(node, MappingNode) else ():
        yield key.value, key, value


def _block(node: Node, found: Sites, text: str) -> None:
    for name, _, value in _entries(node):
        if name == "body":
            _body(value, found, text)
        if name == "blocks":
            for _, _, block in _entries(value):
                _body(block, found, text) if isinstance(block, SequenceNode) else _block(block, found, text)


def _body(node: Node, found: Sites, text: str) -> None:
    if isinstance(node, SequenceNode):
        for item in node.value:
            if not node.flow_style:
                mark = item.start_mark
                dash = text.rfind("-", 0, mark.index) - (mark.index - mark.column)
                found.items += [Site(mark.line, dash, dash + 1, "-")] if dash >= 0 else []
            _item(item, found, text)
    elif isinstance(node, MappingNode):
        for _, _, value in _entries(node):
            _item(value, found, text)
    else:
        _item(node, found, text)


def _item(node: Node, found: Sites, text: str) -> None:
    if isinstance(node, SequenceNode):
        _body(node, found, text)
    if isinstance(node, ScalarNode):
        site = _site(node, text)
        found.calls += [site] if site and site.text[:1].isalpha() else []
    if not isinstance(node, MappingNode):
        return
    entries = list(_entries(node))
    head = next((name for name, _, _ in entries if name not in MODIFIERS), "")
    wired = {name for name, _, _ in entries} & {*BODIES, *MERGES, "math", "reuse"}
    for name, key, value in entries:
        if name in BODIES:
            _body(value, found, text)
        elif name in MERGES:
            for operand in value.value if isinstance(value, SequenceNode) else ():
                _body(operand, found, text) if isinstance(operand, SequenceNode) else None
        elif not wired and name != head and name not in MODIFIERS and (site := _site(key, text)):
            found.arguments.append((site, head))
