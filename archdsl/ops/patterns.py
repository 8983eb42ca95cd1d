"""Patterns of axes as einops writes them, `b c (h p) w -> b (c p) h w`, turned into cuts, an order and folds.

Source: Rogozhnikov 2022, Einops. `...` stands for axes without a name; `1` and `()` for an axis of size 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from archdsl.diagnostics import Refused
from archdsl.ops.checks import AGREE, DIVIDES, PATTERN, axes_text, divisors_text, product
from archdsl.ops.sums import times
from archdsl.shapes import Batch, Dim, Shape

Group = tuple[str, ...]
Side = tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: cut axis `a` into sizes (left to right), permute, fold axes `a` to `b` (left to right)."""

    cuts: tuple[tuple[int, tuple[int, ...]], ...]
    order: tuple[int, ...] | None
    folds: tuple[tuple[int, int], ...]
    result: Shape


def parse(pattern: str) -> tuple[Side, Side]:
    """The axes at both sides of the arrow, a group for each axis of the tensor.

    >>> parse("b (h p) -> b p h")
    ((('b',), ('h', 'p')), (('b',), ('p',), ('h',)))

    Raises `Refused` with the position of what cannot be read.
    """
    left, arrow, right = pattern.partition("->")
    if not arrow or "->" in right:
        raise _unreadable("expected one `->` between what flows in and what flows out", pattern)
    sides = _side(left, 0, pattern), _side(right, len(left) + 2, pattern)
    before, after = ({name for group in side for name in group} for side in sides)
    lost = sorted(before ^ after)
    if lost:
        here, lacks = (left, "right") if lost[0] in before else (right, "left")
        at = next(start for word, start in _words(here) if word == lost[0]) + (0 if lacks == "right" else len(left) + 2)
        raise _unreadable(f"`{lost[0]}` stands on one side only: the {lacks} lacks it", pattern, at, len(lost[0]))
    return sides


def _unreadable(said: str, pattern: str, start: int = 0, length: int = 0) -> Refused:
    part = (start, start + length) if length else None
    return Refused(PATTERN, f"{said}, in `{pattern}`", help="a pattern reads `b c h w -> b (h w) c`", argument="pattern", part=part)


def _side(text: str, offset: int, pattern: str) -> Side:
    groups: list[Group] = []
    inside: list[str] | None = None
    opened = 0
    seen: set[str] = set()
    for word, start in _words(text):
        place = offset + start
        if word == "(":
            if inside is not None:
                raise _unreadable("a bracket stands inside a bracket", pattern, place, 1)
            inside, opened = [], place
        elif word == ")":
            if inside is None:
                raise _unreadable("a bracket closes that was not opened", pattern, place, 1)
            groups.append(tuple(inside))
            inside = None
        else:
            _check(word, place, seen, pattern)
            names = () if word == "1" else (word,)
            groups.append(names) if inside is None else inside.extend(names)
    if inside is not None:
        raise _unreadable("the bracket stays open", pattern, opened, 1)
    if not groups:
        raise _unreadable("no axis is written at one side of the `->`", pattern)
    return tuple(groups)


def _check(word: str, place: int, seen: set[str], pattern: str) -> None:
    if word not in ("1", "...") and not (word.isascii() and word.isidentifier()):
        raise _unreadable(f"`{word}` is no name of an axis", pattern, place, len(word))
    if word in seen:
        raise _unreadable(f"`{word}` stands on this side a second time", pattern, place, len(word))
    seen.update(() if word == "1" else (word,))


def _words(text: str) -> list[tuple[str, int]]:
    """Brackets and what stands between spaces, with their places."""
    words: list[tuple[str, int]] = []
    start = 0
    for i, character in enumerate(f"{text} "):
        if character not in "() ":
            continue
        if start < i:
            words.append((text[start:i], start))
        if character != " ":
            words.append((character, i))
        start = i + 1
    return words


def plan(pattern: str, x: Shape, lengths: Mapping[str, int]) -> Plan:
    """How to rearrange a tensor of this shape. `lengths` gives sizes of axes that the tensor's own don't tell.

    >>> plan("b (c k) h -> b c (k h)", Shape.example(6, 4), {"k": 2})
    Plan(cuts=((1, (-1, 2)),), order=None, folds=((2, 3),), result=Shape(dims=(Batch(factor=1), 3, 8), order=()))

    Raises `Refused` where pattern, sizes and lengths do not agree.
    """
    left, right, sizes = _read(pattern, x, lengths)
    return _plan(left, right, x, sizes, lengths)


def folded(pattern: str, x: Shape, lengths: Mapping[str, int]) -> dict[int, str]:
    """How the axes of the result come about, but for the batch.

    >>> folded("b (c k) h -> b c (k h)", Shape.example(6, 4), {"k": 2})
    {1: 'c = 3', 2: 'k·h = 2·4'}
    """
    _, right, sizes = _read(pattern, x, lengths)
    found = {}
    for axis, group in enumerate(right):
        parts = [sizes[name] for name in group]
        numbers = [size for size in parts if isinstance(size, int)]
        if len(numbers) == len(parts):
            found[axis] = f"{times(*group)} = {times(*numbers)}" if group else "1"
    return found


def _read(pattern: str, x: Shape, lengths: Mapping[str, int]) -> tuple[Side, Side, dict[str, Dim]]:
    """Both sides of a pattern and the size of every axis that they name."""
    left, right = _without_ellipsis(*parse(pattern), x, pattern)
    unknown = sorted(set(lengths) - {name for group in left for name in group})
    if unknown:
        raise Refused(PATTERN, f"`{unknown[0]}` is given a length, but `{pattern}` has no such axis", argument=unknown[0])
    if len(left) != x.rank:
        raise Refused(
            PATTERN,
            f"{len(left)} axes are written at the left of `{pattern}`, the tensor has {x.rank} with the batch ({axes_text(x)})",
            help="the batch is an axis too: `b c h w -> …`" if x.batched else None,
            argument="pattern",
        )
    sizes: dict[str, Dim] = {}
    for i, (group, size) in enumerate(zip(left, x.dims, strict=True)):
        sizes.update(_measured(group, size, lengths, i))
    return left, right, sizes


def _without_ellipsis(left: Side, right: Side, x: Shape, pattern: str) -> tuple[Side, Side]:
    if ("...",) not in left:
        if any("..." in group for group in left):
            raise _unreadable("`...` stands in a bracket at the left", pattern)
        return left, right
    names = tuple(f"...{i}" for i in range(max(0, x.rank - len(left) + 1)))
    full: list[Group] = []
    for group in right:
        full.extend([(name,) for name in names] if group == ("...",) else [_replaced(group, names)])
    at = left.index(("...",))
    return (*left[:at], *((name,) for name in names), *left[at + 1 :]), tuple(full)


def _replaced(group: Group, names: Group) -> Group:
    at = group.index("...") if "..." in group else -1
    return group if at < 0 else (*group[:at], *names, *group[at + 1 :])


def _measured(group: Group, size: Dim, lengths: Mapping[str, int], axis: int) -> dict[str, Dim]:
    """The sizes of the axes that are folded into one; one of them may follow from the others."""
    given = {name: lengths[name] for name in group if name in lengths}
    open_ = [name for name in group if name not in lengths]
    known = prod(given.values())
    whole = size.factor if isinstance(size, Batch) else size
    said = f"({' '.join(group)})" if len(group) != 1 else f"`{group[0]}`"
    if len(open_) > 1:
        both = " and ".join(f"`{name}`" for name in open_)
        help = f"give all but one, as `{open_[-1]}=2`"
        raise Refused(PATTERN, f"{said} is {size}: the lengths of {both} are open", help=help, argument="pattern")
    if not open_ and (known != size):
        argument = group[0] if group else "pattern"
        raise Refused(AGREE, f"{said} is {known} as written, the tensor has {size}", argument=argument, at=((0, axis),))
    if whole % known:
        message = f"{said} is {size}: {whole} / {known} leaves {whole % known}"
        help = f"{whole} is divided by {divisors_text(whole)}"
        raise Refused(DIVIDES, message, help=help, argument=next(iter(given), "pattern"), at=((0, axis),))
    rest = whole // known
    return {**given, **{name: Batch(rest) if isinstance(size, Batch) else rest for name in open_}}


def _plan(left: Side, right: Side, x: Shape, sizes: Mapping[str, Dim], lengths: Mapping[str, int]) -> Plan:
    spare = sum(not group for group in left)
    new = max(0, sum(not group for group in right) - spare)
    atoms: list[str] = []
    units: list[int] = []
    cuts = []
    for i, group in enumerate(left):
        parts = [lengths.get(name, -1) for name in group] + [1] * (not group) + [1] * (new if i == len(left) - 1 else 0)
        if len(parts) > 1:
            cuts.append((len(atoms), tuple(parts)))
        units.extend(range(len(atoms) + len(group), len(atoms) + len(parts)))
        atoms.extend([*group, *[""] * (len(parts) - len(group))])
    places = [[atoms.index(name) for name in group] or [units.pop(0)] for group in right]
    places[-1].extend(units)
    order = tuple(place for group in places for place in group)
    folds = tuple((i, i + len(group) - 1) for i, group in enumerate(places) if len(group) > 1)
    dims = tuple(product([sizes[name] for name in group]) for group in right)
    plain = not cuts and not folds
    result = x.permuted(order) if plain else Shape(dims, None if len(dims) <= 2 else ())
    return Plan(tuple(cuts), None if order == tuple(range(len(order))) else order, folds, result)
