"""The grammar of expressions, as recursive descent.

Precedence is Python's, from loose to tight: `a if c else b`, `or`, `and`, `not`, comparisons, `+ -`, `* / // % @`, signs, `**`, then calls,
subscripts and attributes.
"""

from __future__ import annotations

from archdsl.diagnostics import Fault, Label, Span
from archdsl.language.builtin import FUNCTIONS
from archdsl.language.lexer import Token
from archdsl.language.nodes import Scalar
from archdsl.language.scalars import Value, value
from archdsl.language.stream import Stream
from archdsl.language.tree import (
    Attribute,
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    Expression,
    ListDisplay,
    Literal,
    Logic,
    Name,
    Slice,
    Subscript,
    Targets,
    TupleDisplay,
    Unary,
)

CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
MODULES = frozenset(("math", "np", "numpy", "torch", "F"))
"""where Python's functions of numbers and tensors are; ours stand by themselves"""
WORDS = frozenset(("and", "or", "not", "in", "if", "else", "for"))
COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!=", "in"))
OR, AND, NOT, COMPARISON = 1, 2, 3, 4
POWERS = {"+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "@": 6}
"""how tightly an arithmetic operator binds"""


class Parser(Stream):
    """Each method reads one kind of node; `whole` reads an expression."""

    def whole(self) -> Expression:
        start = self.token.start
        then = self.binary(OR)
        if not self.at("if"):
            return then
        choice = self.here()
        self.advance()
        condition = self.binary(OR)
        if not self.accept("else"):
            raise Fault("AD1404", choice, "`if` needs `else`", help="write `a if condition else b`")
        self.enter()
        otherwise = self.whole()
        self.depth -= 1
        self.count()
        return Conditional(self.place(start), then, condition, otherwise)

    def binary(self, least: int) -> Expression:
        """Operators that bind at least as tightly as `least`."""
        start = self.token.start
        left = self.unary(least)
        while (power := POWERS.get(self.token.text, 0)) >= least and self.token.kind == "mark" and power:
            if self.at("@") and not self.formula:
                self.refuse("an operator of numbers: `@` multiplies tensors, in formulas only")
            operator = self.advance().text
            right = self.binary(power + 1)
            self.count()
            left = Binary(self.place(start), operator, left, right)
        if least <= COMPARISON:
            left = self.comparison(start, left)
        if least <= AND:
            left = self.logic(start, left, "and", NOT)
        return self.logic(start, left, "or", AND) if least <= OR else left

    def comparison(self, start: int, first: Expression) -> Expression:
        rest: list[tuple[str, Expression]] = []
        while self.token.text in COMPARISONS or (self.at("not") and self.tokens[self.index + 1].text == "in"):
            operator = self.advance().text
            if operator == "not":
                operator = f"not {self.advance().text}"
            rest.append((operator, self.binary(COMPARISON + 1)))
            self.count()
        return Compare(self.place(start), first, tuple(rest)) if rest else first

    def logic(self, start: int, first: Expression, word: str, tighter: int) -> Expression:
        operands = [first]
        while self.accept(word):
            operands.append(self.binary(tighter))
            self.count()
        return Logic(self.place(start), word, tuple(operands)) if len(operands) > 1 else first

    def unary(self, least: int) -> Expression:
        start = self.token.start
        if not self.at("-", "+", "not"):
            return self.power()
        if self.at("not") and least > NOT:
            self.refuse("a value: put `not …` in brackets here")
        self.enter()
        operator = self.advance().text
        operand = self.binary(NOT) if operator == "not" else self.unary(COMPARISON + 1)
        self.depth -= 1
        self.count()
        return Unary(self.place(start), operator, operand)

    def power(self) -> Expression:
        start = self.token.start
        base = self.postfix()
        if not self.at("**"):
            return base
        self.advance()
        self.enter()
        exponent = self.unary(COMPARISON + 1)
        self.depth -= 1
        self.count()
        return Binary(self.place(start), "**", base, exponent)

    def postfix(self) -> Expression:
        start, depth = self.token.start, self.depth
        found = self.atom()
        while self.at("(", "[", "."):
            self.enter()
            self.count()
            found = _POSTFIX[self.token.text](self, start, found)
        self.depth = depth
        return found

    def call(self, start: int, function: Expression) -> Expression:
        if not isinstance(function, Name):
            help = "only functions are called, by their names"
            raise Fault("AD1403", function.span, "found a call of something that is no name", help=help)
        if len(function.parts) > 1:
            raise self.method(function)
        bracket = self.advance()
        arguments: list[Expression] = []
        keywords: dict[str, Expression] = {}
        places: list[Span] = []
        while not self.at(")"):
            self.refuse_star()
            place = self.here()
            key = self.keyword(keywords)
            if key is None and keywords:
                message = "a positional argument stands after a named one"
                raise Fault("AD1408", self.here(), message, help="write positional arguments first")
            found = self.whole()
            if self.at("for"):
                help = f"put the loop in square brackets: `{function.text}([{found.span.text} for …])`"
                raise Fault("AD1403", self.here(), "found a loop without brackets of its own", help=help)
            if key is None:
                arguments.append(found)
            else:
                keywords[key] = found
                places.append(place)
            if not self.accept(","):
                break
        self.close(bracket, ")")
        return Call(self.place(start), function, tuple(arguments), tuple(keywords.items()), tuple(places))

    def method(self, function: Name) -> Fault:
        """The fault of `math.sqrt(…)`, `x.mean(…)` or `depths.index(…)`."""
        *owner, method = function.parts
        value = "" if owner[0] in MODULES else f"{'.'.join(owner)}, "
        help = f"write `{method}({value}…)`" if self.formula or method in FUNCTIONS else f"the functions are {', '.join(FUNCTIONS)}"
        return Fault("AD1403", function.span, f"found the method call `{function.text}(…)`; there are functions only", help=help)

    def keyword(self, given: dict[str, Expression]) -> str | None:
        """The name of a named argument, read with its `=`."""
        if self.token.kind != "name" or self.tokens[self.index + 1].text != "=":
            return None
        if self.token.text in given:
            labels = (Label(given[self.token.text].span, "the first value"),)
            message = f"the argument `{self.token.text}` is given twice"
            raise Fault("AD1408", self.here(), message, labels=labels, help="keep one of the two")
        key = self.advance().text
        self.advance()
        return key

    def subscript(self, start: int, found: Expression) -> Expression:
        bracket = self.advance()
        begin = self.token.start
        indices = [self.index_part()]
        several = False
        while self.accept(","):
            several = True
            if self.at("]"):
                break
            indices.append(self.index_part())
        index = TupleDisplay(self.place(begin), tuple(indices)) if several else indices[0]
        self.close(bracket, "]")
        return Subscript(self.place(start), found, index)

    def index_part(self) -> Expression:
        start = self.token.start
        bounds: list[Expression | None] = [None if self.at(":") else self.whole()]
        while self.at(":") and len(bounds) < 3:
            self.advance()
            bounds.append(None if self.at(":", ",", "]") else self.whole())
        if len(bounds) == 1 and bounds[0] is not None:
            return bounds[0]
        self.count()
        return Slice(self.place(start), *bounds, *([None] * (3 - len(bounds))))

    def attribute(self, start: int, found: Expression) -> Expression:
        self.advance()
        if self.token.kind != "name":
            self.refuse("the name of an attribute after the dot")
        for name in self.token.text.split("."):
            found = Attribute(self.place(start, self.token.end), found, name)
        self.advance()
        return found

    def atom(self) -> Expression:
        token = self.token
        self.count()
        if token.kind in ("number", "pair"):
            self.advance()
            return Literal(self.place(token.start), self.number(token))
        if token.kind == "text":
            self.advance()
            return Literal(self.place(token.start), token.text[1:-1])
        if token.kind == "name" and token.text not in WORDS:
            return self.name()
        if self.at("(", "["):
            self.enter()
            found = self.brackets() if token.text == "(" else self.list_display()
            self.depth -= 1
            return found
        if self.at("...") and self.formula:
            self.advance()
            return Literal(self.place(token.start), ...)
        self.refuse_star()
        if self.at(".") and self.tokens[self.index + 1].text.lower() in ("nan", "inf"):
            raise Fault("AD1405", self.place(token.start, token.end + 3), f"`.{self.tokens[self.index + 1].text}`: a number must be finite")
        return self.refuse(f"a value after `{self.tokens[self.index - 1].text[:40]}`" if self.index else "a value")

    def refuse_star(self) -> None:
        if self.at("*", "**"):
            expected = "a value" if not self.index or self.tokens[self.index - 1].text in "([,=" else "a value after the operator"
            message = f"found a star, `{self.token.text}`, expected {expected}"
            raise Fault("AD1403", self.here(), message, help="lists are not unpacked: write their elements")

    def number(self, token: Token) -> object:
        numbers = [self.finite(digits, token) for digits in (token.text.split("x") if token.kind == "pair" else [token.text])]
        return tuple(numbers) if token.kind == "pair" else numbers[0]

    def finite(self, digits: str, token: Token) -> Value:
        place = self.place(token.start, token.end)
        number = value(Scalar(digits, place), self.limits)
        if number == float("inf"):
            raise Fault("AD1405", place, f"`{digits[:40]}` is too large for a number")
        return number

    def name(self) -> Expression:
        token = self.advance()
        place = self.place(token.start)
        if token.text in CONSTANTS:
            return Literal(place, CONSTANTS[token.text])
        return Name(place, tuple(token.text.split(".")))

    def brackets(self) -> Expression:
        bracket = self.advance()
        items: list[Expression] = []
        comma = True
        while comma and not self.at(")"):
            self.refuse_star()
            items.append(self.whole())
            comma = self.accept(",")
        self.close(bracket, ")")
        return items[0] if len(items) == 1 and not comma else TupleDisplay(self.place(bracket.start), tuple(items))

    def list_display(self) -> Expression:
        bracket = self.advance()
        items: list[Expression] = []
        while not self.at("]"):
            self.refuse_star()
            items.append(self.whole())
            if self.at("for") and len(items) == 1:
                return self.comprehension(bracket, items[0])
            if not self.accept(","):
                break
        self.close(bracket, "]")
        return ListDisplay(self.place(bracket.start), tuple(items))

    def comprehension(self, bracket: Token, element: Expression) -> Expression:
        self.advance()
        targets = self.targets()
        self.expect("in", "a loop is written `for name in list`")
        iterable = self.binary(OR)
        condition = self.binary(OR) if self.accept("if") else None
        if self.at("for", "if"):
            raise Fault("AD1403", self.here(), f"found a second `{self.token.text}`; a loop has one clause", help="nest two lists")
        self.close(bracket, "]")
        return Comprehension(self.place(bracket.start), element, targets, iterable, condition)

    def assigns(self) -> bool:
        """Whether the line begins `targets =`."""
        index, depth = self.index, 0
        while self.tokens[index].kind == "name" or self.tokens[index].text in (",", "(", ")"):
            depth += {"(": 1, ")": -1}.get(self.tokens[index].text, 0)
            index += self.tokens[index].kind != "end"
            if self.tokens[index].kind == "end":
                return False
        return index > self.index and depth == 0 and self.tokens[index].text == "="

    def targets(self) -> Targets:
        """Names between commas, nested in brackets; one name alone is that name."""
        found = [self.target()]
        comma = False
        while self.accept(","):
            comma = True
            if self.at("in", "=", ")") or self.token.kind == "end":
                break
            found.append(self.target())
        return tuple(found) if comma else found[0]

    def target(self) -> Targets:
        if self.at("("):
            self.enter()
            bracket = self.advance()
            inner = self.targets()
            self.close(bracket, ")")
            self.depth -= 1
            return inner
        token = self.token
        if token.kind != "name" or token.text in WORDS or token.text in CONSTANTS or "." in token.text:
            self.refuse("the name of a variable")
        self.count()
        return self.advance().text


_POSTFIX = {"(": Parser.call, "[": Parser.subscript, ".": Parser.attribute}
