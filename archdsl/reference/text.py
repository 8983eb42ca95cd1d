"""The reference as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from textwrap import wrap

from archdsl.reference.entry import Argument, Entry, Example

SIGNATURE = 40
"""columns of a list that signatures have; longer ones push what follows to the right, or are cut where lines are"""


def listing(entries: Iterable[Entry], width: int | None = None) -> str:
    """A line for each entry, group by group: the signature and what it is. Lines are cut to `width`, where one is given."""
    parts = []
    for group, members in groupby(entries, lambda entry: entry.group):
        parts.append("\n".join([group, *(f"  {_line(entry, width)}".rstrip() for entry in members)]))
    return "\n\n".join(parts)


def page(entry: Entry, width: int = 100) -> str:
    """All that there is to say of one entry."""
    parts = [entry.signature, *(_paragraph(part, width) for part in entry.text.split("\n\n") if part)]
    parts += [_arguments(entry.arguments, width)] if entry.arguments else []
    parts += ["Examples\n" + "\n".join(map(_example, entry.examples))] if entry.examples else []
    parts += [f"Python: {entry.code}"] if entry.code else []
    parts += [f"Definition\n{_indented(entry.definition.strip())}"] if entry.definition else []
    parts += [_paragraph(f"Source: {entry.source}", width)] if entry.source else []
    return "\n\n".join(parts)


def _line(entry: Entry, width: int | None) -> str:
    if width is None:
        return f"{entry.signature:<{SIGNATURE}}  {entry.summary}"
    return _cut(f"{_cut(entry.signature, SIGNATURE):<{SIGNATURE}}  {entry.summary}", width - 2)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(1, width) - 1].rstrip()}…"


def _paragraph(text: str, width: int) -> str:
    return text if text.startswith((">>>", "    ")) else "\n".join(wrap(text, width, break_long_words=False, break_on_hyphens=False))


def _arguments(arguments: tuple[Argument, ...], width: int) -> str:
    """Two columns: the argument with its default; what it is, and below it what it takes."""
    heads = [f"{argument.name}={argument.default}" if argument.default else argument.name for argument in arguments]
    column = min(24, max(map(len, heads))) + 4
    blank = " " * column
    lines = ["Arguments"]
    for head, argument in zip(heads, arguments, strict=True):
        told = [line for text in (argument.text, argument.takes) if text for line in wrap(text, max(24, width - column))]
        first = f"  {head}".ljust(column)
        lines += [first.rstrip()] if len(first) > column else []
        lines += [f"{blank if i or len(first) > column else first}{line}" for i, line in enumerate(told)]
    return "\n".join(lines)


def _example(example: Example) -> str:
    if example.spec:
        return f"{_indented(example.spec.rstrip())}\n\n{_indented(example.layers)}".rstrip()
    tensors = f"   {example.tensors}" if example.tensors else ""
    shapes = f"{example.input} → {example.output}" if example.output else ""
    return "\n".join([f"  {example.call}   {shapes}{tensors}".rstrip(), *(f"      {sum}" for sum in example.sums)])


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.split("\n"))
