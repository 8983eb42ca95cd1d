"""What an operation, a block or an imported spec takes, as a schema of its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from archdsl.elaborate.library import library_block
from archdsl.elaborate.parameters import Parameter, parameters
from archdsl.elaborate.signatures import signature_of, words_of
from archdsl.language.document import Block, Document
from archdsl.language.items import INLINE_MODIFIERS, MODIFIERS
from archdsl.language.words import AXES
from archdsl.ops import BY_NAME
from archdsl.ops.base import Op
from archdsl.ops.types import Kind
from archdsl.reference import blocks, operations
from archdsl.reference.entry import Argument, Entry
from archdsl.reference.takes import takes
from archdsl.schema.values import CALL, TYPES, Schema, among, described, value

NO_BRACKETS = "[^()\\[\\]{}'\"]"
"""a character of a call that is split at every space"""
EXPRESSIONS = (Kind.VALUE, Kind.WORD, Kind.AXIS, Kind.AXES)
VALUES = ("int", "float", "number", "bool", "size", "list", "axis", "value")
"""readings of parameters whose text is an expression"""
HELD = "#/definitions/held item"
"""where an item as an argument is described"""


@dataclass(frozen=True, slots=True)
class Callee:
    """Something that an item calls by name. `positional` are the arguments that may be given by position, in order."""

    name: str
    entry: Entry
    arguments: dict[str, Schema]
    positional: tuple[str, ...]
    required: tuple[str, ...] = ()
    spreads: bool = False
    """whether a list as the main argument fills the arguments in order"""
    open: bool = False
    """whether it takes arguments of any name"""
    expressions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """arguments that are expressions, with the words that they may be"""

    @property
    def keys(self) -> list[str]:
        """What may stand in a mapping that calls it."""
        return list(dict.fromkeys((self.name, "use", *self.arguments, *MODIFIERS)))

    def schema(self, names: Iterable[str] | None) -> Schema:
        """The values of a mapping that calls it. `names` are those that expressions may use, if all are known."""
        arguments = dict(self.arguments)
        if names is not None:
            arguments |= {name: among(self.arguments[name], (*words, *names)) for name, words in self.expressions.items()}
        main: Schema = {"not": {}}
        if self.positional:
            main = dict(arguments[self.positional[0]])
            main["allOf"] = [*main.get("allOf", ()), {"pattern": CALL, "patternErrorMessage": "a call of several arguments is one text"}]
        if self.spreads and "type" in main and "array" not in main["type"]:
            main["type"] = [*main["type"], "array"]
        return {"properties": {**arguments, self.name: main}}

    def line(self) -> Schema:
        """A one-line call without brackets and quotes: so many arguments by position, then named ones."""
        names = "|".join([*self.arguments, *INLINE_MODIFIERS])
        called = rf"^\s*{self.name}(?:\s+[^\s=]+(?:[=!<>]=\S*)?){{0,{len(self.positional)}}}(?:\s+(?:{names})=\S+)*\s*$"
        about = f"`{self.name}` is `{self.entry.signature}`"
        simple = rf"^\s*{self.name}\s{NO_BRACKETS}*$"
        return {"if": {"pattern": simple}, "then": {"pattern": called, "patternErrorMessage": about}}

    def about(self) -> Schema:
        """What an editor shows for the name."""
        entry = self.entry
        source = f"\n\nSource: {entry.source}" if entry.source else ""
        return {"description": entry.summary, "markdownDescription": f"```text\n{entry.signature}\n```\n{entry.text}{source}"}


def operation(name: str) -> Callee:
    """An operation."""
    kind = BY_NAME[name]
    entry = operations.entry(name, worked=False)
    schemas = {a.name: _argument(value(takes(kind, a.name)), a) for a in entry.arguments}
    signature = signature_of(kind)
    expressions = {a.name: _words(kind, a.name) for a in entry.arguments if kind.kinds()[a.name] in EXPRESSIONS}
    positional = signature.names[: signature.most]
    return Callee(name, entry, schemas, positional, signature.required, open=signature.open, expressions=expressions)


def library() -> list[Callee]:
    """The blocks of the library."""
    return [block(name, blocks.entry(name, worked=False), library_block(name)) for name in blocks.names()]


def block(name: str, entry: Entry, definition: Block) -> Callee:
    """A block."""
    return _of_parameters(name, entry, parameters(definition.params))


def network(name: str, entry: Entry, document: Document) -> Callee:
    """An imported spec; its parameters have the values that it gives them itself."""
    found = replace(_of_parameters(name, entry, parameters(document.main.params)), required=())
    if not document.variants:
        return found
    variant = {"type": "string", "enum": list(document.variants), "description": "the variant whose settings count"}
    return replace(found, arguments={**found.arguments, "variant": variant})


def _of_parameters(name: str, entry: Entry, declared: tuple[Parameter, ...]) -> Callee:
    told = {argument.name: argument for argument in entry.arguments}
    schemas = {p.name: _argument(_parameter(p), told[p.name]) for p in declared}
    required = tuple(p.name for p in declared if p.default is None)
    expressions = {p.name: tuple(AXES) if p.reading == "axis" else ("same",) for p in declared if p.reading in VALUES}
    return Callee(name, entry, schemas, tuple(schemas), required, bool(declared) and declared[0].reading != "list", expressions=expressions)


def _words(kind: type[Op], name: str) -> tuple[str, ...]:
    return tuple(AXES) if kind.kinds()[name] in (Kind.AXIS, Kind.AXES) else words_of(kind, name)


def _parameter(parameter: Parameter) -> Schema:
    if parameter.type == "item":
        return {"$ref": HELD}
    return {} if parameter.reading == "item" else TYPES[parameter.type or parameter.reading]


def _argument(schema: Schema, told: Argument) -> Schema:
    text = f"{told.text}: {told.takes}" if told.text else told.takes
    if "$ref" in schema:
        return {"allOf": [schema], **described({}, text, told.default)}
    return described(schema, text, told.default)


def positions(callees: dict[str, Callee]) -> dict[str, list[str]]:
    """For each name that is also an argument of others: those others.

    >>> positions({name: operation(name) for name in ("dropout", "multihead_attention")})
    {'dropout': ['multihead_attention']}
    """
    found = {name: [other.name for other in callees.values() if name in other.arguments and other.name != name] for name in callees}
    return {name: others for name, others in found.items() if others}
