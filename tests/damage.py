"""Damaged specs: right ones with bytes, letters, tokens, lines, keys, numbers, texts or whole values broken; the same for the same seed.

`python tests/damage.py 137` prints what seed 137 damages, and what archdsl says of it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from nets import NETS
from strategies import LIBRARY, draw

from archdsl.language.writer import to_yaml

ROOT = Path(__file__).parent.parent
SPECS = ROOT / "specs"
SHIPPED = 0.08
"""how often a shipped spec is damaged, to a small one's once"""
DRAWN = 0.2
"""the share of random networks"""
POOL = 100
"""seeds that damage the same random network"""
NUMBERS = """0 1 -1 2 3 7 64 0.5 -0.0 1e-5 1e5 1.5 65536 65537 1048576 1048577 99999 100000 100001 10**9 2**31 2**63 9223372036854775807
99999999999999999999 1e308 1e400 .inf .nan 0x1F 0b11 1_000 012 1x1 3x0 3x3x3 1e 9**9**9 1//0 x.channels x.height range(10**6) true ~ ''"""
EDGES = tuple(NUMBERS.split())
MARKS = (*"[]{}():,-#&*!|>%@?.=+/<'\"`$;\\~", "==", "//", "**", "---", "...", "<<")
BYTES = (*(char.encode() for char in "\0\t\r\n\u2028\ufeff\x1b\u0301é'\""), b"\xff", b"\xc3")

Edit = Callable[[Random, str], str]
Seed = tuple[str, str]
"""the path that a spec has, or would have, and its text"""


@cache
def seeds() -> tuple[Seed, ...]:
    """Specs to damage: nets of the tests, blocks of the library, examples of the language, templates, all of specs/."""
    found = [(str(SPECS / f"net-{name}.yaml"), text.strip() + "\n") for name, text in NETS.items()]
    found += [(str(SPECS / f"block-{name}.yaml"), _calling(name)) for name in LIBRARY]
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    found += [(str(SPECS / f"example-{i}.yaml"), text) for i, text in enumerate(examples)]
    shipped = [*sorted((ROOT / "archdsl" / "templates").glob("*.yaml")), *sorted(SPECS.rglob("*.yaml"))]
    return (*found, *((str(path), path.read_text(encoding="utf-8")) for path in shipped))


def _calling(name: str) -> str:
    """A block of the library as a spec that holds and calls it, as its example does."""
    parts = {key: value for key, value in LIBRARY[name].items() if key not in ("source", "example")}
    example = LIBRARY[name]["example"]
    return to_yaml({"input": example["input"], "blocks": {name: parts}, "body": [example["use"]]})


@lru_cache(16)
def drawn(number: int) -> Seed:
    """A random network."""
    return str(SPECS / f"drawn-{number}.yaml"), to_yaml(draw(number).data())


@cache
def weights() -> tuple[float, ...]:
    """How often each of the seeds is taken."""
    return tuple(SHIPPED if os.path.exists(name) else 1 for name, _ in seeds())


@cache
def words() -> tuple[str, ...]:
    """Every token of every seed."""
    return tuple(sorted({word for _, text in seeds() for word in re.findall(r"\w+|[^\w\s]+", text)}))


@cache
def values() -> dict[type, tuple[Any, ...]]:
    """Every list, mapping and scalar of the seeds as data, by kind."""
    found: dict[type, list[Any]] = {}
    for _, text in seeds():
        for part in _parts(yaml.load(text, yaml.CSafeLoader)):
            found.setdefault(type(part), []).append(part)
    return {kind: tuple(parts) for kind, parts in found.items()}


def _parts(data: Any) -> Iterator[Any]:
    yield data
    for key in _keys_of(data):
        yield from _parts(data[key])


def _keys_of(part: Any) -> list[Any]:
    return [*part] if isinstance(part, dict) else [*range(len(part))] if isinstance(part, list) else []


def damaged(seed: int) -> tuple[str, bytes]:
    """A path, and the damaged text that it would hold."""
    rng = Random(seed)
    name, text = drawn(seed // POOL) if rng.random() < DRAWN else rng.choices(seeds(), weights())[0]
    for _ in range(rng.choice([1, 1, 1, 2, 3, 5])):
        text = rng.choice(KINDS)(rng, text)
    text = _bomb(rng, text) if rng.random() < 0.04 else text  # last, since nothing but archdsl need stand it
    data = text.encode("utf-8", "surrogatepass")
    return name, _bytes(rng, data) if rng.random() < 0.1 else data


def _bytes(rng: Random, data: bytes) -> bytes:
    """Bytes flipped, left out, repeated or put in, or the end cut off."""
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice([1, 1, 2, 8, 64]))
    flipped = bytes(byte ^ (1 << rng.randrange(8)) for byte in data[at:end])
    repeated, put_in = data[at:end] * rng.choice([2, 3, 50]), rng.choice(BYTES) + data[at:end]
    middle = rng.choice([flipped, b"", repeated, put_in, bytes([rng.randrange(256)])])
    return data[:at] + middle + data[end:] if rng.random() < 0.9 else data[:at]


def _letters(rng: Random, text: str) -> str:
    """One letter is left out, doubled, swapped with the next or another."""
    at = rng.randrange(len(text) + 1)
    letter = rng.choice("abcxyz_-:,.{}[]()'\"#&*!|>%@0189 \t\n")
    length, new = rng.choice([(1, ""), (1, text[at : at + 1] * 2), (2, text[at : at + 2][::-1]), (1, letter), (0, letter)])
    return text[:at] + new + text[at + length :]


def _tokens(rng: Random, text: str) -> str:
    """A token is left out, doubled, swapped with another, or a different one."""
    found = re.findall(r"\w+|\s+|[^\w\s]", text) or [""]
    at, other = rng.randrange(len(found)), rng.randrange(len(found))
    here, there = found[at], found[other]
    new = rng.choice([rng.choice(words()), rng.choice(MARKS), rng.choice(EDGES)])
    found[at], found[other] = rng.choice([(there, here), ("", there), (new, there), (here + new, there)])
    return "".join(found)


def _lines(rng: Random, text: str) -> str:
    """A line is left out, doubled, another, moved in or out, or one of another spec; or the lines from here stand upside down."""
    found = text.splitlines() or [""]
    at = rng.randrange(len(found))
    line, strangers = found[at], rng.choice(seeds())[1].splitlines()
    moved = [[" " * rng.randrange(1, 5) + line], [line.removeprefix(" " * rng.randrange(1, 5))], ["\t" + line.lstrip()]]
    found[at : at + 1] = rng.choice([[], [line, line], [rng.choice(found)], [line, rng.choice(strangers)], found[at:][::-1], *moved])
    return "\n".join(found) + "\n"


def _keys(rng: Random, text: str) -> str:
    """A key is another one, or there twice."""
    found = list(re.finditer(r"[\w.]+(?=:\s)|\w+(?==)", text))
    if not found:
        return text
    at = rng.choice(found)
    return text[: at.start()] + rng.choice([rng.choice(found)[0], rng.choice(words()), rng.choice(EDGES)]) + text[at.end() :]


def _numbers(rng: Random, text: str) -> str:
    """A number is one at the edge of something."""
    found = list(re.finditer(r"\d+(\.\d+)?(e-?\d+)?", text))
    if not found:
        return text
    at = rng.choice(found)
    return text[: at.start()] + rng.choice([*EDGES, str(rng.randrange(100)), str(rng.randrange(10**7))]) + text[at.end() :]


def _texts(rng: Random, text: str) -> str:
    """A token of a text is left out, doubled or mistaken, and the text quoted as it needs: an expression, a call, a name."""
    return _changed(rng, text, lambda found: _tokens(rng, found) if isinstance(found, str) else rng.choice(EDGES))


def _strangers(rng: Random, text: str) -> str:
    """A list, mapping or scalar is one of the same kind of any spec, anything else, or there several times."""

    def other(found: Any) -> Any:
        alike = values().get(type(found), (found,)) if rng.random() < 0.7 else values()[rng.choice([*values()])]
        return rng.choice([*[rng.choice(alike)] * 4, [found] * 3, {rng.choice(words()): found}, [found], None])

    return _changed(rng, text, other)


def _bomb(rng: Random, text: str) -> str:
    """What is small to write and large to read stands at some place: nesting, aliases of aliases, a word without end, a deep expression."""
    many = rng.choice([10, 60, 70, 300, 5_000])
    aliases = "[&a [x, x], " + ", ".join(f"&{b} [*{a}, *{a}, *{a}]" for a, b in zip("abcdefghijkl", "bcdefghijklm", strict=True)) + "]"
    nested = rng.choice([("[", "]"), ("{a: ", "}"), ("- ", ""), ("(", ")"), ("-", ""), ("not ", "")])
    operators = rng.choice([" + 1", " * x", "[0]", ".x", "**2", ", 1", " relu"])
    deep, long = nested[0] * many + "1" + nested[1] * many, rng.choice(words()) * many
    bomb = rng.choice([deep, aliases, long, rng.choice(words()) + operators * many])
    at = rng.choice([m.start() for m in re.finditer(r"\w+", text)] or [0])
    return text[:at] + bomb + re.sub(r"^\w+", "", text[at:])


def _changed(rng: Random, text: str, change: Callable[[Any], Any]) -> str:
    """The spec written anew with one value changed, or left out; as it is where it cannot be read or written."""
    try:
        data = yaml.load(text, yaml.CSafeLoader)
        part, key = rng.choice([(part, key) for part in _parts(data) for key in _keys_of(part)])
        if rng.random() < 0.1:
            del part[key]
        else:
            part[key] = change(part[key])
        return to_yaml(data)
    except (yaml.YAMLError, ValueError, TypeError, IndexError, RecursionError):
        return text


PLAIN: tuple[Edit, ...] = (_letters, _tokens, _lines, *[_keys, _numbers] * 3)
"""those that need not read YAML"""
KINDS: tuple[Edit, ...] = (*PLAIN, *[_texts, _strangers] * 6)


if __name__ == "__main__":
    from bounded import check

    path, broken = damaged(int(sys.argv[1]))
    print(path, broken.decode("utf-8", "backslashreplace"), check(path, broken, int(sys.argv[1])), sep="\n")
