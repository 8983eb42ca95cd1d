"""Printers: the look of the full one, the forms that programs read, and that no text of a stranger reaches the terminal as it is."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics import CODES, Diagnostic, Edit, Label, Source, Span, concise, full, github, sarif
from archdsl.diagnostics import json as json_printer
from archdsl.diagnostics.collect import Collector
from archdsl.diagnostics.suggest import FAR, NEAR, ONE, SLIP, did_you_mean, nearest, slips
from archdsl.diagnostics.text import columns

TEXT = """\
body:
  - residual: [conv out 3 stride=stride, relu, conv out 3]
  - gelu



\t- downsample 128 stride=2
"""
SOURCE = Source("net.yaml", TEXT)


def span(words: str, source: Source = SOURCE) -> Span:
    start = source.text.index(words)
    return Span(source, start, start + len(words))


FAULT = Diagnostic(
    "AD1115",
    "error",
    "`residual` adds 128×28×28 to 64×56×56",
    span("residual"),
    (Label(span("downsample 128 stride=2"), "in this use: out = 128, stride = 2"),),
    ("the body gives 128×28×28", "the shortcut is the block's input, 64×56×56"),
    "project the shortcut:  shortcut: [conv out 1 stride=stride]",
    Edit(span("gelu"), "relu", "safe"),
)


def test_full_look() -> None:
    assert (
        full.render([FAULT])
        == """\
error[AD1115]: `residual` adds 128×28×28 to 64×56×56
 --> net.yaml:2:5
  |
2 |   - residual: [conv out 3 stride=stride, relu, conv out 3]
  |     ^^^^^^^^
  |     the body gives 128×28×28
  |     the shortcut is the block's input, 64×56×56
...
7 |     - downsample 128 stride=2
  |       ----------------------- in this use: out = 128, stride = 2
help[fix]: project the shortcut:  shortcut: [conv out 1 stride=stride]
more: archdsl explain AD1115

1 error (1 fixable with `check --fix`)
"""
    )
    assert full.render([FAULT], ascii=True).isascii()
    assert "128x28x28" in full.render([FAULT], ascii=True)
    assert "\x1b[1;31merror[AD1115]\x1b[0m" in full.render([FAULT], colour=True)
    assert full.render([]) == ""


def test_full_names_the_importing_file_and_other_sources() -> None:
    other = Source("lib.yaml", "blocks: {unit: [cnov 8]}", imported_from=span("gelu"))
    text = full.render([Diagnostic("AD1115", "warning", "m", span("cnov", other), (Label(span("residual"), "here"),))])
    assert "--> lib.yaml:1:17\n" in text
    assert "imported from net.yaml:3:5" in text
    assert "::: net.yaml:2:5" in text


@given(st.text(max_size=30), st.text(min_size=1, max_size=6), st.text(max_size=200), st.booleans())
def test_caret_stands_under_its_text_whatever_stands_around(before: str, words: str, after: str, ascii: bool) -> None:
    source = Source("net.yaml", before + words + after)
    at = Span(source, len(before), len(before) + len(words))
    text = full.render([Diagnostic("AD1115", "error", before, at)], ascii=ascii, width=60)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.isascii() or not ascii
    rows = text.split("\n")
    if source.line(at.line).strip():
        bar = next(i for i, row in enumerate(rows) if row.endswith(" |") and not row.strip(" |"))
        caret = rows[bar + 2]
        assert caret.split("|", 1)[1].strip(" ^") == ""
        assert caret.count("^") <= max(1, columns(rows[bar + 1]))


def test_caret_follows_tabs_wide_characters_and_cuts() -> None:
    source = Source("net.yaml", "\t日本 oops" + "x" * 300 + "last")
    row, caret = full.render([Diagnostic("AD1115", "error", "m", span("oops", source))]).split("\n")[3:5]
    assert columns(row[: row.index("oops")]) == caret.index("^")
    row, caret = full.render([Diagnostic("AD1115", "error", "m", span("last", source))], width=80).split("\n")[3:5]
    assert row.index("last") == caret.index("^")
    assert len(row) < 90
    assert "…" in row


@pytest.mark.parametrize("form", ["full", "concise", "json", "github", "sarif"])
def test_every_form_keeps_control_characters_away(form: str) -> None:
    source = Source("a\x1b,:%\n.yaml", "\x1b]0;evil\x07 \u202e")
    hostile = Diagnostic("AD1115", "error", "\x1b[31m\u202e{0} %s\nnext", Span(source, 0, 4), (), ("\x07",), "\x00", None)
    text = import_module(f"archdsl.diagnostics.{form}").render([hostile])
    for char in "\x1b\x07\x00\u202e":
        assert char not in text


def test_long_text_is_cut_and_many_faults_are_counted() -> None:
    long = Diagnostic("AD1115", "error", "x" * 100_000, span("gelu"), help="y" * 100_000)
    many = [long] * 10_000
    for render in (full.render, concise.render):
        text = render(many)
        assert "and 9,950 more" in text
        assert len(text) < 100_000
        assert max(map(len, text.split("\n"))) < 1_000


def test_concise_is_one_line_each() -> None:
    line = (
        "net.yaml:2:5: error[AD1115]: `residual` adds 128×28×28 to 64×56×56 (project the shortcut:  shortcut: [conv out 1 stride=stride])\n"
    )
    assert concise.render([FAULT]) == line


def test_json_holds_everything() -> None:
    found = json.loads(json_printer.render([FAULT]))
    assert (found["file"], found["line"], found["column"], found["end_column"]) == ("net.yaml", 2, 5, 13)
    assert (found["edit"]["line"], found["edit"]["text"], found["edit"]["grade"]) == (3, "relu", "safe")
    assert {name: found[name] for name in list(found)[:8]} == {name: getattr(FAULT, name) for name in list(found)[:8]}
    assert found["labels"][0]["message"].startswith("in this use")
    assert found["notes"] == list(FAULT.notes)


def test_github_command() -> None:
    text = github.render([FAULT])
    assert text.startswith("::error file=net.yaml,line=2,endLine=2,col=5,endColumn=13,title=AD1115::`residual`")
    assert "%0Ahelp: project" in text
    assert text.count("\n") == 1


def test_sarif_log() -> None:
    log = json.loads(sarif.render([FAULT, FAULT]))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"] == [{"id": "AD1115", "shortDescription": {"text": CODES["AD1115"]}}]
    result = run["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 13}
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "relu"}


def test_collector_keeps_each_once_in_order() -> None:
    collector = Collector()
    early = Diagnostic("AD1120", "warning", "w", span("body"))
    for diagnostic in (FAULT, FAULT, early, Diagnostic("AD1115", "error", "other words", FAULT.span)):
        collector.report(diagnostic)
    assert collector.diagnostics == (early, FAULT)
    assert collector.errors == (FAULT,)
    assert collector.exit_code == 1
    assert collector.shown(1) == ([FAULT], 1)
    collector.report(Diagnostic("AD5001", "error", "m", FAULT.span))
    assert collector.exit_code == 3


def test_codes_are_sorted_and_titled() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(title and len(code) == 6 and code.startswith("AD") for code, title in CODES.items())


SLIPS = "cnov conv, widht width, detph depth, kernal kernel, botleneck bottleneck, resnet81 resnet18, wehn when, trian train, reul relu"


@pytest.mark.parametrize("pair", SLIPS.split(", "))
def test_slip_finds_its_name(pair: str) -> None:
    word, name = pair.split()
    assert nearest(word, ["zebra", name, "quark"]) == name
    assert did_you_mean(word, ["zebra"]) is None


@given(st.text("abct", max_size=6), st.text("abct", max_size=6))
def test_slips_are_a_distance(word: str, name: str) -> None:
    cost = slips(word, name)
    assert (cost == 0) == (word == name)
    unlike = max(len(set(word) - set(name)), len(set(name) - set(word)))
    assert max(SLIP * abs(len(word) - len(name)), NEAR * unlike) <= cost <= FAR * max(len(word), len(name)) + ONE - FAR
