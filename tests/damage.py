"""Damaged specs: right ones with bytes, tokens, lines, keys, numbers or whole values broken, the same for the same seed.

`python tests/damage.py 137` prints what seed 137 damages, and what archdsl says of it.
"""

from __future__ import annotations

import re
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from nets import NETS

import archdsl
from archdsl.diagnostics import Diagnostic, Fault
from archdsl.diagnostics.full import render
from archdsl.language.source import source_of_bytes
from archdsl.language.writer import to_yaml
from archdsl.limits import DEFAULT
from archdsl.pipeline import run
from archdsl.request import Request

ROOT = Path(__file__).parent.parent
SECONDS = 2.0
"""of CPU time that one spec may take"""
MEGABYTES = 512
"""of memory that one spec may take"""
EDGES = """0 1 -1 2 3 7 64 0.5 -0.0 1e-5 1e5 1.5 65536 65537 1048576 1048577 99999 100000 100001 10**9 2**31 2**63 9223372036854775807 99999999999999999999
1e308 1e400 .inf .nan 0x1F 0b11 1_000 012 1x1 3x0 3x3x3 1e 9**9**9 1//0 x.channels x.height range(10**6) true ~ ''""".split()
BYTES = [b"\x00", b"\t", b"\r", b"\n", b"\xff", b"\xc3", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\x1b[31m", b"\xf0\x9f\x99\x82", b"\xcc\x81", b"'", b'"', b"`"]
MARKS = "[ ] { } ( ) : , - # & * ! | > % @ ? . = == + / // ** < ' \" ` $ ; \\ --- ... << ~".split()

Edit = Callable[[Random, str], str]


class TooLong(BaseException):
    """A spec took more CPU time than it may."""


@cache
def seeds() -> tuple[tuple[str, str], ...]:
    """Right specs, each with the path it would have: the cheap ones, and those of specs/ that take longer to check."""
    found = [(str(ROOT / "specs" / f"{name}.yaml"), text.strip() + "\n") for name, text in NETS.items()]
    for path in sorted((Path(archdsl.__file__).parent / "stdlib").glob("*.yaml")):
        found.append((str(ROOT / "specs" / path.name), _as_spec(path)))
    pages = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```yaml\n(.*?)^```$", pages, re.MULTILINE | re.DOTALL)
    found += [(str(ROOT / "specs" / f"example{i}.yaml"), text) for i, text in enumerate(examples)]
    found += [(str(path), path.read_text(encoding="utf-8")) for path in sorted((ROOT / "specs").rglob("*.yaml"))]
    return tuple(found)


def _as_spec(path: Path) -> str:
    """A block of the library as a spec that holds and calls it, its `example`."""
    text = path.read_text(encoding="utf-8")
    example = yaml.safe_load(text)["example"]
    kept = "".join(f"    {line}\n" for line in text.splitlines() if not line.startswith("example:"))
    return to_yaml({"input": example["input"]}) + f"blocks:\n  {path.stem}:\n{kept}body:\n" + f"  - {_flow(example['use'])}\n"


def _flow(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).removesuffix("\n").removesuffix("\n...")


@cache
def costs() -> tuple[float, ...]:
    """CPU seconds of each seed, at least a millisecond."""
    return tuple(max(0.001, timed(text.encode(), name)[1]) for name, text in seeds())


@cache
def words() -> tuple[str, ...]:
    """Every token of every seed."""
    return tuple(sorted({word for _, text in seeds() for word in re.findall(r"\w+|[^\w\s]+", text)}))


@cache
def values() -> tuple[Any, ...]:
    """Every list, mapping and scalar of the seeds, as data."""
    return tuple(part for _, text in seeds() for part in _parts(yaml.safe_load(text)))


def _parts(data: Any) -> Iterator[Any]:
    yield data
    children = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    for child in children:
        yield from _parts(child)


def damaged(seed: int, dearest: float = 60.0) -> tuple[str, bytes]:
    """A path and the damaged text that it would hold. Cheap specs are taken more often, none that takes longer than `dearest` to check."""
    rng = Random(seed)
    chosen = [(given, 1 / cost) for given, cost in zip(seeds(), costs(), strict=True) if cost <= dearest]
    name, text = rng.choices([given for given, _ in chosen], [weight for _, weight in chosen])[0]
    for _ in range(rng.choice([1, 1, 1, 2, 3, 5])):
        text = rng.choice(KINDS)(rng, text)
    data = text.encode("utf-8", "surrogatepass")
    return name, _bytes(rng, data) if rng.random() < 0.15 else data


def _bytes(rng: Random, data: bytes) -> bytes:
    """Bytes flipped, cut, repeated or put in."""
    at = rng.randrange(len(data) + 1)
    end = min(len(data), at + rng.choice([1, 1, 2, 8, 64]))
    flipped = bytes(b ^ (1 << rng.randrange(8)) for b in data[at:end])
    middle = rng.choice([flipped, b"", data[at:end] * rng.choice([2, 3, 50]), rng.choice(BYTES) + data[at:end], bytes([rng.randrange(256)])])
    return data[:at] + middle + data[end:] if rng.random() < 0.9 else data[:at]


def _letters(rng: Random, text: str) -> str:
    """One letter is left out, doubled, swapped with the next or another."""
    if not text:
        return text
    at = rng.randrange(len(text))
    letter = rng.choice("abcxyz_-:,.{}[]()'\"#&*!|>%@0189 \t\n")
    here = rng.choice(["", text[at] * 2, text[at : at + 2][::-1], letter, text[at] + letter])
    return text[:at] + here + text[at + (2 if here == text[at : at + 2][::-1] else 1) :]


def _tokens(rng: Random, text: str) -> str:
    """A token is left out, doubled, swapped with another, or a different one."""
    found = re.findall(r"\w+|\s+|[^\w\s]", text) or [""]
    at, other = rng.randrange(len(found)), rng.randrange(len(found))
    new = rng.choice([rng.choice(words()), rng.choice(MARKS), rng.choice(EDGES)])
    choice = rng.randrange(5)
    if choice == 0:
        found[at] = ""
    elif choice == 1:
        found[at] *= 2
    elif choice == 2:
        found[at], found[other] = found[other], found[at]
    else:
        found[at] = new if choice == 3 else found[at] + new
    return "".join(found)


def _lines(rng: Random, text: str) -> str:
    """A line is left out, doubled, swapped, moved in or out, or comes from another spec."""
    found = text.splitlines() or [""]
    at, other = rng.randrange(len(found)), rng.randrange(len(found))
    stranger = rng.choice(seeds())[1].splitlines()
    found[at : at + 1] = rng.choice(
        [
            [],
            [found[at]] * 2,
            [found[other]],
            [" " * rng.randrange(1, 5) + found[at]],
            [found[at].removeprefix(" " * rng.randrange(1, 5))],
            ["\t" + found[at].lstrip()],
            [found[at], rng.choice(stranger or [""])],
            found[at:][::-1],
        ]
    )
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


def _data(rng: Random, text: str) -> str:
    """A list, mapping or scalar is another one of any spec, or left out."""
    try:
        data = yaml.safe_load(text)
        places = [(part, key) for part in _parts(data) if isinstance(part, dict | list) for key in (part if isinstance(part, dict) else range(len(part)))]
        part, key = rng.choice(places)
        new = rng.choice(values())
        if rng.random() < 0.2:
            del part[key]
        elif rng.random() < 0.3:
            part[key] = rng.choice([[new], {rng.choice(words()): part[key]}, [part[key]] * 3, rng.choice(EDGES), None])
        else:
            part[key] = new
        return to_yaml(data)
    except (yaml.YAMLError, ValueError, TypeError, IndexError, RecursionError):
        return text


KINDS: tuple[Edit, ...] = (_letters, _letters, _tokens, _tokens, _lines, _keys, _numbers, _data, _data)


def timed(data: bytes, name: str) -> tuple[tuple[Diagnostic, ...], float]:
    """What archdsl says of some bytes, and the CPU seconds that it took; what it says is printed too, to nowhere.

    Raises what archdsl raises beside its own faults, and `TooLong`.
    """
    start = time.process_time()
    try:
        outcome = run(Request(source_of_bytes(data, name, DEFAULT)))
        found = outcome.diagnostics
        if outcome.graph is None and not any(d.severity == "error" for d in found):
            raise AssertionError("neither a network nor an error")
    except Fault as fault:
        found = (fault.diagnostic,)
    took = time.process_time() - start
    render(found)
    if took > SECONDS:
        raise TooLong(f"{took:.1f} s")
    return found, took


@contextmanager
def bounded() -> Iterator[None]:
    """Within this no more memory can be had than a spec may take, and no CPU time much beyond what one may take."""
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size + MEGABYTES * 2**20, hard))
    before = signal.signal(signal.SIGPROF, _too_long)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _too_long(*_: object) -> None:
    raise TooLong(f"more than {SECONDS} s")


def failure(seed: int, dearest: float = 60.0) -> str:
    """What went wrong with one seed, "" if nothing did. Runs within `bounded`."""
    name, data = damaged(seed, dearest)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        timed(data, name)
    except (Exception, TooLong) as error:
        signal.setitimer(signal.ITIMER_PROF, 0)
        return f"seed {seed}: {type(error).__name__}: {error}\n{name}\n{data.decode('utf-8', 'backslashreplace')}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


if __name__ == "__main__":
    path, broken = damaged(int(sys.argv[1]))
    print(path, broken.decode("utf-8", "backslashreplace"), sep="\n")
    said, seconds = timed(broken, path)
    print(render(said), f"{seconds:.3f} s of CPU time", sep="\n")
