"""Specs in odd layouts: what people and other programs write, with comments and empty lines anywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

import yaml

ENDS = re.compile(r"(?m)$")
OPENINGS, CLOSINGS = re.compile(r"[,\[{]"), re.compile(r"[\]}]")


def dumped(data: Any, random: Random) -> str:
    """The data as PyYAML writes it, in a style drawn."""
    return yaml.safe_dump(
        data,
        default_flow_style=random.choice([None, True, False]),
        width=random.choice([20, 60, 200]),
        indent=random.choice([2, 4, 7]),
        sort_keys=False,
        allow_unicode=random.random() < 0.5,
        explicit_start=random.random() < 0.1,
    )


def odd(text: str, random: Random, changes: int = 6) -> str:
    """The text with up to so many changes of its layout; some make it another spec, or none."""
    for number in range(random.randint(1, changes)):
        text = random.choice(CHANGES)(text, random, number)
    return text


def _at(pattern: re.Pattern[str], *texts: str, ahead: bool = False) -> Callable[[str, Random, int], str]:
    """Puts one of some texts behind a place that a pattern finds, or ahead of it; `N` in it is a number."""

    def change(text: str, random: Random, number: int) -> str:
        places = [found.start() if ahead else found.end() for found in pattern.finditer(text)]
        place = random.choice(places) if places else len(text)
        return text[:place] + random.choice(texts).replace("N", str(number)) + text[place:]

    return change


def _quoted(text: str, random: Random, number: int) -> str:
    found = list(re.finditer(r"(?<![\w'\"])[A-Za-z_][\w.=]*( [\w=.]+)*", text))
    if not found:
        return text
    start, end = random.choice(found).span()
    mark = random.choice("\"'")
    return text[:start] + mark + text[start:end] + mark + text[end:]


CHANGES: tuple[Callable[[str, Random, int], str], ...] = (
    _at(ENDS, " # end N", "  #N", "   # N", ahead=True),
    _at(ENDS, "\n# own N", "\n    # own N", "\n\n  #own N", "\n\n\n", "\n   "),
    _at(OPENINGS, "\n  ", " # in N\n ", "   ", "\n # a N\n  # b N\n ", "\n\n"),
    _at(CLOSINGS, "\n  ", " # closes N\n ", " ", "\n # c N\n", ahead=True),
    _at(re.compile(":(?= )"), "\n        ", "   ", " # key N\n       ", " &anchorN", " &xN # y N\n     "),
    _at(re.compile("-(?= )"), "\n        ", "   ", " # dash N\n       ", " -", " &anN"),
    _at(re.compile(""), " ", "\n", ":", "-", '"', ",", "[]", "{}", "|", ">\n", "\t", "é"),
    _quoted,
    lambda text, random, number: re.sub(r"(?m)^( +)", lambda found: found[1] * 2, text),
    lambda text, random, number: text.replace("\n", random.choice(["\r\n", "\n\n", "\n"])),
)
