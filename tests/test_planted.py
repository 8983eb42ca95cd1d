"""Specs with one to five mistakes: nearly all are told in one run, each at its line, by its code and in one message; none is false.

`ARCHDSL_PLANTED=50000 pytest tests/test_planted.py` plants in more; `make planted N=50000` does it on all cores. A failure prints seeds,
which `python tests/planted.py SEED` shows.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from planted import PLANTERS, errors, planted

SPECS = int(os.environ.get("ARCHDSL_PLANTED", "1500"))
CHUNK = 250
TOLD, MESSAGES = 0.98, 1.1


@pytest.mark.parametrize("first", range(0, SPECS, CHUNK))
def test_mistakes_are_told_in_one_run_at_their_lines(first: int) -> None:
    count = messages = 0
    missed: Counter[str] = Counter()
    false = []
    for seed in range(first, min(first + CHUNK, SPECS)):
        name, text, mistakes = planted(seed)
        found = errors(name, text)
        count += len(mistakes)
        messages += len(found)
        for mistake in mistakes:
            here = {d.code for d in found if d.span.line == mistake.line}
            missed[mistake.kind] += not here & mistake.codes
        lines = {mistake.line for mistake in mistakes}
        false += [f"seed {seed}: {d.span.line}: {d.code}: {d.message}" for d in found if d.span.line not in lines]
    assert not false, "\n".join(false)
    assert missed.total() <= (1 - TOLD) * count, missed
    assert messages <= MESSAGES * count


def test_every_kind_is_planted() -> None:
    assert len(PLANTERS) >= 30
    assert {mistake.kind for seed in range(400) for mistake in planted(seed)[2]} == {*PLANTERS}
