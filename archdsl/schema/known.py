"""What a schema may rely on: the names that items can call, the tokens of lists, what the file declares."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from archdsl.diagnostics import SpecError
from archdsl.elaborate.parameters import NONES, Parameter, parameters
from archdsl.elaborate.tokens import BUILT_IN
from archdsl.language.expressions import scalar_value
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.syntax import EXPRESSION_WORDS
from archdsl.language.words import GIVEN
from archdsl.ops import BY_NAME
from archdsl.pipeline import Sketch
from archdsl.reference import blocks
from archdsl.schema.calls import Callee, block, library, network, operation

VARIABLES = ("fan_in", "fan_out", "shape")
"""what initial values see"""
WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, eq=False)
class Known:
    """Operations and blocks by name. Of a spec also what else its items may call, since all of its names are known."""

    callees: dict[str, Callee]
    complete: bool = False
    """whether an item can call nothing but `callees`, `holders` and tokens"""
    holders: frozenset[str] = frozenset()
    """names of values that may hold an item"""
    names: tuple[str, ...] = ()
    """names that expressions may use, wherever they stand"""
    tokens: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    inherits: bool = False
    """whether the body is another file's, so that the parameters are"""
    defaults: dict[str, frozenset[str]] = field(default_factory=dict)
    """arguments that calls of a name have without saying so"""

    @property
    def heads(self) -> list[str]:
        """What an item may begin with."""
        return list(dict.fromkeys((*self.callees, *sorted(self.holders))))

    @property
    def plain(self) -> list[Callee]:
        """Callees that no value of the file hides."""
        return [callee for name, callee in self.callees.items() if name not in self.holders]


@cache
def everywhere() -> Known:
    """What every spec may call: operations and the library, whose blocks hide operations of their name."""
    callees = [operation(name) for name in BY_NAME] + library()
    return Known({callee.name: callee for callee in callees})


def of_spec(sketch: Sketch) -> Known:
    """What one spec may call. Raises `SpecError` with the errors of what it declares."""
    if sketch.errors:
        raise SpecError(sketch.errors)
    document = sketch.document
    base, told = everywhere(), blocks.of_spec(document)
    found = {name: network(name, told[name], spec) for name, (_, spec) in document.networks.items()}
    found |= {name: block(name, told[name], definition) for name, (_, definition) in document.imports.items()}
    found |= {name: block(name, told[name], definition) for name, definition in document.blocks.items()}
    owners = (document.main, *document.blocks.values())
    loops = [word for text in _loops(sketch.node) for word in WORD.findall(text.partition(" in ")[0])]
    values = [name for owner in owners for name in (*owner.params, *owner.let)]
    held = [p.name for owner in owners for p in parameters(owner.params) if _may_hold(p)] + [name for owner in owners for name in owner.let]
    return Known(
        {**base.callees, **found},
        True,
        frozenset((*held, *loops)),
        tuple(dict.fromkeys((*values, *loops, *GIVEN, *EXPRESSION_WORDS, *NONES, *VARIABLES))),
        tuple(dict.fromkeys((*BUILT_IN, *document.legend))),
        tuple(document.main.params),
        tuple(document.variants),
        document.extended,
        {name: frozenset(arguments) for name, (_, arguments) in document.defaults.items()},
    )


def _may_hold(parameter: Parameter) -> bool:
    """Whether a parameter can hold an item, or a list of them: one that a number or another type is declared for cannot."""
    if parameter.type is not None or not isinstance(parameter.default, Scalar):
        return parameter.type in (None, "item", "list")
    return parameter.reading == "word" or not isinstance(scalar_value(parameter.default.text), int | float)


def _loops(node: Node) -> Iterator[str]:
    """The texts of every `for`."""
    if isinstance(node, Sequence):
        for item in node.items:
            yield from _loops(item)
    if not isinstance(node, Mapping):
        return
    for key, value in node.entries:
        if key.text == "for" and isinstance(value, Scalar):
            yield value.text
        yield from _loops(value)
