"""The reference of the functions that formulas may call, out of their classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from archdsl.functions import BY_NAME, MERGES, OPERATORS
from archdsl.functions.base import Function
from archdsl.network import load
from archdsl.reference.entry import Argument, Entry, Example, sizes
from archdsl.reference.sentences import sentence
from archdsl.reference.takes import in_words, takes
from archdsl.request import Request, read_spec

CALLED, WRITTEN, WIRED = "Called by name", "Operators and brackets", "What wiring words become"
INPUT = (3, 8, 8)
"""the `x` of the examples"""


def names() -> list[str]:
    """Functions called by name, then operators, then what wiring words become."""
    return list(_kinds())


def entry(name: str, worked: bool = True) -> Entry:
    """What there is to say of a function; with `worked`, its example is run.

    >>> entry("softmax").signature, entry("softmax").code
    ('softmax(x, dim)', 'torch.softmax(x, dim)')
    """
    group, kind = _kinds()[name]
    arguments = tuple(Argument(word, in_words(takes(kind, word)), _default(kind, word), sentence(kind, word)) for word in kind.kinds())
    examples = () if group == WIRED else (Example(kind.example, sizes(INPUT), _result(kind.example) if worked else ""),)
    text = inspect.cleandoc(kind.__doc__ or "")
    return Entry(name, group, _signature(kind, group), text, arguments, examples, kind.source, code=kind.code)


def _kinds() -> dict[str, tuple[str, type[Function]]]:
    """Every function with its group; those that more than one word calls count once."""
    found: dict[str, tuple[str, type[Function]]] = {}
    groups: dict[str, Iterable[type[Function]]] = {CALLED: BY_NAME.values(), WRITTEN: OPERATORS.values(), WIRED: MERGES}
    for group, kinds in groups.items():
        for kind in kinds:
            found.setdefault(kind.name, (group, kind))
    return found


def _signature(kind: type[Function], group: str) -> str:
    if group != CALLED:
        return kind.name
    words = [word if kind.model_fields[word].is_required() else f"{word}={_default(kind, word)}" for word in kind.kinds()]
    return f"{kind.name}({', '.join(words)})"


def _default(kind: type[Function], name: str) -> str:
    default = kind.model_fields[name].default
    if kind.model_fields[name].is_required():
        return ""
    return str(default).lower() if default in (None, True, False) and not isinstance(default, float) else str(default)


def _result(formula: str) -> str:
    spec = {"input": list(INPUT), "body": [{"math": formula}]}
    return load(Request(read_spec(spec))).shapes.split(" → ")[1]
