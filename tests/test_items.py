"""One-line calls, items, bodies, loops, labels and names: every way to write them, and what is no way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.diagnostics import CODES, Diagnostic, Fault, Source, Span
from archdsl.language.calls import parse_call, split_call
from archdsl.language.item_parser import parse_body, parse_item
from archdsl.language.items import Item, Modifiers
from archdsl.language.labels import parse_labels, parse_loop, parse_name
from archdsl.language.nodes import Mapping, Node, Scalar, Sequence
from archdsl.language.reader import read
from archdsl.language.tree import Name
from archdsl.limits import DEFAULT


def scalar(text: str) -> Scalar:
    return Scalar(text, Span(Source("spec.yaml", f"- {text}"), 2, 2 + len(text)))


def node(text: str) -> Node:
    """The node of a YAML text; what the reader mends is of no interest here."""
    found: list[Diagnostic] = []
    root = read(Source("spec.yaml", f"- {text}"), DEFAULT, found.append)
    assert isinstance(root, Sequence), found
    return root.items[0]


def plain(value: Node | None) -> object:
    """A node as lists, dicts and texts."""
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    if isinstance(value, Mapping):
        return {key.text: plain(item) for key, item in value.entries}
    return None if value is None else value.text


def told(item: Item) -> tuple[object, ...]:
    modifiers = {name: plain(getattr(item.modifiers, name)) for name in Modifiers.__slots__ if getattr(item.modifiers, name) is not None}
    return item.head.text, [plain(p) for p in item.positional], {key.text: plain(value) for key, value in item.keywords}, modifiers


def call(text: str) -> tuple[str, list[str], dict[str, str]]:
    head, positional, keywords = parse_call(scalar(text))
    return head.text, [p.text for p in positional], {key.text: value.text for key, value in keywords}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("relu", ("relu", [], {})),
        ("conv 64 7 stride=2 bias=false", ("conv", ["64", "7"], {"stride": "2", "bias": "false"})),
        ("conv (c * 2) 1", ("conv", ["(c * 2)", "1"], {})),
        ("relu when=(i > 0)", ("relu", [], {"when": "(i > 0)"})),
        ("relu when=i==0", ("relu", [], {"when": "i==0"})),
        ("conv max(8, c) kernel=[3, 5]", ("conv", ["max(8, c)"], {"kernel": "[3, 5]"})),
        ("rearrange 'b c h -> b h c'", ("rearrange", ["b c h -> b h c"], {})),
        ("""pad 1 mode="reflect" """, ("pad", ["1"], {"mode": "reflect"})),
        ("f 'a' + 'b'".replace(" + ", "+"), ("f", ["'a'+'b'"], {})),
        ("permute 0 -1 1x7", ("permute", ["0", "-1", "1x7"], {})),
        ("conv a>=2", ("conv", ["a>=2"], {})),
        ("64", ("64", [], {})),
        ("  conv\n 8 ", ("conv", ["8"], {})),
    ],
)
def test_calls(text: str, expected: tuple[object, ...]) -> None:
    assert call(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "at", "help"),
    [
        ("conv 8 stride=2 5", "AD1302", "5", "first"),
        ("conv 8 stride = 2", "AD1303", "stride = 2", "`stride=2`"),
        ("conv 8 stride =2", "AD1303", "stride =2", "`stride=2`"),
        ("conv 8 stride= 2", "AD1303", "stride= 2", "`stride=2`"),
        ("conv 8 stride=", "AD1308", "stride=", "value"),
        ("conv width * 2", "AD1304", "width * 2", "`(width * 2)`"),
        ("conv 8 stride=2 if a == 'x' else 1 bias=false", "AD1304", "stride=2 if a == 'x' else 1", "`stride=(2 if a == 'x' else 1)`"),
        ("conv 8 not a", "AD1304", "not a", "`(not a)`"),
        ("x * y", "AD1304", "x * y", "math"),
        ("rearrange b c -> c b", "AD1304", "b c -> c b", "quotes"),
        ("conv(64, 3)", "AD1305", "conv(64, 3)", "`conv 64 3`"),
        ("conv(64, stride=a + 1)", "AD1305", "conv(64, stride=a + 1)", "`conv 64 stride=(a + 1)`"),
        ("conv 8 a=1 a=2", "AD1306", "a", "one"),
        ("(a) 2", "AD1307", "(a)", "name"),
        ("stride=2", "AD1307", "stride=2", "name"),
        ("", "AD1307", "", "conv"),
        ("conv (8+2", "AD1301", "(", None),
        ("conv (8]", "AD1301", "]", None),
        ("conv 8)", "AD1301", ")", None),
        ("conv 'a", "AD1301", "'", None),
    ],
)
def test_calls_that_are_none(text: str, code: str, at: str, help: str | None) -> None:
    with pytest.raises(Fault) as caught:
        call(text)
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.span.text) == (code, at)
    assert help is None or help in (diagnostic.help or "")
    assert code in CODES


@pytest.mark.parametrize("text", ["conv width * 2", "conv 8 stride = 2", "conv(64, 3)", "conv a if b else 'c d' 1", "conv 8 stride=a + 1"])
def test_edits_make_calls(text: str) -> None:
    with pytest.raises(Fault) as caught:
        call(text)
    edit = caught.value.diagnostic.edit
    assert edit is not None
    source = edit.span.source.text
    assert parse_call(scalar(source[2 : edit.span.start] + edit.text + source[edit.span.end :]))


@given(st.text(alphabet="ab 1=()[]{}'\"*+,x<-\n", max_size=30))
@settings(max_examples=400, deadline=None)
def test_parts_cover_the_text(text: str) -> None:
    """What is between the parts is space, and every part stands at its place, whatever the text."""
    whole = scalar(text)
    try:
        parts = split_call(text, whole.span)
    except Fault:
        return
    assert all(part.span.text == part.text for part in parts)
    assert sum(len(part.text) + 2 * part.quoted for part in parts) == len(without_spaces(text))


def without_spaces(text: str) -> str:
    """A text without the spaces outside brackets and quotes."""
    depth, quote, kept = 0, "", ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and not (index and text[index - 1].isalnum()):
            quote = character
        else:
            depth += (character in "([{") - (character in ")]}")
        kept += "" if character in " \n" and not depth and not quote else character
    return kept


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv 64 7 stride=2 when=deep", ("conv", ["64", "7"], {"stride": "2"}, {"when": "deep"})),
        ("{conv: 64, kernel: 7, when: deep}", ("conv", ["64"], {"kernel": "7"}, {"when": "deep"})),
        ("{when: deep, conv: 64}", ("conv", ["64"], {}, {"when": "deep"})),
        ("[conv 8, relu]", ("seq", [["conv 8", "relu"]], {}, {})),
        ("{residual: [relu], shortcut: [conv 8], skip: a}", ("residual", [["relu"]], {"shortcut": ["conv 8"], "skip": "a"}, {})),
        ("{shortcut: [conv 8], residual: [relu]}", ("residual", [["relu"]], {"shortcut": ["conv 8"]}, {})),
        ("{concat: [x, [relu]], dim: 1, as: y}", ("concat", [["x", ["relu"]]], {"dim": "1"}, {"as_": "y"})),
        ("{use: block, planes: 8, from: [a, b]}", ("use", ["block"], {"planes": "8"}, {"from_": ["a", "b"]})),
        ("{math: x * y, name: b}", ("math", ["x * y"], {}, {"name": "b"})),
        ("{conv: 8, when: a, else: [relu]}", ("conv", ["8"], {}, {"when": "a", "otherwise": ["relu"]})),
        ("{conv: 8, init: {weight: 0}}", ("conv", ["8"], {}, {"init": {"weight": "0"}})),
        ("{for: i in range(2), conv: 8}", ("conv", ["8"], {}, {"loop": "i in range(2)"})),
        ("{rearrange: b c h -> b h c}", ("rearrange", ["b c h -> b h c"], {}, {})),
        ("{conv: 8 if a else 4}", ("conv", ["8 if a else 4"], {}, {})),
        ("{mbconv: [1, 3], stride: none}", ("mbconv", [["1", "3"]], {"stride": "none"}, {})),
        ("basic 64 repeat=2 inline=true name=a", ("basic", ["64"], {}, {"repeat": "2", "inline": "true", "name": "a"})),
    ],
)
def test_items(text: str, expected: tuple[object, ...]) -> None:
    assert told(parse_item(node(text))) == expected


def test_bare_items_are_one_word() -> None:
    assert all(parse_item(node(text)).bare for text in ("relu", "64", "M"))
    assert not any(parse_item(node(text)).bare for text in ("conv 8", "relu when=a", "{use: relu}", "[relu]"))


def test_which_of_residual_and_shortcut_comes_first_is_kept() -> None:
    for text, first in (("{residual: [relu], shortcut: [a]}", True), ("{shortcut: [a], residual: [relu]}", False)):
        item = parse_item(node(text))
        assert (item.head.span.start < item.keywords[0][0].span.start) == first


@pytest.mark.parametrize(
    ("text", "code", "at", "says"),
    [
        ("~", "AD1310", "~", "found nothing"),
        ("{conv: 8, when: ~}", "AD1310", "when", "no value"),
        ("{}", "AD1312", "{}", "empty mapping"),
        ("{when: true}", "AD1312", "{when: true}", "only `when`"),
        ("{conv: 8, seq: [relu]}", "AD1313", "seq", "two items"),
        ("{residual: [relu], add: [x]}", "AD1313", "add", "two items"),
        ("{residual: [relu], conv: 8}", "AD1314", "conv", "two items"),
        ("{residual: [relu], shortcutt: [a]}", "AD1314", "shortcutt", "did you mean `shortcut`?"),
        ("{add: [x, x], dim: 1}", "AD1314", "dim", "`dim` belongs to `concat`"),
        ("{gate: [relu], shortcut: [a]}", "AD1314", "shortcut", "`shortcut` belongs to `residual`"),
        ("{seq: [relu], wehn: true}", "AD1314", "wehn", "did you mean `when`?"),
        ("{for: i in range(2), repeat: 2, conv: 8}", "AD1315", "repeat", "either `for` or `repeat`"),
        ("{conv: 8, else: relu}", "AD1316", "else", "needs `when`"),
        ("conv 8 when=false else=relu", "AD1317", "else", "mapping form"),
        ("conv 8 init=zeros", "AD1317", "init", "mapping form"),
        ("add x y", "AD1317", "add x y", "mapping form"),
        ("{conv: 64 3}", "AD1318", "64 3", "`conv 64 3`"),
        ("{conv: 64 3 stride=2}", "AD1318", "64 3 stride=2", "`conv 64 3 stride=2`"),
        ("{conv: 8, when: [a]}", "AD1320", "[a]", "found a list"),
        ("{math: [x]}", "AD1320", "[x]", "found a list"),
        ("{residual: ~}", "AD1321", "residual", "no body"),
        ("{seq: []}", "AD1321", "seq", "no body"),
        ("{add: []}", "AD1321", "add", "no operands"),
    ],
)
def test_items_that_are_none(text: str, code: str, at: str, says: str) -> None:
    with pytest.raises(Fault) as caught:
        parse_item(node(text))
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.span.text) == (code, at)
    assert says in f"{diagnostic.message} {diagnostic.help}"
    assert code in CODES


def test_bodies() -> None:
    def body(text: str) -> tuple[bool, list[tuple[str | None, object]]]:
        named, children = parse_body(node(text))
        return named, [(None if key is None else key.text, plain(child)) for key, child in children]

    assert body("[conv 8, [relu]]") == (False, [(None, "conv 8"), (None, ["relu"])])
    assert body("{a: conv 8, relu: relu, 3x3: {conv: 8}}") == (True, [("a", "conv 8"), ("relu", "relu"), ("3x3", {"conv": "8"})])
    assert body("features") == (False, [(None, "features")])


@pytest.mark.parametrize(
    ("text", "code", "at", "says"),
    [
        ("[]", "AD1321", "[]", "body"),
        ("~", "AD1321", "~", "body"),
        ("{residual: [conv 3], relu: relu}", "AD1322", "residual", "`- residual: …`"),
        ("{a: relu, when: true}", "AD1322", "when", "list"),
        ("{conv: 3, kernel: 3}", "AD1323", "3", "`[{conv: 3, kernel: 3}]`"),
        ("{c1: 64}", "AD1323", "64", "`- conv 64`"),
    ],
)
def test_bodies_that_are_none(text: str, code: str, at: str, says: str) -> None:
    with pytest.raises(Fault) as caught:
        parse_body(node(text))
    diagnostic = caught.value.diagnostic
    assert (diagnostic.code, diagnostic.span.text) == (code, at)
    assert says in f"{diagnostic.message} {diagnostic.help}"


def test_loops() -> None:
    loop = parse_loop(scalar("i, (d, n) in enumerate(depths)"))
    assert loop.targets == ("i", ("d", "n"))
    assert loop.iterable.span.text == "enumerate(depths)"
    assert parse_loop(scalar("i in [1 if a in b else 2]")).targets == "i"


@pytest.mark.parametrize(
    ("text", "code"), [("i = 0 to 3", "AD1324"), ("3", "AD1324"), ("", "AD1324"), ("i in ", "AD1401"), ("x.y in z", "AD1401")]
)
def test_loops_that_are_none(text: str, code: str) -> None:
    with pytest.raises(Fault) as caught:
        parse_loop(scalar(text))
    assert caught.value.diagnostic.code == code


def test_labels() -> None:
    assert [label.name for label in parse_labels(node("[a, b-1.c]"))] == ["a", "b-1.c"]
    assert [label.name for label in parse_labels(scalar("[a, ys[i + 1]]"))] == ["a", "ys"]
    (filled,) = parse_labels(scalar("ys[i + 1]"))
    assert filled.index is not None
    assert (filled.name, filled.index.span.text, filled.appends) == ("ys", "i + 1", False)
    (appended,) = parse_labels(scalar("ys..."))
    assert (appended.name, appended.index, appended.appends) == ("ys", None, True)


@pytest.mark.parametrize("text", ["a b", "ys[", "ys[]", "[]", "[a,]", "{a: b}", "é", "ys[0", "...", "a..b"])
def test_labels_that_are_none(text: str) -> None:
    with pytest.raises(Fault):
        parse_labels(node(text) if text.startswith("{") else scalar(text))


def test_names() -> None:
    def parts(text: str) -> list[str]:
        return [part if isinstance(part, str) else f"<{part.span.text}>" for part in parse_name(scalar(text))]

    assert parts("layer{i+1}.{j}") == ["layer", "<i+1>", ".", "<j>"]
    assert parts("relu") == ["relu"]
    assert parts("") == [""]
    assert parts("{{a}}{'}'}") == ["{a}", "<'}'>"]
    (name,) = parse_name(scalar("{n}"))
    assert isinstance(name, Name)


@pytest.mark.parametrize(("text", "at"), [("c{1", "{"), ("c}", "}"), ("{'}", "{")])
def test_braces_without_partner(text: str, at: str) -> None:
    with pytest.raises(Fault) as caught:
        parse_name(scalar(text))
    assert (caught.value.diagnostic.code, caught.value.diagnostic.span.text) == ("AD1326", at)


def test_places_stay_right_in_quoted_text_with_escapes() -> None:
    escaped = node(r'"conv 8 \"a"')
    with pytest.raises(Fault) as caught:
        parse_item(escaped)
    assert caught.value.diagnostic.span.text == escaped.span.text
