"""Reading tokens one by one, with the budget of nodes and depth, and the faults of what stands where something else was expected."""

from __future__ import annotations

from typing import NoReturn

from archdsl.diagnostics import Fault, Label, Span
from archdsl.language.calls import part, replaced
from archdsl.language.lexer import Token, tokens
from archdsl.limits import Limits


class Stream:
    """The tokens of one text, read one by one. `nodes` and `depth` are metered as they grow."""

    def __init__(self, text: str, span: Span, limits: Limits, formula: bool) -> None:
        self.text, self.span, self.limits, self.formula = text, span, limits, formula
        self.tokens = tokens(text, span, lines=formula)
        self.index = 0
        self.nodes = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def advance(self) -> Token:
        self.index += 1
        return self.tokens[self.index - 1]

    def at(self, *words: str) -> bool:
        return self.token.text in words and self.token.kind in ("mark", "name")

    def accept(self, word: str) -> bool:
        found = self.at(word)
        self.index += found
        return found

    def place(self, start: int, end: int | None = None) -> Span:
        """The place from an offset to the end of the last token read."""
        return part(self.text, self.span, start, self.tokens[self.index - 1].end if end is None else end)

    def here(self) -> Span:
        return self.place(self.token.start, self.token.end)

    def count(self) -> None:
        self.nodes += 1
        most, name = (self.limits.formula_nodes, "formula_nodes") if self.formula else (self.limits.expression_nodes, "expression_nodes")
        if self.nodes > most:
            message = f"the {self.what} has more than {most:,} parts, the limit `{name}`"
            raise Fault("AD5021", self.here(), message, help=f"split it, or raise it with `--limit {name}={2 * most}`")

    @property
    def what(self) -> str:
        """What the text is, for messages."""
        return "formula" if self.formula else "expression"

    def enter(self) -> None:
        self.depth += 1
        most = self.limits.expression_depth
        if self.depth > most:
            message = f"the {self.what} is nested more than {most} deep, the limit `expression_depth`"
            raise Fault("AD5022", self.here(), message, help=f"split it with `let`, or raise it with `--limit expression_depth={2 * most}`")

    def refuse(self, expected: str) -> NoReturn:
        """Raises the fault for the token that stands where something else was expected."""
        found = {"end": "the end of the text", "line": "the end of the line"}.get(self.token.kind, f"`{self.token.text[:40]}`")
        raise Fault("AD1401", self.here(), f"found {found}, expected {expected}")

    def expect(self, word: str, form: str) -> None:
        if not self.accept(word):
            self.refuse(f"`{word}`: {form}")

    def skip_lines(self) -> bool:
        """Goes on to the next line that holds something; whether there is one."""
        begun = self.index == 0 or self.token.kind == "line"
        while self.token.kind == "line":
            self.advance()
        return begun and self.token.kind != "end"

    def finish(self) -> None:
        """Refuses what stands after a complete expression."""
        while self.token.kind == "line":
            self.advance()
        if self.token.kind == "end":
            return
        if self.at("="):
            if self.formula:
                self.refuse("an operator: every `name = formula` needs a line of its own")
            here = self.here()
            raise Fault("AD1404", here, "found `=`, which compares nothing", help="write `==`", edit=replaced(here, "=", "=="))
        if self.at(","):
            raise Fault("AD1401", self.here(), "found a comma outside brackets", help="a list stands in brackets, as `[1, 2]`")
        if self.at("else", "for", ")", "]", ":"):
            self.refuse("an operator or the end of the text")
        help = "a value is one expression; several arguments are written as one text, as `conv 64 3`"
        if self.token.kind == "name" and self.tokens[self.index + 1].text == "=":
            word, given = self.token.text, self.text[self.tokens[self.index + 2].start :]
            help = f"a comma stands between arguments: `{self.text[: self.token.start].strip()}, {word}: {given}`"
        raise Fault("AD1401", self.here(), f"found `{self.token.text[:40]}`, expected an operator or the end of the text", help=help)

    def close(self, bracket: Token, closing: str) -> None:
        if self.accept(closing):
            return
        opened = self.place(bracket.start, bracket.end)
        if self.token.kind in ("end", "line"):
            raise Fault("AD1402", opened, f"this `{bracket.text}` is never closed: expected `{closing}` before the end of the text")
        found = f"found `{self.token.text[:40]}`, expected an operator, `,` or `{closing}`"
        raise Fault("AD1401", self.here(), found, labels=(Label(opened, "opened here"),))
