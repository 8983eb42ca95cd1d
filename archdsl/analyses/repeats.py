"""Turns of a loop that were written without a level: the same steps over and over, gathered into one level for a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise, takewhile

from archdsl.analyses.alike import Alike
from archdsl.analyses.naming import says, span_of_names
from archdsl.functions.base import Function
from archdsl.graph import Call, Graph, Level, Output, Value

LONGEST, LEAST = 40, 3
"""calls that a turn may have, and turns that are worth a level"""


def gathered(graph: Graph) -> tuple[Graph, frozenset[str]]:
    """The graph with the first turn alone of each loop of its root, in a level called `×N`, and the names of these levels.

    Turns are alike in operations, wiring and shapes, and feed one another; their settings may differ, and the level's title says in what.
    What reads a tensor of a later turn reads that of the first. For drawings: of the graph's figures the parameters alone still hold.
    """
    calls, loops = graph.root.calls, _Loops(graph.root.calls)
    found: list[list[_Turn]] = []
    start = 0
    while start < len(calls):
        found.append(loops.at(start) or [_turn(calls[start : start + 1])])
        start += len(found[-1]) * len(found[-1][0].calls)
    first = {v: early for turns in found for turn in turns[1:] for v, early in zip(turn.gives, turns[0].gives, strict=True)}
    outputs = tuple(first.get(value, value) for value in graph.root.outputs)
    read, kept = {*outputs}, list[Call]()
    for turns in reversed(found):
        call = _level(turns, read) if len(turns) > 1 else turns[0].calls[0]
        kept.append(replace(call, inputs=tuple(first.get(value, value) for value in call.inputs)))
        read.update(kept[-1].inputs)
    added = {str(call.name): call.target for call in kept if isinstance(call.target, Level) and call.name not in graph.root.children}
    root = replace(graph.root, calls=tuple(reversed(kept)), children={**graph.root.children, **added}, outputs=outputs)
    return replace(graph, root=root, eval=_mapped(graph.eval, first), train=_mapped(graph.train, first)), frozenset(added)


@dataclass(frozen=True)
class _Turn:
    """Some calls in a row, what they take from elsewhere, and all that they give."""

    calls: tuple[Call, ...]
    takes: tuple[Value, ...]
    gives: tuple[Value, ...]

    def feeds(self, after: _Turn) -> tuple[int, ...]:
        """For each tensor that the next turn takes its place among what this one gives, or -1 for one that both take; else nothing."""
        places = {value: place for place, value in enumerate(self.gives)}
        if len(self.takes) != len(after.takes):
            return ()
        links = [places.get(late, -1 if late is early else -2) for early, late in zip(self.takes, after.takes, strict=True)]
        return tuple(links) if max(links) >= 0 and -2 not in links else ()

    @cached_property
    def level(self) -> Level:
        """The turn as a level of its own, to compare it."""
        children = {str(call.name): call.target for call in self.calls if isinstance(call.target, Level)}
        return Level("", "", self.takes, children, {}, self.calls, self.gives[-1:], self.calls[0].span)


class _Loops:
    """Finds loops among the calls of a level."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls, self.alike = calls, Alike(words=1)
        self.plain = [False, *(two.inputs == one.outputs for one, two in pairwise(calls))]
        self.said = [(self.alike.said(call.target), *(str(value.shape) for value in call.outputs)) for call in calls]

    def at(self, start: int) -> list[_Turn]:
        """The turns of the loop that starts at a call: of the loops that cover most calls the one with the shortest turns."""
        lengths = range(2, min(LONGEST, (len(self.calls) - start) // LEAST) + 1)
        loops = [turns for turns in (self.turns(start, length) for length in lengths) if len(turns) >= LEAST]
        return max(loops, key=lambda turns: len(turns) * len(turns[0].calls), default=[])

    def turns(self, start: int, length: int) -> list[_Turn]:
        """As many turns of so many calls as there are, from a call on; none where no loop starts or nothing branches in it."""
        if all(self.plain[start + 1 : start + length]):
            return []
        said = self.said[start : start + length]
        starts = list(takewhile(lambda at: self.said[at : at + length] == said, range(start, len(self.calls), length)))
        if len(starts) < LEAST:
            return []
        turns = [_turn(self.calls[at : at + length]) for at in starts]
        links = turns[0].feeds(turns[1])
        alike = takewhile(lambda pair: links and pair[0].feeds(pair[1]) == links and self.same(turns[0], pair[1]), pairwise(turns))
        found = [turns[0], *(turn for _, turn in alike)]
        return [] if any(call.reused for turn in found for call in turn.calls) else found

    def same(self, one: _Turn, other: _Turn) -> bool:
        return self.alike.number(one.level) == self.alike.number(other.level)


def _turn(calls: Sequence[Call]) -> _Turn:
    gives = tuple(value for call in calls for value in call.outputs)
    takes = dict.fromkeys(value for call in calls for value in call.inputs if value not in gives)
    return _Turn(tuple(calls), tuple(takes), gives)


def _level(turns: Sequence[_Turn], read: Set[Value]) -> Call:
    """A call of a level that shows the first turn and has the parameters of all."""
    first, last = turns[0], turns[-1]
    pairs = zip(first.calls, last.calls, strict=True)
    shown = tuple(replace(call, name=call.name and span_of_names(call.name, str(end.name))) for call, end in pairs)
    children = {call.name: call.target for calls in (shown, *(turn.calls for turn in turns[1:])) for call in calls}
    modules = {name: target for name, target in children.items() if name and not isinstance(target, Function)}
    outputs = tuple(value for value in first.gives if value in read)
    differing = sorted({name for turn in turns[1:] for name in _differing(first, turn)})
    title = f"differing in {', '.join(differing)}" if differing else ""
    level = Level("", title, first.takes, modules, {}, shown, outputs, first.calls[0].span)
    return Call(level, first.takes, outputs, level.span, f"×{len(turns)}")


def _differing(one: _Turn, other: _Turn) -> Iterator[str]:
    """The arguments that differ between the calls of two turns, by their names."""
    for mine, yours in zip(one.calls, other.calls, strict=True):
        for word in {*_words(mine)} ^ {*_words(yours)}:
            yield word.partition("=")[0] if "=" in word else "size"


def _words(call: Call) -> list[str]:
    return (call.target.title if isinstance(call.target, Level) else says(call.target)).split()


def _mapped(output: Output, first: Mapping[Value, Value]) -> Output:
    if isinstance(output, dict):
        return {name: first.get(value, value) for name, value in output.items()}
    return first.get(output, output) if isinstance(output, Value) else tuple(first.get(value, value) for value in output)
