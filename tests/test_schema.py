"""The JSON Schema, by the package `jsonschema`: it takes every right spec of ours, and refuses what it can know, where archdsl does."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_bad_inputs as bad
import test_readme as pages
from jsonschema import Draft7Validator
from pydantic import TypeAdapter, ValidationError
from schemas import general, own, plain, wrong

import archdsl
from archdsl.cli import main
from archdsl.diagnostics import Fault, Span, SpecError
from archdsl.elaborate.library import DOCUMENTATION, library_names, library_node
from archdsl.language.nodes import Mapping
from archdsl.language.reader import read
from archdsl.limits import DEFAULT
from archdsl.ops import BY_NAME
from archdsl.ops.types import Kind
from archdsl.reference.takes import takes
from archdsl.request import Request, read_spec
from archdsl.schema.values import value

ROOT = Path(__file__).parent.parent
SHIPPED = sorted([*(ROOT / "specs").rglob("*.yaml"), *(ROOT / "archdsl" / "templates").glob("*.yaml")])
LARGE = 20_000
"""bytes of a case beyond which only a limit is at stake"""


ALWAYS = """
    AD1205 AD1206 AD1207 AD1212 AD1305 AD1312 AD1313 AD1314 AD1315 AD1316 AD1317 AD1320 AD1321 AD1322 AD2029 AD2211 AD2306
    AD4006
""".split()  # noqa: SIM905
"""faults of form: every one is refused on its line"""
OFTEN = """
    AD1202 AD1203 AD1204 AD1302 AD1303 AD1307 AD1308 AD1310 AD1318 AD1323 AD1324 AD1325 AD2005 AD2006 AD2019 AD2101 AD2102 AD2104 AD2110
    AD2118 AD2210 AD2304 AD3003 AD4001 AD4002 AD4101 AD4210 AD4301 AD4302 AD4306
""".split()  # noqa: SIM905
"""faults that are refused where no expression, list, order of keys or other file is in the way"""
SEVERAL = {"AD1205", "AD1313", "AD1322", "AD1323"}
"""faults of which a schema cannot tell which of several places is the wrong one"""


def load(path: Path) -> Request:
    return Request(read_spec(path))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_accepted(path: Path) -> None:
    node, schema = own(load(path))
    assert wrong(general(), node) == {}
    assert wrong(schema, node) == {}


@pytest.mark.parametrize("name", sorted(library_names()))
def test_blocks_of_the_library_are_accepted(name: str) -> None:
    node = library_node(name)
    block = {key.text: plain(child) for key, child in node.entries if key.text not in DOCUMENTATION}
    schema = general().evolve(schema={"$ref": "#/definitions/block", "definitions": general().schema["definitions"]})
    assert list(schema.iter_errors(block)) == []
    assert [error.validator for error in schema.iter_errors({**block, "bdoy": []})] == ["additionalProperties"]


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.stem)
def test_specs_of_the_pages_are_accepted(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    for block in pages.blocks(page):
        if block.mark != "yaml":
            continue
        node, schema = own(load(pages.written(block, tmp_path)))
        assert wrong(general(), node) == {}, f"{page.name}:{block.line}"
        assert wrong(schema, node) == {}, f"{page.name}:{block.line}"


def cases(name: str) -> Iterator[tuple[str, bad.Case, list[dict[str, Any]]]]:
    """The cases of a file of tests/errors that are checked as they stand, with the errors in the spec itself that are pinned of them."""
    printed = re.split(r"^=== \d+\n", (bad.ERRORS / f"{name}.jsonl").read_text("utf-8"), flags=re.MULTILINE)[1:]
    for number, (case, lines) in enumerate(zip(bad.cases(name), printed, strict=True)):
        if case.command == ("check", "net.yaml") and sum(map(len, case.files.values())) < LARGE:
            told = [json.loads(line) for line in lines.splitlines()]
            yield f"{number}", case, [d for d in told if d["severity"] == "error" and d["file"] == "net.yaml"]


def refused(folder: Path, case: bad.Case, precise: bool) -> dict[Span, str] | None:
    """What the general schema refuses, and if `precise` the spec's own where that can be read; `None` where text is no YAML."""
    for path, content in case.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    try:
        request = load(folder / "net.yaml")
        node = read(request.source, DEFAULT, lambda diagnostic: None)
        partial = isinstance(node, Mapping) and node.partial
        found = None if node is None or partial else wrong(general(), node)
    except Fault:
        return None
    if found is None or node is None or not precise:
        return found
    try:
        return {**found, **wrong(own(request)[1], node)}
    except SpecError:
        return found


@pytest.mark.parametrize("name", bad.FILES)
def test_wrong_specs_are_refused_where_they_are_wrong(name: str, tmp_path: Path) -> None:
    for number, case, errors in cases(name):
        codes = {error["code"] for error in errors}
        places = refused(tmp_path / number, case, not errors or bool(codes & {*ALWAYS, *OFTEN}))
        if places is None:
            continue
        lines = {span.line for span in places}
        for error in errors:
            assert error["line"] in lines or error["code"] not in ALWAYS, f"case {number}: {error['code']} on line {error['line']}"
        for span, message in places.items():
            here = any(span.line <= error["line"] <= span.end_line for error in errors)
            assert here or codes & SEVERAL, f"case {number}, line {span.line}: {message}"


@pytest.mark.parametrize("code", [*ALWAYS, *OFTEN])
def test_a_schema_sees(code: str, tmp_path: Path) -> None:
    for name in sorted(bad.FILES, key=lambda name: code not in name):
        for number, case, errors in cases(name):
            wanted = {error["line"] for error in errors if error["code"] == code}
            if wanted and wanted & {span.line for span in refused(tmp_path / name / number, case, True) or {}}:
                return
    raise AssertionError(f"no case of {code} is refused")


PLACES = {
    "input: [3, 8, 8]\nbody:\n  - {conv: 8, stried: 2}\n": "stried",
    "input: [3, 8, 8]\nbody:\n  - {conv: 8, kernel: [3, 0]}\n": "0",
    "input: [3, 8, 8]\nbody:\n  - {conv: 8, bias: 1}\n": "1",
    "input: [3, 8, 8]\nbody:\n  - {dropout: 50}\n": "50",
    "input: [3, 8, 8]\nbody:\n  - conv 8 stried=2\n": "conv 8 stried=2",
    "input: [3, 8, 8]\nbody:\n  - residual: [{conv: 8, kernal: 3}]\n    shortcut: [conv 8]\n": "kernal",
    "input: [3, 8, 8]\ndefaults: {linear: {out: 8}, conv: {kernel: -1}}\nbody: [conv 8]\n": "-1",
    "input: [3, 8, 8]\ndefaults: {conv: {bais: false}}\nbody: [conv 8]\n": "bais",
    "input: [3, 8, 8]\nbody:\n  - {for: i in range(2), cond: 8, conv: 4}\n": "cond",
}
OWN = {
    "input: [3, 8, 8]\nblocks: {mine: {params: {w: int}, body: [conv w]}}\nbody:\n  - {mine: 8, ww: 2}\n": "ww",
    "input: [3, 8, 8]\nblocks: {mine: {params: {w: int}, body: [conv w]}}\nbody: [mien 8]\n": "mien 8",
    "input: [3, 8, 8]\nbody:\n  - {cnov: 8, kernel: 3}\n": "cnov",
    "input: [3, 8, 8]\nparams: {width: 8}\nbody:\n  - {conv: widht}\n": "widht",
    "input: [3, 8, 8]\nparams: {w: 8}\nvariants: {a: {v: 2}}\nbody: [conv w]\n": "v",
    "input: [3, 8, 8]\nlegend: {D: dropout}\nbody: [8, M, D, N]\n": "N",
    "input: [3, 8, 8]\nblocks: {mine: {params: {w: int, k: int}, body: [conv w k]}}\nbody:\n  - {mine: 8}\n": "{mine: 8}",
}


@pytest.mark.parametrize(("text", "place"), [*PLACES.items(), *OWN.items()])
def test_an_error_lands_at_the_wrong_key(text: str, place: str) -> None:
    node, schema = own(Request(read_spec(text)))
    assert [span.text for span in wrong(schema, node)] == [place]
    assert [span.text for span in wrong(general(), node)] == ([place] if text in PLACES else [])


RIGHT = """\
input: [8, 16]
body: [{use: multihead_attention, heads: 4, dropout: 0.1}, {multihead_attention: 2, dropout: 0.1}, {dropout: 0.1}]
---
input: [3, 8, 8]
blocks: {mine: {params: {w: int, pad: 0, dropout: 0.1, conv: true}, body: [conv w 3 padding=pad, dropout dropout]}}
body: [{mine: 8, pad: 2}, {mine: 8, dropout: 0.2, conv: false}, {mine: [8, 1]}, {use: mine, w: 4}]
---
input: [3, 8, 8]
params: {block: conv_norm_act, act: gelu, cfg: [8, M, leaky_relu 0.2], rows: [[8, 3], [4, 1]], none_of: none}
blocks: {unit: {params: {out: int, k: 3}, body: [conv out k]}}
body:
  - {block: 8, act: act}
  - {block: 8, act: (relu if len(cfg) > 2 else gelu), norm: none}
  - cfg
  - {for: row in rows, unit: row}
  - {for: "f in ['relu', 'gelu']", when: true, math: x}
  - {none_of: 3, when: false}
---
input: [8]
defaults: {embedding: {dim: 4}, threshold: {value: 0}, conv: {padding_mode: how}}
params: {how: reflect}
body: [{threshold: 0.1}, {softplus: 1, threshold: 20}, {reduce: mean, axes: -1, keep: true}]
---
input: [3, 8, 8]
let: {w: 4 if true else 8, k: 1x3}
body:
  stem: {conv: w * 2, kernel: k, as: skip, init: {weight: trunc_normal 0.02, bias: 1 / fan_in}}
  deep: {conv: (w * 2), kernel: "[1, 3]", stride: 2x2}
  up: {upsample: 1.5, like: none, when: false}
  same: {upsample: none, like: skip}
  cut: {pad: [0, 1, 0, 0]}
  turned: {permute: [0, 2, 3, 1]}
  parts: {split: [4, 4], dim: -1, when: false, else: identity}
  patches: {rearrange: "b h w c -> b (h w) c", when: x.channels > 2}
---
input: {a: [8], b: [8]}
outputs: {sum: total}
body:
  total: {add: [a, b, [linear 8, relu], {linear: 8, when: true}, a * 2]}
expect: {output: [8]}
---
input: [8]
body: [{split: 2, as: [a, b]}]
outputs: [a, b]
expect: {params: 0, output: [[4], [4]]}
"""
ALSO_ARGUMENTS = ("dropout", "threshold")
"""operations that are also arguments of others"""
GIVEN = (-1, 0, 1, 2, 0.5, 1.5, True, [1, 2], [0], [-1], [], {"a": 1})


@pytest.mark.parametrize("text", RIGHT.split("---\n"))
def test_what_looks_wrong_and_is_right_is_accepted(text: str) -> None:
    assert [d for d in archdsl.check(text) if d.severity == "error"] == []
    node, schema = own(Request(read_spec(text)))
    assert wrong(general(), node) == {}
    assert wrong(schema, node) == {}


@pytest.mark.parametrize("name", BY_NAME)
def test_values_are_accepted_as_pydantic_does(name: str) -> None:
    """Of each argument as written out, texts apart, which may be expressions."""
    kind = BY_NAME[name]
    for argument, field in kind.model_fields.items():
        if kind.kinds()[argument] not in (Kind.VALUE, Kind.AXIS, Kind.AXES, Kind.WORD):
            continue
        adapter = TypeAdapter(field.rebuild_annotation(), config={"strict": True})
        schema = Draft7Validator(value(takes(kind, argument)))
        for given in GIVEN:
            if (name, argument) == ("upsample", "scale") and given in (0, -1, [0], [-1]):
                continue  # refused later, by the sizes that it gives
            assert schema.is_valid(given) == _fits(adapter, given), f"{name} {argument}: {given}"
        assert schema.is_valid("an + expression")


def _fits(adapter: TypeAdapter[Any], given: object) -> bool:
    try:
        adapter.validate_python(tuple(given) if isinstance(given, list) else given)
    except ValidationError:
        return False
    return True


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(general().schema)
    assert not re.search(r'"enum": \[\]', json.dumps(general().schema)), "the validator of editors allows no empty list"
    used = set(re.findall(r'"#/definitions/([^"]+)"', json.dumps(general().schema)))
    assert used == set(general().schema["definitions"])


def test_it_documents_every_operation_and_argument() -> None:
    definitions = general().schema["definitions"]
    for name, kind in BY_NAME.items():
        told = definitions.get(f"word {name}", {})
        assert bool(told.get("description")) is bool(told.get("markdownDescription")) is (name not in ALSO_ARGUMENTS)
        arguments = definitions[f"call {name}"]["properties"]
        assert all(arguments[argument]["description"] for argument in kind.model_fields)
    assert definitions["call conv"]["properties"]["kernel"]["default"] == 3


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == general().schema
    Path("net.yaml").write_text("input: [3, 8, 8]\nblocks: {mine: {params: {w: int}, body: [conv w]}}\nbody: [mine 8]\n", encoding="utf-8")
    assert main(["schema", "net.yaml", "-o", "net.schema.json"]) == 0
    assert "# yaml-language-server: $schema=net.schema.json" in capsys.readouterr().out
    assert "call mine" in json.loads(Path("net.schema.json").read_text(encoding="utf-8"))["definitions"]
    Path("bad.yaml").write_text("input: [3, 8, 8]\nimport: [gone.yaml]\nbody: [mine 8]\n", encoding="utf-8")
    assert main(["schema", "bad.yaml"]) in (1, 2)
    assert "gone.yaml" in capsys.readouterr().err
    assert main(["schema", "net.yaml", "-o", "net.yml"]) == 2


@pytest.mark.parametrize("path", sorted((ROOT / "specs").rglob("*.yaml")), ids=lambda path: path.stem)
def test_specs_name_it(path: Path) -> None:
    first = path.read_text(encoding="utf-8").split("\n")[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found, f"{path}: the first line is {first!r}"
    assert (path.parent / found[1]).resolve() == ROOT / "docs" / "archdsl.schema.json"
