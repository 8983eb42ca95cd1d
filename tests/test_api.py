"""The functions of `import archdsl`."""

from __future__ import annotations

from pathlib import Path

import pytest

import archdsl

SPECS = Path(__file__).parent.parent / "specs"
TEXT = """\
input: [3, 8, 8]
params: {width: 4}
body:
  stem: conv width
  act: relu
  pool: global_avg_pool
  flat: flatten
  head: linear 10
"""


@pytest.mark.parametrize(
    "spec",
    [
        "[conv 4, relu]",
        "- conv 4\n- relu\n",
        "{body: [conv 4, relu]}",
        ["conv 4", "relu"],
        {"body": [{"conv": 4}, "relu"]},
    ],
    ids=str,
)
def test_a_spec_is_text_or_data(spec: object) -> None:
    assert archdsl.load(spec, input=[3, 8, 8]).parameters == 112  # type: ignore[arg-type]


def test_a_spec_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert archdsl.load(path).parameters == archdsl.load(str(path)).parameters == archdsl.load(TEXT).parameters


@pytest.mark.parametrize("value", [8, "width", [2, 2], "a: b", "# x", "", None, True, 1.5, "é\n"])
def test_a_value_of_python_is_read_as_that_value(value: object) -> None:
    from archdsl.request import settings_of_values

    ((name, (key, node)),) = settings_of_values({"given": value}).items()
    assert (name, key.text) == ("given", "given")
    assert node.span.source.name == "params"


def test_parameters_and_input_are_keywords() -> None:
    net = archdsl.load(TEXT, width=6, input=[3, 16, 16])
    assert net.graph.parameters == 3 * 9 * 6 + 6 + 6 * 10 + 10
    assert [str(shape) for shape in net.graph.inputs.values()] == ["3×16×16"]
    assert archdsl.load(TEXT, params={"width": 6}).parameters == net.parameters
    assert repr(net) == f"<Network {net.name}: 238 parameters, 3×16×16 → 10>"


def test_an_error_carries_every_fault() -> None:
    with pytest.raises(archdsl.SpecError) as caught:
        archdsl.load("input: [3, 8, 8]\nbody: [cnov 4, rleu]\n")
    assert [fault.span.text for fault in caught.value.diagnostics] == ["cnov", "rleu"]
    assert all(isinstance(fault, archdsl.Diagnostic) for fault in caught.value.diagnostics)
    assert archdsl.check("input: [3, 8, 8]\nbody: [cnov 4, rleu]\n") == caught.value.diagnostics


@pytest.mark.parametrize(
    ("options", "text"),
    [({"widht": 2}, "widht"), ({"input": [0, 8, 8]}, "0x8x8"), ({"variant": "big"}, "big"), ({"limits": archdsl.Limits(nodes=3)}, "nodes")],
)
def test_wrong_options_are_faults_too(options: dict[str, object], text: str) -> None:
    with pytest.raises(archdsl.SpecError, match=text):
        archdsl.load(TEXT, **options)  # type: ignore[arg-type]
    assert archdsl.check(TEXT, **options)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(archdsl.SpecError, match="no such file"):
        archdsl.load("specs/resnet81.yaml")


def test_check_reads_every_variant() -> None:
    text = "input: [3, 8, 8]\nparams: {width: 4}\nvariants: {a: {width: 0}, b: {width: -1}}\nbody: [conv width]\n"
    assert len({fault.message for fault in archdsl.check(text) if fault.severity == "error"}) == 2
    assert len({fault.message for fault in archdsl.check(text, variant="a") if fault.severity == "error"}) == 1


def test_build_gives_the_module_that_was_inferred() -> None:
    import torch

    net = archdsl.load(TEXT)
    model = net.build(seed=3)
    assert sum(p.numel() for p in model.parameters()) == net.parameters
    assert model(torch.zeros(2, 3, 8, 8)).shape == (2, 10)
    again = archdsl.build(TEXT, seed=3).state_dict()
    assert all(torch.equal(tensor, again[key]) for key, tensor in model.state_dict().items())
    assert next(net.build(dtype=torch.float64).parameters()).dtype == torch.float64


def test_another_input_keeps_the_parameters() -> None:
    assert archdsl.load(TEXT).at([3, 20, 12]).shapes == "3×20×12 → 10"
    flat = archdsl.load("input: [3, 8, 8]\nbody: [flatten, linear 10]\n")
    with pytest.raises(ValueError, match=r"1\.weight"):
        flat.at([3, 4, 4])
    with pytest.raises(archdsl.SpecError):
        archdsl.load("input: [3, 8, 8]\nbody: [conv 8 8 padding=0]\n").at([3, 4, 4])


def test_summary_drawing_and_source_are_text(tmp_path: Path) -> None:
    net = archdsl.load(TEXT)
    assert net.summary() == archdsl.summarize(TEXT)
    assert "stem" in net.summary()
    assert net.to_python() == archdsl.emit(TEXT, tmp_path / "net.py")
    compile((tmp_path / "net.py").read_text(encoding="utf-8"), "net.py", "exec")
    dot = net.draw(format="dot")
    assert isinstance(dot, str)
    assert dot.startswith("digraph")
    assert archdsl.draw(TEXT, tmp_path / "net.mmd") == net.draw(format="mmd")
    with pytest.raises(ValueError, match="jpg"):
        net.draw(tmp_path / "net.jpg")


def test_a_notebook_shows_picture_and_table() -> None:
    html = archdsl.load(TEXT)._repr_html_()
    assert "<pre>" in html
    assert "stem" in html


def test_the_readme_network_is_torchvisions() -> None:
    assert archdsl.load(SPECS / "resnet18.yaml").parameters == 11_689_512
    assert archdsl.load(SPECS / "resnet18.yaml", num_classes=10).parameters == 11_181_642
