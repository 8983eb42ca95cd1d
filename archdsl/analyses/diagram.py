"""What a drawing shows, before any format: boxes of rows, clusters around them, edges between them.

The kinds of boxes are those of the visual grammar: `rows` a run of operations in series, `block` a folded level, `symbol` a small circle,
`pill` a word, `header` the title of a cluster, through which its main input flows, `input` another input of it, `end` one of the network's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from archdsl.ops.base import Family

BoxKind = Literal["rows", "block", "symbol", "pill", "header", "input", "end"]
EdgeKind = Literal["trunk", "branch", "skip"]

ROW, GAP = 16, 36
"""points of a row, and from one box to the next"""


@dataclass(frozen=True, slots=True)
class Row:
    """One operation of a run: what it says, its name, what it costs, and the shape it gives where that is news."""

    text: str
    name: str
    family: Family
    parameters: int = 0
    shape: str = ""


@dataclass(slots=True, eq=False)
class Box:
    """One box. `text` is a title, a symbol or the name of an end; `entering` the shape that flows in; `times` counts equal folded levels.

    `training` marks what runs in training only, `reused` a module that runs again.
    """

    kind: BoxKind
    cluster: int
    text: str = ""
    name: str = ""
    parameters: int = 0
    rows: tuple[Row, ...] = ()
    times: int = 1
    entering: str = ""
    training: bool = False
    reused: bool = False

    @property
    def weight(self) -> int:
        """How long the box makes a path."""
        return len(self.rows) or 1


@dataclass(slots=True)
class Edge:
    """From one box to another, by their numbers. `shape` is what flows, `label` the shape where the drawing writes it."""

    tail: int
    head: int
    shape: str
    kind: EdgeKind = "branch"
    label: str = ""
    training: bool = False


@dataclass(frozen=True, slots=True)
class Spine:
    """An unseen line from a fork to where its branches meet again, left of the branch that starts with box `before`."""

    tail: int
    head: int
    before: int


@dataclass(slots=True)
class Diagram:
    """A drawing. `clusters` holds the parent of each cluster; cluster 0 is the page and has none. Boxes are in the order of execution."""

    name: str
    summary: str
    boxes: list[Box] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    clusters: list[int | None] = field(default_factory=lambda: [None])
    spines: list[Spine] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def height(self) -> int:
        """Rough height of the page in points: the longest way down."""
        far = [0] * len(self.boxes)
        for edge in sorted(self.edges, key=lambda edge: edge.head):
            far[edge.head] = max(far[edge.head], far[edge.tail] + GAP + ROW * self.boxes[edge.tail].weight)
        return max(far, default=0)

    @property
    def size(self) -> int:
        """Boxes that a reader takes in: headers, inputs and ends not counted."""
        return sum(box.kind not in ("header", "input", "end") for box in self.boxes)
