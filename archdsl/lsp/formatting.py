"""A document in its canonical form, as edits of the lines that differ, so that marks and cursors stay where they are."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from archdsl.diagnostics import Edit, Source, Span, SpecError
from archdsl.language.formatter import formatted
from archdsl.limits import DEFAULT


def format_edits(source: Source) -> list[Edit]:
    """What `archdsl fmt` would change; nothing in a text that cannot be read as it is.

    >>> [(edit.span.text, edit.text) for edit in format_edits(Source("net.yaml", "name: a\\nbody: [ conv 8 ]\\n"))]
    [('body: [ conv 8 ]\\n', 'body: [conv 8]\\n')]
    """
    try:
        text = formatted(source, DEFAULT)
    except SpecError:
        return []
    starts = [*source.starts, len(source.text)]
    lines = [source.text[start:end] for start, end in pairwise(starts)]
    made = text.split("\n")  # the form ends lines with LF alone
    made = [*(f"{line}\n" for line in made[:-1]), *made[-1:]]
    ends = list(accumulate((len(line) for line in made), initial=0))
    return [
        Edit(Span(source, starts[a], starts[b]), text[ends[c] : ends[d]], "safe")
        for kind, a, b, c, d in SequenceMatcher(None, lines, made, autojunk=False).get_opcodes()
        if kind != "equal"
    ]
