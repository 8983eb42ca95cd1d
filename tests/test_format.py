"""`archdsl fmt`: one form, the same spec, every comment, and nothing to do twice."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
import test_readme
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import dumped, odd
from strategies import draw

import archdsl
from archdsl.cli import main
from archdsl.diagnostics import Source, SpecError
from archdsl.language import formatter
from archdsl.language.formatter import formatted
from archdsl.limits import DEFAULT

ROOT = Path(__file__).parent.parent
SHIPPED = sorted(path for folder in ("specs", "archdsl/stdlib", "archdsl/templates") for path in (ROOT / folder).rglob("*.yaml"))
TEXTS = [path.read_text("utf-8") for path in SHIPPED]
LONG = ", ".join(["64"] * 40)

Run = Callable[..., tuple[int, str, str]]


def form(text: str) -> str:
    return formatted(Source("net.yaml", text), DEFAULT)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("name :  a\nbody:\n- relu\n-   gelu", "name: a\nbody:\n  - relu\n  - gelu\n"),
        ("body: [ relu,gelu , {conv: 8,kernel: 3} ,]\n", "body: [relu, gelu, {conv: 8, kernel: 3}]\n"),
        ("body: [conv 8,\n       relu]\n", "body: [conv 8, relu]\n"),
        ("body:\n    seq:\n        - relu\n", "body:\n  seq:\n    - relu\n"),
        ("{body: [relu]}", "{body: [relu]}\n"),
        ("\n\n\nname: a\n\n\n\nbody: [relu]\n\n\n", "name: a\n\nbody: [relu]\n"),
        ("body:\n\n  - relu\n", "body:\n  - relu\n"),
        ("---\nbody: [relu]\n...\n", "---\nbody: [relu]\n"),
        ("# head\n%YAML 1.2\n---\nbody: [relu]\n", "# head\n%YAML 1.2\n---\nbody: [relu]\n"),
        # quotes
        ("body: ['conv 8', 'relu', \"M\", 'conv max(8, 4)', 'a: b']\n", 'body: [conv 8, "relu", "M", "conv max(8, 4)", "a: b"]\n'),
        ("- 'conv max(8, 4)'\n- \"conv dims[0]\"\n", "- conv max(8, 4)\n- conv dims[0]\n"),
        ("'body': ['relu']\n\"on\": x\n'012': y\n", 'body: ["relu"]\n"on": x\n"012": y\n'),
        ("name: 'it''s'\nsource: '\"a\"'\ndescription: \"tab\\there\"\n", 'name: it\'s\nsource: \'"a"\'\ndescription: "tab\\there"\n'),
        ("description: one\n    line\nname: 'a\n b'\n", "description: one\n  line\nname: 'a\n  b'\n"),
        ("body: [relu, conv\n8]\n", "body:\n  - relu\n  - conv\n    8\n"),
        ("math: |\n      a = x\n      a + 1\n", "math: |\n  a = x\n  a + 1\n"),
        # a line that begins with a dash, out of its brackets
        ("- {conv: 8, padding: x.channels\n\n   - 2}\n", '- {conv: 8, padding: "x.channels\\n- 2"}\n'),
        ("- {conv: 8, padding: x.channels\n   - 2}\n", "- conv: 8\n  padding: x.channels - 2\n"),
        ("- math: cat([x, x],\n   \n   -2)\n", "- math: cat([x, x],\n\n    -2)\n"),
        # comments
        ("body:   #c\n- relu    #!d\n", "body: # c\n  - relu #!d\n"),
        ("a: 1    # one\nbc: 2   # two\nd: 3 # three\n", "a: 1  # one\nbc: 2 # two\nd: 3 # three\n"),
        (
            "body:\n  - relu\n    # in\n  # also in\n# out\nname: a\n# end\n",
            "body:\n  - relu\n  # in\n  # also in\n# out\nname: a\n# end\n",
        ),
        ("body: [64, # a\n  128 # b\n  , 256]\n", "body: [64, # a\n  128, # b\n  256]\n"),
        ("body: [64, 128 # b\n  ]\n", "body: [64, 128] # b\n"),
        ("body: [64, 128 # b\n  ] # c\n", "body: [64, 128 # b\n  ] # c\n"),
        ("body: [\n  # a\n  64, 128]\n", "# a\nbody: [64, 128]\n"),
        ("body: [64,\n  # a\n  128\n  # z\n  ] # end\n", "body: [64,\n  # a\n  128\n  # z\n  ] # end\n"),
        ("a: {b: 1, # x\n  c: 2} # y\n", "a:\n  b: 1 # x\n  c: 2\n  # y\n"),
        ("rows: # what\n    [[1, 2],\n     [3, 4]]\n", "rows: # what\n  [[1, 2], [3, 4]]\n"),
        ("- # a\n  relu\n-\n  # b\n  gelu # c\n", "# a\n- relu\n# b\n- gelu # c\n"),
        # anchors
        ("defaults: &d {conv: &c {bias: false}}\nlet: {a:   *d}\n", "defaults: &d {conv: &c {bias: false}}\nlet: {a: *d}\n"),
        ("- &a\n  conv: 8\n- *a\n", "- &a\n  conv: 8\n- *a\n"),
        # what is too long
        (f"body: [{LONG}]\n", f"body: [{', '.join(['64'] * 33)},\n  {', '.join(['64'] * 7)}]\n"),
        (f"body: [conv 8, {LONG}]\n", "body:\n  - conv 8\n" + "  - 64\n" * 40),
        (f"a: {{b: [{LONG}], c: d}}\n", f"a:\n  b: [{', '.join(['64'] * 33)},\n    {', '.join(['64'] * 7)}]\n  c: d\n"),
    ],
)
def test_the_canonical_form(written: str, canonical: str) -> None:
    assert form(written) == canonical
    assert form(canonical) == canonical


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_we_ship_is_formatted(path: Path) -> None:
    assert form(path.read_text("utf-8")) == path.read_text("utf-8"), "run `archdsl fmt specs archdsl`"


def examples() -> Iterator[str]:
    for page in test_readme.PAGES:
        yield from (block.text for block in test_readme.blocks(page) if block.mark.startswith("yaml"))


def test_examples_of_the_pages_have_a_form() -> None:
    formed = 0
    for text in examples():
        try:
            canonical = form(text)
        except SpecError:
            continue
        assert form(canonical) == canonical
        formed += 1
    assert formed > 60


def comments(text: str) -> list[str]:
    """What stands in comments, or in texts that look like them."""
    return sorted(re.findall(r"# *([a-z]+ \d|\d)", text))


def plain(text: str) -> object:
    """What a YAML reader that we did not write makes of a text; every scalar a text, keys in order."""
    return yaml.load(text, Loader=yaml.CBaseLoader)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([*TEXTS, *examples()]), st.randoms(use_true_random=False))
def test_any_layout_has_one_form(text: str, random: Random) -> None:
    written = odd(text, random)
    try:
        canonical = form(written)
    except SpecError:
        return
    assert form(canonical) == canonical
    assert plain(canonical) == plain(written)
    assert comments(canonical) == comments(written)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_random_networks_stay_what_they_are(seed: int, random: Random) -> None:
    written = odd(dumped(draw(seed).data(), random), random, 3)
    try:
        canonical = form(written)
    except SpecError:
        return
    assert form(canonical) == canonical
    assert comments(canonical) == comments(written)
    found = archdsl.check(written)
    assert sorted(fault.code for fault in archdsl.check(canonical)) == sorted(fault.code for fault in found)
    if not any(fault.severity == "error" for fault in found):
        assert archdsl.load(canonical).summary(format="json") == archdsl.load(written).summary(format="json")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `archdsl fmt` in an empty folder: its code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        code = main(["fmt", *words])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_files_are_formatted_and_keep_their_mode(run: Run) -> None:
    Path("a.yaml").write_bytes(b"body:\r\n- relu\r\n")
    Path("b.yaml").write_text("body:\n  - relu\n")
    Path("link.yaml").symlink_to("a.yaml")
    Path("a.yaml").chmod(0o640)
    before = Path("b.yaml").stat().st_ino
    assert run("link.yaml", "b.yaml") == (0, "link.yaml: formatted\n", "1 file formatted, 1 file unchanged\n")
    assert Path("a.yaml").read_bytes() == b"body:\n  - relu\n"
    assert stat.S_IMODE(Path("a.yaml").stat().st_mode) == 0o640
    assert Path("link.yaml").is_symlink()
    assert Path("b.yaml").stat().st_ino == before


def test_check_and_diff_change_nothing(run: Run) -> None:
    Path("a.yaml").write_text("body:\n- relu\n")
    assert run("--check", "a.yaml") == (1, "a.yaml: would be formatted\n", "1 file would be formatted\n")
    code, out, err = run("--diff", "a.yaml")
    assert (code, out) == (1, "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n body:\n-- relu\n+  - relu\n")
    assert err == "1 file would be formatted\n"
    assert Path("a.yaml").read_text() == "body:\n- relu\n"
    run("a.yaml")
    assert run("--check", "--diff", "a.yaml") == (0, "", "1 file unchanged\n")


def test_standard_input_goes_to_standard_output(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for words, expected in ((("-",), (0, "body:\n  - relu\n", "")), (("-", "--check"), (1, "<stdin>: would be formatted\n", ""))):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"body:\n- relu\n")))
        assert run(*words) == expected


def test_of_a_folder_the_specs_are_taken(run: Run) -> None:
    for name in ("a.yaml", "deep/b.yml", ".hidden/c.yaml", "text.txt"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("body:\n- relu\n")
    Path("compose.yaml").write_text("services:\n- 'a b'\n")
    assert run(".") == (0, "a.yaml: formatted\ndeep/b.yml: formatted\n", "2 files formatted\n")
    assert Path("compose.yaml").read_text() == "services:\n- 'a b'\n"
    assert run(".hidden/c.yaml", "compose.yaml")[1] == ".hidden/c.yaml: formatted\ncompose.yaml: formatted\n"
    os.mkdir("empty")
    assert run("empty") == (0, "", "no specs found\n")


def test_a_wrong_file_stays_as_it_is_and_the_others_are_formatted(run: Run) -> None:
    Path("a.yaml").write_text("body: [relu\n")
    Path("b.yaml").write_text("body:\n- relu\n")
    code, out, err = run("a.yaml", "b.yaml")
    assert (code, out) == (1, "b.yaml: formatted\n")
    assert "error[AD1103]" in err
    assert Path("a.yaml").read_text() == "body: [relu\n"
    assert run("gone.yaml")[0] == 2


@pytest.mark.parametrize("made", ["body: [gelu] # c\n", "body: [relu]\n", "body: [relu # c\n", "body: [relu, relu] # c\n"])
def test_a_form_that_is_another_spec_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch, made: str) -> None:
    Path("a.yaml").write_text("body:   [relu] # c\n")
    monkeypatch.setattr(formatter, "laid_out", lambda _: made)
    code, _, err = run("a.yaml")
    assert code == 4
    assert "a bug in archdsl" in err
    assert Path("a.yaml").read_text() == "body:   [relu] # c\n"
