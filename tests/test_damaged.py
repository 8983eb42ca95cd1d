"""Damaged specs are refused or read: no error but archdsl's own, each within 2 s of CPU time and 512 MB.

One in five goes further than `check`. `ARCHDSL_DAMAGED=1000000 pytest tests/test_damaged.py` damages more; `make fuzz N=1000000` does it on
all cores. A failure prints the seed, the text, and the command that repeats it.
"""

from __future__ import annotations

import os
import re
import sys

import bounded
import pytest
from damage import damaged

from archdsl.diagnostics import CODES

DAMAGED = int(os.environ.get("ARCHDSL_DAMAGED", "10000"))
CHUNK = 250

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded as Linux does")


@pytest.fixture(scope="module", autouse=True)
def _all_is_imported() -> None:
    """What one spec pays for importing torch and operations is no matter of the spec."""
    pytest.importorskip("torch")
    warm = b"input: [3, 8, 8]\nbody: [conv 4, torch PReLU]\n"
    bounded.check("net.yaml", warm)
    bounded.further("net.yaml", warm)


@pytest.mark.parametrize("first", range(0, DAMAGED, CHUNK))
def test_a_damaged_spec_is_answered(first: int) -> None:
    found = [text for seed in range(first, min(first + CHUNK, DAMAGED)) if (text := bounded.failure(*damaged(seed), seed))]
    assert not found, "\n\n".join(found[:3])


def test_the_damage_reaches_every_stage() -> None:
    """Most damaged specs are refused, by codes of all kinds; some are still right."""
    answers = [bounded.check(name, data, seed=1) for name, data in map(damaged, range(600))]
    errors = [re.findall(r": error\[(\w+)\]", text) for text in answers]
    assert 0.05 < sum(not codes for codes in errors) / len(errors) < 0.4
    codes = {code for found in errors for code in found}
    assert {code[:4] for code in codes} >= {"AD10", "AD11", "AD12", "AD13", "AD14", "AD20", "AD21", "AD31", "AD50"}
    assert codes <= {*CODES}


def endless() -> None:
    while True:
        pass


def test_what_takes_too_long_or_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(bounded.TooLong), bounded.bounded(seconds=0.05):
        endless()
    with pytest.raises(MemoryError), bounded.bounded(megabytes=8):
        bytearray(2**25)
    monkeypatch.setattr(bounded, "check", lambda *_: {}[""])
    assert bounded.failure("net.yaml", b"\xff", 1).startswith("seed 1 (python tests/damage.py 1): KeyError: ''")
