"""What there is to say of words of the language and of what they call, in Markdown."""

from __future__ import annotations

from functools import cache

from archdsl.language.words import AXES, BESIDE, BLOCK, EXPECT, GIVEN, MODIFIERS, RULE, SPEC, TENSOR, TRAIN, TYPES, WEIGHTS, WIRING
from archdsl.lsp.recipes import RECIPE, meanings
from archdsl.lsp.slots import Argument, Callee
from archdsl.reference import blocks, operations

KEYS = {
    "a spec": {**SPEC, **BLOCK},
    "a block": BLOCK,
    "an item": {**WIRING, **BESIDE, **MODIFIERS},
    "a tensor": TENSOR,
    "a rule": RULE,
    "weights": WEIGHTS,
    "expect": EXPECT,
    RECIPE: TRAIN,
    **meanings(),
    "a type": TYPES,
    "an axis": AXES,
    "a tensor's name": GIVEN,
}
"""the words of each place, and what they mean"""


def callee(found: Callee) -> str:
    """An operation, a block or a spec: its signature and what it does."""
    return f"```\n{found.signature}\n```\n{description(found)}".rstrip()


def description(found: Callee) -> str:
    """What something that can be called does, in a sentence or a few."""
    if found.operation is not None:
        return operation(found.word)
    if found.block is not None:
        return found.block.description
    return found.says if found.network is None else found.network.description


@cache
def operation(name: str) -> str:
    """What an operation does."""
    return operations.entry(name, worked=False).summary


def argument(owner: Callee | None, found: Argument) -> str:
    """One argument: how a signature shows it, what it is, what it takes."""
    of = "" if owner is None else f" of `{owner.word}`"
    says, takes = said(owner, found)
    return f"`{found.shown}`{of} — {says or takes}" + (f" ({takes})" if says and takes else "")


def said(owner: Callee | None, found: Argument) -> tuple[str, str]:
    """What an argument is, "" where nothing says so, and what it takes."""
    if owner is not None and owner.operation is not None:
        entry = operations.argument(owner.operation, found.name)
        return entry.text, entry.takes
    if found.declared is not None:
        return "", blocks.argument(found.declared).takes
    return "", found.says or ", ".join(f"`{word}`" for word in found.words)


def key(word: str, what: str) -> str:
    """A key of the language, a modifier or a wiring word; "" for none of them."""
    text = KEYS.get(what, {}).get(word, "")
    return f"`{word}` — {text}" if text else ""
