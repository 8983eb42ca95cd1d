"""Completion: what may be typed at a place, with what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from archdsl.diagnostics import Source
from archdsl.elaborate.library import library_block, library_names
from archdsl.functions import BY_NAME as FUNCTIONS
from archdsl.language.builtin import FUNCTIONS as PLAIN
from archdsl.language.items import INLINE_MODIFIERS, MODIFIERS
from archdsl.language.words import AXES, GIVEN, TYPES, WIRING
from archdsl.lsp.cursor import MARK, Outlined, slots_at, typed
from archdsl.lsp.documentation import key, operation, said
from archdsl.lsp.files import files
from archdsl.lsp.hover import SAYS
from archdsl.lsp.names import Definition, visible
from archdsl.lsp.outline import Outline
from archdsl.lsp.recipes import RECIPE
from archdsl.lsp.slots import Argument, Slot
from archdsl.ops import BY_NAME as OPERATIONS

Kind = Literal["operation", "block", "word", "argument", "name", "key", "value", "file", "function"]
HOLDERS = frozenset(("item", "list"))
INNERMOST = 2
"""slots that are asked: an argument of a one-line call may be a value or the name of one"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing to type: the text that replaces the characters `start` to `end`. `rank` orders, the smallest first."""

    label: str
    kind: Kind
    detail: str = ""
    text: str = ""
    rank: int = 5
    start: int = 0
    end: int = 0


def completions(source: Source, offset: int, outlined: Outlined, last: Outline | None) -> list[Candidate]:
    """What may stand at a place of a text. `last` is an outline of an older text, for blocks that stand behind a broken line."""
    found = slots_at(source.text, offset, source.name, outlined)
    if found is None:
        return []
    outline, slots = found
    start = typed(source.text, offset)
    word = source.text[start:offset]
    candidates = [c for slot in slots[:INNERMOST] for c in _READ[slot.role](_Asked(outline, last, slot, word, offset))]
    if slots[0].role == "path":
        start = slots[0].span.start
    unique = {candidate.label: candidate for candidate in reversed(candidates)}
    return [replace(c, start=start, end=offset) for c in sorted(unique.values(), key=lambda c: (c.rank, c.label))]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A place, and the word that was begun there."""

    outline: Outline
    last: Outline | None
    slot: Slot
    word: str
    offset: int

    def names(self, holders: bool | None = None) -> Iterator[Definition]:
        """The names of values in sight; only those that may hold an item, or only the others, if told."""
        for name, definition in visible(self.slot.sight.values).items():
            holds = definition.reading in HOLDERS or definition.kind in ("let", "variable")
            if name != MARK and (holders is None or holds == holders):
                yield definition

    def labels(self) -> Iterator[Definition]:
        """The labels that were given before this place, but for that of the item in which it stands."""
        around = [p.key for p in self.outline.places if p.key is not None and p.span.start <= self.offset <= p.span.end]
        for name, definition in visible(self.slot.sight.labels).items():
            if name != MARK and definition.span.start < self.offset and definition.pattern is None and definition.span not in around:
                yield definition


def _item(asked: _Asked) -> Iterator[Candidate]:
    """The first word of an item."""
    slot = asked.slot
    for token in slot.options:
        yield Candidate(token, "word", "token", rank=4)
    if slot.what != "defaults":
        yield from (_name(definition) for definition in asked.names(holders=True))
    yield from _blocks(asked)
    yield from (Candidate(name, "operation", operation(name), rank=2) for name in OPERATIONS)
    if slot.what == "an item":
        yield from _keys(("use", "reuse"), "an item", slot)
        yield from (Candidate(word, "word", WIRING[word], word, 3) for word in WIRING if word not in ("use", "reuse"))
        yield from _keys(MODIFIERS, "an item", slot)
    elif not slot.what:
        yield from (Candidate(word, "word", WIRING[word], f"{word}: ", 4) for word in WIRING)


def _blocks(asked: _Asked) -> Iterator[Candidate]:
    """Blocks of the file and of its imports, then of the library."""
    for outline in filter(None, (asked.outline, asked.last)):
        document = outline.document
        own = {**document.blocks, **{name: block for name, (_, block) in document.imports.items()}}
        yield from (Candidate(name, "block", block.description, rank=1) for name, block in own.items() if name != MARK)
        yield from (Candidate(name, "block", spec.description, rank=1) for name, (_, spec) in document.networks.items() if name != MARK)
    for name in library_names():
        yield Candidate(name, "block", library_block(name).description, rank=3)


def _part(asked: _Asked) -> Iterator[Candidate]:
    """An argument of a one-line call: names of arguments and modifiers, or a value by position."""
    slot = asked.slot
    for argument in slot.callee.arguments.values() if slot.callee is not None else ():
        if argument.name not in slot.taken:
            yield Candidate(f"{argument.name}=", "argument", _detail(slot, argument), rank=1)
    beside = () if slot.what == RECIPE else INLINE_MODIFIERS
    yield from (Candidate(f"{word}=", "key", key(word, "an item"), rank=4) for word in beside if word not in slot.taken)
    if slot.argument is not None and not slot.what:
        yield from _value(asked)


def _key(asked: _Asked) -> Iterator[Candidate]:
    """A key: of an item also the arguments of what it calls, and modifiers."""
    slot = asked.slot
    for argument in slot.callee.arguments.values() if slot.callee is not None else ():
        if argument.name not in slot.taken:
            yield Candidate(argument.name, "argument", _detail(slot, argument), f"{argument.name}: ", 1)
    yield from _keys(slot.options, slot.what, slot)
    if slot.what == "an item":
        yield from _keys(MODIFIERS, slot.what, slot)


def _keys(words: tuple[str, ...], what: str, slot: Slot) -> Iterator[Candidate]:
    for word in words:
        if word not in slot.taken:
            yield Candidate(word, "key", key(word, what), f"{word}: ", 3)


def _value(asked: _Asked) -> Iterator[Candidate]:
    """The value of an argument, by how it is read."""
    argument = asked.slot.argument
    if argument is None:
        yield from _expression(asked)
        return
    words = argument.words
    yield from (Candidate(word, "value", rank=0) for word in words)
    if argument.shown.partition("=")[2] in ("true", "false"):
        yield from (Candidate(word, "value", rank=0) for word in ("true", "false"))
    yield from _READINGS[argument.reading](asked)


def _expression(asked: _Asked) -> Iterator[Candidate]:
    """Names of values, sizes of tensors, functions of numbers."""
    yield from (Candidate(word, "word", asked.slot.what, rank=0) for word in asked.slot.options)
    if "." in asked.word:
        yield from _sizes(asked)
        return
    yield from (_name(definition) for definition in asked.names())
    yield from (_name(definition, 3) for definition in asked.labels())
    yield from (Candidate(word, "name", GIVEN[word], rank=3) for word in ("x", "input"))
    yield from (Candidate(name, "function", f"`{function.takes}`", rank=6) for name, function in PLAIN.items())


def _formula(asked: _Asked) -> Iterator[Candidate]:
    """Labels of tensors, then what an expression may hold, and functions of tensors."""
    yield from (_name(definition, 1) for definition in asked.labels())
    yield from _expression(asked)
    if "." not in asked.word:
        yield from (Candidate(name, "function", rank=7) for name in FUNCTIONS)


def _sizes(asked: _Asked) -> Iterator[Candidate]:
    """What stands behind the dot of a tensor's name."""
    before = asked.word.rpartition(".")[0]
    known = [definition.name for definition in asked.labels()]
    if before in ("x", "input", *known):
        yield from (Candidate(f"{before}.{axis}", "value", text, rank=0) for axis, text in AXES.items() if axis != "batch")
        yield Candidate(f"{before}.shape", "value", "torch's shape, the batch counted", rank=0)
    yield from (Candidate(name, "name", rank=1) for name in known if name.startswith(f"{before}."))


def _axis(asked: _Asked) -> Iterator[Candidate]:
    """Names of axes."""
    yield from (Candidate(axis, "value", text, rank=0) for axis, text in AXES.items())


def _label(asked: _Asked) -> Iterator[Candidate]:
    """Labels of tensors."""
    yield from (_name(definition, 0) for definition in asked.labels())


def _words(asked: _Asked) -> Iterator[Candidate]:
    """The words that may stand there."""
    yield from (Candidate(word, "value", key(word, asked.slot.what), rank=0) for word in asked.slot.options)


def _files(asked: _Asked) -> Iterator[Candidate]:
    """Specs beside this one."""
    begun = asked.slot.span.text.partition(MARK)[0]
    yield from (Candidate(path, "file", rank=0) for path in files(asked.outline.source.name, begun))


def _nothing(asked: _Asked) -> Iterator[Candidate]:
    yield from ()


_READ: dict[str, Callable[[_Asked], Iterator[Candidate]]] = {
    "item": _item,
    "part": _part,
    "key": _key,
    "value": _value,
    "expression": _expression,
    "formula": _formula,
    "axis": _axis,
    "text": _nothing,
    "type": lambda asked: (Candidate(word, "word", text, rank=0) for word, text in TYPES.items()),
    "path": _files,
    "variant": _words,
    "word": _words,
    "label": _label,
    "none": _nothing,
}
_READINGS: dict[str, Callable[[_Asked], Iterator[Candidate]]] = {
    "value": _expression,
    "list": _expression,
    "item": _item,
    "choice": lambda asked: (_name(definition) for definition in asked.names(holders=False)),
    "axis": _axis,
    "text": _nothing,
    "tensor": _formula,
    "literal": _nothing,
    "variant": _nothing,
}


def _name(definition: Definition, rank: int = 2) -> Candidate:
    of = f" of `{definition.owner}`" if definition.owner else ""
    return Candidate(definition.name, "name", f"{SAYS[definition.kind]}{of}", rank=rank)


def _detail(slot: Slot, argument: Argument) -> str:
    return " · ".join(filter(None, (argument.shown, *said(slot.callee, argument))))
