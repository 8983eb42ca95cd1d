"""The generated pages say what the code says."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS))

import generate  # noqa: E402
import uses  # noqa: E402


@pytest.mark.parametrize("name", generate.PAGES)
def test_page_is_up_to_date(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (DOCS / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run `make docs`"


UNUSED = {("wiring", "mul"), ("wiring", "dim"), ("rule", "when"), ("weights", "sha256")}
"""words that no network of ours writes; docs/language.md says why they are there"""


def test_every_word_of_the_language_is_needed_by_a_network() -> None:
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    assert uses.refreshed(page) == page, "run `make docs`"
    written = uses.users()
    assert {(place, word) for place, (_, words) in uses.TABLES.items() for word in words if (place, word) not in written} == UNUSED
