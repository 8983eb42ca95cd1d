"""How much of a network a drawing shows: as much as fits a page, a depth, or what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from archdsl.analyses import repeats, runs, trunk, units
from archdsl.analyses.alike import linear
from archdsl.analyses.costs import costs
from archdsl.analyses.diagram import Box, Diagram
from archdsl.analyses.naming import blocks_in
from archdsl.analyses.sketch import Sketch
from archdsl.diagnostics import Refused
from archdsl.diagnostics.suggest import nearest
from archdsl.graph import Graph, Level, live, values
from archdsl.limits import DEFAULT, Limits

PAGE_BOXES, PAGE_HEIGHT, EXAMPLES_HEIGHT = 40, 1200, 1500
"""what a person takes in on one page: boxes, points from top to bottom, and how far the blocks shown as examples may lengthen it"""
TRIED = 30
"""structures of which an example is tried"""


@dataclass(frozen=True, slots=True)
class Inside:
    """A level that can be expanded: its path, the paths it lies in, and the level."""

    path: str
    above: tuple[str, ...]
    level: Level

    @property
    def depth(self) -> int:
        """1 for a level of the root."""
        return len(self.above) + 1


def diagram(graph: Graph, *, depth: int | None = None, expand: Sequence[str] = (), limits: Limits = DEFAULT) -> Diagram:
    """The drawing of a graph.

    `depth` expands that many levels (1: none but the root's); without it as much is folded as makes a page, blocks before levels, and then
    one of each block shown again where there is room. `expand` are paths of levels to show whatever else is folded.
    Raises `Refused` for a path that is no level.
    """
    summary = _summary(graph)
    drawn = _Folding(graph, summary, limits).diagram(depth, expand)
    if depth is None and not expand and drawn.size > PAGE_BOXES:
        gathered, loops = repeats.gathered(graph)
        return _Folding(gathered, summary, limits).diagram(None, sorted(loops)) if loops else drawn
    return drawn


class _Folding:
    def __init__(self, graph: Graph, summary: str, limits: Limits) -> None:
        self.graph, self.summary, self.limits, self.sketch = graph, summary, limits, Sketch(graph)
        self.levels = list(_levels(graph.root))

    def diagram(self, depth: int | None, expand: Sequence[str]) -> Diagram:
        wanted = self.wanted(expand)
        if depth is None:
            drawn = self.draw(self.page(wanted), wanted)
        else:
            drawn = self.draw({i.path for i in self.levels if i.depth < depth} | wanted, wanted)
        drawn = drawn if drawn.size <= self.limits.boxes else self.bounded(drawn.size)
        trunk.classify(drawn)
        trunk.label(drawn)
        trunk.balance(drawn)
        return drawn

    def draw(self, expanded: set[str], wanted: Iterable[str] = ()) -> Diagram:
        drawn = self.sketch.draw(Diagram(self.graph.name, self.summary), expanded, frozenset(wanted))
        runs.merge(drawn)
        return drawn

    def wanted(self, expand: Sequence[str]) -> set[str]:
        """The asked-for levels and those they lie in."""
        known = {inside.path: inside for inside in self.levels}
        for path in expand:
            if path not in known:
                found = nearest(path, list(known))
                hint = f"did you mean `{found}`? " if found else ""
                more = ", …" if len(known) > 8 else ""
                there = f"the levels are {', '.join(list(known)[:8])}{more}" if known else "the network has no levels; every layer is drawn"
                raise Refused("AD6020", f"there is no level `{path}` to expand", help=hint + there, argument=path)
        return {path for chosen in expand for path in (*known[chosen].above, chosen)}

    # a page ----------------------------------------------------------------------------------------------------------------------------

    def page(self, wanted: set[str]) -> set[str]:
        """What to expand so that a page holds it."""
        expanded = {inside.path for inside in self.levels}
        if self.fits(expanded, wanted):
            return expanded
        for group in self.foldings():
            expanded = expanded - group | wanted
            if self.fits(expanded, wanted):
                break
        return self.examples(expanded, wanted)

    def examples(self, expanded: set[str], wanted: set[str]) -> set[str]:
        """One level of each structure shown again, where there is room; first of each block, the outer ones before what they call."""
        shown = {self.sketch.structure(i.level) for i in self.levels if {*i.above, i.path} <= expanded}
        blocks: dict[str, Inside] = {}
        for inside in sorted(self.levels, key=lambda inside: inside.depth):
            blocks.setdefault(inside.level.block if inside.level.title else inside.path, inside)
        for inside in (*blocks.values(), *self.levels):
            structure = self.sketch.structure(inside.level)
            if structure not in shown and len(shown) < TRIED and self.telling(inside, expanded | wanted):
                shown.add(structure)
                wanted = self.shown(inside, expanded, wanted)
        return self.folded_stages(expanded, wanted)

    def telling(self, inside: Inside, expanded: set[str]) -> bool:
        """Whether a level's inside is worth room: a block or whatever branches anywhere, a bare chain where its place is shown."""
        if self.sketch.series(inside.level):
            return not inside.level.title and set(inside.above) <= expanded
        return bool(inside.level.title) or not linear(inside.level)

    def shown(self, inside: Inside, expanded: set[str], wanted: set[str]) -> set[str]:
        """What is wanted and a level too, if the page holds it; with the rows of the chains in it, if it holds those."""
        chains = {i.path for i in self.levels if inside.path in i.above and self.sketch.series(i.level)}
        bare = wanted | {*inside.above, inside.path}
        for more in (bare | chains, bare):
            if self.fits(self.folded_stages(expanded, more), wanted, EXAMPLES_HEIGHT):
                return more
        return wanted

    def folded_stages(self, expanded: set[str], wanted: set[str]) -> set[str]:
        """Without the levels that would show nothing but folded blocks of one kind, unless they are wanted."""
        expanded = expanded | wanted
        opened = {above for i in self.levels if {*i.above, i.path} <= expanded for above in i.above}
        stages = {i.path for i in self.levels if i.path not in opened and blocks_in(i.level)[0]}
        return expanded - (stages - wanted)

    def foldings(self) -> Iterator[set[str]]:
        """Groups of levels to fold in turn: what training alone runs, then blocks and then other levels, the deepest first.

        Of one depth those that branch come first: chains take rows but no boxes.
        """
        running = live(self.graph.root.calls, values(self.graph.eval))
        idle = set(self.graph.root.children) - {str(call.name) for call in running}
        ranked = {i: (i.path not in idle, not i.level.title, -i.depth, self.sketch.series(i.level)) for i in self.levels}
        for rank in sorted(set(ranked.values())):
            yield {inside.path for inside, found in ranked.items() if found == rank}

    def fits(self, expanded: set[str], wanted: set[str], height: int = PAGE_HEIGHT) -> bool:
        drawn = self.draw(expanded, wanted)
        return drawn.size <= PAGE_BOXES and drawn.height <= height

    # limits ----------------------------------------------------------------------------------------------------------------------------

    def bounded(self, size: int) -> Diagram:
        """Folded further, down to the whole network as one box."""
        note = f"folded further: {size:,} boxes are more than {self.limits.boxes:,} (--limit boxes=…)"
        expanded = {inside.path for inside in self.levels}
        for depth in range(max((i.depth for i in self.levels), default=1), 0, -1):
            expanded -= {inside.path for inside in self.levels if inside.depth >= depth}
            drawn = self.draw(expanded)
            if drawn.size <= self.limits.boxes:
                drawn.notes.append(note)
                return drawn
        box = Box("block", 0, self.graph.name, f"{self.graph.root.layers:,} layers", self.graph.parameters)
        return Diagram(self.graph.name, self.summary, [box], notes=[note])


def _levels(root: Level) -> Iterator[Inside]:
    """Every level below the root, in the order of registration. Iterative: depth is no danger."""
    stack = [Inside("", (), root)]
    while stack:
        inside = stack.pop()
        above = (*inside.above, inside.path) if inside.path else ()
        below = [(f"{inside.path}.{n}" if inside.path else n, c) for n, c in inside.level.children.items() if isinstance(c, Level)]
        stack.extend(Inside(path, above, child) for path, child in reversed(below))
        if inside.path:
            yield inside


def _summary(graph: Graph) -> str:
    cost = costs(graph).total
    inputs = [str(shape) if len(graph.inputs) == 1 else f"{name} {shape}" for name, shape in graph.inputs.items()]
    outputs = [str(value.shape) for value in values(graph.eval)]
    flow = f"{', '.join(inputs)} → {', '.join(outputs)}"
    return f"{units.human(cost.parameters)} parameters · {units.macs(cost.macs)} · {flow}"
