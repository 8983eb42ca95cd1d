"""Numbers in the terms of a place: `out` where a block's parameter holds 128, so that a line to paste fits every use of the block."""

from __future__ import annotations

import re

from archdsl.diagnostics import Fault, Span
from archdsl.elaborate.run import Run
from archdsl.elaborate.scope import Context, Flow, Silent
from archdsl.elaborate.sizes import evaluate
from archdsl.language.nodes import Scalar

LONGEST = 2_000
"""characters in which terms are looked for"""
TERMS = re.compile(r"\([^()\n]*\)|[A-Za-z_][\w.*/+-]*")


def term(run: Run, number: int, context: Context, x: Flow, near: Span, like: str) -> str:
    """How a number is written there: by an expression that stands in the text near by and has this value, best one called `like`."""
    words = dict.fromkeys(found[0] for found in TERMS.finditer(near.text[:LONGEST]))
    fitting = [word for word in words if _value(run, word, context, x, near) == number]
    return next((word for word in fitting if word == like), fitting[0] if fitting else str(number))


def _value(run: Run, text: str, context: Context, x: Flow, span: Span) -> object:
    """The value of an expression of parameters and variables; `None` for any other text."""
    names = re.findall(r"[A-Za-z_]\w*", text)
    if not names or any(context.scope.find(name) is None for name in names):
        return None
    try:
        value = evaluate(run, Scalar(text, span), context, x)
    except (Fault, Silent):
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
