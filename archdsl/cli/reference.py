"""`archdsl ops`, `functions` and `blocks`: what a spec may call, and what it takes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from archdsl.cli.answers import CommandError
from archdsl.cli.options import Options, Root, one
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.diagnostics.text import escaped, printable
from archdsl.pipeline import sketch
from archdsl.reference import markdown, text
from archdsl.reference.entry import Entry

WIDEST = 100
"""columns that a page of text has at most"""


class Page(StrEnum):
    """How the reference is printed."""

    text = "text"
    markdown = "markdown"
    json = "json"


Named = Annotated[str | None, typer.Argument(metavar="[NAME]", help="A name; all are listed without one.", show_default=False)]
Printed = Annotated[Page, typer.Option("--format", help="How it is printed.")]
Of = Annotated[str | None, one("--spec", "FILE", "A spec, whose own blocks are told; those of the library unless given.")]
Read = Callable[[str, bool], Entry]
"""the entry of a name, its examples run or not"""


def ops(name: Named = None, format: Printed = Page.text) -> None:
    """List the operations, or tell all about one: arguments, formula, examples with shapes."""
    from archdsl.reference import operations

    _tell(operations.names(), operations.entry, name, format, "ops", "operation")


def functions(name: Named = None, format: Printed = Page.text) -> None:
    """List the functions that formulas may call, or tell all about one."""
    from archdsl.reference import functions

    _tell(functions.names(), functions.entry, name, format, "functions", "function")


def blocks(name: Named = None, spec: Of = None, root: Root = None, format: Printed = Page.text) -> None:
    """List the blocks of the library, or those of a spec, or tell all about one: parameters, definition, layers."""
    from archdsl.reference import blocks

    if spec is None:
        _tell(blocks.names(), blocks.entry, name, format, "blocks", "block")
        return
    own = blocks.of_spec(sketch(Options([], None, [], root, []).request(spec)).document)
    if own or name is not None:
        _tell(own, lambda name, worked: own[name], name, format, f"blocks --spec {escaped(spec)}", "block")
    elif format is Page.json:
        print("[]")
    else:
        print(f"{escaped(spec)} defines and imports no blocks; `archdsl blocks` lists those of the library", file=sys.stderr)


def _tell(names: Iterable[str], read: Read, name: str | None, format: Page, command: str, what: str) -> None:
    """Print one entry, or all of them."""
    known = list(names)
    if name is not None:
        print(printable(_ONE[format](read(_known(name, known, command, what), True))))
        return
    print(printable(_ALL[format]([read(word, format is not Page.text) for word in known])))
    if format is Page.text:
        print(f"\n`archdsl {command} NAME` tells all about one.")


def _known(name: str, names: list[str], command: str, what: str) -> str:
    """The name, if there is such an entry. Raises `CommandError` with what it is elsewhere, or the nearest."""
    if name in names:
        return name
    raise CommandError(f"there is no {what} `{escaped(name[:80])}`: {_elsewhere(name, names) or f'`archdsl {command}` lists all'}")


def _elsewhere(name: str, names: list[str]) -> str | None:
    from archdsl.elaborate.library import library_names
    from archdsl.functions import BY_NAME as functions
    from archdsl.language.words import BESIDE, MODIFIERS, WIRING
    from archdsl.ops import BY_NAME as operations
    from archdsl.ops.foreign_names import FOREIGN_NAMES

    ours = FOREIGN_NAMES.get(name)
    if ours in names:
        return f"it is called `{ours}` here"
    words = {**WIRING, **BESIDE, **MODIFIERS}
    if name in words:
        return f"it is a word of the language: {words[name]}"
    tables = {"ops": operations, "blocks": library_names(), "functions": functions}
    found = next((command for command, table in tables.items() if name in table), None)
    return f"`archdsl {found} {name}` tells about it" if found else did_you_mean(name, names)


def _json(entries: Entry | list[Entry]) -> str:
    from json import dumps

    data = [asdict(entry) for entry in entries] if isinstance(entries, list) else asdict(entries)
    return dumps(data, indent=2)


def _listing(entries: list[Entry]) -> str:
    return text.listing(entries, shutil.get_terminal_size().columns if sys.stdout.isatty() else None)


def _page(entry: Entry) -> str:
    return text.page(entry, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


_ONE: dict[Page, Callable[[Entry], str]] = {Page.text: _page, Page.markdown: lambda entry: markdown.page(entry).rstrip(), Page.json: _json}
_ALL: dict[Page, Callable[[list[Entry]], str]] = {
    Page.text: _listing,
    Page.markdown: lambda entries: markdown.pages(entries).rstrip(),
    Page.json: _json,
}
