"""Faults for people: the line, a caret under what is wrong, the arithmetic, the other places, and what to write.

error[AD3104]: `residual` adds 128×28×28 to 64×56×56
  --> net.yaml:12:9
   |
12 |       - residual: [conv out 3 stride=stride, relu]
   |         ^^^^^^^^
   |         the body gives 128×28×28
...
21 |   - downsample 128 stride=2
   |     ---------------------- in this use: out = 128, stride = 2
help: project the shortcut:  shortcut: [conv out 1 stride=stride]
more: archdsl explain AD3104
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archdsl.diagnostics.record import Diagnostic, Label, Source, Span
from archdsl.diagnostics.text import columns, escaped, lines_of, shown, summary
from archdsl.limits import DEFAULT

COLOURS = {"error": "1;31", "warning": "1;33", "note": "1;36", "frame": "34", "bold": "1", "help": "1;32"}
TAB = 4
LABELS = 8
"""places shown beside the first"""


def render(
    diagnostics: Sequence[Diagnostic], *, colour: bool = False, ascii: bool = False, width: int = 140, limit: int = DEFAULT.messages
) -> str:
    """All faults as text, "" for none. Lines of a spec are cut to `width` columns; after `limit` faults the rest are counted.

    Where more is to be read of a code stands once, at its first fault. `help[fix]` is what `check --fix` does by itself.
    """
    printer = _Printer(colour, ascii, max(width, 40))
    told = diagnostics[:limit]
    first = {diagnostic.code: i for i, diagnostic in reversed(list(enumerate(told)))}
    parts = [printer.diagnostic(diagnostic, first[diagnostic.code] == i) for i, diagnostic in enumerate(told)]
    if len(diagnostics) > limit:
        parts.append(f"{escaped('…', ascii)} and {len(diagnostics) - limit:,} more\n")
    if counted := summary(diagnostics):
        parts.append(f"{counted}\n")
    return "\n".join(parts)


def places(
    span: Span, notes: tuple[str, ...], labels: Sequence[Label], *, colour: bool = False, ascii: bool = False, width: int = 140
) -> str:
    """Places as a fault shows them, without a fault: a caret with notes, and every label."""
    marks = [_Mark(span, notes, "^"), *(_Mark(label.span, (label.text,), "-") for label in labels)]
    return "\n".join(_Printer(colour, ascii, max(width, 40)).snippets(marks, "note")) + "\n"


@dataclass(frozen=True)
class _Mark:
    span: Span
    texts: tuple[str, ...]
    sign: str


@dataclass(frozen=True)
class _Printer:
    colour: bool
    ascii: bool
    width: int

    def paint(self, kind: str, text: str) -> str:
        return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if self.colour and text else text

    def diagnostic(self, found: Diagnostic, first: bool) -> str:
        message, *rest = lines_of(found.message, self.ascii)
        out = [f"{self.paint(found.severity, f'{found.severity}[{found.code}]')}{self.paint('bold', ': ' + message)}"]
        out += [f"  {line}" for line in rest]
        marks = [_Mark(found.span, found.notes, "^")] + [_Mark(label.span, (label.text,), "-") for label in found.labels[:LABELS]]
        out += self.snippets(marks, found.severity)
        if found.help is not None:
            head, *more = lines_of(found.help, self.ascii)
            out.append(f"{self.paint('help', 'help[fix]' if found.fixable else 'help')}: {head}")
            out += [f"      {line}" for line in more]
        if first:
            out.append(f"{self.paint('frame', 'more')}: archdsl explain {found.code}")
        return "\n".join(out) + "\n"

    def snippets(self, marks: list[_Mark], severity: str) -> list[str]:
        """The marked lines of each source, that of the first mark first."""
        out = []
        gutter = max(len(str(mark.span.line)) for mark in marks)
        for i, source in enumerate(dict.fromkeys(mark.span.source for mark in marks)):
            own = sorted((m for m in marks if m.span.source is source), key=lambda m: (m.span.line, m.sign != "^", m.span.start))
            place = marks[0].span if i == 0 else own[0].span
            out += self.snippet(source, place, own, gutter, severity, "-->" if i == 0 else ":::")
        return out

    def snippet(self, source: Source, first: Span, marks: list[_Mark], gutter: int, severity: str, arrow: str) -> list[str]:
        """The lines of one source that hold marks, in order."""
        pad = " " * gutter
        out = [f"{pad}{self.paint('frame', arrow)} {escaped(str(first), self.ascii)}"]
        origin = source.imported_from
        while origin is not None:
            out.append(f"{pad}{self.paint('frame', '   ')} imported from {escaped(str(origin), self.ascii)}")
            origin = origin.source.imported_from
        bar = self.paint("frame", "|")
        if not source.text:
            return out + [f"{pad} = {line}" for mark in marks for text in mark.texts for line in lines_of(text, self.ascii)]
        out.append(f"{pad} {bar}")
        previous = 0
        for number in sorted({mark.span.line for mark in marks}):
            if previous and number > previous + 1:
                out.append("...")
            previous = number
            here = [mark for mark in marks if mark.span.line == number]
            line, places = self.line(source.line(number), [self.extent(mark.span) for mark in here])
            out.append(f"{self.paint('frame', str(number).rjust(gutter))} {bar} {line}".rstrip())
            for mark, (start, length) in zip(here, places, strict=True):
                out += self.mark(mark, start, length, f"{pad} {bar}", severity)
        return out

    def mark(self, mark: _Mark, start: int, length: int, margin: str, severity: str) -> list[str]:
        """The row that underlines a place, with its texts: one beside a label, notes below a caret."""
        kind = severity if mark.sign == "^" else "frame"
        texts = [line for text in mark.texts for line in lines_of(text, self.ascii)]
        beside = f" {texts.pop(0)}" if mark.sign == "-" and texts else ""
        rows = [f"{margin} {' ' * start}{self.paint(kind, mark.sign * length + beside)}"]
        return rows + [f"{margin} {' ' * start}{text}" for text in texts]

    def extent(self, span: Span) -> tuple[int, int]:
        """First and last column (not included) of a span in its first line, counted from 0."""
        start = span.column - 1
        end = start + span.end - span.start
        return start, max(start + 1, min(end, len(span.source.line(span.line))))

    def line(self, text: str, extents: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
        """A line as it is shown, and for each extent the column and width of its mark. A long line is cut around the first."""
        low, high = 0, len(text)
        room = self.width - 10
        if len(text) > room:
            low = max(0, min(extents[0][0] - room // 3, len(text) - room))
            high = low + room
        dots = shown("…", self.ascii)
        cells = [dots] if low else []
        offsets = []
        column = sum(columns(cell) for cell in cells)
        for char in text[low:high]:
            offsets.append(column)
            cell = " " * (TAB - column % TAB) if char == "\t" else shown(char, self.ascii)
            cells.append(cell)
            column += columns(cell)
        offsets.append(column)
        if high < len(text):
            cells.append(dots)
        places = []
        for start, end in extents:
            begin, stop = (offsets[min(max(at - low, 0), len(offsets) - 1)] for at in (start, end))
            places.append((begin, max(1, stop - begin)))
        return "".join(cells), places
