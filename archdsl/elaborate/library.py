"""The standard library: one YAML file for each block, read when it is first called."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from archdsl.diagnostics import Diagnostic, Source, Span
from archdsl.elaborate.scope import File
from archdsl.language.document import Block, Document
from archdsl.language.nodes import Mapping, Node, Sequence
from archdsl.language.reader import read
from archdsl.language.syntax import block_of
from archdsl.limits import DEFAULT

FOLDER = Path(__file__).parent.parent / "stdlib"
DOCUMENTATION = frozenset(("source", "example"))
"""keys of a library file beside those of a block"""


@cache
def library_names() -> frozenset[str]:
    """The names of the library's blocks."""
    return frozenset(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def library_file() -> File:
    """The library as a file: its blocks see each other and no names of a spec."""
    source = Source("standard library", "")
    span = Span(source, 0, 0)
    return File(Document(source, Block("", span, Sequence((), span))))


@cache
def library_node(name: str) -> Mapping:
    """What a library file holds."""
    path = FOLDER / f"{name}.yaml"
    node = read(Source(f"archdsl/stdlib/{path.name}", path.read_text("utf-8")), DEFAULT, _broken)
    assert isinstance(node, Mapping), path
    return node


@cache
def library_block(name: str) -> Block:
    """A block of the library."""
    node = library_node(name)
    keys: Node = Mapping(tuple(entry for entry in node.entries if entry[0].text not in DOCUMENTATION), node.span)
    block = block_of(name, keys, _broken)
    assert block is not None, name
    return block


def _broken(diagnostic: Diagnostic) -> None:
    raise AssertionError(f"{diagnostic.span}: {diagnostic.message}")
