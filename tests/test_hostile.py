"""Text of strangers stays text: in generated code, drawings, tables and on terminals, wherever a spec or a command line can hold any."""

from __future__ import annotations

import ast
import io
import json
import re
import shutil
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_drawing import ATTRIBUTES, ELEMENTS

import archdsl
from archdsl.cli import main
from archdsl.codegen.allow import check as allowed
from archdsl.language.writer import to_yaml
from archdsl.network import Network

MARK = "zqx"
"""stands in every hostile text, so that one sees where it went"""
TEXTS = {
    "quotes": "\"'\"\"\"'''`",
    "docstring": '"""\nimport os\nos.system("x")\n"""',
    "lines": "\nimport os\r\nimport sys\rx\x85y\x0bz\x0c",
    "separators": "\u2028import os\u2029",
    "bidi": "\u202e\u2066\u200f\u061cabc\u2069",
    "invisible": "\u200b\ufeff\xad\u3164\xa0",
    "terminal": "\x1b[31m\x1b]0;title\x07\x9b1m\x08\x7f\x00",
    "halves": "\ud800\udfff",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "xml": "]]>&amp;&#x3c;&lt;b&gt;<!--</text></svg><svg/onload=x>",
    "link": "javascript:alert(1) https://example.org [a](javascript:a)",
    "formats": "{} {0} {x!r} %s %d %(a)s $x ${x} $(x) `x` \\N{BULLET}",
    "backslashes": '\\ \\\\ \\n \\N \\" \\u202e \\',
    "dot": '|<p0>x{a|b}"]; b -> c; }\ndigraph d { URL="javascript:a" href=x',
    "mermaid": 'a["x"] --> b\nclick a "javascript:x"\n%%{init: {}}%%\nend; #quot; ]] )) ::: style a fill:red',
    "github": "%0A::error file=x::y,:%\n::set-output name=a::b",
    "markdown": "| a | *b* _c_ <b> [x](y) `z` | ---",
    "comment": "# x */ // -- <!-- #",
    "long": "ab " * 3_000,
    "word": "a" * 9_000,
    "wide": "日本語 𝒳 é e\u0301 \U0001f600",
}
HARMLESS = "plain"
NET: dict[str, Any] = {
    "name": "net",
    "description": "d",
    "source": "s",
    "input": {"image": [3, 8, 8]},
    "params": {"width": 4, "word": "a"},
    "blocks": {"unit": {"description": "b", "params": {"n": 4}, "body": {"conv": "conv n", "act": "relu"}}},
    "tensors": {"scale": {"param": [4, 1, 1], "init": 1}},
    "legend": {"Q": "relu"},
    "body": {
        "stem": "conv width",
        "mid": {"unit": "width", "as": "side"},
        "sum": {"math": "x * scale + side"},
        "head": {"seq": ["Q", "flatten", "linear 2"], "as": "last"},
    },
    "outputs": {"score": "last", "feature": "side"},
    "variants": {"small": {"width": 4}},
}
"""a spec with a text at every place that may hold one"""
PLACES: dict[str, Callable[[dict[str, Any], str], object]] = {
    "name": lambda net, text: net.update(name=text),
    "description": lambda net, text: net.update(description=text),
    "source": lambda net, text: net.update(source=text),
    "input": lambda net, text: net.update(input={text: [3, 8, 8]}),
    "parameter": lambda net, text: net["params"].update({text: 3}),
    "word": lambda net, text: net["params"].update(word=text),
    "block": lambda net, text: (
        net["blocks"].update({text: net["blocks"]["unit"]}),
        net["body"].update(more={"use": text, "from": "side"}),
    ),
    "block's description": lambda net, text: net["blocks"]["unit"].update(description=text),
    "block's parameter": lambda net, text: net["blocks"]["unit"].update(params={"n": 4, text: 2}),
    "tensor": lambda net, text: net["tensors"].update({text: {"param": [2], "init": 0}}),
    "token": lambda net, text: net["legend"].update({text: "gelu"}),
    "layer": lambda net, text: net["body"].update({text: "identity"}),
    "layer of a block": lambda net, text: net["blocks"]["unit"]["body"].update({text: "tanh"}),
    "named by `name`": lambda net, text: net["body"]["head"]["seq"].append({"linear": 3, "name": text}),
    "label": lambda net, text: net["body"].update(labelled={"use": "identity", "as": text}),
    "output": lambda net, text: net["outputs"].update({text: "last"}),
    "variant": lambda net, text: net["variants"].update({text: {"width": 4}}),
    "call": lambda net, text: net["body"].update(called=text),
    "formula": lambda net, text: net["body"].update(formula={"math": text}),
    "argument": lambda net, text: net["body"].update(argued={"max_pool": 2, "ceil": text}),
    "key": lambda net, text: net.update({text: 1}),
    "key of an item": lambda net, text: net["body"].update(keyed={"conv": 4, text: 1}),
    "import": lambda net, text: net.update({"import": {"other": text}}),
    "extends": lambda net, text: net.update(extends=text),
    "weights": lambda net, text: net.update(weights={"url": text}),
}


def spec(places: dict[str, Any]) -> str:
    """The net with texts at some places."""
    net = deepcopy(NET)
    for place, text in places.items():
        PLACES[place](net, text)
    return to_yaml(net)


def is_shown(text: str) -> bool:
    """Whether a terminal shows every character of a text as itself."""
    return all(char.isprintable() or char in "\n\t" for char in text)


def network(places: dict[str, str]) -> Network | None:
    """The network of a spec; `None` if it is refused, which is told as it should be."""
    text = spec(places)
    found = archdsl.check(text)
    for form in ("full", "concise", "json", "sarif", "github"):
        shown_as(form, found)
    return archdsl.load(text) if not any(d.severity == "error" for d in found) else None


def shown_as(form: str, found: list[archdsl.Diagnostic]) -> None:
    from importlib import import_module

    text: str = import_module(f"archdsl.diagnostics.{form}").render(found)
    assert is_shown(text), form
    text.encode()
    if form == "json":
        assert [json.loads(line)["code"] for line in text.splitlines()] == [d.code for d in found]
    if form == "github":
        assert len(text.splitlines()) == len(found)
        assert all(re.match("::(error|warning|notice) ", line) for line in text.splitlines())


def accepted(text: str) -> dict[str, str]:
    """The places that take a text, all with the text."""
    return {place: text for place in PLACES if network({place: text}) is not None}


ACCEPTED: dict[str, dict[str, str]] = {}


@pytest.fixture(params=TEXTS)
def places(request: pytest.FixtureRequest) -> dict[str, str]:
    """One hostile text at all places that take it."""
    name = request.param
    if name not in ACCEPTED:
        ACCEPTED[name] = accepted(MARK + TEXTS[name])
    return ACCEPTED[name]


def test_every_place_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A harmless name stands where it should, except where it must be something else."""
    assert set(PLACES) - set(accepted("plain")) == {"call", "formula", "argument", "key", "key of an item", "import", "extends", "weights"}
    assert {"description", "source", "block's description"} <= set(accepted(MARK + TEXTS["docstring"]))


def test_generated_code_holds_texts_as_constants(places: dict[str, str]) -> None:
    net = network(places)
    assert net is not None
    source = net.to_python()
    assert is_shown(source)
    source.encode()
    module = ast.parse(source)
    allowed(ast.Module([node for node in module.body if not _is_main(node)], []))
    for node in ast.walk(module):
        for word in identifiers(node):
            assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(\.[a-z]+)*", word), word
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        assert token.type != tokenize.COMMENT or MARK not in token.string
    compile(module, "net.py", "exec")


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def identifiers(node: ast.AST) -> Iterator[str]:
    """The names that a node holds."""
    for field in ("id", "name", "attr", "arg", "asname", "module"):
        if isinstance(word := getattr(node, field, None), str):
            yield word


def test_drawings_stay_one_graph(places: dict[str, str]) -> None:
    net, plain = network(places), network(dict.fromkeys(places, HARMLESS) if len(places) < len(PLACES) else {})
    assert net is not None
    assert plain is not None
    for format in ("dot", "mmd"):
        text, like = str(net.draw(format=format)), str(plain.draw(format=format))
        assert is_shown(text)
        for word in ("\n", "->", "graph", "URL", "href", "target", "click", "classDef", "class ", "style ", "init"):
            assert bare(text).count(word) == bare(like).count(word), word
    if shutil.which("dot") is not None:
        svg, like = (list(ElementTree.fromstring(str(one.draw())).iter()) for one in (net, plain))
        assert {e.tag.rpartition("}")[2] for e in svg} <= ELEMENTS
        assert {name for e in svg for name in e.attrib} <= ATTRIBUTES
        assert not any("script:" in value or "http" in value for e in svg for value in e.attrib.values())
        assert Counter(e.get("class") for e in svg) == Counter(e.get("class") for e in like)


def bare(drawing: str) -> str:
    """A drawing without what stands in quotes, and without the rich text of labels."""
    return re.sub(r"(?<==)<.*>(?=[] \n])", "<>", re.sub(r'"(\\.|[^"\\])*"', '""', drawing))


class Tags(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def test_tables_and_explanations_show_texts(places: dict[str, str]) -> None:
    net = network(places)
    assert net is not None
    for format in ("text", "markdown", "json", "csv"):
        text = net.summary(format=format)
        assert is_shown(text), format
        assert format != "markdown" or not re.search(r"(?<!\\)<(script|img|b|svg)", text)
        assert format != "json" or json.loads(text)["layers"]
    assert Tags(net._repr_html_()).found <= ELEMENTS | {"pre"}


COMMANDS = (
    *[f"check net.yaml --format {form}" for form in ("full", "concise", "json", "sarif", "github")],
    *("check net.yaml --fix --diff", "fmt net.yaml --diff", "emit net.yaml", "blocks --spec net.yaml", "schema net.yaml", "sizes net.yaml"),
    *("explain net.yaml", "explain net.yaml stem", "summary net.yaml", "fit net.yaml --macs 1M", "zoo", "ops", "limits"),
)


@pytest.mark.parametrize("name", ["terminal", "bidi", "lines", "github", "docstring"])
def test_commands_show_control_characters_escaped(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = MARK + TEXTS[name]
    for content in (spec(accepted(text)), spec(dict.fromkeys(PLACES, text))):
        Path("net.yaml").write_text(content, encoding="utf-8")
        for command in COMMANDS:
            assert main(command.split()) in (0, 1, 2, 3), command
            printed = capsys.readouterr()
            assert is_shown(printed.out + printed.err), command


WORDS = """
check W | summary W | fmt W | emit W | zoo W | ops W | functions W | blocks W | explain W | explain net.yaml W | new W | W | schema W
fit W --macs W | fit net.yaml --macs W | fit net.yaml --macs 1M --vary W | draw net.yaml -o W | draw net.yaml -o W.dot --expand W
check net.yaml --set W | check net.yaml --set W=W | check net.yaml --set word=W | check net.yaml --variant W | check net.yaml --input W
check net.yaml --limit W | check net.yaml --limit W=1 | check net.yaml --root W | check net.yaml --W | check net.yaml --format W | check -W
emit net.yaml -o W | emit net.yaml -o W/x.py | build net.yaml -o W | build net.yaml --weights W | new --list W | lsp W
sizes W | summary net.yaml --depth W | blocks W --spec net.yaml
"""


@pytest.mark.parametrize("words", re.split(r" \| |\n", WORDS.strip()))
def test_words_of_the_command_line_are_shown_escaped(
    words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(spec({}), encoding="utf-8")
    for text in ("\x1b[31m\u202e\x07\n::error::x", "a\x9b\u2028b"):
        main([word.replace("W", text) for word in words.split()])
        printed = capsys.readouterr()
        said = printed.out + printed.err
        # Of a wrong option typer tells itself, and escapes control characters alone.
        assert is_shown(re.sub("[\u2028\u202e]", "", said) if said.startswith("Usage:") else said), repr(said)


@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "github"])
def test_names_of_files_are_shown_escaped(
    form: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("a\x1b[31m\u202e\n::error::\x07.yaml", "b\u2028\x9b.yaml")):
        Path(name).write_text(spec({} if number else {"call": "cnov 3"}), encoding="utf-8")
    for command in (["check", "--format", form], ["fmt", "--diff"], ["check", "--fix"], ["check", "--diff"], ["fmt"], ["check"]):
        main([*command, *map(str, sorted(Path().iterdir()))])
        printed = capsys.readouterr()
        assert is_shown(printed.out + printed.err), repr(printed)


@given(st.dictionaries(st.sampled_from(sorted(PLACES)), st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_at_any_place(places: dict[str, str]) -> None:
    net = network(places)
    if net is None:
        return
    assert is_shown(net.to_python())
    allowed(ast.Module([node for node in ast.parse(net.to_python()).body if not _is_main(node)], []))
    for shown in (net.summary(), str(net.draw(format="dot")), str(net.draw(format="mmd")), repr(net)):
        assert is_shown(shown)
