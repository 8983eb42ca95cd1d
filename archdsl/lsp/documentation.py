"""What there is to say of words of the language and of what they call, in Markdown."""

from __future__ import annotations

from archdsl.lsp.slots import Argument, Callee
from archdsl.reference.sentences import sentence

READS = {
    "value": "an expression",
    "list": "a list",
    "item": "an item: a word, a call or a body",
    "choice": "a word",
    "axis": "an axis, by name or number",
    "text": "text, in which `{expression}` is filled in",
    "tensor": "a tensor",
    "literal": "a number, a word, or an expression in brackets",
    "variant": "a variant",
}


def callee(found: Callee) -> str:
    """An operation, a block or a spec: its signature and what it does."""
    return f"```\n{found.signature}\n```\n{description(found)}".rstrip()


def description(found: Callee) -> str:
    """What something that can be called does, in a sentence or a few."""
    if found.operation is not None:
        return " ".join((found.operation.__doc__ or "").split())
    if found.block is not None:
        return found.block.description
    return "" if found.network is None else found.network.description


def argument(owner: Callee | None, found: Argument) -> str:
    """One argument: how a signature shows it, what it is, and which words it may be."""
    of = "" if owner is None else f" of `{owner.word}`"
    says = sentence(owner.operation, found.name) if owner is not None and owner.operation is not None else ""
    words = f"{READS[found.reading]}: {', '.join(f'`{word}`' for word in found.words)}" if found.words else READS[found.reading]
    return f"`{found.shown}`{of} — {says or words}" + (f" ({words})" if says and found.words else "")


def key(word: str, what: str) -> str:
    """A key of the language, a modifier or a wiring word; "" for none of them."""
    return ""
