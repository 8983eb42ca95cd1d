"""What a run leaves to be looked at: the curves, and the page."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import re
import shutil
import signal
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import archdsl
from archdsl.diagnostics import Source
from archdsl.language.reader import read
from archdsl.limits import DEFAULT
from archdsl.recipe import Recipe, read_recipe
from archdsl.recipe.files import recipe_of, shipped
from archdsl.recipe.written import to_yaml
from archdsl.training import report as reports
from archdsl.training.curves import curves, picture
from archdsl.training.evaluate import Guess, Scores
from archdsl.training.page import Mistake, Page
from archdsl.training.progress import Progress, Silent
from archdsl.training.session import Job, Trained, train_job
from archdsl.training.thumbnails import data_uri
from archdsl.training.verdict import Verdict

SPEC = """\
name: small
description: A <b>bold</b> & hostile description.
input: [1, 8, 8]
body: [conv 4, relu, flatten, linear 10]
train: {batch_size: 64, epochs: 2, optimizer: adamw 0.01, log_every: 5 steps}
"""
HOSTILE = "</td></svg><script>alert('x')</script><img src=http://evil.example/x onerror=alert(1)>\u202e\x1b[31m"
TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "h2",
        "p",
        "small",
        "b",
        "i",
        "br",
        "div",
        "section",
        "pre",
        "footer",
    ),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "figure", "img", "figcaption", "details", "summary", "span"),
    *("svg", "g", "defs", "path", "use", "text", "rect", "polygon", "polyline", "ellipse", "clippath", "a"),
}
"""what a page may be made of"""


class Tags(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def check(self) -> None:
        """No script, no handler of events, nothing from elsewhere."""
        assert {tag for tag, _ in self.tags} <= TAGS
        for tag, attributes in self.tags:
            assert not [name for name in attributes if name.startswith("on")], tag
            for name in ("src", "href", "xlink:href", "action", "data"):
                assert re.match(r"data:image/|#", attributes.get(name) or "#"), (tag, attributes)


class Heard(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)


def trained(folder: Path, watch: Silent | None = None, spec: str = SPEC, **overrides: Any) -> Trained:
    network = archdsl.load(spec)
    return train_job(Job(network.graph, network.recipe(None, overrides), spec, "cpu", folder=folder), watch)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("report") / "run")


@pytest.fixture(scope="module")
def html(finished: Trained) -> str:
    return (finished.folder / "report.html").read_text(encoding="utf-8")


def test_the_page_holds_itself_and_no_script(html: str) -> None:
    page = Tags(html)
    page.check()
    for title in ("Network", "Curves", "Layers", "Recipe", "Confusion matrix", "Worst mistakes", "Spec"):
        assert title in page.text
    assert "://" not in re.sub(r"http://www\.w3\.org/(2000/svg|1999/xlink)", "", html)
    assert "A <b>bold</b> & hostile description." in page.text
    assert SPEC.strip() in page.text
    assert f"torch: {torch.__version__}" in page.text


def test_the_page_tells_what_the_run_gave(finished: Trained, html: str) -> None:
    scores = finished.scores
    assert scores is not None
    assert scores.accuracy is not None
    text = Tags(html).text
    assert f"{scores.accuracy:.2%}" in text
    assert f"{scores.loss:.4f}" in text
    rights = [int(n) for n in re.findall(r'fill="#2f6db5".*?>(\d+)</text>', html)]
    assert sum(rights) == round(scores.accuracy * scores.examples)


def test_its_recipe_is_the_recipe(finished: Trained, html: str) -> None:
    said = Tags(html).text
    text = said[said.index("data: digits") : said.index("cache: none") + len("cache: none")]
    assert of_text(text) == finished.run.recipe


def test_pictures_of_mistakes_are_the_images_as_they_were_read(finished: Trained, html: str) -> None:
    shown = [attributes for tag, attributes in Tags(html).tags if tag == "img"]
    assert shown
    names = [int(str(attributes["alt"]).removeprefix("example ")) for attributes in shown]
    whole = [finished.data.test[i][0] for i in range(len(finished.data.test))]
    assert len(set(names)) == len(names)
    for attributes in shown:
        kind, _, content = str(attributes["src"]).partition(",")
        assert kind == "data:image/png;base64"
        pixels = torch.from_numpy(np.array(Image.open(io.BytesIO(base64.b64decode(content)))))[None]
        assert any(torch.equal(pixels, image) for image in whole)


def test_the_curves_are_pictures(finished: Trained) -> None:
    image = Image.open(finished.folder / "curves.png")
    image.load()
    assert image.width > image.height > 500
    root = ElementTree.parse(finished.folder / "curves.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_curves_draw_the_rows_of_the_log(finished: Trained) -> None:
    rows = finished.history
    figure = curves("x", rows, best=rows[-1]["step"])
    drawn = {line.get_label(): line.get_xydata() for line in figure.axes[0].get_lines()}
    assert np.allclose(drawn["training"], [(row["epoch"], row["train_loss"]) for row in rows])
    assert np.allclose(drawn["test"], [(row["epoch"], row["test_loss"]) for row in rows])
    assert np.allclose(drawn["best"], [(rows[-1]["epoch"], rows[-1]["test_loss"])])


def test_the_same_curves_are_the_same_file(finished: Trained) -> None:
    for format in ("png", "svg"):
        first, second = (picture(curves("x", finished.history), format) for _ in range(2))
        assert first == second


def test_curves_without_accuracies(tmp_path: Path) -> None:
    rows = [{"step": 1.0, "epoch": 1.0, "learning_rate": 0.0, "train_loss": 0.0, "test_loss": -1.0}]
    assert len(curves("$x$", rows).axes) == 2


def test_every_colour_of_a_drawing_has_one_for_the_dark(html: str) -> None:
    drawing = html[html.index('class="drawing"') : html.index("Recipe</h2>")]
    swapped = re.findall(r'\.drawing \[(?:fill|stroke)="(#\w+)"\]', html)
    assert set(re.findall(r'(?:fill|stroke)="(#\w+)"', drawing)) <= {*swapped, "#000000"}
    assert html.count("prefers-color-scheme: dark") == 1


def test_without_matplotlib_the_run_says_so_at_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(reports, "find_spec", lambda name: None if name == "matplotlib" else find(name))
    watch = Heard()
    folder = trained(tmp_path / "run", watch, steps=3).folder
    assert "pip install matplotlib" in watch.said[0]
    assert not (folder / "curves.png").exists()
    page = Tags((folder / "report.html").read_text(encoding="utf-8"))
    assert "matplotlib is not installed" in page.text
    assert "Worst mistakes" in page.text


def test_without_dot_the_page_says_why_there_is_no_drawing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(reports, "which", lambda name: None)
    watch = Heard()
    folder = trained(tmp_path / "run", watch, steps=3).folder
    assert "apt install graphviz" in watch.said[0]
    assert "not drawn: the program `dot`" in Tags((folder / "report.html").read_text(encoding="utf-8")).text


def test_a_run_that_was_stopped_has_no_report(tmp_path: Path) -> None:
    class Stops(Silent):
        def step(self, progress: Progress, facts: Mapping[str, float]) -> None:
            signal.raise_signal(signal.SIGTERM)

    stopped = trained(tmp_path / "run", Stops())
    assert stopped.ending.signal == signal.SIGTERM
    assert not list(stopped.folder.glob("report*"))


def test_a_report_that_cannot_be_written_costs_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reports, "_put", full)
    watch = Heard()
    folder = trained(tmp_path / "run", watch, steps=3).folder
    assert (folder / "weights.safetensors").exists()
    assert "No space left on device" in watch.said[-1]


def page_of(classes: tuple[str, ...], labels: list[int], guesses: list[int], **more: Any) -> Page:
    network = archdsl.load(SPEC)
    worst = (Guess(0, 0, (1,), (0.9,), 2.5),)
    verdict = Verdict(Scores(0.5, len(labels), 0.5), classes, torch.tensor(labels), torch.tensor(guesses), worst)
    missing = {"drawing": HOSTILE, "curves": HOSTILE}
    return Page(network.graph, {HOSTILE: HOSTILE}, {HOSTILE: HOSTILE}, HOSTILE, f"{HOSTILE}\n{HOSTILE}", verdict, missing=missing, **more)


def test_hostile_text_is_text() -> None:
    mistake = Mistake("", HOSTILE, HOSTILE, HOSTILE, 0.9, 2.5)
    html = page_of((HOSTILE, "b"), [0, 1, 1], [1, 1, 0], mistakes=(mistake,), unreadable={HOSTILE: HOSTILE}).html()
    page = Tags(html)
    page.check()
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert page.text.count("<script>") >= 10


def test_many_classes_are_told_by_pairs() -> None:
    classes = tuple(f"class {i}" for i in range(150))
    html = page_of(classes, [7, 7, 7, 8], [9, 9, 7, 8]).html()
    assert 'class="matrix"' not in html
    assert re.search(r"class 7</td><td>class 9</td><td class=number>2</td><td class=number>66.7%", html)


def test_many_unreadable_files_are_counted() -> None:
    text = Tags(page_of(("a", "b"), [0], [0], unreadable={f"file{i}": "cut" for i in range(100)}).html()).text
    assert "100 files that could not be read" in text
    assert "and 80 more" in text


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P"])
def test_large_pictures_become_small(mode: str) -> None:
    uri = data_uri(Image.new(mode, (600, 300)))
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert image.size == (160, 80)


@pytest.mark.parametrize("shape", [(1, 5, 5), (3, 5, 5), (2, 5, 5), (7, 5, 5), (5, 5)])
def test_any_tensor_with_height_and_width_is_a_picture(shape: tuple[int, ...]) -> None:
    uri = data_uri(torch.randn(shape))
    image = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert image.size == (5, 5)
    assert image.getextrema() == (0, 255) or shape[0] != 1
    assert data_uri(torch.randn(4)) == ""


def of_text(text: str) -> Recipe | None:
    return read_recipe(read(Source("recipe.yaml", text), DEFAULT, print), print, code=True)


@pytest.mark.parametrize("name", shipped())
def test_shipped_recipes_are_written_and_read(name: str) -> None:
    recipe = recipe_of(None, name)
    assert of_text(to_yaml(recipe)) == recipe


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "data": st.sampled_from(["fake 20 classes=3", "image_folder 'a: b # c'", "my.module:make", "mnist"]),
            "transforms": st.lists(st.sampled_from(["resize 32", "random_crop 32 padding=4", "normalize [0.5] std=[0.1]"])),
            "eval_transforms": st.lists(st.sampled_from(["center_crop [3, 4]"])),
            "steps": st.integers(501, 10**9),
            "optimizer": st.sampled_from(["sgd 1e-05 momentum=0.9 nesterov=true", "adamw 0.001 betas=[0.9, 0.99]"]),
            "schedule": st.sampled_from(["cosine warmup=5", "cosine warmup='500 steps'", "one_cycle"]),
            "ema": st.floats(0.001, 0.999),
            "mixup": st.floats(0, 10),
            "compile": st.booleans(),
            "save_every": st.sampled_from(["2 epochs", "1 step", "70 steps"]),
            "precision": st.sampled_from(["fp32", "bf16"]),
        },
    )
)
def test_recipes_are_written_and_read(given: dict[str, Any]) -> None:
    recipe = of_text(json.dumps(given))
    assert recipe is not None
    assert of_text(to_yaml(recipe)) == recipe
