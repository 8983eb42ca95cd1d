"""Which networks of the zoo need which words of the language: the last table of docs/language.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from archdsl import zoo
from archdsl.diagnostics import Source
from archdsl.elaborate.library import FOLDER as LIBRARY
from archdsl.language import words
from archdsl.language.items import INLINE_MODIFIERS
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.reader import read
from archdsl.limits import DEFAULT

START = "<!-- made by `make docs` from here -->\n"
TABLES = {
    "spec": ("a key of a spec", words.SPEC),
    "block": ("a key of a spec or block", words.BLOCK),
    "wiring": ("wiring", {**words.WIRING, **words.BESIDE}),
    "modifier": ("a modifier", words.MODIFIERS),
    "tensor": ("a key of `tensors`", words.TENSOR),
    "rule": ("a key of a rule of `init`", words.RULE),
    "weights": ("a key of `weights`", words.WEIGHTS),
}
"""by place: what its words are, and the words"""
SHOWN = 4
"""networks that are named for each word"""
Word = tuple[str, str]
"""a place and a word"""


def users() -> dict[Word, list[str]]:
    """The files that write each word where it is one of the language: networks, families, blocks of the library."""
    found: dict[Word, list[str]] = {}
    for path in [*sorted(zoo.FOLDER.rglob("*.yaml")), *sorted(LIBRARY.glob("*.yaml"))]:
        for word in set(_file(_read(path))):
            found.setdefault(word, []).append(f"{path.stem} (library)" if path.parent == LIBRARY else path.stem)
    return found


def _read(path: Path) -> Node:
    node = read(Source(path.name, path.read_text(encoding="utf-8")), DEFAULT, lambda _: None)
    assert node is not None, path
    return node


def _file(node: Node) -> Iterator[Word]:
    for key, value in _entries(node):
        yield "spec", key
        yield from _part(key, value)
        if key == "weights":
            yield from (("weights", word) for word, _ in _entries(value))
        if key == "init" and isinstance(value, Sequence):
            yield from (("rule", word) for rule in value.items for word, _ in _entries(rule))


def _part(key: str, value: Node) -> Iterator[Word]:
    """The words of one key of a spec or block."""
    yield "block", key
    if key == "tensors":
        yield from (("tensor", word) for _, tensor in _entries(value) for word, _ in _entries(tensor))
    if key in ("body", "legend"):
        yield from _items(value)
    if key == "blocks":
        for _, block in _entries(value):
            yield from (word for part, inner in _entries(block) for word in _part(part, inner))
            yield from _items(block) if isinstance(block, Sequence) else ()


def _items(node: Node) -> Iterator[Word]:
    if isinstance(node, Scalar):
        yield from (("modifier", word) for word in re.findall(rf"(?<= )({'|'.join(INLINE_MODIFIERS)})=", node.text))
        return
    for key, value in _entries(node):
        yield "modifier", key
        yield "wiring", key
        yield from _items(value)
    for item in node.items if isinstance(node, Sequence) else ():
        yield from _items(item)


def _entries(node: Node) -> Iterator[tuple[str, Node]]:
    yield from ((key.text, value) for key, value in node.entries) if isinstance(node, Mapping) else ()


def refreshed(page: str) -> str:
    """The page of the language with the table of today."""
    return page.partition(START)[0] + START + table()


def table() -> str:
    """For each word how many files write it, and some of them."""
    used = users()
    lines = ["| word | is | files | for example |", "|---|---|---|---|"]
    for place, (kind, sentences) in TABLES.items():
        for word in sentences:
            files = used.get((place, word), [])
            lines.append(f"| `{word}` | {kind} | {len(files)} | {', '.join(files[:SHOWN])} |")
    return "\n".join(lines) + "\n"
