"""Files → documents: keys, extends, variants, imports, and the fence around them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from archdsl.diagnostics import CODES, Diagnostic, Source, Span
from archdsl.language.document import Document, Entries
from archdsl.language.files import load
from archdsl.language.nodes import Scalar, Sequence
from archdsl.limits import DEFAULT, Limits

Load = Callable[..., tuple[Document | None, list[Diagnostic]]]

FAMILY = """
params: {num_classes: 1000, depths: [1]}
variants: {resnet18: {depths: [2]}, resnet34: {depths: [3]}, wide: {like: resnet34, num_classes: 3}}
defaults: {conv: {bias: false}}
blocks: {unit: [relu]}
require: {"num_classes > 0": some}
outputs: head
expect: {params: 3}
body: {head: relu}
"""
FILES = {
    "family/resnet.yaml": FAMILY,
    "family/defaulted.yaml": "params: {n: 1}\nvariants: {a: {n: 2}, b: {n: 3}}\nvariant: a\nbody: [relu]",
    "blocks.yaml": "blocks: {unit: [relu], other: {body: [gelu]}}",
    "more.yaml": "import: [blocks.yaml]\nblocks: {unit: [gelu]}",
    "broken.yaml": "blocks: {unit: [relu]}\nbdoy: [relu]",
    "itself.yaml": "extends: itself.yaml",
    "one.yaml": "import: [two.yaml]\nbody: [relu]",
    "two.yaml": "import: [one.yaml]\nblocks: {a: [relu]}",
}


@pytest.fixture
def loading(tmp_path: Path) -> Load:
    root = tmp_path / "specs"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "outside.yaml").write_text("blocks: {secret: [relu]}")
    os.symlink("../outside.yaml", root / "link.yaml")
    os.mkfifo(root / "pipe.yaml")
    for i in range(12):
        (root / f"chain{i}.yaml").write_text(f"import: [chain{i + 1}.yaml]\nblocks: {{c{i}: [relu]}}")
        (root / f"many{i}.yaml").write_text(f"blocks: {{m{i}: [relu]}}")

    def run(
        text: str, *, variant: str | None = None, limits: Limits = DEFAULT, root_: Path | None = None
    ) -> tuple[Document | None, list[Diagnostic]]:
        found: list[Diagnostic] = []
        wanted = None if variant is None else Scalar(variant, Span(Source("--variant", variant), 0, len(variant)))
        document = load(Source(str(root / "net.yaml"), text), limits, root=root_, report=found.append, variant=wanted)
        return document, found

    return run


BAD = [
    ("resnet", "AD1201", "resnet", "a mapping or a list"),
    ("{input: [8], bdoy: [relu]}", "AD1202", "bdoy", "did you mean `body`?"),
    ("{input: [8], backbone: [relu], head: [relu]}", "AD1202", "backbone", "layers stand in `body`"),
    ("{input: [8]}", "AD1203", "{input: [8]}", "`body`"),
    ("{blocks: {b: {params: {n: 1}}}, body: [b]}", "AD1203", "{params: {n: 1}}", "`b` has no `body`"),
    ("{blocks: {b: {parms: {n: 1}, body: [relu]}}, body: [b]}", "AD1202", "parms", "did you mean `params`?"),
    ("{params: [1], body: [relu]}", "AD1204", "[1]", "takes a mapping; found a list"),
    ("{name: [a], body: [relu]}", "AD1204", "[a]", "takes text"),
    ("{import: blocks.yaml, body: [relu]}", "AD1204", "blocks.yaml", "write `[blocks.yaml]`"),
    ("{params: {a b: 3}, body: [relu]}", "AD1205", "a b", "cannot be used"),
    ("{params: {x: 3}, body: [relu]}", "AD1206", "x", "what flows in"),
    ("{blocks: {seq: [relu]}, body: [relu]}", "AD1206", "seq", "choose another name"),
    ("{blocks: {b: relu}, body: [b]}", "AD1207", "relu", "write `[relu]`"),
    ("{name: no, body: [relu]}", "AD1120", "no", "older YAML reads false"),
    ("{import: [blokcs.yaml], body: [relu]}", "AD2301", "blokcs.yaml", "did you mean `blocks.yaml`?"),
    ("{import: [family], body: [relu]}", "AD2301", "family", "directory"),
    ("{import: [pipe.yaml], body: [relu]}", "AD2301", "pipe.yaml", "not opened"),
    ("{import: [../outside.yaml], body: [relu]}", "AD2302", "../outside.yaml", "--root"),
    ("{import: [link.yaml], body: [relu]}", "AD2302", "link.yaml", "--root"),
    ("{import: [/b.yaml], body: [relu]}", "AD2302", "/b.yaml", "relative"),
    ('{extends: "https://h/b.yaml"}', "AD2302", "https://h/b.yaml", "relative"),
    ("{import: [one.yaml], body: [relu]}", "AD2303", "one.yaml", "one.yaml → two.yaml → one.yaml"),
    ("{extends: itself.yaml}", "AD2303", "itself.yaml", "`itself.yaml` names itself"),
    ("{extends: family/resnet.yaml, variant: resnet81}", "AD2304", "resnet81", "did you mean `resnet18`?"),
    ("{variant: big, body: [relu]}", "AD2304", "big", "has no variants"),
    ("{variants: {a: {like: c}}, body: [relu]}", "AD2304", "c", "no variant `c`"),
    ("{import: [blocks.yaml, more.yaml], body: [relu]}", "AD2305", "more.yaml", "under `blocks`"),
    ("{import: {unit: family/resnet.yaml}, blocks: {unit: [relu]}, body: [relu]}", "AD2305", "unit", "rename"),
    ("{params: {depth: 2}, variants: {big: {detph: 4}}, body: [relu]}", "AD2306", "detph", "did you mean `depth`?"),
    ("{variants: {a: {like: b}, b: {like: a}}, body: [relu]}", "AD2307", "b", "a → b → a"),
    ("{extends: family/resnet.yaml, params: {num_clases: 10}}", "AD2306", "num_clases", "did you mean `num_classes`?"),
    ("{import: [chain0.yaml], body: [relu]}", "AD5006", "chain8.yaml", "import_depth"),
]


@pytest.mark.parametrize(("text", "code", "at", "says"), BAD, ids=[f"{b[1]}-{i}" for i, b in enumerate(BAD)])
def test_fault_gives_one_message_at_its_place(loading: Load, text: str, code: str, at: str, says: str) -> None:
    _, found = loading(text)
    assert [(d.code, d.span.text) for d in found] == [(code, at)]
    assert says in f"{found[0].message} {found[0].help}"
    assert code in CODES


def test_faults_of_one_file_come_together(loading: Load) -> None:
    _, found = loading("{params: [1], let: 3, defaults: {conv: 3}, nmae: x, body: [relu], variants: {a: {like: [b]}}}")
    assert sorted(d.code for d in found) == ["AD1202", "AD1204", "AD1204", "AD1204", "AD1204"]
    _, found = loading("{params: {if: 3, a b: 3, x: 3}, body: [relu]}")
    assert len(found) == 3


def test_fault_in_an_imported_file_tells_who_imports_it(loading: Load) -> None:
    _, found = loading("body: [relu]\nimport: [broken.yaml]")
    assert [d.code for d in found] == ["AD1202"]
    source = found[0].span.source
    assert source.name.endswith("broken.yaml")
    assert source.imported_from is not None
    assert source.imported_from.line == 2


def test_list_is_a_spec(loading: Load) -> None:
    document, found = loading("[64, M, 128]")
    assert not found
    assert document is not None
    assert document.name == "net"
    assert isinstance(document.main.body, Sequence)


def shown(settings: Entries) -> dict[str, str]:
    return {name: node.span.text for name, (_, node) in settings.items()}


def test_extends_merges_as_the_language_says(loading: Load) -> None:
    document, found = loading(
        "{extends: family/resnet.yaml, variant: wide, params: {num_classes: 10}, name: mine,"
        " defaults: {conv: {stride: 2}, relu: {inplace: true}}}"
    )
    assert not found
    assert document is not None
    assert [shown(s) for s in document.settings] == [{"depths": "[3]"}, {"num_classes": "3"}, {"num_classes": "10"}]
    assert shown(document.main.params) == {"num_classes": "1000", "depths": "[1]"}
    assert (document.chosen and document.chosen.text, document.variant, document.extended, document.name) == ("wide", None, True, "mine")
    assert {name: shown(arguments) for name, (_, arguments) in document.defaults.items()} == {
        "conv": {"bias": "false", "stride": "2"},
        "relu": {"inplace": "true"},
    }
    assert list(document.blocks) == ["unit"]
    assert list(document.variants) == ["resnet18", "resnet34", "wide"]
    assert document.main.body.span.source.name.endswith("resnet.yaml")
    assert document.main.outputs is not None
    assert len(document.main.require) == 1
    assert document.expect is None


def test_own_body_may_declare_parameters(loading: Load) -> None:
    document, found = loading("extends: family/resnet.yaml\nparams: {fresh: 1, depths: [9]}\nbody: [relu]")
    assert not found
    assert document is not None
    assert not document.extended
    assert list(document.main.params) == ["num_classes", "depths", "fresh"]
    assert [shown(s) for s in document.settings] == [{"depths": "[9]"}]


def test_variant_of_the_caller_stands_in_for_the_files(loading: Load) -> None:
    document, found = loading("extends: family/resnet.yaml\nvariant: wide", variant="resnet18")
    assert not found
    assert document is not None
    assert (document.chosen and document.chosen.text, [shown(s) for s in document.settings]) == ("resnet18", [{"depths": "[2]"}])
    document, _ = loading("extends: family/defaulted.yaml")
    assert document is not None
    assert document.variant is not None
    assert (document.variant.text, document.chosen and document.chosen.text, document.settings) == ("a", None, ())
    document, _ = loading(FILES["family/defaulted.yaml"], variant="b")
    assert document is not None
    assert (document.variant, document.chosen and document.chosen.text) == (None, "b")
    _, found = loading(FAMILY, variant="resnet81")
    assert [(d.code, d.span.source.name) for d in found] == [("AD2304", "--variant")]


def test_imports_are_not_transitive(loading: Load) -> None:
    document, found = loading("import: [more.yaml]\nbody: [unit]")
    assert not found
    assert document is not None
    assert list(document.imports) == ["unit"]
    document, found = loading("import: {net: family/resnet.yaml}\nbody: [net]")
    assert not found
    assert document is not None
    assert list(document.networks) == ["net"]
    assert document.networks["net"][1].main.params.keys() == {"num_classes", "depths"}


def test_redefined_block_settles_a_clash(loading: Load) -> None:
    document, found = loading("import: [blocks.yaml, more.yaml]\nblocks: {unit: [relu]}\nbody: [unit]")
    assert not found
    assert document is not None
    assert set(document.imports) == {"unit", "other"}


def test_root_widens_and_limits_count(loading: Load, tmp_path: Path) -> None:
    document, found = loading("{import: [../outside.yaml], body: [relu]}", root_=tmp_path)
    assert not found
    assert document is not None
    assert list(document.imports) == ["secret"]
    names = ", ".join(f"many{i}.yaml" for i in range(5))
    _, found = loading(f"{{import: [{names}, many0.yaml], body: [relu]}}", limits=replace(DEFAULT, imports=4))
    assert [(d.code, d.span.text) for d in found] == [("AD5005", "many4.yaml")]
