"""Which of the YAML files that an editor opens are specs: a server is told of all of them."""

from __future__ import annotations

import re

from archdsl.elaborate.library import library_names
from archdsl.elaborate.tokens import BUILT_IN
from archdsl.language.items import RESERVED
from archdsl.language.words import BLOCK, SPEC
from archdsl.ops import BY_NAME

OWN_LANGUAGE = "archdsl"
"""what an editor may call the language of a file, to say that it is a spec whatever stands in it"""
SURE = frozenset(("body", "blocks", "extends"))
"""keys that only a spec has"""
KEY = re.compile(r"^(\w+)[ \t]*:", re.MULTILINE)
COMMON = frozenset(("name", "description", "source", "defaults"))
"""keys of specs that other files have too"""
ENOUGH = 2
"""other keys of specs that make one"""
FIRST = re.compile(r"\A(?:\s|#.*|---.*)*(?:-[ \t]+|\[)[\s\[{'\"]*(\w+)")


def is_spec(text: str, language: str | None = None) -> bool:
    """Whether a text is a spec, or is becoming one: by its keys, or as a list that begins with a layer.

    >>> is_spec("input: [3, 8, 8]\\nbody: [conv 8]\\n"), is_spec("# VGG\\n- 64\\n"), is_spec("[conv 8, relu]")
    (True, True, True)
    >>> is_spec("input: [3, 8, 8]\\nparams: {width: 8}\\nbdoy: [conv 8]\\n")
    True
    >>> is_spec("on: push\\njobs: {}\\n"), is_spec("- hosts: all\\n"), is_spec("", "archdsl")
    (False, False, True)
    """
    keys = set(KEY.findall(text))
    if language == OWN_LANGUAGE or keys & SURE or len(keys & ({*SPEC, *BLOCK} - COMMON)) >= ENOUGH:
        return True
    first = FIRST.match(text)
    word = "" if first is None else first.group(1)
    return word.isdigit() or word in BY_NAME or word in BUILT_IN or word in RESERVED or word in library_names()
