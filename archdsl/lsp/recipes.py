"""The key `train` of a spec: keys of a recipe, words, and what they take."""

from __future__ import annotations

from functools import cache

from archdsl.diagnostics import Fault, Span
from archdsl.language.calls import split_call
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.words import TRAIN
from archdsl.lsp.items import Items
from archdsl.lsp.names import Sight
from archdsl.lsp.slots import Argument, Callee
from archdsl.recipe.model import kind_of
from archdsl.recipe.tables import TABLES
from archdsl.recipe.words import Table

RECIPE = "a recipe"


class Recipes(Items):
    """Walks a recipe."""

    def train(self, node: Node, sight: Sight) -> None:
        """The keys of a recipe."""
        entries = node.entries if isinstance(node, Mapping) else ()
        taken = frozenset(key.text for key, _ in entries)
        for key, value in entries:
            self.slot(key.span, "key", sight, taken=taken, options=tuple(TRAIN), what=RECIPE)
            kind = kind_of(key.text) if key.text in TRAIN else None
            for part in value.items if isinstance(value, Sequence) else (value,):
                if isinstance(kind, Table):
                    self.recipe_call(part, kind, sight)
                elif isinstance(part, Scalar) and kind is not None:
                    words = kind.words or (("true", "false") if "true" in kind.says else ())
                    self.slot(part.span, "word", sight, options=words)

    def recipe_call(self, node: Node, table: Table, sight: Sight) -> None:
        """A word with its arguments, in one line or as a mapping whose first key is the word."""
        if isinstance(node, Mapping) and node.entries:
            self.recipe_mapping(node, table, sight)
        if not isinstance(node, Scalar):
            return
        try:
            head, *rest = split_call(node.text, node.span) or [node]
        except Fault:
            return
        self.recipe_word(head.span, table, sight)
        callee = _callee(table, head.text)
        taken = frozenset(part.text.partition("=")[0] for part in rest)
        for part in rest:
            name, sign, _ = part.text.partition("=")
            argument = callee.arguments.get(name) if callee is not None and sign else None
            self.slot(part.span, "part", sight, callee, argument, taken, what=RECIPE)
            if argument is not None:
                self.slot(part.span.part(len(name) + 1, len(part.text)), "word", sight, callee, argument, options=argument.words)

    def recipe_mapping(self, node: Mapping, table: Table, sight: Sight) -> None:
        """A call as a mapping."""
        head, _ = node.entries[0]
        callee = _callee(table, head.text)
        self.recipe_word(head.span, table, sight)
        taken = frozenset(key.text for key, _ in node.entries)
        for key, value in node.entries[1:]:
            argument = None if callee is None else callee.arguments.get(key.text)
            self.slot(key.span, "key", sight, callee, argument, taken, what=table.noun)
            if argument is not None and isinstance(value, Scalar):
                self.slot(value.span, "word", sight, callee, argument, options=argument.words)

    def recipe_word(self, span: Span, table: Table, sight: Sight) -> None:
        """The word of a call."""
        self.slot(span, "word", sight, options=tuple(table.words), what=table.noun)


@cache
def _callee(table: Table, name: str) -> Callee | None:
    """What a word takes."""
    word = table.words.get(name)
    if word is None:
        return None
    arguments = {key: Argument(key, "literal", key, one.kind.words, says=one.kind.says) for key, one in word.takes.items()}
    return Callee(name, arguments, tuple(arguments), word.shown(name), says=word.says)


def meanings() -> dict[str, dict[str, str]]:
    """The words of every table, and what they mean."""
    return {table.noun: {name: word.says for name, word in table.words.items()} for table in TABLES.values()}
