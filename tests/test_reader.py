"""Text → nodes: places, traps, budgets, and that no text at all gets past a diagnostic."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.diagnostics import CODES, Diagnostic, Fault, Source, Span
from archdsl.language import reader
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.reader import read
from archdsl.language.scalars import older, value
from archdsl.language.source import load_source, source_of_bytes
from archdsl.language.writer import to_yaml
from archdsl.limits import DEFAULT


def reading(text: str) -> tuple[Node | None, list[Diagnostic]]:
    found: list[Diagnostic] = []
    node = read(Source("net.yaml", text), DEFAULT, found.append)
    return node, found


def plain(node: Node | None) -> object:
    """Nodes as lists, dicts and the values of YAML 1.2."""
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return {key.text: plain(item) for key, item in node.entries}
    return None if node is None else value(node, DEFAULT)


def scalars(node: Node | None) -> list[Scalar]:
    if isinstance(node, Scalar):
        return [node]
    if isinstance(node, Sequence):
        return [s for item in node.items for s in scalars(item)]
    return [] if node is None else [s for key, item in node.entries for s in (key, *scalars(item))]


BAD = [
    ("body:\n\t- relu", "AD1101", 2, 1, "spaces"),
    ("body:\n  - relu\n - gelu", "AD1102", 3, 1, "indented by 1, where its list is indented by 2"),
    ("body:\n  - relu\n    - gelu", "AD1102", 3, 5, "continues the text above"),
    ("a:\n  b: 1\n   c: 2", "AD1102", 3, 1, "indented by 3"),
    ("a: 1\n- b", "AD1102", 2, 1, "list item"),
    ("body: [conv 8, relu\nname: net", "AD1103", 1, 7, "`[` is never closed"),
    ('name: "net\nbody: [relu]', "AD1103", 1, 7, "quote is never closed"),
    ("body: [{conv: 8 #wide}]", "AD1103", 1, 8, "begins a comment"),
    ("body: [relu]]", "AD1103", 1, 13, "closes nothing"),
    ("[a}", "AD1103", 1, 3, "closed by `}`"),
    ("body:\n  fc: linear: 10", "AD1121", 2, 13, "`fc: linear 10` or `fc: {linear: 10}`"),
    ("[{conv:64}]", "AD1104", 1, 7, "`conv: 64`"),
    ("name:net\nbody: [relu]", "AD1104", 1, 5, "`name: net`"),
    ("body: [relu]\nfoo\n", "AD1104", 2, 1, "no colon"),
    ("body:\n  -conv 64\n  -relu", "AD1105", 2, 3, "`- conv"),
    ("name: @net", "AD1106", 1, 7, '`"@net"`'),
    ("name: `net`", "AD1106", 1, 7, '`"net"`'),
    ("[{conv: $width}]", "AD1107", 1, 9, "write `width`"),
    ('[{conv: "${width}"}]', "AD1107", 1, 10, "write `width`"),
    ("[conv ${width}]", "AD1107", 1, 7, "write `width`"),
    ("[{conv: *width}]", "AD1118", 1, 9, "write `width`"),
    ("[{conv: max(8, 16), kernel: 1}]", "AD1108", 1, 9, '[{conv: "max(8, 16)", kernel: 1}]'),
    ("[conv 8, conv max(4, 2) 1, relu]", "AD1108", 1, 10, '[conv 8, "conv max(4, 2) 1", relu]'),
    ("[{conv: 8, kernel: (3, 5)}]", "AD1108", 1, 20, "`[3, 5]` or `3x5`"),
    ("[{for: i, n in enumerate(d), conv: 8}]", "AD1108", 1, 8, '{for: "i, n in enumerate(d)"'),
    ("[{for: i, (d, n) in enumerate(zip(a, b)), conv: 8}]", "AD1108", 1, 8, '{for: "i, (d, n) in enumerate(zip(a, b))"'),
    ("[conv 8 kernel=[3, 5], relu]", "AD1108", 1, 2, "kernel=3x5"),
    ("[conv dims[0] 4]", "AD1108", 1, 2, '["conv dims[0] 4"]'),
    ("[conv 8 3,5]", "AD1109", 1, 11, "`3x5`"),
    ("body:\n- relu\n-", "AD1110", 3, 1, "without content"),
    ("[{relu: }]", "AD1110", 1, 3, "write `relu`"),
    ("[{relu: , when: true}]", "AD1110", 1, 3, "`{use: relu, …}`"),
    ("[a, , b]", "AD1110", 1, 5, "nothing stands before"),
    ("{[conv, 8]: relu}", "AD1111", 1, 2, "found a list"),
    ("{~: relu}", "AD1111", 1, 2, "nothing"),
    ("[{conv: 64, 3, stride: 2}]", "AD1111", 1, 13, "`conv 64 3 stride=2`"),
    ("{a: &c {b: 1}, d: {<<: *c}}", "AD1112", 1, 20, "merge key"),
    ("[relu]\n---\n[gelu]", "AD1113", 2, 1, "starts at 2:1"),
    ("%TAG ! tag:a,2000:\n---\n[relu]", "AD1114", 1, 1, "directive"),
    ("%YAML 1.3\n---\n[relu]", "AD1114", 1, 1, "directive"),
    ("{ﬁlter: relu, filter: gelu}", "AD1115", 1, 15, "NFKC"),
    ("[{conv: 8, stride: 2, stride: 1}]", "AD1115", 1, 23, "twice"),
    ("[!!python/object/apply:os.system [id]]", "AD1116", 1, 2, "nothing it names is looked up or run"),
    ('[{conv: !!int "8"}]', "AD1116", 1, 9, "`!!int` is a tag"),
    ("body: &b [relu, *b]", "AD1117", 1, 17, "its own anchor"),
    ("{on: relu}", "AD1120", 1, 2, "older YAML reads true"),
    ("[{conv: 012}]", "AD1120", 1, 9, "the number 12; older YAML reads 10"),
    ("# later\n", "AD1013", 1, 1, "input: [3, 32, 32]"),
    ("---\n", "AD1013", 1, 1, "no spec"),
    ("[relu\0]", "AD1020", 1, 6, "\\x00"),
    ("name: \x1b[31mred", "AD1020", 1, 7, "\\x1b"),
    ("name: a\u202eb", "AD1021", 1, 8, "\\u202e"),
    ("[relu]\u2028", "AD1021", 1, 7, "\\u2028"),
    ("[{con\u200bv: 8}]", "AD1022", 1, 6, "zero-width space"),
    ("[conv\u00a08]", "AD1022", 1, 6, "no-break space"),
    ('name: "\\ud800"', "AD1023", 1, 8, "half a character"),
    ("[" * 65, "AD5002", 1, 65, "`depth` is 64"),
    ("[" * 1_000_000, "AD5002", 1, 65, "`depth` is 64"),
    ("[" + "1, " * 200_001 + "]", "AD5003", 1, 599_999, "200,000"),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "says"), BAD, ids=[f"{b[1]}-{i}" for i, b in enumerate(BAD)])
def test_trap_gives_one_message_at_its_place(text: str, code: str, line: int, column: int, says: str) -> None:
    _, found = reading(text)
    assert [(d.code, d.span.line, d.span.column) for d in found] == [(code, line, column)]
    assert says in "\n".join((found[0].message, *found[0].notes, found[0].help or ""))
    assert code in CODES


@pytest.mark.parametrize("row", [b for b in BAD if b[1] in ("AD1101", "AD1104", "AD1105", "AD1106", "AD1107", "AD1108", "AD1022")])
def test_safe_edit_mends_the_text(row: tuple[str, str, int, int, str]) -> None:
    """A text with its safe edits applied, as often as there are any, is read without a fault."""
    text = row[0]
    for _ in range(4):
        edits = [d.edit for d in reading(text)[1] if d.edit is not None and d.edit.grade == "safe"]
        for edit in edits[:1]:
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    assert [d.code for d in reading(text)[1] if d.severity == "error"] in ([], ["AD1104"] if "foo" in text else [])


def test_mended_traps_go_on_as_meant() -> None:
    node, _ = reading("[{conv: max(8, 16), kernel: 1}, conv max(4, 2) 1, {conv:64}, {relu: }, {gelu: , when: true}, {conv: $w}]")
    assert plain(node) == [
        {"conv": "max(8, 16)", "kernel": 1},
        "conv max(4, 2) 1",
        {"conv": 64},
        "relu",
        {"use": "gelu", "when": True},
        {"conv": "w"},
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_do_not_depend_on_line_ends_and_byte_order_mark(end: str) -> None:
    lines = ["# é𝕏", "input: [3, 8, 'a b']", 'body: [relu, "gelu"]']
    expected = [(s.text, s.span.line, s.span.column) for s in scalars(reading("\n".join(lines))[0])]
    for mark in ("", "\ufeff"):
        node, found = reading(mark + end.join(lines))
        assert not found
        assert [s.span.text for s in scalars(node)] == [s.text for s in scalars(node)]
        assert [(s.text, s.span.line, s.span.column) for s in scalars(node)] == expected


def test_anchors_count_fully_and_share_nodes() -> None:
    node, found = reading("a: &x  # first\n  [1, 2]\nb: [*x, *x]\nc: &y 7\nd: *y")
    assert plain(node) == {"a": [1, 2], "b": [[1, 2], [1, 2]], "c": 7, "d": 7}
    assert not found
    laughs = "{a: &a [1, 1, 1, 1]" + "".join(
        f", {chr(97 + i)}: &{chr(97 + i)} [{', '.join(['*' + chr(96 + i)] * 4)}]" for i in range(1, 10)
    )
    _, found = reading(laughs + "}")
    assert [d.code for d in found] == ["AD5003"]
    assert "`*h` costs most" in found[0].notes[0]
    deep = "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40
    assert [d.code for d in reading(deep)[1]] == ["AD5002"]


def test_scalars_follow_the_core_schema() -> None:
    texts = {"true": True, "False": False, "~": None, "null": None, "012": 12, "-7": -7, "1e-5": 1e-5, ".5": 0.5, "4.": 4.0}
    same = ("no", "on", "0x1", "0o7", "1x7", "3:20", "2024-01-01", "1_000", "none", "-", "e5", "+", ".")
    for text, expected in (texts | {t: t for t in same}).items():
        got = value(Scalar(text, Span(Source("", text), 0, len(text))), DEFAULT)
        assert got == expected, text
        assert type(got) is type(expected), text
    assert value(Scalar("1", Span(Source("", '"1"'), 1, 2), quoted=True), DEFAULT) == "1"
    for text in ("9" * 20, "9" * 5000, str(2**63)):
        with pytest.raises(Fault, match="integer_bits"):
            value(Scalar(text, Span(Source("", text), 0, len(text))), DEFAULT)


@given(st.from_regex(r"\A[-+0-9:.a-z~]{1,10}\Z"))
def test_older_yaml_is_what_pyyaml_reads(text: str) -> None:
    said = older(text)
    if said in ("true", "false"):
        assert yaml.safe_load(text) is (said == "true")
    elif said is not None and said != "a date":
        assert yaml.safe_load(text) == int(said)


YAMLISH = st.lists(
    st.sampled_from(
        [*"[]{},:-#&*!|>'\"%@`$?~\n\r\t ()x1=\\", "\r\n", "  ", "- ", ": ", "a: ", "---", "...", "&a ", "*a", "<<", "conv 8", "é"]
    )
    | st.characters(),
    max_size=40,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(YAMLISH)
def test_any_text_gives_nodes_or_diagnostics(text: str) -> None:
    node, found = reading(text)
    assert node is not None or any(d.severity == "error" for d in found)
    for diagnostic in found:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.code in CODES
        assert diagnostic.message
    if not found:
        for scalar in scalars(node):
            assert len(scalar.span.text) != len(scalar.text) or scalar.span.text.split() == scalar.text.split()


@settings(max_examples=200, deadline=None)
@given(YAMLISH)
def test_both_parsers_read_the_same(text: str) -> None:
    """libyaml and the parser written in Python agree wherever neither finds anything wrong."""
    node, found = reading(text)
    if found:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "yaml._yaml", None)
        other, faults = reading(text)
    if faults:  # it is stricter with tabs
        return
    assert [(s.text, s.quoted) for s in scalars(other)] == [(s.text, s.quoted) for s in scalars(node)]


@settings(max_examples=300, deadline=None)
@given(YAMLISH)
def test_what_is_read_without_fault_is_what_pyyaml_composes(text: str) -> None:
    node, found = reading(text)
    if found:
        return
    theirs = yaml.compose(text.removeprefix("\ufeff"), Loader=yaml.CBaseLoader)
    stack: list[tuple[Node | None, yaml.Node]] = [(node, theirs)]
    while stack:
        mine, other = stack.pop()
        if isinstance(mine, Scalar):
            assert mine.text == other.value
        elif isinstance(mine, Sequence):
            stack.extend(zip(mine.items, other.value, strict=True))
        elif mine is not None:
            stack.extend((pair[i], theirs[i]) for pair, theirs in zip(mine.entries, other.value, strict=True) for i in (0, 1))


DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(DATA)
def test_written_data_is_read_back(data: object) -> None:
    text = to_yaml(data)
    node, found = reading(text)
    if any(d.code in ("AD1013", "AD1107", "AD1115") for d in found):  # nothing at all, `$a`, keys equal after NFKC
        return
    assert [d for d in found if d.severity == "error"] == []
    assert plain(node) == data


def test_writer_refuses_what_has_no_form() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(ValueError, match="hold itself"):
        to_yaml(loop)
    with pytest.raises(TypeError, match="set"):
        to_yaml({"a": {1}})


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (b"name: caf\xe9\n", "AD1010", "byte E9 at offset 9, line 1"),
        (b"\xff\xfe[\0]\0", "AD1011", "byte order mark"),
        (b"[\0]\0", "AD1011", "every second byte"),
        (b"PK\x03\x04rest", "AD1012", "zip"),
        (b"\x1f\x8brest", "AD1012", "gzip"),
        (b"\x80\x02rest", "AD1012", "pickle"),
        (b"x" * (2**20 + 1), "AD5001", "1,048,577"),
    ],
)
def test_bytes_that_are_no_text(data: bytes, code: str, says: str) -> None:
    with pytest.raises(Fault) as caught:
        source_of_bytes(data, "net.yaml", DEFAULT)
    assert caught.value.diagnostic.code == code
    assert says in caught.value.diagnostic.message


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    (tmp_path / "resnet18.yaml").write_bytes(b"\xef\xbb\xbfbody: [relu]\r\n")
    os.mkfifo(tmp_path / "pipe")
    assert load_source(tmp_path / "resnet18.yaml", DEFAULT).text == "body: [relu]\r\n"
    for name, code, says in (
        ("resnet81.yaml", "AD1001", "`resnet18.yaml`"),
        ("", "AD1002", "resnet18.yaml"),
        ("pipe", "AD1003", "not opened"),
    ):
        with pytest.raises(Fault) as caught:
            load_source(tmp_path / name, DEFAULT)
        found = caught.value.diagnostic
        assert found.code == code
        assert says in f"{found.message} {found.help}"
    with pytest.raises(Fault, match="17 bytes"):
        load_source(tmp_path / "resnet18.yaml", replace(DEFAULT, file_bytes=5))


HOSTILE = {
    "characters": "# " + "\xa0\u200b" * 300_000 + "\n[" + "\0\1" * 100_000 + "]",
    "splits": "[" + "max(1, 2), " * 90_000 + "relu]",
    "brackets": "[" + "(a, " * 190_000 + "]",
    "numbers": "{" + ", ".join(map(str, range(90_000))) + "}",
    "keys": "{" + "a: 1, " * 90_000 + "}",
    "blank lines": "a: b" + "\n" * 900_000 + "  c",
    "word": "[" + "a" * 900_000 + "[1]]",
    "quotes": "['" + "''" * 400_000 + "]",
    "dashes": "- " * 400_000,
    "flow": "[{" * 400_000,
    "aliases": "[&a 1, " + "*a, " * 90_000 + "]",
    "octal": "[" + "012, " * 190_000 + "]",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_bounded(name: str) -> None:
    """Texts on which a careless search takes minutes; each is done with few diagnostics."""
    assert len(reading(HOSTILE[name])[1]) <= reader.ENOUGH + 1


def test_parser_in_python_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml._yaml", None)
    node, found = reading("body: [relu, {conv: 8}]")
    assert plain(node) == {"body": ["relu", {"conv": 8}]}
    assert not found
    assert type(reader._slow_parser("")).__name__ == "SlowParser"
