"""Where all faults of a run come together: each once, in the order of the text."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from archdsl.diagnostics.record import Diagnostic, Span

CLEAN, FAULTY, WRONG_COMMAND, LIMIT = range(4)
UNREADABLE = ("AD1001", "AD1002", "AD1003", "AD1004", "AD4201", "AD4202", "AD4801")
"""a file that cannot be read is the command line's fault unless a spec names it"""


class Collector:
    """Takes diagnostics through `report`, in any order.

    >>> Collector().exit_code
    0
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, int, int], Diagnostic] = {}
        self._unreadable: dict[str, list[tuple[int, int]]] = {}
        self._guessed: set[str] = set()

    def report(self, diagnostic: Diagnostic) -> None:
        """Take one; of two with one code at one place the first counts. Of unreadable text, and of names in it, nothing else is said."""
        span = diagnostic.span
        read = diagnostic.severity == "error" and diagnostic.code < AFTER_READING
        if read:
            covered = diagnostic.covers or span
            insort(self._unreadable.setdefault(span.source.name, []), (covered.start, covered.end))
            self._guessed.update(() if diagnostic.covers is None else re.findall(r"[^\W\d]\w*", covered.text))
        elif diagnostic.severity == "error" and diagnostic.code < LIMITS and self._is_unreadable(span):
            return
        if diagnostic.code in UNKNOWN and span.text in self._guessed:
            return
        self._found.setdefault((diagnostic.code, span.source.name, span.source.text, span.start, span.end), diagnostic)

    def copy(self) -> Collector:
        """Another that has taken the same."""
        other = Collector()
        for diagnostic in self._found.values():
            other.report(diagnostic)
        return other

    def _is_unreadable(self, span: Span) -> bool:
        """Whether a place overlaps one at which the reader found a fault."""
        places = self._unreadable.get(span.source.name, [])
        i = bisect_left(places, (span.start, 0))
        return any(start < span.end and span.start < end for start, end in places[max(0, i - 1) : i + 1])

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All, by file in the order in which files first had one, then by place. Of text that was no YAML only errors are told."""
        files: dict[str, int] = {}
        told = [d for d in self._found.values() if not self._unreadable or d.severity == "error" or d.code < AFTER_READING]
        for diagnostic in told:
            files.setdefault(diagnostic.span.source.name, len(files))
        return tuple(sorted(told, key=lambda d: (files[d.span.source.name], d.span.start, d.span.end, d.code)))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        return tuple(d for d in self.diagnostics if d.severity == "error")

    def shown(self, limit: int) -> tuple[Sequence[Diagnostic], int]:
        """The first `limit` of them, errors before the rest, and how many are left."""
        found = sorted(self.diagnostics, key=lambda d: d.severity != "error")
        kept = found[:limit]
        return [d for d in self.diagnostics if d in kept], max(0, len(found) - limit)

    @property
    def exit_code(self) -> int:
        """What a command returns: 0 clean, 1 a wrong spec, 2 a wrong command line, 3 a limit."""
        return max((exit_code(d) for d in self.errors), default=CLEAN)


UNKNOWN = ("AD2001", "AD2003", "AD2006", "AD2025")
"""codes of names that nothing binds: where such a name stands on a line that was read on a guess, that may bind it"""
AFTER_READING, LIMITS = "AD12", "AD50"
"""codes below the first are those of files, bytes and YAML, codes from the second on those of limits and the command line"""


def distinct(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Those of one variant after another, what says the same of one place once."""
    found: dict[tuple[str, str, int, int, str], Diagnostic] = {}
    for d in diagnostics:
        found.setdefault((d.code, d.span.source.name, d.span.start, d.span.end, d.message), d)
    return tuple(found.values())


def exit_code(error: Diagnostic) -> int:
    """The code that one error calls for. What was typed wrongly stands in a source called like its option, `--set`."""
    source = error.span.source
    if error.code.startswith("AD50"):
        return LIMIT
    unreadable = error.code in UNREADABLE and source.imported_from is None
    return WRONG_COMMAND if unreadable or error.code.startswith("AD60") or source.name.startswith("--") else FAULTY
