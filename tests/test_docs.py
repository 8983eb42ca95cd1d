"""The generated pages say what the code says."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
import torchvision

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS))

import chart  # noqa: E402
import gallery  # noqa: E402
import generate  # noqa: E402
import uses  # noqa: E402
from kinds import DRAWN, KINDS, SERIES  # noqa: E402

from archdsl import zoo  # noqa: E402


@pytest.mark.parametrize("name", generate.PAGES)
def test_page_is_up_to_date(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (DOCS / name).read_text(encoding="utf-8") == generate.PAGES[name](), "run `make docs`"


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_pictures_of_the_zoo_are_up_to_date() -> None:
    """All that is written in them; where dot and matplotlib of other versions put it is their affair."""
    pictures = dict(gallery.pictures())
    assert pictures.keys() == {path.name for path in gallery.IMAGES.iterdir()}
    for name, drawn in pictures.items():
        assert written(drawn) == written((gallery.IMAGES / name).read_text(encoding="utf-8")), f"{name}: run `make docs`"


def written(drawing: str) -> list[str]:
    return re.findall(r">([^<>]+)</text>", drawing)


def test_plot_shows_every_published_accuracy_and_is_the_same_each_time() -> None:
    plot = chart.drawn(zoo.entries().values(), chart.LIGHT)
    assert plot == chart.drawn(zoo.entries().values(), chart.LIGHT)
    known = [entry for entry in zoo.entries().values() if entry.top1 is not None]
    ticks = 9 + 7
    assert plot.count("<use ") == len(known) + ticks, "a mark for each"
    assert {*SERIES.values(), *(entry.name for entry in known if entry.name in chart.BEYOND)} <= set(written(plot))


def test_every_network_of_the_zoo_stands_in_one_place_of_the_gallery() -> None:
    torchvisions, _ = gallery.members()
    placed = [*torchvisions, *(name for names in KINDS.values() for name in names)]
    assert sorted(placed) == zoo.names()
    assert set(torchvisions) == set(torchvision.models.list_models(module=torchvision.models))
    assert all(DRAWN.keys() & set(names) for names in gallery.groupings().values()), "a drawing of each family"


def test_last_run_over_the_zoo_is_of_these_networks() -> None:
    rows = json.loads(gallery.RECORD.read_text(encoding="utf-8"))["networks"]
    for name, row in rows.items():
        assert row["parameters"] == zoo.entries()[name].params, f"{name}: run `make zoo`"
        assert (row["equal"], row["difference"]) == (row["keys"], 0), name


UNUSED = {("wiring", "mul"), ("wiring", "dim"), ("rule", "when"), ("weights", "sha256")}
"""words that no network of ours writes; docs/language.md says why they are there"""


def test_every_word_of_the_language_is_needed_by_a_network() -> None:
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    assert uses.refreshed(page) == page, "run `make docs`"
    written = uses.users()
    assert {(place, word) for place, (_, words) in uses.TABLES.items() for word in words if (place, word) not in written} == UNUSED
