"""What operations, functions and folded levels are called in drawings and tables."""

from __future__ import annotations

from itertools import takewhile

from archdsl.functions.base import Function
from archdsl.graph import Level, Module


def says(target: Module | Function) -> str:
    """The call of an operation or function as a person says it."""
    if isinstance(target, Function):
        return target.says()
    return target.op.says(len(target.inputs[0].spatial) or 2)


def title_of(level: Level) -> tuple[str, int]:
    """The title of a folded level, and how many of that it holds.

    A level without a title that holds calls of one block is that block, so many times: a stage of two `basic 128` is `basic 128 ×2`.
    """
    return (level.title, 1) if level.title else blocks_in(level)


def blocks_in(level: Level) -> tuple[str, int]:
    """What all children of a level say, and how many there are; nothing where they are not calls of one block."""
    children = list(level.children.values())
    titles = [child.title for child in children if isinstance(child, Level)]
    if not titles or len(titles) < len(children) or not all(titles):
        return "", 1
    words = common([title.split() for title in titles])
    return " ".join(words), len(titles) if words else 1


def common(lists: list[list[str]]) -> list[str]:
    """The words that all start with.

    >>> common([["basic", "128", "stride=2"], ["basic", "128"]])
    ['basic', '128']
    """
    return [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*lists, strict=False))]


def span_of_names(first: str, last: str) -> str:
    """The names of children from the first to the last.

    >>> span_of_names("layer1.1", "layer1.5"), span_of_names("a", "a")
    ('layer1.1–5', 'a')
    """
    if first == last:
        return first
    stem = first.rpartition(".")[0]
    return f"{first}–{last[len(stem) + 1 :] if stem and last.startswith(f'{stem}.') else last}"
