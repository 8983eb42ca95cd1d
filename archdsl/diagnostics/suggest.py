"""The nearest known name to a misspelled one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate, pairwise

LONGEST = 64
"""characters of a word beyond which nothing is suggested"""
SHORT = 3
"""letters of a word in which one slip leaves doubt"""
MOST = 250
"""names that are looked at"""
SLIP, NEAR, FAR, ONE = 6, 7, 10, 15
"""what slips cost: a letter twice for once, the key beside it or two letters swapped, any other letter, another letter at the start"""
ALLOWED = (0, 0, 13, 15, 21, 23, 27, 27, 27, *(32 for _ in range(LONGEST)))
"""what slips may cost in a name of so many letters: one slip in up to three, two in up to eight, three in longer ones"""
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name that `word` was most likely meant to be, or `None` if nothing is near.

    Upper and lower case and `-` for `_` count nothing. Of equally near names the first wins.

    >>> nearest("cnov", ["conv", "relu"]), nearest("num_clases", ["num_classes"]), nearest("Conv", ["conv"])
    ('conv', 'num_classes', 'conv')
    >>> nearest("backbone", ["body", "blocks"]) is None
    True
    """
    return None if not word or len(word) > LONGEST else _nearest(word, tuple(names)[:MOST])


@lru_cache(maxsize=64)
def _nearest(word: str, names: tuple[str, ...]) -> str | None:
    """One slip is often made many times in a text."""
    wanted = _plain(word)
    letters, count = set(wanted), len(wanted)
    best, found = FAR * LONGEST, None
    for name, plain, others, size in _prepared(names):
        most = min(best, ALLOWED[size] + 1)
        if max(NEAR * len(letters - others), NEAR * len(others - letters), SLIP * abs(size - count)) < most:
            distance = slips(wanted, plain, most)
            if distance < most:
                best, found = distance, name
    return found


@lru_cache(maxsize=16)
def _prepared(names: tuple[str, ...]) -> list[tuple[str, str, set[str], int]]:
    """Each name with its plain form, the letters of that, and how many they are."""
    return [(name, plain, set(plain), len(plain)) for name in names if (plain := _plain(name))]


def slips(word: str, name: str, limit: int = FAR * LONGEST) -> int:
    """What it costs to mistype `name` as `word`: about 10 for each letter left out, put in, mistaken or swapped with its neighbour.

    Likely slips cost less: a letter twice for once or once for twice, two letters swapped, a key beside the right one; the first letter is
    seldom wrong. A result of `limit` or more may be too small. Source: the optimal string alignment distance of Damerau and Levenshtein,
    with weights.

    >>> slips("cnov", "conv"), slips("strde", "stride"), slips("convv", "conv"), slips("donv", "conv"), slips("pelu", "relu")
    (7, 8, 6, 12, 15)
    """
    left_out = [SLIP if y == before else 8 for before, y in pairwise(f" {name}")]
    left_out[:1] = [FAR + 1] * len(left_out[:1])
    above: list[int] = []
    row = [0, *accumulate(left_out)]
    for i, x in enumerate(word):
        put_in = FAR if i == 0 else SLIP if x == word[i - 1] else 9
        before, row = row, [row[0] + put_in]
        for j, y in enumerate(name):
            mistaken = before[j] if x == y else before[j] + (NEAR if (x, y) in BESIDE else FAR) + (0 if j else ONE - FAR)
            cost = min(before[j + 1] + put_in, row[j] + left_out[j], mistaken)
            if i and j and x == name[j - 1] and y == word[i - 1] and x != y:
                cost = min(cost, above[j - 1] + NEAR + (j == 1))
            row.append(cost)
        above = before
        if min(row) >= limit and min(above) >= limit:
            return limit
    return row[-1]


def _neighbours() -> frozenset[tuple[str, str]]:
    """The pairs of keys that lie beside each other on a keyboard."""
    places = {key: (row, column) for row, keys in enumerate(KEYBOARD) for column, key in enumerate(keys)}
    near = [(a, b) for a, (r, c) in places.items() for b, (s, d) in places.items() if a != b and abs(r - s) <= 1 and abs(c - d) <= 1]
    return frozenset(near)


BESIDE = _neighbours()


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
    costs = sorted(slips(wanted, plain) for plain in map(_plain, set(names)) if abs(len(plain) - len(wanted)) < 2)
    alone = len(costs) == 1 or (len(costs) > 1 and costs[1] - costs[0] >= SLIP)
    return alone and (costs[0] == 0 or (costs[0] <= ONE and len(wanted) > SHORT))


def _plain(name: str) -> str:
    return name[:LONGEST].casefold()[:LONGEST].replace("-", "_")
