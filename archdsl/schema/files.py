"""Schemas of the keys of a spec and of its blocks."""

from __future__ import annotations

from collections.abc import Mapping

from archdsl.elaborate.initial import INITIALISERS
from archdsl.language.items import RESERVED
from archdsl.language.syntax import EXPRESSION_WORDS, GIVEN
from archdsl.language.words import BLOCK, EXPECT, RULE, SPEC, TENSOR, WEIGHTS
from archdsl.ops import BY_NAME
from archdsl.schema import recipe
from archdsl.schema.calls import Callee
from archdsl.schema.items import reference
from archdsl.schema.known import Known
from archdsl.schema.values import CONDITION, SCALAR, TYPES, Schema, keys

IDENTIFIER = r"^[^\s\d!-/:-@\[-^`{-~][^\s!-/:-@\[-^`{-~]*$"
"""letters, digits and `_`, no digit first"""
INPUT_NAME: Schema = {"pattern": IDENTIFIER.replace("$", r"(?:\.\.\.)?$")}
INPUT: Schema = {"type": "string", **INPUT_NAME}
SIZES: Schema = {"items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 4}
FIGURE: Schema = {"type": ["number", "string"], "pattern": r"^[0-9._eE+-]+$"}
OUTPUT: Schema = {"type": "array", "items": {**FIGURE, "type": ["number", "string", "array"], "items": FIGURE}}
"""sizes of an output, or those of several"""
FIGURES: dict[str, Schema] = {"params": FIGURE, "macs": FIGURE, "output": OUTPUT}
BUFFER: Schema = {
    "oneOf": [{"required": ["param"]}, {"required": ["buffer"]}],
    "if": {"required": ["buffer"]},
    "then": {"propertyNames": {"not": {"const": "init"}}},
    "else": {"propertyNames": {"not": {"const": "persistent"}}},
}
"""a tensor is either a parameter with a first value or a buffer"""
STARTS = rf"^(?!\s*(?!(?:{'|'.join(INITIALISERS)}|not)\b)[A-Za-z_]\w*\s+(?!(?:if|and|or|in|not|is)\b)[\w.]+)"
"""a first value: a call begins with an initialiser; a formula has an operator behind its first name"""
PATH: Schema = {"type": "string", "minLength": 1}
TOKENS: Schema = {"not": {"enum": [*BY_NAME, *sorted(RESERVED)]}}
NAMESPACES = ("blocks", "import", "extends")
"""keys of a spec with which its items may call what is not known"""


def definitions(known: Known) -> dict[str, Schema]:
    """What stands under keys of a spec."""
    operation: Schema = {"enum": list(BY_NAME)}
    operations: Schema = {"type": ["string", "array"], "items": operation, "if": {"type": "string"}, "then": operation}
    items = {"minItems": 1, "items": reference("listed")}
    return {
        "block": {"type": ["array", "object"], **items, "required": ["body"], **_closed(BLOCK, _block())},
        "tensor": {"type": "object", **_closed(TENSOR, _tensor()), **BUFFER},
        "rule": {
            "type": "object",
            **_told(RULE, {"op": operations, "key": SCALAR, "when": CONDITION}),
            "additionalProperties": reference("start"),
            "not": {"propertyNames": {"enum": list(RULE)}},
        },
        "start": {**SCALAR, "pattern": STARTS},
        "recipe": recipe.definition(),
        "weights": {"type": "object", **_closed(WEIGHTS, _weights(known))},
        "figures": {"type": "object", **_closed(EXPECT, FIGURES)},
        "sizes": {"type": "array", **SIZES},
        "token": {"if": {"type": "array"}, "then": reference("body"), "else": reference("listed")},
        **{f"defaults {callee.name}": _defaults(callee) for callee in known.callees.values()},
    }


def spec(known: Known, strict: str) -> Schema:
    """A spec. Its items are read by the definitions whose names begin with `strict`, unless the file brings names that are not known."""
    told = _closed({**SPEC, **BLOCK}, {**_block(), **_file(known)})
    body = told["properties"].pop("body")
    heads = keys(known.callees)
    named = {"anyOf": [{"required": [key]} for key in NAMESPACES]}
    return {
        "type": ["array", "object"],
        "minItems": 1,
        "items": reference(f"{strict}listed"),
        **told,
        "properties": {"body": {"description": body["description"]}, **told["properties"]},
        "allOf": [
            {"if": {"not": {"anyOf": [{"required": ["extends"]}, {"required": ["blocks"]}]}}, "then": {"required": ["body"]}},
            {
                "if": {} if known.complete else named,
                "then": {"properties": {"body": reference("body"), **({"defaults": heads} if known.complete else {})}},
                "else": {"properties": {"body": reference(f"{strict}body"), "defaults": heads}},
            },
        ],
    }


def _block() -> dict[str, Schema]:
    return {
        "description": SCALAR,
        "params": {"type": "object", "propertyNames": _names(RESERVED | GIVEN | EXPRESSION_WORDS)},
        "require": {"type": "object", "additionalProperties": SCALAR},
        "let": {"type": "object", "propertyNames": _names(RESERVED | GIVEN | EXPRESSION_WORDS)},
        "tensors": {"type": "object", "additionalProperties": reference("tensor")},
        "inputs": {"type": ["string", "array"], "items": INPUT, "minItems": 1, **INPUT_NAME},
        "body": reference("body"),
        "outputs": {"type": ["string", "number", "array", "object"]},
    }


def _file(known: Known) -> dict[str, Schema]:
    found = {
        "name": SCALAR,
        "source": SCALAR,
        "extends": PATH,
        "variant": _variant_name(known),
        "input": {"type": ["array", "object"], **SIZES, "additionalProperties": reference("sizes"), "minProperties": 1},
        "variants": {"type": "object", "additionalProperties": _variant(known)},
        "import": {"type": ["array", "object"], "items": PATH, "additionalProperties": PATH},
        "defaults": {
            "type": "object",
            "properties": {name: reference(f"defaults {name}") for name in known.callees},
            "additionalProperties": {"type": "object"},
        },
        "legend": {"type": "object", "propertyNames": TOKENS, "additionalProperties": reference("token")},
        "blocks": {"type": "object", "propertyNames": _names(RESERVED), "additionalProperties": reference("block")},
        "init": {"type": ["array", "object"], "items": reference("rule"), "if": {"type": "object"}, "then": reference("rule")},
        "weights": _by_variant(known, "weights", _told(WEIGHTS, _weights(known))),
        "expect": _by_variant(known, "figures", _told(EXPECT, FIGURES)),
        "train": reference("recipe"),
    }
    if known.complete and known.inherits:
        found["params"] = {"type": "object", **keys(known.parameters)}
    return found


def _variant(known: Known) -> Schema:
    names = keys(("like", *known.parameters)) if known.complete else {}
    like = {"description": "the variant that it builds on", **_variant_name(known)}
    return {"type": "object", "properties": {"like": like}, **names}


def _variant_name(known: Known) -> Schema:
    if not known.complete:
        return SCALAR
    return {**SCALAR, "if": {"type": "string"}, "then": {"enum": list(known.variants)}} if known.variants else {"not": {}}


def _by_variant(known: Known, name: str, own: Schema) -> Schema:
    """What stands alone, or in a family by variant, over what holds for all."""
    variants = {variant: reference(name) for variant in known.variants}
    others = False if known.complete else reference(name)
    return {"type": "object", "properties": {**variants, **own["properties"]}, "additionalProperties": others}


def _defaults(callee: Callee) -> Schema:
    only = {} if callee.open else keys(callee.arguments)
    return {"type": "object", "allOf": [reference(f"call {callee.name}")], **only}


def _names(taken: frozenset[str]) -> Schema:
    return {"pattern": IDENTIFIER, "not": {"enum": sorted(taken)}}


def _tensor() -> dict[str, Schema]:
    return {
        "param": {"type": ["array", "integer", "string"], "items": TYPES["int"]},
        "buffer": {"type": "string"},
        "init": reference("start"),
        "persistent": TYPES["bool"],
        "when": CONDITION,
    }


def _weights(known: Known) -> dict[str, Schema]:
    names = keys(known.parameters) if known.complete else {}
    return {
        "url": {"type": "string", "pattern": r"^https://[^/\s]+/\S+$"},
        "sha256": {"type": ["string", "number"], "pattern": "^[0-9a-fA-F]{64}$"},
        "rename": {"type": "object", "additionalProperties": SCALAR},
        "params": {"type": "object", **names},
    }


def _told(words: Mapping[str, str], forms: dict[str, Schema]) -> Schema:
    """Keys with what an editor says of them."""
    properties = {name: {"allOf": [form]} if "$ref" in form else dict(form) for name, form in forms.items()}
    return {"properties": {name: {**form, "description": words[name]} for name, form in properties.items()}}


def _closed(words: Mapping[str, str], forms: dict[str, Schema]) -> Schema:
    return {**_told(words, forms), "additionalProperties": False}
