"""The nearest known name to a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

LONGEST = 64
"""characters of a word beyond which nothing is suggested"""
SHORT = 3
"""letters of a word in which one slip leaves doubt"""


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that `word` was most likely meant to be, or `None` if nothing is near.

    Upper and lower case and `-` for `_` count nothing. Of equally near names the first wins.

    >>> nearest("cnov", ["conv", "relu"]), nearest("num_clases", ["num_classes"]), nearest("Conv", ["conv"])
    ('conv', 'num_classes', 'conv')
    >>> nearest("backbone", ["body", "blocks"]) is None
    True
    """
    return None if not word or len(word) > LONGEST else _nearest(word, tuple(names))


@lru_cache(maxsize=64)
def _nearest(word: str, names: tuple[str, ...]) -> str | None:
    """One slip is often made many times in a text."""
    wanted = _plain(word)
    best, found = _allowed(wanted) + 1, None
    for name in names:
        plain = _plain(name)
        if abs(len(plain) - len(wanted)) < best and (distance := edits(wanted, plain, best)) < best:
            best, found = distance, name
    return found


def edits(a: str, b: str, limit: int) -> int:
    """Letters to insert, delete, replace or swap with their neighbour to get from `a` to `b`; `limit` or more if not fewer.

    Source: the optimal string alignment distance of Damerau and Levenshtein.

    >>> edits("cnov", "conv", 9), edits("strde", "stride", 9)
    (1, 1)
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, above, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and y == a[i - 2]:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) >= limit and min(before) >= limit:
            return limit
    return row[-1]


def did_you_mean(word: str, names: Iterable[str]) -> str | None:
    """The help line for a misspelled word, or `None` if nothing is near.

    >>> did_you_mean("bdoy", ["body"])
    'did you mean `body`?'
    """
    name = nearest(word, names)
    return None if name is None else f"did you mean `{name}`?"


def is_sure(word: str, names: Iterable[str]) -> bool:
    """Whether a word is one name and no other, but for a single slip: then it may be mended without asking.

    >>> is_sure("cnov", ["conv", "relu"]), is_sure("belu", ["relu", "gelu"]), is_sure("ReLU", ["relu", "prelu"])
    (True, False, True)
    """
    return word != "" and len(word) <= LONGEST and _is_sure(word, tuple(names))


@lru_cache(maxsize=64)
def _is_sure(word: str, names: tuple[str, ...]) -> bool:
    wanted = _plain(word)
    slips = [edits(wanted, plain, 2) for name in set(names) if abs(len(plain := _plain(name)) - len(wanted)) < 2]
    return slips.count(0) == 1 or (len(wanted) > SHORT and 0 not in slips and slips.count(1) == 1)


def _plain(name: str) -> str:
    return name[: LONGEST + 8].casefold().replace("-", "_")


def _allowed(word: str) -> int:
    """Edits that still look like a slip: none in one letter, one in up to four, a third of longer words, three at most."""
    return 0 if len(word) == 1 else min(3, max(1, (len(word) + 1) // 3))
