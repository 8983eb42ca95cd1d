"""Conditions that a block requires, and what a message says where one is false: the words of the spec, and the numbers."""

from __future__ import annotations

from archdsl.diagnostics import Fault
from archdsl.elaborate.parameters import show
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Flow, Silent
from archdsl.elaborate.sizes import SizeReader
from archdsl.elaborate.values import fill, truth
from archdsl.language.document import Block
from archdsl.language.nodes import Node, Scalar
from archdsl.language.tree import free


def require(run: Run, block: Block, context: Context, x: Flow) -> None:
    """Collects a fault for every condition that is false. Raises `Silent` if there was one: nothing is built on it."""
    unmet = [(condition, text) for condition, text in block.require if not truth(run, condition, context, x)]
    for condition, text in unmet:
        run.fail(_fault(run, block, condition, text, context, x), context)
    if unmet:
        raise Silent


def _fault(run: Run, block: Block, condition: Scalar, text: Node, context: Context, x: Flow) -> Fault:
    reader = SizeReader(run, context, x)
    values = {name.text: show(reader.evaluate(name)) for name in free(run.expression(condition))}
    where = f" with {', '.join(f'{name} = {value}' for name, value in values.items())}" if values else ""
    said = f": {fill(run, text, context, x)}" if isinstance(text, Scalar) and text.text else ""
    return Fault("AD2201", condition.span, f"`{block.name}` requires `{condition.text}`, which is false{where}{said}")
