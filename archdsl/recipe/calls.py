"""Calls of words: a node → `Called`. Names of PyTorch and Keras, slips, and arguments that do not fit are answered each in its own way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archdsl.diagnostics import Fault
from archdsl.diagnostics.suggest import nearest
from archdsl.language import nodes
from archdsl.language.calls import parse_call, replaced
from archdsl.language.nodes import Node, Scalar, is_empty
from archdsl.language.shown import written
from archdsl.limits import Limits
from archdsl.recipe.agreement import agree
from archdsl.recipe.called import Called
from archdsl.recipe.kinds import value_of
from archdsl.recipe.words import Table, Word

ARGUMENTS = {
    "learning_rate": "lr", "alpha": "lr", "eta": "lr", "wd": "weight_decay", "decay": "weight_decay", "l2": "weight_decay",
    "epsilon": "eps", "beta": "betas", "beta_1": "betas", "beta_2": "betas", "beta1": "betas", "beta2": "betas",
    "smoothing": "label_smoothing",
    "probability": "p", "prob": "p", "kernel": "kernel_size", "eta_min": "min_factor", "min_lr": "min_factor",
    "end_factor": "min_factor", "step_size": "every", "milestones": "at", "anneal_strategy": "anneal", "warmup_epochs": "warmup",
    "warmup_steps": "warmup", "warmup_ratio": "warmup", "mode": "interpolation", "root": "path", "num_classes": "classes", "size": "count",
    "image_size": "shape",
}  # fmt: skip
"""what arguments are called elsewhere"""


@dataclass(frozen=True)
class Parts:
    """A call as it is written: its word, its arguments by position and by name."""

    head: Scalar
    positional: tuple[Node, ...]
    keywords: tuple[tuple[Scalar, Node], ...]


def parts_of(node: Node, noun: str, example: str) -> Parts:
    """The parts of a call in one line, or of a mapping whose first key is the word (`{adamw: 0.001, weight_decay: 0.01}`)."""
    if isinstance(node, Scalar) and not is_empty(node):
        return Parts(*parse_call(node, paths=True))
    if isinstance(node, nodes.Mapping) and node.entries:
        (head, main), *rest = node.entries
        if head.text == "use" and isinstance(main, Scalar):
            return Parts(main, (), tuple(rest))
        return Parts(head, (main,), tuple(rest))
    help = f"write it in one line, as `{example}`"
    raise Fault("AD4301", node.span, f"{noun} is called by its name; found {written(node)}", help=help)


def called_of(parts: Parts, table: Table, node: Node, limits: Limits) -> Called:
    """The call of a word of a table. Raises a `Fault`."""
    name = parts.head.text
    word = table.words.get(name)
    if word is None:
        raise _unknown(parts.head, table)
    given = _bound(parts, word)
    absent = [f"`{key}`" for key in word.required if key not in given]
    if absent:
        raise Fault("AD4303", parts.head.span, f"`{name}` needs {' and '.join(absent)}", help=f"it is `{word.shown(name)}`")
    found = {key: value_of(value, word.takes[key].kind, f"`{key}` of `{name}`", limits) for key, value in given.items()}
    agree(name, found, node.span)
    return word.called(name, found, node.span)


def code_of(parts: Parts, node: Node, limits: Limits) -> Called:
    """The call of a function that the caller names, `module:function`; its arguments may be anything."""
    if parts.positional:
        name = parts.head.text
        raise Fault("AD4303", parts.positional[0].span, f"the arguments of `{name}` are given by name", help=f"as in `{name} size=32`")
    arguments = {key.text: value_of(value, ANYTHING, f"`{key.text}`", limits) for key, value in parts.keywords}
    return Called(parts.head.text, parts.head.text, arguments, node.span)


class _Anything:
    """Any value."""

    words = ()
    says = "a value"

    def take(self, value: object) -> object:
        return value


ANYTHING = _Anything()


def _bound(parts: Parts, word: Word) -> dict[str, Node]:
    """The arguments of a call by name. Raises a `Fault`."""
    name, names = parts.head.text, list(word.takes)
    shown = f"it is `{word.shown(name)}`"
    if len(parts.positional) > len(names):
        count = len(parts.positional)
        message = f"{count} arguments for {len(names)} of `{name}`" if names else f"`{name}` takes no arguments"
        raise Fault("AD4303", parts.positional[len(names)].span, message, help=shown if names else f"write `{name}`")
    given: dict[str, Node] = dict(zip(names, parts.positional, strict=False))
    for key, node in parts.keywords:
        if key.text not in names:
            raise _no_argument(key, name, names, shown)
        if key.text in given:
            raise Fault("AD4303", key.span, f"`{key.text}` is given by position and by name", help="keep one of the two")
        given[key.text] = node
    return given


def _no_argument(key: Scalar, name: str, names: list[str], shown: str) -> Fault:
    theirs = ARGUMENTS.get(key.text)
    ours = theirs if theirs in names else nearest(key.text, names)
    help = f"did you mean `{ours}`?" if ours else shown if names else f"it takes no arguments: write `{name}`"
    edit = replaced(key.span, key.text, ours, "maybe") if ours else None
    return Fault("AD4303", key.span, f"`{name}` has no argument `{key.text}`", help=help, edit=edit)


def _unknown(head: Scalar, table: Table) -> Fault:
    """The fault of a word that a table does not have: torch's own name of it, what others call it, a slip, or the list of all."""
    word = snake(head.text.rpartition(".")[2])
    plain = word.removesuffix(f"_{table.suffix}") if table.suffix else word
    reason = _named(plain, table.refused) or _named(word, table.refused)
    if reason is not None:
        refused = table.refused[reason]
        return Fault("AD4306", head.span, f"`{head.text}` is no {table.noun} of a recipe: {refused}")
    message = f"unknown {table.noun} `{head.text[:80]}`"
    ours = _ours(plain, table) or _ours(word, table)
    if ours is not None:
        return Fault("AD4302", head.span, message, help=f"write `{ours}`", edit=replaced(head.span, head.text, ours, "maybe"))
    near = nearest(plain, table.words) or nearest(word, table.words)
    help = f"did you mean `{near}`?" if near else f"there are {', '.join(table.words)}"
    return Fault("AD4302", head.span, message, help=help, edit=replaced(head.span, head.text, near, "maybe") if near else None)


def _ours(word: str, table: Table) -> str | None:
    """What a recipe calls it that has this name elsewhere."""
    known = _named(word, (*table.others, *table.words))
    return None if known is None else table.others.get(known, known)


def _named(word: str, names: Iterable[str]) -> str | None:
    """The name that differs from a word in `_` alone."""
    return {name.replace("_", ""): name for name in names}.get(word.replace("_", ""))


def snake(name: str) -> str:
    """The name of a class as a word of a recipe.

    >>> snake("RandomResizedCrop"), snake("MSELoss"), snake("FashionMNIST"), snake("random_crop")
    ('random_resized_crop', 'mse_loss', 'fashion_mnist', 'random_crop')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().replace("-", "_")
