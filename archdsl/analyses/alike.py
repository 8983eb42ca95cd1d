"""Which levels are alike, and which are plain chains: what folding asks."""

from __future__ import annotations

from archdsl.analyses.naming import says
from archdsl.functions.base import Function
from archdsl.graph import Level, Module, Value, live


class Alike:
    """Numbers levels so that two have one number when they say the same and are wired the same, whatever the sizes that flow in.

    The layers of a dense block are alike though each takes more channels; a block with a downsampling shortcut is not like one without.
    With `words` only so many words of what they say count: with 1 a `basic 64` and a `basic 128` are alike.
    """

    def __init__(self, words: int | None = None) -> None:
        self._words = words
        self._numbers: dict[tuple[object, ...], int] = {}
        self._seen: dict[Level, int] = {}

    def number(self, level: Level) -> int:
        """The number of all levels like this one."""
        if level not in self._seen:
            self._seen[level] = self._numbers.setdefault(self._signature(level), len(self._numbers))
        return self._seen[level]

    def _signature(self, level: Level) -> tuple[object, ...]:
        places = {value: place for place, value in enumerate(level.inputs)}
        places.update((d.value, len(places)) for d in level.tensors.values())
        steps = []
        for call in level.calls:
            steps.append((self.said(call.target), call.reused, tuple(places.get(v, -1) for v in call.inputs)))
            places.update((value, len(places) + i) for i, value in enumerate(call.outputs))
        return (self._cut(level.title), tuple(steps), tuple(places.get(v, -1) for v in level.outputs))

    def said(self, target: Module | Level | Function) -> object:
        """What stands for the target of a call: the words that count, or the number of a level."""
        return self.number(target) if isinstance(target, Level) else self._cut(says(target))

    def _cut(self, text: str) -> str:
        return text if self._words is None else " ".join(text.split()[: self._words])


class Series:
    """Which levels are plain chains of operations, down to the last: one tensor goes through, and nothing branches.

    Calls of the blocks named in `branching` count as no chains, whatever they hold.
    """

    def __init__(self, branching: frozenset[str] = frozenset()) -> None:
        self._branching = branching
        self._seen: dict[Level, bool] = {}

    def __call__(self, level: Level) -> bool:
        if level not in self._seen:
            inner = [child for child in level.children.values() if isinstance(child, Level)]
            named = bool(level.title) and level.block in self._branching
            self._seen[level] = not named and linear(level) and all(map(self, inner))
        return self._seen[level]


def linear(level: Level) -> bool:
    """Whether one tensor goes through the calls of a level, from each to the next."""
    constants = {d.value for d in level.tensors.values()}
    flowing: Value = level.inputs[0]
    running = live(level.calls, level.outputs)
    for call in (call for call in level.calls if call in running):
        read = set(call.inputs) - constants
        if not read:
            constants.update(call.outputs)
            continue
        if read != {flowing} or len(call.outputs) != 1 or call.reused:
            return False
        flowing = call.outputs[0]
    return level.outputs == (flowing,) and len(level.inputs) == 1


def owns_its_weights(level: Level) -> bool:
    """Whether a level is a layer in itself: a called block of formulas alone, with weights of its own, that one tensor goes through."""
    learns = any(not d.spec.buffer for d in level.tensors.values())
    return bool(level.title) and learns and not level.children and len(level.inputs) == 1 and len(level.outputs) == 1
