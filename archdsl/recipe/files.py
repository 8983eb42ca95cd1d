"""Recipes in files of their own, those that archdsl ships among them."""

from __future__ import annotations

import os
from pathlib import Path

from archdsl.diagnostics import Fault, Source, SpecError
from archdsl.diagnostics.collect import Collector
from archdsl.diagnostics.suggest import nearest
from archdsl.language.document import Entries
from archdsl.language.nodes import Node
from archdsl.language.reader import read
from archdsl.language.source import load_source
from archdsl.limits import DEFAULT, Limits
from archdsl.recipe.model import Recipe
from archdsl.recipe.reader import read_recipe

FOLDER = Path(__file__).parent / "shipped"


def shipped() -> dict[str, Path]:
    """The recipes that archdsl ships, by name.

    >>> sorted(shipped())
    ['cifar10', 'imagenet']
    """
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def recipe_of(
    train: Node | None, file: str | os.PathLike[str] | None = None, overrides: Entries | None = None, limits: Limits = DEFAULT
) -> Recipe:
    """The recipe of a spec's `train`, or of a file (or the name of a shipped one) in its place, with other values for some keys.

    Raises `SpecError` with every fault.
    """
    found = Collector()
    node = train if file is None else _node(file, limits, found)
    recipe = None if found.errors else read_recipe(node, found.report, code=file is not None, overrides=overrides, limits=limits)
    if recipe is None:
        raise SpecError(found.diagnostics)
    return recipe


def _node(file: str | os.PathLike[str], limits: Limits, found: Collector) -> Node | None:
    try:
        return read(_source(os.fspath(file), limits), limits, found.report)
    except Fault as fault:
        found.report(fault.diagnostic)
        return None


def _source(name: str, limits: Limits) -> Source:
    """The text of a recipe's file. Raises a `Fault` for one that cannot be read."""
    known = shipped()
    if name in known and not os.path.exists(name):
        return load_source(known[name], limits)
    try:
        return load_source(name, limits)
    except Fault as fault:
        said = fault.diagnostic
        if said.code != "AD1001" or not name.isidentifier():
            raise
        near = nearest(name, known)
        help = f"did you mean `{near}`?" if near else f"the recipes that archdsl has are {', '.join(known)}; {said.help or 'give a file'}"
        raise Fault(said.code, said.span, said.message, help=help) from None
