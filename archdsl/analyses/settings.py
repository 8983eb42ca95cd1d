"""The places that set the numbers of a layer: its defaults, the turns of loops and uses of blocks around it, what these name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archdsl.analyses.paths import Step
from archdsl.diagnostics import Label, Span
from archdsl.elaborate.library import library_block, library_names
from archdsl.elaborate.origins import names_in, origins
from archdsl.elaborate.parameters import note, show
from archdsl.elaborate.scope import Context, Use
from archdsl.elaborate.trace import Trace, Written
from archdsl.graph import Level, Module


def settings(steps: Sequence[Step], trace: Trace) -> tuple[Label, ...]:
    """The places, from a layer outwards. `steps` are the calls that lead to it."""
    found: dict[tuple[Span, str], Label] = {}
    for step in reversed(steps):
        written = trace.get(step.call.outputs[0])
        if written is not None:
            found.update({(label.span, label.text): label for label in _labels(step, written, trace)})
    return tuple(found.values())


def _labels(step: Step, written: Written, trace: Trace) -> Iterator[Label]:
    context = written.context
    yield from _outside(step, written)
    yield from _unless_told(step.call.span, context)
    yield from origins(step.call.span, context)
    use = _use_of(step.call.target, trace) if isinstance(step.call.target, Level) else None
    if use is not None:
        yield Label(step.call.span, note(use))
    for around in reversed(context.uses[context.level.opened :]):
        yield Label(around.span, note(around))
        yield from origins(around.span, context)


def _outside(step: Step, written: Written) -> Iterator[Label]:
    """Arguments of an operation that do not stand in its item: the file's defaults, or those that an item carries which was handed on."""
    target, own = step.call.target, step.call.span
    defaults = written.context.scope.file.document.defaults.get(target.op.name) if isinstance(target, Module) else None
    places = () if defaults is None else [node.span for _, node in defaults[1].values()]
    for name, (value, span) in written.arguments.items():
        if span.source is not own.source or not own.start <= span.start < own.end:
            yield Label(span, f"{name} = {show(value)}, a default of the file" if span in places else f"{name} = {show(value)}")


def _unless_told(span: Span, context: Context) -> Iterator[Label]:
    """Parameters of the block around that an item names and that the use of the block left as they are."""
    name = context.level.block
    block = context.scope.file.document.blocks.get(name) or (library_block(name) if name in library_names() else None)
    if block is None or not context.level.opened:
        return
    told = context.uses[context.level.opened - 1].values
    for word in names_in(span.text):
        scope = context.scope.find(word)
        if word in block.params and word not in told and scope is not None:
            yield Label(block.params[word][1].span, f"{word} = {show(scope.names[word])} unless told")


def _use_of(level: Level, trace: Trace) -> Use | None:
    """The use of the block that made a level; `None` for a list."""
    inner = next((trace[call.outputs[0]].context for call in level.calls if call.outputs[0] in trace), None)
    return inner.uses[inner.level.opened - 1] if level.title and inner is not None and inner.level.opened else None
