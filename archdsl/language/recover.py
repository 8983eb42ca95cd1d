"""Reading on behind text that is no YAML: each fault is told, what was most likely meant stands in, and the rest is read in the same run.

libyaml stops at the first fault. Of the repairs that come into question the one counts with which it gets furthest; where a repair leaves
doubt, later stages keep silent about its lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from archdsl.diagnostics import Diagnostic, Edit, Source, Span
from archdsl.language.characters import bad_characters
from archdsl.language.indentation import depths
from archdsl.language.yaml_errors import CLOSERS

Report = Callable[[Diagnostic], None]
Stops = Callable[[Source], tuple[Diagnostic, int] | None]
"""the first fault of a text and where it was seen; `None` for YAML"""
Change = tuple[int, int, str]

LONGEST = 100_000
"""characters of a text that is mended; a longer one is read as far as it is YAML"""
WORK = 600_000
"""characters that are read over again in all"""
ROUNDS = 60
"""faults of one text that are mended"""
NEAR = 12
"""lines around a fault that are looked at"""
NEXT = 3
"""lines below one whose indentation was guessed, where another's may be wrong since that one's is"""


@dataclass(frozen=True)
class Draft:
    """A text that was changed, and where each of its characters stands in the first one."""

    text: str
    origin: list[int]

    def changed(self, changes: list[Change]) -> Draft:
        """The draft with some parts replaced, none of which overlap."""
        size, at = len(self.text), 0
        texts: list[str] = []
        origin: list[int] = []
        for start, end, new in sorted(_trimmed(self.text, min(start, size), min(end, size), new) for start, end, new in changes):
            texts += self.text[at:start], new
            origin += self.origin[at:start]
            origin += [self.origin[start]] * len(new)
            at = end
        return Draft("".join((*texts, self.text[at:])), origin + self.origin[at:])

    def moved(self, found: Diagnostic, source: Source) -> Diagnostic:
        """A fault of the draft as one of the first text."""

        def place(span: Span) -> Span:
            return Span(source, self.origin[span.start], max(self.origin[span.end], self.origin[span.start]))

        labels = tuple(replace(label, span=place(label.span)) for label in found.labels)
        edit = None if found.edit is None else replace(found.edit, span=place(found.edit.span))
        return replace(found, span=place(found.span), labels=labels, edit=edit)


def _draft(source: Source, skip: int = 0) -> Draft:
    return Draft(source.text[skip:], list(range(skip, len(source.text) + 1)))


def _trimmed(text: str, start: int, end: int, new: str) -> Change:
    """A change without what it leaves as it is, so that places stay what they were."""
    head = _alike(text[start:end], new)
    start, new = start + head, new[head:]
    tail = _alike(text[start:end][::-1], new[::-1])
    return start, end - tail, new[: len(new) - tail]


def _alike(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def readable(source: Source, skip: int, stops: Stops, report: Report) -> tuple[Draft, bool] | None:
    """The text of a source, `skip` characters of it left out, as YAML can read it; whether all of it is left. `None` where that fails."""
    draft = _draft(source, skip)
    long = len(draft.text) > LONGEST
    strange = list(bad_characters(Source(source.name, draft.text)))
    doubtful = {source.position(draft.origin[d.span.start])[0] for d in strange if d.code == "AD1020"}
    for found in strange:
        told = draft.moved(found, source)
        report(replace(told, covers=_lines(source, told.span)) if told.line in doubtful else told)
    draft = draft.changed([(d.span.start, d.span.end, " " if d.help == "write an ordinary space" else "") for d in strange])
    whole, known, guessed = True, set[tuple[str, int]](), set[int]()
    trials = _Trials(stops)
    for _ in range(0 if strange and long else 1 if long else ROUNDS):
        text = Source(source.name, draft.text)
        stop = stops(text)
        if stop is None:
            assert strange or known, "a text was mended, and nothing said"
            return draft, whole
        repair = None if long else _best(text, *stop, trials)
        told = draft.moved(stop[0] if repair is None else _as_mended(stop[0], repair, draft, text), source)
        follows = told.code == "AD1102" and any(told.line - i in guessed for i in range(1, NEXT + 1))
        if told.line not in doubtful and not follows and (told.code, told.line) not in known:
            known.add((told.code, told.line))
            report(told if repair is not None and repair.sure else replace(told, covers=_lines(source, told.span)))
        if repair is None or trials.left < 0:
            return None
        if not repair.sure:
            doubtful.add(told.line)
            guessed.update((told.line,) if told.code in INDENTED else ())
        draft, whole = draft.changed(repair.changes), whole and repair.whole
    return None


def _as_mended(fault: Diagnostic, repair: Repair, draft: Draft, text: Source) -> Diagnostic:
    """A fault whose edit is what was done, where its own would have left the line where it cannot stand."""
    edit = fault.edit
    if edit is None or fault.code not in INDENTED or len(repair.changes) > 1:
        return fault
    if draft.changed(repair.changes).text == draft.changed([(edit.span.start, edit.span.end, edit.text)]).text:
        return fault
    start, end, new = repair.changes[0]
    return replace(fault, edit=Edit(Span(text, start, end), new, "maybe"))


class _Trials:
    """Reads texts over again until that was enough; from then on none is better than another."""

    def __init__(self, stops: Stops) -> None:
        self.stops, self.left = stops, WORK

    def __call__(self, text: Source) -> tuple[Diagnostic, int] | None:
        self.left -= len(text.text) + 1
        return self.stops(text)


@dataclass(frozen=True)
class Repair:
    """Changes of a text: whether they are surely meant, whether nothing is left out by them."""

    changes: list[Change]
    sure: bool = False
    whole: bool = True


def _best(text: Source, fault: Diagnostic, seen: int, stops: _Trials) -> Repair | None:
    """The first repair with which the line of a fault is read and, where that was indented anew, the next; else that which gets furthest.

    `None` where trying took too long.
    """
    best: tuple[int, Repair] | None = None
    for repair in islice(_repairs(text, fault), 3 * NEAR):
        if stops.left < len(text.text):
            return None
        mended = _draft(text).changed(repair.changes)
        stop = stops(Source(text.name, mended.text))
        if stop is None:
            return repair
        reached = mended.origin[min(stop[1], len(mended.text))]
        last = max(text.position(end)[0] for _, end, _ in repair.changes)
        beyond = text.position(reached)[0] - last
        if beyond > (fault.code in INDENTED and stop[0].code in INDENTED) or stop[0].span.line < fault.span.line:
            return repair
        if reached > (seen if best is None else best[0]):
            best = reached, repair
    if best is not None:
        return best[1]
    for at in (fault.span.start, seen):
        changes = list(_blanked(text, text.position(min(at, len(text.text)))[0]))
        stop = stops(Source(text.name, _draft(text).changed(changes).text)) if changes else (fault, seen)
        if stop is None or stop[1] > seen:
            return Repair(changes, whole=False)
    first, _ = _line(text, min(fault.span.start, seen))
    return Repair([(first, len(text.text), "")], whole=False)


def _blanked(text: Source, number: int) -> Iterator[Change]:
    """A line left out, and those below that belong to it or to its list."""
    line = text.line(number)
    for i in range(number, len(text.starts) + 1):
        below = text.line(i)
        sibling = _depth(below) == _depth(line) and below.lstrip()[:1] == line.lstrip()[:1] == "-"
        if i > number and below.strip() and _depth(below) <= _depth(line) and not sibling:
            return
        yield text.starts[i - 1], text.starts[i - 1] + len(below), ""


def _line(text: Source, at: int) -> tuple[int, str]:
    """Where the line of a character starts, and what it holds."""
    number = text.position(min(at, len(text.text)))[0]
    return text.starts[number - 1], text.line(number)


def _lines(source: Source, span: Span) -> Span:
    """The whole lines of a span."""
    first, last = span.line, source.position(max(span.start, span.end - 1))[0]
    return Span(source, source.starts[first - 1], source.starts[last - 1] + len(source.line(last)))


def _repairs(text: Source, fault: Diagnostic) -> Iterator[Repair]:
    """What may have been meant, the likeliest first."""
    edit = fault.edit
    if edit is not None and (fault.code not in INDENTED or _line(text, fault.span.start)[1][: fault.span.column - 1].strip()):
        yield Repair([(edit.span.start, edit.span.end, edit.text)], edit.grade == "safe")
    for changes in MENDS.get(fault.code, _nothing)(text, fault):
        yield Repair(changes)


def _nothing(text: Source, fault: Diagnostic) -> Iterator[list[Change]]:
    yield from ()


def _indented(text: Source, fault: Diagnostic) -> Iterator[list[Change]]:
    """Another indentation of the line, or of it and those below that stand as deep."""
    number = fault.span.line
    line = text.line(number)
    start, blank = text.starts[number - 1], len(line) - len(line.lstrip())
    if fault.edit is not None and "\n" in fault.edit.text:
        yield [(fault.edit.span.start, fault.edit.span.end, fault.edit.text)]
    likely = depths(text, number)
    yield from ([(start, start + blank, " " * depth)] for depth in likely)
    along = [i for i in range(number, min(len(text.starts), number + NEAR) + 1) if text.line(i).strip()]
    lines = list(takewhile(lambda i: i == number or _depth(text.line(i)) >= blank, along))
    if len(lines) > 1:
        yield from ([(text.starts[i - 1], text.starts[i - 1] + blank, " " * depth) for i in lines] for depth in likely if depth > blank)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _closed(text: Source, fault: Diagnostic) -> Iterator[list[Change]]:
    """A bracket or quote closed where it may have been meant to end, changed, or left out."""
    start, char = fault.span.start, fault.span.text
    if char in ("]", "}"):
        if fault.help and fault.help.startswith("write `"):
            yield [(start, start + 1, fault.help[7:8])]
        yield [(start, start + 1, "")]
        return
    closer = CLOSERS.get(char, char)
    number = fault.span.line
    for i in range(number, min(len(text.starts), number + NEAR) + 1):
        line = text.line(i)
        code = re.split(r"\s#", line, maxsplit=1)[0].rstrip()
        end = text.starts[i - 1] + len(code)
        ends = [end]
        while code[-1:] in ("]", "}", ",") and len(ends) < NEAR:
            code = code[:-1].rstrip()
            ends.append(text.starts[i - 1] + len(code))
        ends += [text.starts[i - 1] + m.start() for m in re.finditer(r", [\w.]+: ", line)]
        yield from ([(at, at, closer)] for at in ends if at > start)
    yield [(start, start + 1, "")]


def _ended(text: Source, fault: Diagnostic) -> Iterator[list[Change]]:
    """A value that ends too early: the quote or bracket stands at the end of the line, or not at all; a backslash is one."""
    start, char = fault.span.start, fault.span.text[:1]
    if char == "\\":
        yield [(start, start, "\\")]
        return
    first, line = _line(text, start)
    line_end = first + len(line.rstrip())
    if char == "'" and text.text[start + 1 : start + 2].isalnum():
        yield [(start, start, "'")]
    if not line.rstrip().endswith(char):
        yield [(start, start + 1, ""), (line_end, line_end, char)]
    yield [(start + 1, line_end, "")]
    yield [(start + 1, start + 1, ",")]


def _taken_out(text: Source, fault: Diagnostic) -> Iterator[list[Change]]:
    yield [(fault.span.start, fault.span.end, "")]


def _second_colon(text: Source, fault: Diagnostic) -> Iterator[list[Change]]:
    """`a: b: c` as `a: {b: c}` where `b` is a word, or as the call `a: b c`."""
    first, line = _line(text, fault.span.start)
    found = re.match(r"(?:.*?: +)([A-Za-z_]\w*): +\S", line)
    if found is not None and first + found.end(1) == fault.span.start:
        yield [(first + found.start(1), first + found.start(1), "{"), (first + len(line.rstrip()), first + len(line.rstrip()), "}")]
    yield [(fault.span.start, fault.span.end, "")]


def _without_colon(text: Source, fault: Diagnostic) -> Iterator[list[Change]]:
    """A line of words among keys: a key without a value, or one whose colon is missing."""
    first, _, rest = fault.span.text.partition(" ")
    if rest:
        yield [(fault.span.start + len(first), fault.span.start + len(first), ":")]


MENDS: dict[str, Callable[[Source, Diagnostic], Iterator[list[Change]]]] = {
    "AD1023": _taken_out,
    "AD1101": _indented,
    "AD1102": _indented,
    "AD1103": _closed,
    "AD1104": _without_colon,
    "AD1110": _taken_out,
    "AD1116": _taken_out,
    "AD1119": _ended,
    "AD1121": _second_colon,
}
"""how the faults of each code are mended"""
INDENTED = ("AD1101", "AD1102")
