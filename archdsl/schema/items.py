"""Schemas of items and bodies: a chain of `if` something is called `then` it takes these, so that an error lands at the wrong key."""

from __future__ import annotations

from archdsl.language.item_parser import TAKES
from archdsl.language.items import BODIES, MERGES, MODIFIERS, RESERVED
from archdsl.language.words import BESIDE
from archdsl.language.words import MODIFIERS as MODIFIER_TEXTS
from archdsl.language.words import WIRING as WIRING_TEXTS
from archdsl.schema.calls import Callee, positions
from archdsl.schema.known import Known
from archdsl.schema.values import CONDITION, SCALAR, TYPES, Schema, literal

NAME = r"^(?:[A-Za-z0-9_-]|\{[^{}]*\})+(?:\.(?:[A-Za-z0-9_-]|\{[^{}]*\})+)*$"
"""names of children: letters, digits, `_`, `-` and `{expressions}` between dots"""
NO_CALL = rf"^\s*(?!(?:{'|'.join(sorted(RESERVED))})(?:\s|$))[^\s(\[{{=][^\s(]*(?:\s|$)"
"""a text that begins with a name, and no word that needs a mapping"""
NO_ITEM = "not an item: it begins with an operation, block or token, then come its arguments, as in `conv 64 stride=2`"
PAIRS: list[Schema] = [
    {"if": {"required": ["for"]}, "then": {"properties": {"repeat": False}}},
    {"if": {"not": {"required": ["when"]}}, "then": {"properties": {"else": False}}},
]
"""modifiers that exclude or need each other"""


def reference(name: str) -> Schema:
    """The schema of a definition."""
    return {"$ref": f"#/definitions/{name}"}


def definitions(known: Known, strict: bool, prefix: str = "") -> dict[str, Schema]:
    """Items and bodies. `strict` says that what an item calls can be told: nothing in the file hides a name, or all names are known."""
    return _Items(known, strict, prefix).definitions()


class _Items:
    def __init__(self, known: Known, strict: bool, prefix: str) -> None:
        self.known, self.strict, self.prefix = known, strict, prefix
        self.shared = positions(known.callees)

    def definitions(self) -> dict[str, Schema]:
        item = self.of("item")
        body = {"items": self.of("listed"), "minItems": 1, "minProperties": 1, "additionalProperties": item, "propertyNames": self.names()}
        content: Schema = {"if": {"type": "object"}, "then": self.of("mapping"), "else": self.text(), "items": self.of("listed")}
        return {
            self.prefix + "body": {"type": ["array", "object", "string"], **body, **self.text()},
            self.prefix + "item": {"type": ["string", "array", "object"], "minItems": 1, **content},
            self.prefix + "listed": {"type": ["string", "integer", "array", "object"], "minimum": 1, "minItems": 1, **content},
            self.prefix + "mapping": self.mapping(),
            self.prefix + "operands": {"type": ["array", "object", "string"], **body, "items": self.of("operand")},
            self.prefix + "operand": {
                "type": ["string", "number", "array", "object"],
                "items": self.of("listed"),
                "if": {"type": "object"},
                "then": self.of("mapping"),
            },
            **({} if self.prefix else {"held item": self.held()}),
        }

    def of(self, name: str) -> Schema:
        return reference(self.prefix + name)

    def names(self) -> Schema:
        return {"pattern": NAME, "not": {"enum": sorted(RESERVED)}}

    def text(self) -> Schema:
        """A text in the place of an item: what it calls, and for a call without brackets how."""
        heads = "|".join([*self.known.heads, *map(literal, self.known.tokens)])
        bare = "|".join(callee.name for callee in self.known.plain if self.wanted(callee))
        pattern = rf"^(?!\s*(?:{bare})\s*$)\s*(?:{heads})(?:\s|$)" if self.known.complete else NO_CALL
        words = {"anyOf": [{"enum": self.known.heads}, {}]}  # for completion: any other text may stand there
        return {"pattern": pattern, "patternErrorMessage": NO_ITEM, "allOf": [reference("line"), words]}

    def held(self) -> Schema:
        """An item as an argument: also `none`, an expression in brackets that gives a word, or a name whose arguments are given later."""
        free = {"pattern": r"^\s*(?:\(|[\w~]+\s*$)"}
        return {"type": ["string", "array", "object"], "if": {"type": "string", **free}, "else": self.of("item")}

    def mapping(self) -> Schema:
        """A mapping that calls something, with modifiers."""
        # What is also an argument of others tells of itself as such; a text of the operation would stand there, too.
        words = {name: {} if name in self.shared else reference(f"word {name}") for name in self.known.callees}
        wiring = {word: {"description": WIRING_TEXTS[word]} for word in WIRING_TEXTS}
        rules = [self.wired(word) for word in WIRING_TEXTS] + [self.called(callee) for callee in self.known.plain]
        return {
            "properties": {**words, **wiring, **self.modifiers()},
            "not": {"propertyNames": {"enum": list(MODIFIERS)}},
            "allOf": [*PAIRS, *rules, *self.unknown()],
        }

    def modifiers(self) -> dict[str, Schema]:
        forms: dict[str, Schema] = {
            "name": SCALAR,
            "from": {"type": ["string", "array"]},
            "as": {"type": ["string", "number", "array"], "items": SCALAR},
            "when": CONDITION,
            "else": self.of("item"),
            "for": {"type": "string", "pattern": r"\sin\b", "patternErrorMessage": "a loop is written `name in list`"},
            "repeat": {**TYPES["int"], "minimum": 0},
            "inline": TYPES["bool"],
            "outputs": {"type": ["string", "number", "array"], "items": SCALAR},
            "init": {"type": "object", "additionalProperties": reference("start")},
        }
        return {name: {**form, "description": MODIFIER_TEXTS[name]} if "$ref" not in form else form for name, form in forms.items()}

    def wired(self, word: str) -> Schema:
        """What stands beside a word of the language."""
        if word == "use":
            return {"if": {"required": ["use"]}, "then": {"properties": {"use": {"type": "string", **self.head()}}}}
        main = self.of("body") if word in BODIES else self.of("operands") if word in MERGES else SCALAR
        beside: dict[str, Schema] = {"shortcut": self.of("body"), "skip": CONDITION, "dim": TYPES["axis"]}
        taken = {name: {"description": BESIDE[name], "allOf": [beside[name]]} for name in TAKES.get(word, ())}
        allowed = {"propertyNames": {"enum": [word, *taken, *MODIFIERS]}, "properties": {word: main, **taken}}
        return {"if": {"required": [word]}, "then": allowed}

    def head(self) -> Schema:
        """The name of what `use` calls."""
        return {"pattern": rf"^\s*(?:\(|(?:{'|'.join(self.known.heads)})\s*$)"} if self.known.complete else {}

    def called(self, callee: Callee) -> Schema:
        """What a call takes, if it can be told that this is the call: other operations take arguments that are called like it."""
        owners = self.shared.get(callee.name, [])
        here: Schema = {"required": [callee.name]}
        used: Schema = {"required": ["use"], "properties": {"use": {"const": callee.name}}}
        only = {} if callee.open else {"propertyNames": {"enum": callee.keys}}
        arguments = reference(f"call {callee.name}")
        if not self.strict or (owners and not self.known.complete):
            return {"if": {"anyOf": [here, used], **only}, "then": arguments}
        if owners:
            here = {**here, "not": {"anyOf": [{"required": [other]} for other in (*owners, *sorted(self.known.holders), "use")]}}
        return {"if": {"anyOf": [here, used]}, "then": {"allOf": [arguments, *self.needed(callee)], **only}}

    def needed(self, callee: Callee) -> list[Schema]:
        """Arguments without a default, where the defaults of the file are known. A text as the main argument may be a list of them all."""
        needed = self.wanted(callee)
        if not needed or not self.known.complete:
            return []
        rest: Schema = {"required": [name for name in needed if name != callee.positional[0]]}
        if callee.spreads:
            rest = {"if": {"properties": {callee.name: {"type": "number"}}}, "then": rest}
        return [{"if": {"required": ["use"]}, "then": {"required": needed}, "else": rest}]

    def wanted(self, callee: Callee) -> list[str]:
        """Arguments that every call must give."""
        given = self.known.defaults.get(callee.name, frozenset())
        return [name for name in callee.required if name not in given]

    def unknown(self) -> list[Schema]:
        """A mapping that calls nothing that there is, where all that there is is known."""
        if not self.known.complete:
            return []
        callees = self.known.callees.values()
        words = dict.fromkeys((*self.known.heads, *WIRING_TEXTS, *BESIDE, *MODIFIERS, *(name for c in callees for name in c.arguments)))
        free = [*(callee.name for callee in callees if callee.open), *sorted(self.known.holders), "use"]
        heads = {"anyOf": [{"required": [name]} for name in (*self.known.heads, *WIRING_TEXTS)]}
        spelled = {"propertyNames": {"enum": list(words)}}
        return [{"if": {"anyOf": [{"required": [name]} for name in free]}, "else": spelled}, {"if": spelled, "then": heads}]
