"""Misspelled names are told apart: the right one is suggested, of all that may stand at the place."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from random import Random

import pytest
from pydantic import BaseModel

from archdsl.analyses.expected import KEYS as FIGURES
from archdsl.cli.app import COMMANDS
from archdsl.diagnostics.suggest import BESIDE, nearest
from archdsl.elaborate.declarations import KEYS as TENSOR_KEYS
from archdsl.elaborate.initial import INITIALISERS, WORDS
from archdsl.elaborate.library import library_block, library_names
from archdsl.elaborate.parameters import TYPES
from archdsl.elaborate.signatures import signature_of, words_of
from archdsl.elaborate.sizes import AXIS_NAMES
from archdsl.functions import BY_NAME as FORMULA_FUNCTIONS
from archdsl.language.evaluate import FUNCTIONS
from archdsl.language.items import CALLS, MODIFIERS, WIRING
from archdsl.language.syntax import BlockKeys, FileKeys
from archdsl.limits import Limits
from archdsl.ops import BY_NAME

ROUNDS = int(os.environ.get("ARCHDSL_SLIPS", "4"))
"""slips of each name at each place"""
WANTED = {1: (0.97, 2), 2: (0.94, 4)}
"""how often the first suggestion must be right after so many slips, in names of at least so many letters: of fewer too little is left"""
LETTERS = "abcdefghijklmnopqrstuvwxyz_"
Slip = Callable[[Random, str], str]


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


@cache
def places() -> dict[str, tuple[str, ...]]:
    """Every place where a name may stand, with the names that may stand there."""
    found: dict[str, tuple[str, ...]] = {
        "an item": tuple(dict.fromkeys((*BY_NAME, *library_names(), *WIRING, *CALLS))),
        "a function": tuple(dict.fromkeys((*FORMULA_FUNCTIONS, *FUNCTIONS))),
        "an initialiser": tuple(INITIALISERS),
        "a key of a spec": _keys(FileKeys),
        "a key of a block": _keys(BlockKeys),
        "a key of a tensor": TENSOR_KEYS,
        "a figure": FIGURES,
        "a type": TYPES,
        "an axis": AXIS_NAMES,
        "a limit": tuple(field.name for field in fields(Limits)),
        "a command": tuple(COMMANDS),
    }
    found |= {f"a word of `{name}`": words for name, words in WORDS.items()}
    for name, kind in BY_NAME.items():
        found[f"an argument of `{name}`"] = (*signature_of(kind).names, *MODIFIERS)
        found |= {f"`{argument}` of `{name}`": words for argument in kind.model_fields if (words := words_of(kind, argument))}
    for name in library_names():
        block = library_block(name)
        assert block is not None
        found[f"an argument of `{name}`"] = (*block.params, *MODIFIERS)
    for name, function in FORMULA_FUNCTIONS.items():
        found[f"an argument of `{name}()`"] = tuple(function.kinds())
    return {place: tuple(dict.fromkeys(names)) for place, names in found.items() if len(names) > 1}


def slip(rng: Random, name: str) -> str:
    """The name with a letter left out, doubled or put in, mistaken or swapped with the next; half of the wrong letters lie beside the right
    key, half are any."""
    at = rng.randrange(len(name))
    beside = sorted(y for x, y in BESIDE if x == name[at])
    letter = rng.choice(beside if beside and rng.random() < 0.5 else LETTERS)
    return rng.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + rng.choice([name[at], letter]) + name[at:],
            name[:at] + letter + name[at + 1 :],
            name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
        ]
    )


def slips(seed: int, count: int, rounds: int) -> list[tuple[str, str, str | None, str]]:
    """Every name at every place with so many slips: the place, the name, what is suggested, what was written."""
    rng = Random(seed)
    found = []
    for place, names in places().items():
        for name in names:
            for _ in range(rounds):
                word = name
                for _ in range(count):
                    word = slip(rng, word) or word
                if word and word not in names:
                    found.append((place, name, nearest(word, names), word))
    return found


@pytest.mark.parametrize("count", WANTED)
def test_the_first_suggestion_is_right(count: int) -> None:
    wanted, letters = WANTED[count]
    found = [row for row in slips(count, count, ROUNDS) if len(row[1]) >= letters]
    wrong = [row for row in found if row[1] != row[2]]
    share = 1 - len(wrong) / len(found)
    worst = Counter((place, name) for place, name, _, _ in wrong).most_common(10)
    assert share >= wanted, f"{share:.2%} of {len(found)}; most often wrong: {worst}; for example {wrong[:10]}"
