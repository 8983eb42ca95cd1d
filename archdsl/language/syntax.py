"""The keys of a spec and of a block. Each key is read as far as its form goes (text, a mapping by name, any node); items stay nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError

from archdsl.diagnostics import Diagnostic, Edit, Label, Span
from archdsl.diagnostics.suggest import is_sure, nearest
from archdsl.diagnostics.text import escaped
from archdsl.language.calls import replaced
from archdsl.language.document import Block, Entries, Entry, Variant
from archdsl.language.items import RESERVED
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence, is_empty
from archdsl.language.scalars import older
from archdsl.language.shown import written

Report = Callable[[Diagnostic], None]
Value = TypeVar("Value")
GIVEN_WORDS = {"x": "is what flows in", "input": "is what flows into the block", "it": "is the number of a token"}
GIVEN = frozenset(GIVEN_WORDS)
EXPRESSION_WORDS = frozenset(
    ("if", "else", "for", "in", "and", "or", "not", "is", "lambda", "true", "false", "none", "True", "False", "None")
)


EXAMPLES = {
    "params": "{width: 64, depth: 2}",
    "let": "{half: width // 2}",
    "require": "{width > 0: width is positive}",
    "tensors": "{token: {param: [1, 64]}}",
    "inputs": "[low, high]",
    "blocks": "{unit: [conv 64, relu]}",
    "defaults": "{conv: {bias: false}}",
    "variants": "{small: {width: 32}}",
    "legend": "{D: dropout 0.1}",
    "extends": "base.yaml",
    "rename": '{"layer{i}.*": "stage{i}.*"}',
}
"""what keys take, where something else stands"""
FOREIGN = {
    "layers": "body", "modules": "body", "model": "body", "network": "body", "architecture": "body", "forward": "body",
    "parameters": "params", "hyperparameters": "params", "arguments": "params", "args": "params", "constants": "let", "variables": "let",
    "include": "import", "base": "extends", "inherits": "extends", "input_shape": "input", "input_size": "input", "image_size": "input",
}  # fmt: skip
"""what other tools call the keys of a spec"""


EntryNames = dict[str, str]
NO_ADVICE: EntryNames = {}


class Misread(ValueError):
    """A key whose value has the wrong form; pydantic collects it. `rest` is the value without the entries that are wrong, `lost`."""

    def __init__(self, *diagnostics: Diagnostic, rest: Mapping | None = None, lost: tuple[str, ...] = ()) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics, self.rest, self.lost = diagnostics, rest, lost


@dataclass(frozen=True, slots=True)
class Gaps:
    """What could not be read of a mapping: names whose declarations are at fault; whether there may be others."""

    lost: frozenset[str] = frozenset()
    partial: bool = False


def _wrong(node: Node, what: str, expected: str, help: str | None = None) -> Misread:
    if help is None and what in EXAMPLES:
        help = f"write `{what}: {EXAMPLES[what]}`"
    if what == "variant" and isinstance(node, Mapping):
        help = "settings by name stand under `variants`"
    lost = tuple(re.findall(r"[A-Za-z_]\w*", node.span.text))
    spaceless = re.match(r"\w+:(?=[^\s:/])", node.span.text) if isinstance(node, Scalar) and "mapping" in expected else None
    if spaceless is None:
        return Misread(Diagnostic("AD1204", "error", f"`{what}` takes {expected}; found {written(node)}", node.span, help=help), lost=lost)
    place = node.span.part(spaceless.end() - 1, spaceless.end())
    help = f"write `{spaceless[0]} {node.span.text[spaceless.end() :].split()[0]}`"
    edit = Edit(place, ": ", "safe")
    return Misread(Diagnostic("AD1104", "error", "a space is missing after the colon", place, help=help, edit=edit), lost=lost)


def _text(entry: Entry) -> Scalar:
    if not isinstance(entry[1], Scalar):
        raise _wrong(entry[1], entry[0].text, "text")
    return entry[1]


def _node(entry: Entry) -> Node:
    return entry[1]


def _table(entry: Entry, expected: str = "a mapping") -> dict[str, Entry]:
    if not isinstance(entry[1], Mapping):
        raise _wrong(entry[1], entry[0].text, expected)
    return {key.text: (key, value) for key, value in entry[1].entries}


def _each(entry: Entry, read: Callable[[Entry], Value]) -> dict[str, Value]:
    """What `read` makes of each entry of a mapping. Raises `Misread` with all that it refuses."""
    made: dict[str, Value] = {}
    faults: list[Diagnostic] = []
    for name, own in _table(entry).items():
        try:
            made[name] = read(own)
        except Misread as error:
            faults += error.diagnostics
    if faults:
        assert isinstance(entry[1], Mapping)
        rest = replace(entry[1], entries=tuple(own for own in entry[1].entries if own[0].text in made))
        raise Misread(*faults, rest=rest, lost=tuple(key.text for key, _ in entry[1].entries if key.text not in made))
    return made


def _tables(entry: Entry) -> dict[str, tuple[Scalar, Entries]]:
    return _each(entry, lambda own: (own[0], _table(own, "arguments by name, as `{bias: false}`")))


def _names(entry: Entry) -> dict[str, Entry]:
    """A mapping whose keys are names that expressions use."""
    return _each(entry, lambda own: _named(own, RESERVED | GIVEN, EXPRESSION_WORDS))


def _blocks(entry: Entry) -> dict[str, Entry]:
    return _each(entry, lambda own: _named(own, RESERVED, frozenset()))


def _named(entry: Entry, taken: frozenset[str], unusable: frozenset[str]) -> Entry:
    """The entry if its key can be a name. Raises `Misread`."""
    key, name = entry[0], entry[0].text
    if name in taken:
        why = GIVEN_WORDS.get(name, "is a word of the language")
        raise Misread(Diagnostic("AD1206", "error", f"`{name}` {why}", key.span, help="choose another name"))
    if not name.isidentifier() or name in unusable:
        message = f"`{escaped(name[:40])}` cannot be used in an expression or call"
        help = "a name has letters, digits and `_`, starts with no digit, and is no word of expressions"
        usable = re.sub(r"\W+", "_", name)[:40]
        if usable.isidentifier() and usable not in unusable and usable != name:
            help = f"write `{usable}`: {help}"
        raise Misread(Diagnostic("AD1205", "error", message, key.span, help=help))
    return entry


def _inputs(entry: Entry) -> Node:
    """The names of the tensors that flow in. Raises `Misread` for what is none."""
    node = entry[1]
    names = node.items if isinstance(node, Sequence) else (node,)
    lost = ("input", *re.findall(r"[A-Za-z_]\w*", node.span.text))
    seen: dict[str, Scalar] = {}
    for i, name in enumerate(names):
        text = name.text.removesuffix("..." if i == len(names) - 1 else "") if isinstance(name, Scalar) else ""
        if not isinstance(name, Scalar) or not text.isidentifier():
            help = "write `inputs: [low, high]`, or `inputs: [first, rest...]` where the last takes all others"
            raise Misread(*_wrong(name, "inputs", "names", help).diagnostics, lost=lost)
        if text in seen:
            message, labels = f"`{text}` is the name of two inputs", (Label(seen[text].span, "the first"),)
            raise Misread(Diagnostic("AD1206", "error", message, name.span, labels, help="choose another name"), lost=lost)
        seen[text] = name
    if not names:
        raise Misread(*_wrong(node, "inputs", "names").diagnostics, lost=lost)
    return node


def _variants(entry: Entry) -> dict[str, Variant]:
    return _each(entry, _variant)


def _variant(entry: Entry) -> Variant:
    settings = _table(entry, "parameters by name, as `{width: 64}`")
    like = settings.get("like")
    if like is not None and not isinstance(like[1], Scalar):
        raise _wrong(like[1], "like", "the name of a variant")
    own = {parameter: value for parameter, value in settings.items() if parameter != "like"}
    return Variant(entry[0], _text(like) if like else None, own)


def _imports(entry: Entry) -> tuple[tuple[Scalar | None, Scalar], ...]:
    """Names and paths; a list of paths has no names."""
    node = entry[1]
    if isinstance(node, Scalar):
        raise _wrong(node, "import", "a list of files, or a mapping of names to files", f"write `[{node.text}]`")
    pairs: list[tuple[Scalar | None, Node]] = [*node.entries] if isinstance(node, Mapping) else [(None, item) for item in node.items]
    found = []
    for key, path in pairs:
        if not isinstance(path, Scalar):
            raise _wrong(path, "import", "paths of files")
        found.append((key, path))
    return tuple(found)


if TYPE_CHECKING:
    Text = Scalar | None
else:
    Text = Annotated[Any, PlainValidator(_text)]  # pydantic would describe the class Scalar to itself, for nothing
Anything = Annotated[Any, PlainValidator(_node)]
Table = Annotated[Any, PlainValidator(_table)]
Names = Annotated[Any, PlainValidator(_names)]
Inputs = Annotated[Any, PlainValidator(_inputs)]


class BlockKeys(BaseModel):
    """What a block may hold (section 2 of the language)."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, defer_build=True)

    description: Text = None
    params: Names = Field(default_factory=dict)
    require: Table = Field(default_factory=dict)
    let: Names = Field(default_factory=dict)
    tensors: Table = Field(default_factory=dict)
    inputs: Inputs = None
    body: Anything = None
    outputs: Anything = None


class FileKeys(BlockKeys):
    """What a spec may hold besides (section 5)."""

    name: Text = None
    source: Text = None
    extends: Text = None
    variant: Text = None
    input: Anything = None
    variants: Annotated[Any, PlainValidator(_variants)] = Field(default_factory=dict)
    imports: Annotated[Any, PlainValidator(_imports)] = Field(default=(), alias="import")
    defaults: Annotated[Any, PlainValidator(_tables)] = Field(default_factory=dict)
    legend: Table = Field(default_factory=dict)
    blocks: Annotated[Any, PlainValidator(_blocks)] = Field(default_factory=dict)
    init: Anything = None
    weights: Anything = None
    expect: Anything = None
    train: Anything = None


Keys = TypeVar("Keys", bound=BaseModel)


def keys_of(model: type[Keys], node: Mapping, what: str, report: Report) -> tuple[Keys, Gaps]:
    """The keys of a mapping, and what could not be read. Faults are reported; a misspelled key counts as the one that was meant."""
    known = [field.alias or name for name, field in model.model_fields.items()]
    values = {key.text: (key, value) for key, value in node.entries if key.text in known}
    strangers = [entry for entry in node.entries if entry[0].text not in known]
    meant = report_strangers(strangers, known, values, what, report)
    guesses = {name: entry for name, entry in meant.items() if name not in values}
    values.update(guesses)
    lost: set[str] = set()
    partial = node.partial or len(guesses) < len(strangers)
    try:
        return model.model_validate(values), Gaps(partial=partial)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_input=False):
            name, misread = str(fault["loc"][0]), fault["ctx"]["error"]
            for diagnostic in () if name in guesses and misread.rest is None else misread.diagnostics:
                report(diagnostic)
            key, _ = values.pop(name)
            lost.update(misread.lost)
            if misread.rest is None:
                partial = True
                continue
            values[name] = (key, misread.rest)
    words = lost.union(*(re.findall(r"[A-Za-z_]\w*", name) for name in lost))
    return model.model_validate(values), Gaps(frozenset(words - GIVEN), partial)


def report_strangers(
    strangers: list[Entry],
    known: list[str],
    given: Collection[str],
    what: str,
    report: Report,
    foreign: EntryNames = FOREIGN,
    advice: EntryNames = NO_ADVICE,
) -> dict[str, Entry]:
    """Report the keys that a mapping does not have. Gives those that were misspelled by the names that were meant.

    `foreign` has what other tools call its keys, `advice` what to do about keys that it cannot have.
    """
    far: list[Scalar] = []
    meant: dict[str, Entry] = {}
    taken = set(given)
    for entry in strangers:
        key = entry[0]
        if key.text in advice:
            message = f"{what} has no key `{escaped(key.text)}`"
            report(Diagnostic("AD1202", "error", message, key.span, help=advice[key.text]))
            continue
        theirs = foreign.get(key.text)
        name = theirs if theirs in known and theirs not in taken else nearest(key.text, known)
        if name is None:
            far.append(key)
            continue
        if name != theirs or isinstance(entry[1], Sequence) or name != "body":
            meant.setdefault(name, entry)
        message = f"{what} has no key `{escaped(key.text)}`"
        sure = name not in taken and is_sure(key.text, known)
        taken.add(name)
        edit = replaced(key.span, key.text, name, "safe" if sure else "maybe")
        report(Diagnostic("AD1202", "error", message, key.span, help=f"did you mean `{name}`?", edit=edit))
    if far:
        names = ", ".join(f"`{escaped(key.text[:40])}`" for key in far[:8])
        labels = tuple(Label(key.span, "neither") for key in far[1:8])
        layers = "layers stand in `body`; " if "body" in known else ""
        help = f"{layers}the keys of {what} are {' '.join(known)}"
        report(Diagnostic("AD1202", "error", f"{what} has no key {names}", far[0].span, labels, help=help))
    return meant


def block_of(name: str, node: Node, report: Report, place: Span | None = None) -> Block | None:
    """A block out of its node, a list or a mapping of block keys; `None` where it has no body."""
    if isinstance(node, Sequence):
        return Block(name, node.span, node, place)
    if isinstance(node, Scalar):
        message = f"the block `{name}` is a list of items, or a mapping with `body`; found {written(node)}"
        help = f"write `[{'conv 64, relu' if is_empty(node) else node.text}]`"
        report(Diagnostic("AD1207", "error", message, node.span, help=help))
        return None
    keys, gaps = keys_of(BlockKeys, node, "a block", report)
    if keys.body is None:
        if not gaps.partial:
            help = "its layers stand in `body`, as `body: [conv 64, relu]`"
            report(Diagnostic("AD1203", "error", f"the block `{name}` has no `body`", node.span, help=help))
        return None
    return block(name, node.span, keys, keys.body, gaps.lost, place)


def block(name: str, span: Span, keys: BlockKeys, body: Node, lost: frozenset[str], place: Span | None = None) -> Block:
    """A block out of its keys."""
    return Block(
        name,
        span,
        body,
        place,
        description=keys.description.text if keys.description else "",
        params=keys.params,
        require=tuple(keys.require.values()),
        let=keys.let,
        tensors=keys.tensors,
        inputs=keys.inputs,
        outputs=keys.outputs,
        lost=lost,
    )


def warn_word(key: str, text: Scalar | None, report: Report) -> None:
    """`name: no` is the text `no`, which older YAML reads as false."""
    if text is not None and not text.quoted and (other := older(text.text)):
        message = f"`{key}` is the text `{text.text}`; older YAML reads {other}"
        edit = Edit(text.span, f'"{text.text}"', "safe")
        report(Diagnostic("AD1120", "warning", message, text.span, help=f'quote it: `"{text.text}"`', edit=edit))
