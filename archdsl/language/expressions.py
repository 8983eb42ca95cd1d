"""Text → tree, for expressions and formulas: a parser of our own, bounded in length, nodes and depth. It runs nothing."""

from __future__ import annotations

from archdsl.diagnostics import Fault, Source, Span
from archdsl.language.grammar import Parser
from archdsl.language.nodes import Scalar
from archdsl.language.scalars import Value, older, value
from archdsl.language.tree import Expression, Targets
from archdsl.limits import DEFAULT, Limits

__all__ = ["Expression", "Targets", "parse_expression", "parse_formula", "parse_loop_clause", "parse_targets", "scalar_value"]


def parse_expression(text: str, span: Span, limits: Limits = DEFAULT, formula: bool = False) -> Expression:
    """The tree of one expression. Raises a `Fault` (AD14…; AD502… beyond a limit) whose place lies inside the text.

    >>> tree = parse_expression("64 * 2**i", Span(Source("", "64 * 2**i"), 0, 9))
    >>> tree.operator, tree.right.span.text
    ('*', '2**i')
    """
    parser = _parser(text, span, limits, formula)
    found = parser.whole()
    parser.finish()
    return found


def parse_formula(text: str, span: Span, limits: Limits = DEFAULT) -> tuple[tuple[Targets | None, Expression], ...]:
    """The lines of a formula: what `name = …` assigns to, and the expression. The last line is a bare expression, its target `None`.

    >>> lines = parse_formula("a, b = chunk(x, 2)\\na * b", Span(Source("", ""), 0, 0))
    >>> [targets for targets, _ in lines]
    [('a', 'b'), None]
    """
    parser = _parser(text, span, limits, True)
    lines: list[tuple[Targets | None, Expression]] = []
    parser.skip_lines()
    while True:
        targets = parser.targets() if parser.assigns() else None
        if targets is not None:
            parser.advance()
        lines.append((targets, parser.whole()))
        if not parser.skip_lines():
            break
        if targets is None:
            message = "found a value that nothing uses: only the last line of a formula is a bare expression"
            raise Fault("AD1409", lines[-1][1].span, message, help="write `name = formula`")
    parser.finish()
    if targets is not None:
        message = "the last line of a formula is its value, found an assignment"
        first = targets if isinstance(targets, str) else "a + b"
        help = f"leave `… =` out; what the item gives is named with `as: {first}`" if len(lines) == 1 else f"add a last line, as `{first}`"
        raise Fault("AD1409", lines[-1][1].span, message, help=help)
    return tuple(lines)


def parse_targets(text: str, span: Span) -> Targets:
    """The variables of a loop: `i`, `i, n` or `i, (d, n)`.

    >>> parse_targets("i, (d, n)", Span(Source("", ""), 0, 0))
    ('i', ('d', 'n'))
    """
    parser = _parser(text, span, DEFAULT, False)
    found = parser.targets()
    parser.finish()
    return found


def parse_loop_clause(text: str, span: Span, limits: Limits) -> tuple[Targets, Expression]:
    """`targets in iterable`, as `for:` takes it."""
    parser = _parser(text, span, limits, False)
    targets = parser.targets()
    parser.expect("in", "a loop is written `name in list`")
    found = parser.whole()
    parser.finish()
    return targets, found


def scalar_value(text: str, place: Span | None = None) -> Value:
    """What an unquoted text is by YAML 1.2's core schema: a boolean, none, a number, or itself. Raises `Fault` (AD5004), as `value`.

    >>> scalar_value("012"), scalar_value("no"), scalar_value("1e-5"), scalar_value("~")
    (12, 'no', 1e-05, None)
    """
    return value(Scalar(text, place or Span(Source("", text), 0, len(text))), DEFAULT)


def _parser(text: str, span: Span, limits: Limits, formula: bool) -> Parser:
    longest, name = (limits.formula_length, "formula_length") if formula else (limits.expression_length, "expression_length")
    if len(text) > longest:
        message = f"the {name.partition('_')[0]} has {len(text):,} characters; the limit `{name}` is {longest:,}"
        raise Fault("AD5020", span, message, help=f"raise it with `--limit {name}={len(text)}`")
    meaning = older(text.strip())
    if meaning is not None and (":" in text or "-" in text):
        message = f"`{text}` is no number; older YAML reads {meaning}"
        raise Fault("AD1405", span, message, help="write a number, or quote it where text is meant")
    return Parser(text, span, limits, formula)
