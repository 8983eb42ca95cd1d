"""The one record of a fault, and where in a text it stands."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Source:
    """A text with its name. Lines end at LF, CRLF or CR."""

    name: str
    text: str = field(repr=False)
    imported_from: Span | None = None

    @cached_property
    def starts(self) -> list[int]:
        """Offset of the first character of each line."""
        starts, text, i = [0], self.text, 0
        while i < len(text):
            if text[i] == "\r" and text[i + 1 : i + 2] == "\n":
                i += 1
            if text[i] in "\r\n":
                starts.append(i + 1)
            i += 1
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both counted from 1."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line(self, number: int) -> str:
        """A line's text without its end."""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` to `end` (not included) of a source."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        return self.source.position(self.end)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def part(self, start: int, end: int) -> Span:
        """The characters from `start` to `end`, counted from this span's first."""
        return Span(self.source, self.start + start, min(self.start + end, self.end))

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of another of the same source."""
        return Span(self.source, self.start, other.end)

    def __str__(self) -> str:
        return f"{self.source.name}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that matters, with a word on why."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of the text that mends the fault: `safe` keeps the meaning that was wanted, `maybe` is a guess."""

    span: Span
    text: str
    grade: Literal["safe", "maybe"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault, warning or note, as every printer takes it. Lines and columns count from 1; ends are not included.

    `covers` is text that was read on a guess: what later stages find in it is not said.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str | None = None
    edit: Edit | None = None
    covers: Span | None = None

    @property
    def fixable(self) -> bool:
        """Whether `check --fix` mends it: its edit is safe."""
        return self.edit is not None and self.edit.grade == "safe"

    @property
    def file(self) -> str:
        return self.span.source.name

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def column(self) -> int:
        return self.span.column

    @property
    def end_line(self) -> int:
        return self.span.end_line

    @property
    def end_column(self) -> int:
        return self.span.end_column


class Fault(Exception):
    """Raised where a fault is seen; whoever can go on without the failed part catches it and collects its diagnostic."""

    def __init__(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: str | None = None,
        edit: Edit | None = None,
    ) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, "error", message, span, labels, notes, help, edit)


class Refused(Exception):
    """What an operation or function raises: it knows what is wrong but not where it is written. The elaborator adds the place.

    `argument` names the argument at fault, so that the caret stands under it, or under the characters `part` of its text; `at` the tensors
    at fault, as pairs of a number and an axis (`None`: the whole), so that the message can say what made them so.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        notes: tuple[str, ...] = (),
        help: str | None = None,
        argument: str | None = None,
        part: tuple[int, int] | None = None,
        at: tuple[tuple[int, int | None], ...] = (),
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.notes, self.help = code, message, notes, help
        self.argument, self.part, self.at = argument, part, at


class SpecError(Exception):
    """A spec with errors: what `archdsl.load` and `archdsl.build` raise. `diagnostics` holds every fault of the run."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        first = next(d for d in diagnostics if d.severity == "error")
        rest = sum(d.severity == "error" for d in diagnostics) - 1
        more = f" (and {rest} more)" if rest else ""
        super().__init__(f"{first.span}: {first.code}: {first.message}{more}")
        self.diagnostics = diagnostics
