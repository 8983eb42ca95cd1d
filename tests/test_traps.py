"""Section 8 of the language: what must never build silently as something its author did not mean."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl
from archdsl.graph import keys

HEAD = "input: [3, 32, 32]\n"


def body(*lines: str) -> str:
    return HEAD + "body:\n" + "".join(f"  {line}\n" for line in lines)


def weights(spec: str) -> dict[str, tuple[int, ...]]:
    return {key: tensor.shape for key, tensor in keys(archdsl.load(spec).graph.root)}


READ: dict[str, tuple[str, dict[str, tuple[int, ...]]]] = {
    "a mapping operand is one item": (
        body("- conv 4 bias=false", "- add: [x, {conv: 4, kernel: 1, bias: false}]"),
        {"0.weight": (4, 3, 3, 3), "1.weight": (4, 4, 1, 1)},
    ),
    "a child repeated under one key is a level": (
        body("a: {conv: 3, bias: false, repeat: 2}"),
        {"a.0.weight": (3, 3, 3, 3), "a.1.weight": (3, 3, 3, 3)},
    ),
    "`for` in operands branches": (
        body("- concat: [{for: i in range(2), conv: 4, bias: false}]", "- conv 2 1 bias=false"),
        {"0.weight": (4, 3, 3, 3), "1.weight": (4, 3, 3, 3), "2.weight": (2, 8, 1, 1)},
    ),
    "`repeat` with `from` chains": (
        body("- {conv: 4, bias: false, as: a}", "- {conv: 5, bias: false, repeat: 2, from: a}"),
        {"0.weight": (4, 3, 3, 3), "1.weight": (5, 4, 3, 3), "2.weight": (5, 5, 3, 3)},
    ),
    "an operand whose path is absent is the identity": (
        body("- concat: [x, [{conv: 8, when: false}]]", "- conv 2 1 bias=false"),
        {"0.weight": (2, 6, 1, 1)},
    ),
    "a passed item keeps the names of its place": (
        HEAD + "params: {w: 4}\nblocks: {u: {params: {act: item, w: 9}, body: [{use: act}]}}\n"
        "body:\n  - {use: u, act: {conv: w, bias: false}}\n",
        {"0.0.weight": (4, 3, 3, 3)},
    ),
    "an operation although a parameter has its name": (
        HEAD + "params: {relu: 0.5}\nbody: [relu, dropout relu, conv 2 1 bias=false]\n",
        {"2.weight": (2, 3, 1, 1)},
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read_as_the_rules_say(name: str) -> None:
    spec, expected = READ[name]
    assert weights(spec) == expected


def test_a_later_init_rule_for_another_tensor_counts() -> None:
    spec = body("- conv 8") + "init:\n  - {op: conv, weight: normal 0.01}\n  - {op: conv, bias: 0.5}\n"
    inits = archdsl.load(spec).graph.inits
    assert dict(inits["0.weight"].arguments) == {"std": 0.01, "mean": 0.0}
    assert inits["0.bias"].arguments == (("value", 0.5),)


REFUSED: dict[str, tuple[str, str, int, str]] = {
    "tokens in a named body": (body("- residual: {conv: 64, kernel: 3}"), "AD1323", 3, "[{conv: 64, kernel: 3}]"),
    "`for` beside `repeat`": (body("- {for: i in range(2), repeat: 2, conv: 8}"), "AD1315", 3, "`do`"),
    "surplus positional arguments": (body("- conv 8 3 1 1 1 1 true zeros 9"), "AD2102", 3, "conv"),
    "an unknown word as a value": (body("- conv 8 stride=strde"), "AD2001", 3, "declare it"),
    "a rule with a misspelled tensor": (HEAD + "body: [conv 8]\ninit: [{op: conv, weigth: 0}]\n", "AD4003", 3, "weight"),
    "an inner label of another level": (body("- [{conv: 8, as: a}]", "- {use: relu, from: a}"), "AD2010", 4, "`do`"),
    "an outer label from inside a level": (body("- {conv: 8, as: a}", "- [{concat: [x, a]}]"), "AD2010", 4, "`do`"),
    "an expression split by a comma": (body("- {conv: max(8, 16), kernel: 1}"), "AD1108", 3, "quote"),
    "three numbers for a pair": (body("- {conv: 8, kernel: [3, 3, 3]}"), "AD2130", 3, "2"),
    "an empty item": (body("- relu:", "- conv 8"), "AD1110", 3, "`relu`"),
    "a gate across ranks": (body("- gate: [global_avg_pool, flatten]"), "AD3156", 3, "size 1"),
    "mul across ranks where sizes coincide": (
        "input: [3, 3, 3]\nbody: [{mul: [x, [global_avg_pool, flatten]]}]\n",
        "AD3156",
        2,
        "size 1",
    ),
    "a float in a name": (HEAD + "body: {'c{i / 2}': {for: i in range(2), conv: 8}}\n", "AD2116", 2, ""),
    "a fault in an unused block": (HEAD + "blocks: {u: [cnov 8]}\nbody: [relu]\n", "AD2006", 2, "conv"),
    "a fault in an item whose `when` is false": (HEAD + "body: [relu, {cnov: 8, when: false}]\n", "AD2006", 2, "conv"),
    "a fault in a tensor whose `when` is false": (HEAD + "tensors: {t: {parm: [3], when: false}}\nbody: [relu]\n", "AD2211", 2, "param"),
    "a fault in a variant that is not built": (
        HEAD + "params: {d: 1}\nvariants: {a: {d: 1}, b: {d: 0}}\nbody:\n  - {conv: 8, when: d > 0}\n  - {conv: z, when: d == 0}\n",
        "AD2001",
        6,
        "",
    ),
    "initial values for wiring": (body("- {residual: [conv 3], init: {weight: zeros}}"), "AD2030", 3, "beside the operation"),
    "a misspelled argument in an unused block": (HEAD + "blocks: {u: [conv 8 kernal=5]}\nbody: [relu]\n", "AD2104", 2, "kernel"),
    "a misspelled name in an unused block": (
        HEAD + "blocks: {u: {params: {width: int}, body: [conv widht]}}\nbody: [relu]\n",
        "AD2001",
        2,
        "width",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_with_its_place_and_help(name: str) -> None:
    spec, code, line, help = REFUSED[name]
    errors = [d for d in archdsl.check(spec) if d.severity == "error"]
    assert [(d.code, d.span.line) for d in errors] == [(code, line)]
    assert help in f"{errors[0].help} {errors[0].message}"


WARNED: dict[str, tuple[str, str]] = {
    "a block that hides one of the library": (HEAD + "blocks: {basic: [relu]}\nbody: [basic]\n", "AD2202"),
    "an operand that is a child and an operation": (HEAD + "body: {relu: relu, c: {add: [x, relu]}}\n", "AD2028"),
    "a stride that is repeated": (body("- {basic: 128, stride: 2, repeat: 2}"), "AD3107"),
    "a stride that is repeated in one line": (body("- basic 128 stride=2 repeat=2"), "AD3107"),
    "a convolution on permuted axes": (body("- permute [0, 2, 3, 1]", "- conv 8"), "AD3105"),
    "a norm on permuted axes": (body("- permute [0, 2, 3, 1]", "- batch_norm"), "AD3105"),
    "a height of permuted axes": (body("- permute [0, 2, 3, 1]", "- linear x.height"), "AD3106"),
}


@pytest.mark.parametrize("name", WARNED)
def test_what_is_warned_about(name: str) -> None:
    spec, code = WARNED[name]
    found = archdsl.check(spec)
    assert [d.code for d in found if d.severity == "warning"] == [code]
    assert not [d for d in found if d.severity == "error"]


def test_arguments_are_checked_behind_a_layer_that_failed() -> None:
    spec = body("- conv 8 groups=2", "- dropout 50", "- linear 10", "- conv 0")
    errors = [d for d in archdsl.check(spec) if d.severity == "error"]
    assert [(d.code, d.span.line) for d in errors] == [("AD3112", 3), ("AD2110", 4), ("AD2110", 6)]


def test_no_warning_where_axes_are_permuted_back() -> None:
    spec = body("- permute [0, 2, 3, 1]", "- layer_norm", "- linear 8", "- permute [0, 3, 1, 2]", "- conv 8")
    assert archdsl.check(spec) == ()


def test_a_misspelled_parameter_in_a_file_that_extends(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(HEAD + "params: {num_classes: 10}\nbody: [flatten, linear num_classes]\n")
    (tmp_path / "own.yaml").write_text("extends: base.yaml\nparams: {num_clases: 10}\n")
    errors = [d for d in archdsl.check(tmp_path / "own.yaml") if d.severity == "error"]
    assert [d.code for d in errors] == ["AD2306"]
    assert "num_classes" in str(errors[0].help)


def test_an_imported_block_sees_the_names_of_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "lib.yaml").write_text("params: {w: 8, need: int}\nlet: {twice: w * 2}\nblocks: {u: [conv twice 1 bias=false]}\n")
    (tmp_path / "main.yaml").write_text(HEAD + "import: [lib.yaml]\nparams: {w: 4}\nbody: [u, conv w 1 bias=false]\n")
    found = {key: tensor.shape for key, tensor in keys(archdsl.load(tmp_path / "main.yaml").graph.root)}
    assert found == {"0.0.weight": (16, 3, 1, 1), "1.weight": (4, 16, 1, 1)}


def test_a_block_that_a_variant_names_sees_the_names_of_its_file() -> None:
    spec = {
        "input": [3, 8, 8],
        "params": {"blocks": ["thin"], "eps": 1e-5, "width": 4},
        "variants": {"wide": {"blocks": ["thick"], "width": 6}},
        "variant": "wide",
        "defaults": {"conv_norm_act": {"norm": "batch_norm eps=eps"}},
        "blocks": {"thin": {"body": ["conv width"]}, "thick": {"body": ["conv_norm_act width"]}},
        "body": [{"for": "block in blocks", "use": "block"}],
    }
    assert [tensor.shape for key, tensor in keys(archdsl.load(spec).graph.root) if key.endswith("0.weight")] == [(6, 3, 3, 3)]
