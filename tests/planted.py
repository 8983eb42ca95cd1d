"""Mistakes planted in right specs: each kind knows the line at which it must be reported, and the codes that say it.

A planter takes a spec and gives a `Mistake`, or `None` where the spec has no place for it. `python tests/planted.py 137` prints what seed
137 plants, and what archdsl says of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from damage import DRAWN, POOL, drawn, seeds, weights
from sites import Site, Sites, sites

from archdsl import pipeline
from archdsl.diagnostics import Diagnostic
from archdsl.diagnostics.collect import distinct
from archdsl.elaborate.signatures import signature_of
from archdsl.language.source import source_of_bytes
from archdsl.limits import DEFAULT
from archdsl.ops import BY_NAME
from archdsl.ops.foreign_names import FOREIGN_ARGUMENTS, FOREIGN_NAMES
from archdsl.request import Request

FAR = "qzxvj"
"""letters of which no name of ours is made"""
FOREIGN = {ours: theirs for theirs, ours in FOREIGN_NAMES.items() if theirs[0].isupper() and " " not in ours and "." not in theirs}
FOREIGN_WORDS = {ours: theirs for theirs, ours in FOREIGN_ARGUMENTS.items() if ours}


@dataclass(frozen=True)
class Mistake:
    """The lines that stand instead of line number `line`, the one of them at which it is reported, and the codes that say it."""

    kind: str
    line: int
    instead: tuple[str, ...]
    at: int
    codes: frozenset[str]


@dataclass(frozen=True)
class Planted:
    """What stands in a spec: the kind of mistake, the number of the line at which it is reported, and the codes that say it."""

    kind: str
    line: int
    codes: frozenset[str]


@dataclass(frozen=True)
class Text:
    """A right spec."""

    lines: list[str]
    sites: Sites

    def changed(self, site: Site, new: str, *codes: str) -> Mistake:
        """A text of one line is another."""
        line = self.lines[site.line]
        return Mistake("", site.line, (line[: site.start] + new + line[site.end :],), 0, frozenset(codes))

    def added(self, rng: Random, item: str, *codes: str, of: list[Site] | None = None) -> Mistake | None:
        """A further item, before one of any body or `of` some."""
        places = self.sites.items if of is None else of
        if not places:
            return None
        site = rng.choice(places)
        line = self.lines[site.line]
        if line[: site.start].strip():
            return None
        return Mistake("", site.line, (f"{line[: site.start]}- {item}", line), 0, frozenset(codes))


def text_of(text: str) -> Text:
    return Text(text.splitlines(), sites(text))


Planter = Callable[[Random, Text], Mistake | None]
PLANTERS: dict[str, Planter] = {}
SHAPES: set[str] = set()
"""kinds that are told only where it is known what flows in"""


def planter(kind: str) -> Callable[[Planter], Planter]:
    """Enters a kind of mistakes."""

    def entered(made: Planter) -> Planter:
        PLANTERS[kind] = made
        return made

    return entered


def _call(rng: Random, spec: Text, pattern: str = "") -> tuple[Site, re.Match[str]] | None:
    """A call of an operation that a pattern matches."""
    calls = [(site, found) for site in spec.sites.calls if site.text.split(" ")[0] in BY_NAME and (found := re.search(pattern, site.text))]
    return rng.choice(calls) if calls else None


def _added(name: str, item: str, *codes: str) -> None:
    """A kind that is a further item."""
    PLANTERS[name] = lambda rng, spec: spec.added(rng, item, *codes)


def _of_shapes(name: str, item: str, *codes: str) -> None:
    """A kind that is a further item whose fault is that of its input's shape."""
    SHAPES.add(name)
    PLANTERS[name] = lambda rng, spec: spec.added(rng, item, *codes, *WRONG_RANK, of=spec.sites.main)


def _in_call(name: str, pattern: str, new: Callable[[Random, re.Match[str]], str], *codes: str) -> None:
    """A kind that replaces what a pattern finds in a one-line call of an operation."""

    def made(rng: Random, spec: Text) -> Mistake | None:
        found = _call(rng, spec, pattern)
        if found is None:
            return None
        site, match = found
        return spec.changed(site, site.text[: match.start()] + new(rng, match) + site.text[match.end() :], *codes)

    PLANTERS[name] = made


def misspelled(rng: Random, word: str) -> str:
    """A word with a letter in it that no name has."""
    at = rng.randrange(1, len(word) + 1)
    return word[:at] + rng.choice(FAR) + word[at:]


NAMED = r"(?<= )([a-z_]+)=(?=\S)"

# What the text is.
_in_call("an invisible character", r"(?<=[a-z]) (?=[0-9a-z])", lambda rng, m: "\u00a0", "AD1022")
_in_call("a zero-width space", r"(?<=[a-z])(?=[a-z])", lambda rng, m: "\u200b", "AD1022")
_in_call("a letter of another alphabet", r"^(\w*)o", lambda rng, m: f"{m[1]}о", "AD2006")


# YAML.
@planter("no space after a dash")
def _no_space_after_dash(rng: Random, spec: Text) -> Mistake | None:
    found = spec.added(rng, "relu", "AD1105")
    return found and Mistake("", found.line, (found.instead[0].replace("- relu", "-relu"), found.instead[1]), 0, found.codes)


@planter("no space after a colon")
def _no_space_after_colon(rng: Random, spec: Text) -> Mistake | None:
    found = [i for i, line in enumerate(spec.lines) if re.fullmatch(r" *(- )?[a-z_]\w*: [\w.]+", line)]
    if not found:
        return None
    at = rng.choice(found)
    return Mistake("", at, (spec.lines[at].replace(": ", ":"),), 0, frozenset(("AD1104",)))


@planter("a tab as indentation")
def _tab(rng: Random, spec: Text) -> Mistake | None:
    found = [i for i, line in enumerate(spec.lines) if re.match(r"  +\S", line)]
    if not found:
        return None
    at = rng.choice(found)
    return Mistake("", at, (re.sub(r"^ +", "\t", spec.lines[at]),), 0, frozenset(("AD1101",)))


@planter("a bracket that is not closed")
def _unclosed_bracket(rng: Random, spec: Text) -> Mistake | None:
    found = [i for i, line in enumerate(spec.lines) if line.endswith(("]", "}")) and line.count("[") + line.count("{") == 1]
    if not found:
        return None
    at = rng.choice(found)
    return Mistake("", at, (spec.lines[at][:-1],), 0, frozenset(("AD1103", "AD1402")))


@planter("a bracket closed by another")
def _wrong_bracket(rng: Random, spec: Text) -> Mistake | None:
    found = [i for i, line in enumerate(spec.lines) if line.endswith("]") and line.count("[") == 1 and "{" not in line]
    if not found:
        return None
    at = rng.choice(found)
    return Mistake("", at, (spec.lines[at][:-1] + "}",), 0, frozenset(("AD1103", "AD1401")))


@planter("a quote that is not closed")
def _unclosed_quote(rng: Random, spec: Text) -> Mistake | None:
    found = [i for i, line in enumerate(spec.lines) if re.search(r'[:-] "[^"\\]+"$', line)]
    if not found:
        return None
    at = rng.choice(found)
    return Mistake("", at, (spec.lines[at][:-1],), 0, frozenset(("AD1103",)))


@planter("one column less")
def _indented_by_one(rng: Random, spec: Text) -> Mistake | None:
    lines = spec.lines
    whole = [site for site in spec.sites.items if site.start and site.line and not lines[site.line][: site.start].strip()]
    places = [site for site in whole if lines[site.line - 1][site.start :][:2] == "- "]
    if not places:
        return None
    at = rng.choice(places).line
    return Mistake("", at, (lines[at][1:],), 0, frozenset(("AD1102",)))


_added("a character that begins nothing", "@relu", "AD1106")
_added("a backtick", "`relu`", "AD1106")
_added("a tag", "!!str relu", "AD1116")
_added("an item without content", "", "AD1110", "AD1310")
_added("a key without a value", "relu:", "AD1110")
_added("a key that is there twice", "{dropout: 0.1, inplace: false, inplace: false}", "AD1115")
_added("a comma that splits", "{dropout: max(0.1, 0.2), inplace: false}", "AD1108")
_added("a second colon", "dropout: p: 0.1", "AD1121")
_added("a mark before a name", "dropout ${share}", "AD1107")
_added("an alias without an anchor", "dropout: *share", "AD1118")

# What the keys are.


@planter("a key of the spec misspelled")
def _unknown_key(rng: Random, spec: Text) -> Mistake | None:
    found = [s for s in spec.sites.top if s.text not in ("body", "input", "extends", "variant", "variants", "import")]
    if not found:
        return None
    site = rng.choice(found)
    return spec.changed(site, misspelled(rng, site.text), "AD1202")


_added("an else without a condition", "{use: relu, else: gelu}", "AD1316")
_added("two operations in one item", "{conv: 8, batch_norm: 1}", "AD1313")
_added("a modifier misspelled", "{use: relu, wehn: true}", "AD2104")
_added("a loop beside a repetition", "{use: relu, for: i in range(2), repeat: 2}", "AD1315")
_added("a loop that is none", "{use: relu, for: i = 0 to 3}", "AD1324")

# Calls.


@planter("an operation misspelled")
def _operation(rng: Random, spec: Text) -> Mistake | None:
    found = _call(rng, spec)
    if found is None:
        return None
    word, *rest = found[0].text.split(" ", 1)
    return spec.changed(found[0], " ".join([misspelled(rng, word), *rest]), "AD2006")


@planter("PyTorch's and Keras' operations")
def _foreign_operation(rng: Random, spec: Text) -> Mistake | None:
    calls = [site for site in spec.sites.calls if site.text.split(" ")[0] in FOREIGN]
    if not calls:
        return None
    site = rng.choice(calls)
    word, *rest = site.text.split(" ", 1)
    return spec.changed(site, " ".join([FOREIGN[word], *rest]), "AD2006")


@planter("an argument misspelled")
def _argument(rng: Random, spec: Text) -> Mistake | None:
    found = [(site, site.text) for site, head in spec.sites.arguments if head in BY_NAME]
    if found and rng.random() < 0.5:
        site, word = rng.choice(found)
        return spec.changed(site, misspelled(rng, word), "AD2104")
    call = _call(rng, spec, NAMED)
    if call is None:
        return None
    site, match = call
    return spec.changed(site, site.text[: match.start(1)] + misspelled(rng, match[1]) + site.text[match.end(1) :], "AD2104")


@planter("PyTorch's and Keras' arguments")
def _foreign_argument(rng: Random, spec: Text) -> Mistake | None:
    call = _call(rng, spec, r"(?<= )(" + "|".join(FOREIGN_WORDS) + r")=(?=\S)")
    if call is None:
        return None
    site, match = call
    return spec.changed(site, site.text[: match.start(1)] + FOREIGN_WORDS[match[1]] + site.text[match.end(1) :], "AD2104")


@planter("too many arguments")
def _too_many_arguments(rng: Random, spec: Text) -> Mistake | None:
    call = _call(rng, spec, r"^[a-z_0-9]+( \d+)*$")
    if call is None or signature_of(BY_NAME[call[0].text.split(" ")[0]]).open:
        return None
    return spec.changed(call[0], f"{call[0].text}{' 3' * 10}", "AD2102")


_in_call("spaces around the equals sign", r"(?<= )([a-z_]+)=(?=\w+$)", lambda rng, m: f"{m[1]} = ", "AD1302", "AD1303")
_in_call("an unknown name", r"(?<= )\d+(?= |$)", lambda rng, m: "widht_of", "AD2001")
_in_call("an unknown function", r"(?<= )\d+(?= |$)", lambda rng, m: "maxxx(8)", "AD1410")
_in_call("an open bracket", r"(?<= )\d+$", lambda rng, m: f"({m[0]}", "AD1301", "AD1402")
_in_call("half an expression", r"(?<= )\d+$", lambda rng, m: f"{m[0]}*", "AD1401")
_added("a value of the wrong type", "conv 8.5", "AD2110")
_added("a value out of range", "dropout 50", "AD2110", "AD2111")
_added("a word that is not listed", "conv 8 padding_mode=mirror", "AD2110", "AD2118")
_added("an argument missing", "conv kernel=3", "AD2101")
_added("an argument given twice", "conv 8 kernel=3 kernel=3", "AD1306", "AD2103")
_added("a tensor that is not there", "relu from=nothing_here", "AD2003")
_added("a child that is not there", "{reuse: nothing_here}", "AD2025")
_added("a condition on a tensor", "relu when=(nothing_here>2)", "AD2001")
_added("an unknown function of formulas", "{math: sofmaxx(x)}", "AD1450", "AD1410")

# Shapes: what is told only where it is known what flows in.
WRONG_RANK = ("AD3110", "AD3116", "AD3156", "AD2130", "AD3151")
_of_shapes("groups that do not divide", "conv 1009 1 groups=1009", "AD3112")
_of_shapes("a window larger than the input", "max_pool 997", "AD3113", "AD2132")
_of_shapes("a residual whose shapes differ", "{residual: [conv 1009 1]}", "AD3104")
_of_shapes("no such axis", "{concat: [x, x], dim: 9}", "AD3111", "AD3150")


def plant(rng: Random, text: str, count: int) -> tuple[str, list[Planted]]:
    """The spec with up to so many mistakes, at most one in a line. One of shapes stands above all others, which may hide what flows in."""
    spec = text_of(text)
    found: dict[int, Mistake] = {}
    for kind in rng.sample([*PLANTERS], len(PLANTERS)):
        mistake = PLANTERS[kind](rng, spec)
        if mistake is None or mistake.line in found or (kind in SHAPES and any(line < mistake.line for line in found)):
            continue
        if any(other.kind in SHAPES and (kind in SHAPES or mistake.line < line) for line, other in found.items()):
            continue
        found[mistake.line] = replace(mistake, kind=kind)
        if len(found) == count:
            break
    lines: list[str] = []
    planted = []
    for i, line in enumerate(spec.lines):
        mistake = found.get(i)
        if mistake is not None:
            planted.append(Planted(mistake.kind, len(lines) + mistake.at + 1, mistake.codes))
        lines.extend((line,) if mistake is None else mistake.instead)
    return "\n".join(lines) + "\n", planted


def planted(seed: int) -> tuple[str, str, list[Planted]]:
    """A path, the text with one to five mistakes that it would hold, and what they are; the same for the same seed."""
    rng = Random(seed)
    while True:
        name, text = drawn(rng.randrange(POOL)) if rng.random() < DRAWN else rng.choices(seeds(), weights())[0]
        if _is_right(name, text):
            return (name, *plant(rng, text, rng.randint(1, 5)))


@cache
def _is_right(name: str, text: str) -> bool:
    """Whether a spec has no error, and no child that is called like the place of another in its list."""
    return not errors(name, text) and re.search(r"\bname[:=] *\d", text) is None


def errors(name: str, text: str) -> list[Diagnostic]:
    """What `archdsl check` says of a text."""
    outcomes = pipeline.check(Request(source_of_bytes(text.encode(), name, DEFAULT)))
    return [found for found in distinct(d for outcome in outcomes for d in outcome.diagnostics) if found.severity == "error"]


def main(seed: int) -> None:
    name, text, mistakes = planted(seed)
    print(name, text, *mistakes, *(f"{d.span.line}:{d.span.column}: {d.code}: {d.message}" for d in errors(name, text)), sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
