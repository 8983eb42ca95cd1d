"""The sides of a fault in shapes: which tensors do not fit, the calls that set the axis at fault, and where it began."""

from __future__ import annotations

from collections.abc import Sequence

from archdsl.diagnostics import Fault, Label, Refused, Span
from archdsl.elaborate.producers import producer
from archdsl.elaborate.run import ABOUT_SHAPES
from archdsl.elaborate.scope import Building, Side
from archdsl.elaborate.steps import Step, Trail, start_of, trail
from archdsl.graph import Call, Value

WHOLE = frozenset(("AD3110", "AD3111", "AD3116", "AD3117", "AD3150", "AD3153", "AD3155", "AD3156", "AD3157", "AD3159"))
"""refusals of a whole tensor, where they name no axis"""
LABELS = 7
"""places shown of one side"""
SIDES = 8
"""tensors of which something is said"""


def fault_of(refused: Refused, place: Span, level: Building, inputs: Sequence[Value | None], sides: Sequence[Side] = ()) -> Fault:
    """The fault of what an operation or function refused. `inputs` are its tensors, by the numbers that `refused.at` uses."""
    labels, notes = account(refused, place, level, inputs, sides)
    return Fault(refused.code, place, refused.message, labels=labels, notes=(*refused.notes, *notes), help=refused.help)


def account(
    refused: Refused, place: Span, level: Building, inputs: Sequence[Value | None], sides: Sequence[Side] = ()
) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Labels and notes that say what each tensor at fault is and what made it so.

    Of several tensors each is introduced, with the arithmetic of what was made on its own line; what all sides share is left out.
    """
    if not refused.code.startswith(ABOUT_SHAPES):
        return (), ()
    at = refused.at or (tuple((i, None) for i in range(len(inputs))) if refused.code in WHOLE else ())
    trails: dict[int, list[Trail]] = {}
    for number, axis in at:
        value = inputs[number]
        if value is not None:
            trails.setdefault(number, []).append(trail(level, value, axis))
    if len({inputs[number] for number in trails}) == 1 and not sides:
        return _one(next(iter(trails.values())))
    return _several({number: _joined(found) for number, found in trails.items()}, place, level, inputs, sides)


def _one(trails: list[Trail]) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """What made the one tensor, each step at its place, and the way of a size that several changed; where none did, where it began."""
    made = _joined(trails)
    if made:
        return tuple(Label(step.place, _given(step)) for step in made[-LABELS:]), _way(made)
    start = trails[0].start
    return () if start.place is None else (Label(start.place, f"{start.name}, {start.shape}"),), ()


def _way(made: list[Step]) -> tuple[str, ...]:
    """What became of an axis from step to step."""
    axes = {step.axes for step in made}
    if len(made) < 2 or len(axes) > 1 or len(made[0].axes) > 1:
        return ()
    (axis,) = made[0].axes
    shapes = [*(value.shape for value in made[0].call.inputs[:1]), *(step.value.shape for step in made)]
    return (f"on the way here: {' → '.join(str(shape.dims[axis]) for shape in shapes if shape.rank > axis)}",)


def _several(
    found: dict[int, list[Step]], place: Span, level: Building, inputs: Sequence[Value | None], sides: Sequence[Side]
) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    shared = set.intersection(*({step.call for step in made} for made in found.values())) if len(found) > 1 else set()
    labels: dict[Label, None] = {}
    notes: dict[str, None] = {}
    shown = [*found, *(i for i, value in enumerate(inputs) if sides and value is not None and i not in found)]
    for number in shown[:SIDES]:
        value = inputs[number]
        assert value is not None
        side = sides[number] if sides else Side(_called(level, value))
        made = [step for step in found.get(number, []) if step.call not in shared]
        where = side.place or place
        near = [step.text for step in sorted(made, key=lambda step: step.place.start) if _beside(step.place, where)]
        said = f"{_is(level, value, side)}{':  ' if near else ''}{'; '.join(near)}"
        if where == place:
            notes[said] = None
        else:
            labels[Label(where, said)] = None
        labels.update(dict.fromkeys(Label(step.place, _given(step)) for step in made[-LABELS:] if not _beside(step.place, where)))
    return tuple(labels), tuple(notes)


def _is(level: Building, value: Value, side: Side) -> str:
    name = start_of(level, value).name or side.otherwise
    return f"{side.words} {name + ', ' if name else ''}{value.shape}"


def _given(step: Step) -> str:
    return f"this gives {step.value.shape}:  {step.text}"


def _called(level: Building, value: Value) -> str:
    """How a tensor of a formula is introduced: by its label, or by the child or function that gave it."""
    call = producer(level, value)
    unnamed = call is not None and (call.name is None or call.name == value.name)
    return f"`{value.name}` gives" if unnamed else f"`{value.name}` is"


def _beside(step: Span, place: Span) -> bool:
    return step.source is place.source and step.line == place.line


def _joined(trails: Sequence[Trail]) -> list[Step]:
    """The steps for several axes of one tensor; a call that set two of them stands once."""
    known: dict[Call, Step] = {}
    for step in (step for found in trails for step in found.steps):
        known[step.call] = step if step.call not in known else known[step.call].also(step)
    return list(known.values())
