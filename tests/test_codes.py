"""Every code has a page whose wrong example is answered with it, and whose right example is not; and is met in three cases."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from test_readme import ROOT

from archdsl.diagnostics import CODES
from archdsl.diagnostics.page import FOLDER

sys.path.insert(0, str(ROOT / "docs"))

from errors import answered, main_says, section

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
ERRORS = Path(__file__).parent / "errors"
CASES = 3


@pytest.mark.parametrize("code", CODES)
def test_the_examples_of_its_page(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = list(answered(code))
    examples = {"right": 0, "wrong": 0}
    for block in blocks:
        wrong = block.mark.endswith("wrong")
        assert wrong == (f"[{code}]" in block.said), f"{block.mark}:\n{block.said}"
        assert wrong or block.code == 0, f"{block.mark}:\n{block.said}"
        examples["wrong" if wrong else "right"] += block.ran
    assert min(examples.values()) > 0, f"{code}: {examples}"
    assert section(code, blocks) in PAGE, "run `make docs`"


def test_every_code_is_met_in_three_cases() -> None:
    """The cases of tests/errors, each a spec or command line of its own."""
    texts = (path.read_text(encoding="utf-8") for path in ERRORS.rglob("*.out"))
    cases = (case for text in texts for case in re.split(r"^=== \d+$", text, flags=re.MULTILINE))
    found = Counter(code for case in cases for code in set(re.findall(r"\[(AD\d{4})\]", case)))
    assert {code: found[code] for code in CODES if found[code] < CASES} == {}


def test_pages_and_codes_are_the_same() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(CODES)


def test_explain_lists_all_and_names_the_nearest() -> None:
    assert main_says(["explain"])[1].count("\n") == len(CODES)
    assert main_says(["explain", "ad2006"])[1].startswith("AD2006: An unknown operation or block\n")
    code, said = main_says(["explain", "AD2O06"])
    assert code == 2
    assert "AD2006" in said
