"""The reference as Markdown: the pages of docs/, and what `--format markdown` prints."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from archdsl.reference.entry import Entry


def pages(entries: Iterable[Entry], level: int = 2) -> str:
    """Entries under the names of their groups, whose headings have so many `#`."""
    parts = []
    for group, members in groupby(entries, lambda entry: entry.group):
        parts += [f"{'#' * level} {group}\n", *(page(entry, level + 1) for entry in members)]
    return "\n".join(parts)


def page(entry: Entry, level: int = 1) -> str:
    """All that there is to say of one entry, under a heading with so many `#`."""
    parts = [f"{'#' * level} {entry.name}", f"`{entry.signature}`"]
    parts += [prose(entry.text)] if entry.text else []
    parts += [f"Source: {entry.source}."] if entry.source else []
    parts += [f"In Python: `{entry.code}`"] if entry.code else []
    rows = [(f"`{a.name}`", a.text or a.takes, a.takes if a.text else "", f"`{a.default}`" if a.default else "") for a in entry.arguments]
    parts += [table(("argument", "what it is", "takes", "default"), rows)] if rows else []
    worked = [(f"`{e.call}`", e.input, e.output, e.tensors) for e in entry.examples if not e.spec]
    parts += [table(("example", "takes", "gives", "tensors"), worked)] if worked else []
    parts += [f"```yaml\n{e.spec}```\n```text\n{_stripped(e.layers)}\n```" for e in entry.examples if e.spec]
    return "\n\n".join(parts) + "\n"


def prose(text: str) -> str:
    """A docstring as Markdown: an indented part, or one with `>>>`, is code."""
    parts = []
    for part in text.split("\n\n"):
        parts.append(f"```pycon\n{part}\n```" if part.startswith(">>>") else f"```text\n{part}\n```" if part.startswith("    ") else part)
    return "\n\n".join(parts)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table; columns without an entry are left out, and a table without any is empty."""
    filled = [head, *rows]
    kept = [column for column in range(len(head)) if any(row[column] for row in filled[1:])]
    if not kept:
        return ""
    cells = [[row[column].replace("|", "\\|") for column in kept] for row in filled]
    return "\n".join(f"| {' | '.join(line)} |" for line in [cells[0], ["---"] * len(kept), *cells[1:]])


def _stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n"))
