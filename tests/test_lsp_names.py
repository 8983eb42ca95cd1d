"""The names that an editor sees, against those that elaboration looks up; renaming, against the network that comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdsl.diagnostics import Source, Span
from archdsl.diagnostics.edits import applied
from archdsl.elaborate import callees, items
from archdsl.elaborate.formulas import FormulaReader
from archdsl.elaborate.scope import Context
from archdsl.elaborate.sizes import SizeReader
from archdsl.language.tree import Name
from archdsl.limits import DEFAULT
from archdsl.lsp.checked import Checked, checked
from archdsl.lsp.definition import references
from archdsl.lsp.outline import Outline, outline
from archdsl.lsp.rename import NoRename, prepared, renamed
from archdsl.lsp.view import View

SPECS = Path(__file__).parent.parent / "specs"
OWN = [path for path in [*sorted(SPECS.glob("*.yaml")), *sorted((SPECS / "family").glob("*.yaml"))] if "\nbody:" in path.read_text()]
"""specs with layers of their own, not those that choose a variant of a family"""
GIVEN = ("it", "fan_in", "fan_out", "shape")
"""names that are there without a definition"""
NAMED = """\
input: [3, 8, 8]
params: {width: 8, deep: true, act: relu, gain: 1.0, cfg: [8, mine 4, D]}
let: {wide: "[width * i for i in range(1, 3)]", last: "wide[-1]"}
legend: {D: dropout 0.1}
variants:
  small: {width: 4}
  large: {like: small, deep: false}
blocks:
  mine:
    params: {planes: int, what: item = act}
    let: {half: planes // 2}
    tensors: {scale: {param: [planes, 1, 1], init: ones}}
    body:
      first: {conv: planes, as: kept}
      again: {reuse: first, from: x, when: x.channels == planes and half > 99}
      sum: {add: [kept, first, x]}
      last: what
      out: {math: x * scale + 0 * kept * gain}
body:
  stem: conv last
  part: cfg
  pair: {for: "i, n in enumerate(wide)", mine: n, what: act, as: ys...}
  more: {use: mine, planes: width, outputs: [sum, last]}
  tail: {seq: {one: mine 4, two: act, three: [D, conv 4 name=third]}, from: "more[0]", init: {"one.first.weight": zeros}}
outputs: [tail]
init:
  - {key: stem, weight: normal gain, when: deep}
  - {key: tail.one.*, bias: 0}
"""


def outlined(source: Source) -> Outline:
    found = outline(source, DEFAULT, None)
    assert found is not None
    return found


def read(path: Path) -> Source:
    return Source(str(path), path.read_text(encoding="utf-8"))


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> dict[Span, str]:
    """Every name that elaboration finds, by its place: variables, values, labels, words that hold items, blocks."""
    found: dict[Span, str] = {}
    value, prefix, tensor, resolve = SizeReader.value, SizeReader.tensor_prefix, FormulaReader.tensor, callees.resolve

    def note(span: Span, name: str) -> None:
        if span.text.startswith(name):
            found[span.part(0, len(name))] = name

    def noted_value(self: SizeReader, node: Name) -> object:
        if self.context.scope.find(node.parts[0]) is not None:
            note(node.span, node.parts[0])
        return value(self, node)

    def noted_prefix(self: SizeReader, node: Name) -> object:
        given, rest = prefix(self, node)
        if given is not None and node.parts[0] not in ("x", "input"):
            note(node.span, ".".join(node.parts[: len(node.parts) - len(rest)]))
        return given, rest

    def noted_tensor(self: FormulaReader, node: Name) -> object:
        given = tensor(self, node)
        if given is not None and node.text not in ("x", "input"):
            note(node.span, node.text)
        return given

    def noted_resolve(run: items.Elaborator, item: items.Item, context: Context, *more: object) -> object:
        called = resolve(run, item, context, *more)  # type: ignore[arg-type]
        head = item.positional[0] if item.head.text == "use" else item.head
        if called.item.head is not head or (called.block is not None and called.file is not run.library):
            note(head.span, getattr(head, "text", "").split(" ")[0])
        return called

    monkeypatch.setattr(SizeReader, "value", noted_value)
    monkeypatch.setattr(SizeReader, "tensor_prefix", noted_prefix)
    monkeypatch.setattr(FormulaReader, "tensor", noted_tensor)
    monkeypatch.setattr(items, "resolve", noted_resolve)
    return found


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_the_names_of_shipped_specs_are_those_that_elaboration_looks_up(path: Path, looked_up: dict[Span, str]) -> None:
    source = read(path)
    assert checked(source, None).built
    mentions = {(m.span.start, m.span.end): m.definition for m in outlined(source).mentions}
    here = {(span.start, span.end): name for span, name in looked_up.items() if span.source is source and name not in GIVEN}
    assert {name for place, name in here.items() if place not in mentions} == set()
    assert all(mentions[place].name == name or mentions[place].pattern is not None for place, name in here.items())


def test_names_of_every_kind_are_looked_up_alike(looked_up: dict[Span, str]) -> None:
    source = Source("named.yaml", NAMED)
    said = checked(source, None)
    assert [d for d in said.diagnostics if d.severity == "error"] == []
    mentions = {m.span for m in outlined(source).mentions}
    assert {name for span, name in looked_up.items() if span.source is source and span not in mentions} == set()


def test_a_parameter_and_a_child_of_one_name_are_told_apart() -> None:
    """In formulas a label comes first, in arguments a value; sizes are those of tensors."""
    text = (
        "input: [3, 8, 8]\nparams: {a: 4}\nbody:\n  a: conv a\n  b: conv a.channels\n"
        "  c: {math: \"x + a + sum([a for a in [1, 2]])\"}\n  d: {conv: a, from: a}\n"
    )
    mentions = outlined(Source("two.yaml", text)).mentions
    told = [(m.span.line, m.definition.kind) for m in mentions if m.span.text == "a"]
    four = [(4, "child"), (4, "parameter"), (5, "child"), (6, "child"), (6, "variable"), (6, "variable"), (7, "parameter"), (7, "child")]
    assert told == [(2, "parameter"), *four]


ONCE: dict[tuple[str, str], Checked] = {}


def check(source: Source) -> Checked:
    key = source.name, source.text
    return ONCE.get(key) or ONCE.setdefault(key, checked(source, None))


def renamings(source: Source) -> tuple[dict[str, str], dict[str, str]]:
    """Every name of a text under a new one: the texts that come of it, and the refusals."""
    view = View(source, outlined(source))
    done, refused = {}, {}
    for definition in view.outline.definitions:
        name = f"{definition.kind} {definition.name}{f' of {definition.owner}' if definition.owner else ''}"
        try:
            done[name] = applied(source.text, renamed(view, definition.span.start, "another_name", check))
        except NoRename as why:
            refused[name] = str(why)
    return done, refused


def test_a_name_of_every_kind_is_renamed_everywhere() -> None:
    """`renamed` compares the networks itself; here also that nothing of the old name is left."""
    done, refused = renamings(Source("named.yaml", NAMED))
    assert refused == {}
    texts = {name: "\n".join(line for line in text.splitlines() if "another_name" in line) for name, text in done.items()}
    assert texts["token D"].count("another_name") == 3
    assert texts["child stem"] == "  another_name: conv last\n  - {key: another_name, weight: normal gain, when: deep}"
    assert texts["child first of mine"].count("another_name") == 4
    assert texts["child tail"].count("another_name") == 3


@pytest.mark.parametrize("name", ["unet", "siamese", "m5", "densenet_small", "family/squeezenet"])
def test_renaming_in_shipped_specs(name: str) -> None:
    done, refused = renamings(read(SPECS / f"{name}.yaml"))
    assert done
    why = ("has an expression in its name", "`int` says what a number means")
    assert [text for text in refused.values() if not text.endswith(why)] == []


@pytest.mark.parametrize(
    ("place", "new", "why"),
    [
        ("conv last", "x1", "no name of this file stands here"),
        ("width: 8", "deep", "there is a parameter `deep` already, at 2:20"),
        ("width: 8", "if", "then line 2 would be wrong"),
        ("width: 8", "2wide", "then line 2 would be wrong"),
        ("width: 8", "a b", "`a b` is no name"),
        ("mine:\n", "conv", "then line 14 would be wrong: `conv` calls itself"),
        ("stem: conv", "forward", "then line 20 would be wrong"),
        ("stem: conv", "add", "then line 20 would be wrong"),
        ("first: {", "last", "there is a child `last` already, at 17:7"),
    ],
)
def test_what_cannot_be_renamed_is_refused(place: str, new: str, why: str) -> None:
    source = Source("named.yaml", NAMED)
    with pytest.raises(NoRename) as refused:
        renamed(View(source, outlined(source)), NAMED.index(place), new, check)
    assert why in str(refused.value)


def test_a_path_through_numbered_children_keeps_its_names() -> None:
    source = Source("paths.yaml", "input: [3, 8, 8]\nbody:\n  a: {seq: [{seq: {first: conv 4}}], init: {0.first.weight: zeros}}\n")
    with pytest.raises(NoRename, match=r"tensor `0\.first\.weight`"):
        renamed(View(source, outlined(source)), source.text.index("first"), "last", check)


def test_a_name_of_another_file_is_not_renamed_here() -> None:
    child = read(SPECS / "resnet18.yaml")
    extended = Source(child.name, child.text + "params: {num_classes: 10}\n")
    with pytest.raises(NoRename, match=r"family.resnet\.yaml"):
        prepared(View(extended, outlined(extended)), extended.text.index("num_classes"))


def test_references_list_the_definition_first() -> None:
    source = Source("named.yaml", NAMED)
    found = references(View(source, outlined(source)), NAMED.index("kept, first"))
    assert [(span.line, span.text) for span in found] == [(14, "kept"), (16, "kept"), (18, "kept")]
