"""What one elaboration carries along: limits, the collector, and what is remembered so that nothing is read or built twice."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from archdsl.diagnostics import Diagnostic, Edit, Fault, Label, Span
from archdsl.elaborate.foreign import in_our_words
from archdsl.elaborate.library import library_block, library_file, library_names
from archdsl.elaborate.parameters import note
from archdsl.elaborate.scope import Context, File, Flow, Lazy, Rule
from archdsl.elaborate.trace import Trace, Written
from archdsl.graph import Declaration, Level, Module
from archdsl.language.document import Block, Document
from archdsl.language.expressions import parse_expression, parse_formula
from archdsl.language.item_parser import parse_body, parse_item
from archdsl.language.items import Item
from archdsl.language.labels import Loop, NamePart, parse_loop, parse_name
from archdsl.language.nodes import Node, Scalar
from archdsl.language.tree import Expression, Targets
from archdsl.limits import Limits

Formula = tuple[tuple[Targets | None, Expression], ...]
ABOUT_SHAPES = "AD31"
"""how the codes of faults in shapes begin"""
Body = tuple[bool, tuple[tuple[Scalar | None, Node], ...]]


@dataclass
class Spent:
    """What elaboration has cost: calls that were made, steps of expressions. The variants of a family share one."""

    calls: int = 0
    steps: int = 0


class Run(ABC):
    """One elaboration of one document, with everything that its parts share.

    `body` and `item` are the way back from the parts (wiring, blocks) to the whole.
    """

    def __init__(self, limits: Limits, report: Callable[[Diagnostic], None], spent: Spent | None = None) -> None:
        self.limits = limits
        self.report = report
        self.failed = False
        self.full = False  # over the limit of layers: nothing further is read or built
        self.seen: set[Scalar] = set()
        self.sized: Span | None = None
        self.levels: dict[object, Level | None] = {}
        self.modules: dict[object, Module] = {}
        self.files: dict[Document, File] = {}
        self.building: list[object] = []
        self.reading: list[Lazy] = []
        self.biased: set[Span] = set()
        self.advice: list[Diagnostic] = []
        self.explicit: set[Declaration] = set()
        self.networks: dict[Level, list[Rule]] = {}
        self.library = library_file()
        self.library_names = library_names()
        self.trace: Trace | None = None
        self.defaults_used: set[tuple[Document, str]] = set()
        self.blocks_called: set[Block] = set()
        self.spent = spent or Spent()
        self.tokens = 0  # inside each other
        self._items: dict[Node, Item] = {}
        self._bodies: dict[Node, Body] = {}
        self._loops: dict[Scalar, Loop] = {}
        self._names: dict[Scalar, tuple[NamePart, ...]] = {}
        self._expressions: dict[Scalar, Expression] = {}
        self._formulas: dict[Scalar, Formula] = {}

    @abstractmethod
    def body(self, node: Node, context: Context, x: Flow) -> Flow:
        """Run the children that a node lists, each fed by the one before, in the context's level."""

    @abstractmethod
    def operand(self, item: Item, context: Context, x: Flow, name: Scalar | str | None = None) -> list[Flow]:
        """What an item gives as an operand of a merge: nothing, one result, or one for each turn of its loop."""

    @abstractmethod
    def item(self, item: Item, context: Context, x: Flow, name: Scalar | str | None = None) -> Flow:
        """Run one item; what it gives flows on."""

    def call(self, span: Span, count: int = 1) -> None:
        """Count an item that is run, or a function that a formula calls. Raises a Fault (AD5010) beyond the limit."""
        self.spent.calls += count
        most = self.limits.calls
        if self.spent.calls > most:
            self.full = True
            message = f"up to here {self.spent.calls:,} layers and functions are made, equal blocks once; the limit `calls` is {most:,}"
            raise Fault("AD5010", span, message, help=f"raise it with `--limit calls={10 * most}`")

    def afford(self, span: Span, steps: int = 0) -> None:
        """Count steps of expressions. Raises a Fault (AD5023) beyond the limit of all together."""
        self.spent.steps += steps
        most = self.limits.total_steps
        if self.spent.steps > most:
            message = f"up to here expressions take {self.spent.steps:,} steps together; the limit `total_steps` is {most:,}"
            raise Fault("AD5023", span, message, help=f"raise it with `--limit total_steps={10 * most}`")

    def fail(self, fault: Fault, context: Context | None = None) -> None:
        """Collect a fault, with the uses of blocks that led to it; of one in shapes with the turns of loops too."""
        self.failed = True
        diagnostic = fault.diagnostic
        told = () if context is None else context.uses
        innermost = {use.span: use for use in told if use.title or diagnostic.code.startswith(ABOUT_SHAPES)}
        uses = tuple(Label(use.span, note(use)) for use in reversed([use for use in told if innermost.get(use.span) is use]))
        self.report(replace(diagnostic, labels=(*diagnostic.labels, *uses)) if uses else diagnostic)

    def written(self, flow: Flow, context: Context, arguments: dict[str, tuple[Any, Span]] | None = None) -> None:
        """Keep how a call was written, where a trace is wanted; the innermost says it first."""
        if self.trace is not None and flow:
            self.trace.setdefault(flow[0], Written(context, arguments or {}))

    def refuse(self, faults: Sequence[Fault], context: Context | None = None) -> None:
        """Raises the first of these faults, if there is one, for whoever goes on without the failed part; the others are collected."""
        for fault in faults[1:]:
            self.fail(fault, context)
        if faults:
            raise faults[0]

    def warn(
        self, code: str, span: Span, message: str, *, labels: tuple[Label, ...] = (), help: str | None = None, edit: Edit | None = None
    ) -> None:
        """Collect a warning."""
        self.report(Diagnostic(code, "warning", message, span, labels, (), help, edit))

    def advise(self, code: str, span: Span, message: str, *, labels: tuple[Label, ...] = (), help: str | None = None) -> None:
        """Keep a warning that is said only of a spec without errors."""
        self.advice.append(Diagnostic(code, "warning", message, span, labels, (), help))

    def library_block(self, name: str) -> Block | None:
        """A block of the standard library."""
        return library_block(name) if name in self.library_names else None

    def parsed_item(self, node: Node) -> Item:
        """The item that a node spells, parsed once."""
        try:
            return _once(self._items, node, parse_item)
        except Fault as fault:
            raise in_our_words(fault) from None

    def parsed_body(self, node: Node) -> Body:
        """The children that a body lists, parsed once."""
        return _once(self._bodies, node, parse_body)

    def parsed_loop(self, node: Scalar) -> Loop:
        """The loop that a `for` spells, parsed once."""
        return _once(self._loops, node, lambda scalar: parse_loop(scalar, self.limits))

    def parsed_name(self, node: Scalar) -> tuple[NamePart, ...]:
        """The parts of a name or free text, parsed once."""
        return _once(self._names, node, lambda scalar: parse_name(scalar, self.limits))

    def expression(self, node: Scalar) -> Expression:
        """The expression that a text spells, parsed once."""
        return _once(self._expressions, node, lambda scalar: parse_expression(scalar.text, scalar.span, self.limits))

    def formula(self, node: Scalar) -> Formula:
        """The lines of a formula, parsed once."""
        return _once(self._formulas, node, lambda scalar: parse_formula(scalar.text, scalar.span, self.limits))


N = TypeVar("N")
T = TypeVar("T")


def _once(known: dict[N, T], node: N, parse: Callable[[N], T]) -> T:
    found = known.get(node)
    if found is None:
        found = known[node] = parse(node)
    return found
