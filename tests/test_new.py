"""`archdsl new` and `archdsl limits`: every template is a spec that is right, runs and is in its canonical form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.cli import main
from archdsl.cli.new import FIRST, templates
from archdsl.limits import DEFAULT

TEMPLATES = templates()


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_runs(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine", "--template", template]) == 0
    assert "archdsl check mine.yaml" in capsys.readouterr().out
    assert main(["check", "--strict", "mine.yaml"]) == 0
    assert main(["fmt", "--check", "mine.yaml"]) == 0
    assert Path("mine.yaml").read_text(encoding="utf-8") == TEMPLATES[template].replace("name: net\n", "name: mine\n")
    spec = archdsl.load("mine.yaml", variant="small" if template == "family" else None)
    assert spec.name == "mine"
    inputs = [torch.randn(2, *shape.sizes) for shape in spec.graph.inputs.values()]
    assert tuple(spec.build().eval()(*inputs).shape) == (2, *spec.graph.eval.shape.sizes)


def test_templates_teach() -> None:
    assert next(iter(TEMPLATES)) == FIRST
    assert len(TEMPLATES) >= 5
    for text in TEMPLATES.values():
        assert "# " in text
        assert text.startswith("name: net\ndescription: ")


def test_a_file_that_is_there_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text("mine", encoding="utf-8")
    assert main(["new", "net"]) == 2
    assert "there already" in capsys.readouterr().err
    assert Path("net.yaml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "archdsl new net"),
        (["net", "--template", "unt"], "did you mean `unet`?"),
        (["net", "--template", "qqqqqqq"], "the templates are simple"),
        (["gone/net"], "no folder `gone`"),
        (["no"], "older YAML reads false"),
        (["../.."], "is no name"),
        (["9net"], "a letter first"),
        (["a\u202eb"], "is no name"),
    ],
)
def test_a_wrong_call_is_told(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_templates_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(TEMPLATES)


def test_limits_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["limits"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "layers 100,000 layers after every loop is expanded" in lines
    assert main(["limits", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["name"]: row["value"] for row in rows} == {name: getattr(DEFAULT, name) for name in DEFAULT.__slots__}
    assert all(row["text"] for row in rows)
