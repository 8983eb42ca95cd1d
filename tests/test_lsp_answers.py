"""What the language server answers, asked without the protocol: on specs that are shipped, that are half written and that are wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from damage import damaged
from editor import at
from hypothesis import given
from hypothesis import strategies as st

from archdsl.diagnostics import Source
from archdsl.diagnostics.edits import applied
from archdsl.language.formatter import formatted
from archdsl.language.words import BLOCK, EXPECT, MODIFIERS, RULE, SPEC, TENSOR, TRAIN, WEIGHTS, WIRING
from archdsl.limits import DEFAULT
from archdsl.lsp.actions import fix_all, quick_fixes
from archdsl.lsp.checked import checked
from archdsl.lsp.completion import completions
from archdsl.lsp.cursor import MARK
from archdsl.lsp.definition import definition
from archdsl.lsp.faults import shown
from archdsl.lsp.formatting import format_edits
from archdsl.lsp.hints import hints
from archdsl.lsp.hover import hover
from archdsl.lsp.outline import Outline, outline
from archdsl.lsp.positions import Moved, Positions, edited
from archdsl.lsp.symbols import symbols
from archdsl.lsp.view import View
from archdsl.ops import BY_NAME

ROOT = Path(__file__).parent.parent
SPECS = [path for path in sorted((ROOT / "specs").rglob("*.yaml")) if "\nbody:" in path.read_text(encoding="utf-8")]
DAMAGED = (*range(300), 200_134, 201_035)
"""numbers of damaged specs; the last two once made an answer fail"""
BASE = """\
input: [3, 8, 8]
params: {width: 8, act: relu, depths: [1, 2]}
let: {wide: width * 2}
blocks:
  mine:
    params: {planes: int, stride: 1}
    body: [conv planes stride=stride]
body:
  stem: conv width
"""


def outlined(source: Source, focus: int | None = None) -> Outline | None:
    return outline(source, DEFAULT, None, None, focus)


def view_of(text: str, name: str = "net.yaml") -> View:
    source = Source(name, text)
    found = outlined(source)
    assert found is not None
    return View(source, found, checked(source, None))


def offered(typed: str) -> tuple[list[str], str]:
    """What may be typed at the bar, and the word that it would replace."""
    text = BASE + typed
    offset = text.index("|")
    text = text.replace("|", "", 1)
    found = completions(Source(str(ROOT / "specs" / "new.yaml"), text), offset, outlined, None)
    return [c.text or c.label for c in found], text[found[0].start : found[0].end] if found else ""


@pytest.mark.parametrize(
    ("typed", "word", "expected"),
    [
        ("  b: co|", "co", ["mine", "conv", "conv_norm_act", "act"]),
        ("  b: |", "", ["mine", "relu", "residual: "]),
        ("  b: [conv 8, re|", "re", ["relu", "M", "int", "mine"]),
        ("  b:\n    seq:\n      - |", "", ["conv", "M", "basic"]),
        ("  b: conv 64 st|", "st", ["stride=", "kernel=", "when="]),
        ("  b: conv 64 stride=w|", "w", ["width", "wide"]),
        ("  b: mine 8 |", "", ["stride="]),
        ("  b: {mine: 8, |", "", ["stride: ", "when: "]),
        ("  b: {conv: 8, k|}", "k", ["kernel: ", "repeat: "]),
        ("  b:\n    conv: 8\n    |", "", ["kernel: ", "for: "]),
        ("  b: {conv: 8, padding_mode: |}", "", ["zeros", "circular"]),
        ("  b: {conv: 8, bias: |}", "", ["true", "false"]),
        ("  b: upsample 2 mode=|", "", ["bilinear"]),
        ("  b: {use: m|}", "m", ["mine", "conv"]),
        ("  b: {|", "", ["conv", "residual", "for: "]),
        ("  b: {conv: 8, when: w|}", "w", ["width"]),
        ("  b: {conv: stem.ch|}", "stem.ch", ["stem.channels", "stem.shape"]),
        ("  b: conv (width * x.|", "x.", ["x.channels"]),
        ('  b: {conv: "depths[|', "", ["depths", "width"]),
        ("  b: {add: [x, s|]}", "s", ["stem", "x"]),
        ("  b: {math: x * st|}", "st", ["stem", "softmax"]),
        ("  b: {concat: [x, stem], dim: |}", "", ["channels", "height"]),
        ("  b: {conv_norm_act: 8, act: |}", "", ["relu", "act"]),
        ("  b: {conv: 8, from: |}", "", ["stem", "input"]),
        ("  b: {conv: 8, for: i in |}", "", ["depths", "range"]),
        ("  b: {linear: 8, init: {weight: tr|}}", "tr", ["trunc_normal", "fan_in"]),
        ("  b:\n    - residual: [conv 8]\n      sh|", "sh", ["shortcut: "]),
        ("  b: conv 8\nini|", "ini", ["init: ", "variants: "]),
        ("  b: conv 8\ndefaults: {co|", "co", ["conv", "mine"]),
        ("  b: conv 8\ndefaults: {conv: {b|", "b", ["bias: "]),
        ("  b: conv 8\nvariants: {a: {w|", "w", ["width: ", "like: "]),
        ("  b: conv 8\nvariants: {a: {}, b: {like: |", "", ["a"]),
        ("  b: conv 8\nextends: family/res|", "family/res", ["family/resnet.yaml"]),
        ("  b: conv 8\nimport: [fam|", "fam", ["family/", "unet.yaml"]),
        ("  b: conv 8\ninit:\n  - {op: co|", "co", ["conv", "linear"]),
        ("  b: conv 8\ninit:\n  - {op: conv, w|", "w", ["weight: ", "when: "]),
        ("  b: conv 8\ntensors: {t: {|", "", ["param: ", "buffer: "]),
        ("  b: conv 8\nexpect: {|", "", ["params: ", "macs: "]),
        ("  b: conv 8\ntrain:\n  op|", "op", ["optimizer: ", "loss: "]),
        ("  b: conv 8\ntrain: {optimizer: ad|", "ad", ["adamw", "sgd"]),
        ("  b: conv 8\ntrain: {optimizer: adamw 0.1 we|", "we", ["weight_decay=", "betas="]),
        ("  b: conv 8\ntrain:\n  transforms:\n    - resize 8 interpolation=|", "", ["bilinear", "antialias="]),
        ("  b: conv 8\ntrain: {optimizer: {sgd: 0.1, |", "", ["momentum: "]),
        ("  b: conv 8\ntrain: {precision: |", "", ["bf16"]),
        ("  b: conv 8\ntrain: {compile: |", "", ["true", "false"]),
        ("  b: conv 8\nweights: {|", "", ["url: ", "sha256: "]),
    ],
)
def test_completion(typed: str, word: str, expected: list[str]) -> None:
    found, replaced = offered(typed)
    assert [text for text in expected if text not in found] == []
    assert replaced == word
    assert not [text for text in found if MARK in text]


@pytest.mark.parametrize("typed", ["  |", "  b: conv 8\nname: |", "  b: {conv: 8, as: |}", "  b: conv 8  # |", "  b: conv 8\nparams: {|"])
def test_nothing_is_offered_where_a_new_name_stands(typed: str) -> None:
    assert offered(typed)[0] == []


def test_what_is_given_is_not_offered_again() -> None:
    found, _ = offered("  b: {conv: 8, kernel: 3, |")
    assert "kernel: " not in found
    assert "out: " not in found
    assert "b" not in offered("  b: {add: [x, |]}")[0]


def test_a_label_is_offered_after_it_stands() -> None:
    assert "later" not in offered("  b: {add: [x, |]}\n  later: relu")[0]


def said(text: str, needle: str, into: int = 0) -> str:
    found = hover(view_of(text), text.index(needle) + into)
    return "" if found is None else found.text


@pytest.mark.parametrize(
    ("needle", "expected"),
    [
        ("conv width", "conv out kernel=3 stride=1 padding=same dilation=1 groups=1 bias=true padding_mode=zeros"),
        ("conv width", "- `stem` 3×8×8 → 8×8×8 · 224 parameters · 13.8 KMACs"),
        ("stem", "`stem` — child"),
        ("width\n", "`out` of `conv` — "),
        ("width\n", "`width`: `8` — parameter"),
        ("wide:", "`wide`: `width * 2` — name for a value"),
        ("stride=stride", "`stride=1` of `conv` — "),
        ("planes: int", "`planes` — parameter of `mine`"),
        ("input", "`input` — sizes of one example"),
        ("params: {p", "`params` — parameters: a default"),
        ("residual", "`residual` — the body's output plus the shortcut"),
        ("shortcut", "`shortcut` — the way around the body"),
        ("when", "`when` — a condition"),
        ("mine: 8", "mine planes stride=1"),
        ("mine: 8", "- `more.0` 8×8×8 → 8×8×8 · 584 parameters · 36.9 KMACs · 2 times"),
        ("i in", "`i` — variable"),
    ],
)
def test_hover(needle: str, expected: str) -> None:
    more = "  deep: {residual: [conv width], shortcut: [relu], when: width > 2}\n  more: {mine: 8, for: i in range(2)}\n"
    assert expected in said(BASE + more, needle)


@pytest.mark.parametrize(
    ("needle", "expected"),
    [
        ("optimizer", "`optimizer` — the optimiser"),
        ("adamw", "Loshchilov and Hutter"),
        ("weight_decay", "`weight_decay` of `adamw` — a number of at least 0"),
        ("random_crop", "`random_crop` — A part at a random place"),
    ],
)
def test_hover_in_a_recipe(needle: str, expected: str) -> None:
    recipe = "train:\n  optimizer: adamw 0.1 weight_decay=0.1\n  transforms: [random_crop 8]\n"
    assert expected in said(BASE + recipe, needle)


def test_hover_tells_which_variant_it_means() -> None:
    text = "input: [3, 8, 8]\nparams: {out: int}\nvariants: {small: {out: 4}}\nbody: [conv out]\n"
    assert "In the variant `small`:\n\n- `0` 3×8×8 → 4×8×8" in said(text, "conv")


@pytest.mark.parametrize("table", [SPEC, BLOCK, WIRING, MODIFIERS, TENSOR, RULE, WEIGHTS, EXPECT, TRAIN])
def test_every_word_of_the_language_has_a_hover(table: dict[str, str]) -> None:
    from archdsl.lsp.documentation import KEYS, key

    what = next(what for what, words in KEYS.items() if set(table) <= set(words))
    assert all(key(word, what).endswith(text) for word, text in table.items())


@pytest.mark.parametrize("name", list(BY_NAME))
def test_every_operation_has_a_hover(name: str) -> None:
    text = f"input: [3, 8, 8]\nbody:\n  - {{{name}: 1}}\n"
    assert said(text, name).startswith(f"```\n{name}")


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_layer_of_a_shipped_spec_has_a_hint_and_every_place_an_answer(path: Path) -> None:
    view = view_of(path.read_text(encoding="utf-8"), str(path))
    found = hints(view, 0, len(view.source.text))
    assert view.network is not None
    assert view.network.built
    for place in view.outline.places:
        if view.uses(place):
            assert any(place.span.start <= hint.offset for hint in found)
    for offset in range(0, len(view.source.text), 23):
        hover(view, offset)
        definition(view, offset)
    assert "body" in [symbol.name for symbol in symbols(view)]


def test_hints_stand_where_the_eye_looks_for_them() -> None:
    text = BASE + (
        "  level:  # a comment\n    - conv 4 # another\n    - {conv: 4,\n       kernel: 5}\n"
        '  "quoted": "relu"\n  sum:\n    residual:\n      a: conv 4\n  form: {math: x * 2}\n  loop: {for: "i in [2, 4]", seq: [conv i]}\n'
    )
    view = view_of(text)
    for hint in reversed(hints(view, 0, len(text))):
        text = f"{text[: hint.offset]} {hint.text}{text[hint.offset :]}"
    assert text.splitlines()[8:] == [
        "  stem: conv width → 8×8×8",
        "  level: → 4×8×8  # a comment",
        "    - conv 4 → 4×8×8 # another",
        "    - {conv: 4,",
        "       kernel: 5} → 4×8×8",
        '  "quoted": "relu" → 4×8×8',
        "  sum: → 4×8×8",
        "    residual:",
        "      a: conv 4 → 4×8×8",
        "  form: {math: x * 2} → 4×8×8",
        '  loop: {for: "i in [2, 4]", seq: [conv i → 2×8×8 … 4×8×8]} → 4×8×8',
    ]


def test_what_is_answered_of_wrong_specs() -> None:
    """No text makes an answer fail, and every fault stands in the file that is open."""
    for number in DAMAGED:
        name, data = damaged(number)
        source = Source(name, data.decode("utf-8", "replace"))
        said = checked(source, None)
        positions = Positions(source)
        for fault in shown(said):
            assert fault.span.source is source
            assert positions.offset(positions.position(fault.span.start)) == fault.span.start
        found = outlined(source)
        view = None if found is None else View(source, found, said)
        for offset in range(number % 97, min(len(source.text), 1_000), 397):
            completions(source, offset, outlined, found)
            if view is not None:
                hover(view, offset)
                definition(view, offset)
        if view is not None:
            hints(view, 0, len(source.text))
            symbols(view)
            quick_fixes(view, said, 0, len(source.text))
            fix_all(view, said)


def test_fixes_of_an_older_text_are_not_offered() -> None:
    view = view_of("input: [3, 8, 8]\nbody: [cnov 8]\n")
    assert [action.title for action in quick_fixes(view, view.network, 0, 99)] == ["Replace `cnov` by `conv`"]
    newer = View(Source("net.yaml", view.source.text + "# more\n"), view.outline, view.network)
    assert quick_fixes(newer, view.network, 0, 99) == []
    assert fix_all(newer, view.network) is None


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_format_edits_make_the_canonical_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(": ", ":  ").replace("\n", "  \r\n")
    source = Source(str(path), text)
    assert applied(text, format_edits(source)) == formatted(source, DEFAULT)


TEXTS = st.text(st.sampled_from("ab 1:\n\r\u2028\x85é𝒳"), max_size=24)


@given(TEXTS, TEXTS, st.data(), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_an_edit_is_made_where_the_editor_made_it(text: str, new: str, data: st.DataObject, encoding: str) -> None:
    places = [i for i in range(len(text) + 1) if text[i - 1 : i + 1] != "\r\n" or not i]
    start, end = sorted(data.draw(st.tuples(st.sampled_from(places), st.sampled_from(places))))
    positions = Positions(Source("", text), encoding)
    assert [positions.offset(positions.position(i)) for i in places] == places
    assert encoding != "utf-16" or [positions.position(i) for i in places] == [(p.line, p.character) for p in (at(text, i) for i in places)]
    assert edited(text, positions.position(start), positions.position(end), new, encoding) == text[:start] + new + text[end:]


@given(st.lists(st.sampled_from("ab"), max_size=6), st.lists(st.sampled_from("ab"), max_size=6), st.data())
def test_places_move_with_the_lines_that_are_the_same(old: list[str], new: list[str], data: st.DataObject) -> None:
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    moved = Moved.between(Source("", before), Source("", after))
    index = data.draw(st.integers(0, max(0, len(after) - 1)))
    found = moved.back(index, index + 1)
    if found is not None and index < len(after):
        assert before[found[0] : found[1]] == after[index]
        assert moved.forward(*found) == (index, index + 1)


WITHOUT = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pygls", "lsprotocol", "cattrs"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
from archdsl.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_without_pygls_it_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, "lsp"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: this needs lsprotocol, which is not installed: pip install pygls (for the language server)\n"


@pytest.mark.parametrize("sent", ["", 'Content-Length: 33\r\n\r\n{"jsonrpc":"2.0","method":"exit"}', "nonsense\r\n\r\n"])
def test_an_editor_that_leaves_without_a_word(sent: str) -> None:
    words = [sys.executable, "-m", "archdsl", "lsp"]
    done = subprocess.run(words, cwd=ROOT, input=sent, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
