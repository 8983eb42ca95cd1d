"""`archdsl zoo`: what it lists, and that bare names mean its networks everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archdsl
from archdsl import zoo
from archdsl.cli import main
from archdsl.cli.amounts import UNITS, amount


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0
    return capsys.readouterr().out


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(said(capsys, "zoo", "--format", "json", *words))
    return rows


def test_all_networks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    names = [row["name"] for row in listed(capsys)]
    assert names == zoo.names() == sorted(path.stem for path in (Path(__file__).parent.parent / "specs").glob("*.yaml"))
    assert [line.split()[0] for line in said(capsys, "zoo").splitlines()[1:-2]] == names


def test_filters_and_orders(capsys: pytest.CaptureFixture[str]) -> None:
    rows = listed(capsys, "--max-params", "5M", "--max-macs", "400M", "--min-top1", "70", "--sort", "macs")
    assert 3 < len(rows) < 20
    assert all(row["params"] <= 5e6 and row["macs"] <= 4e8 and row["top1"] >= 70 for row in rows)  # type: ignore[operator]
    assert [row["macs"] for row in rows] == sorted(row["macs"] for row in rows)  # type: ignore[type-var]
    best = [row["top1"] or 0 for row in listed(capsys, "--sort", "top1")]
    assert best == sorted(best, reverse=True)  # type: ignore[type-var]


def test_one_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    found = zoo.path("unet")
    assert found is not None
    assert said(capsys, "zoo", "unet") == found.read_text("utf-8").partition("\n")[2], "all but the line that names the schema"
    assert "\nname: resnet\n" in "\n" + said(capsys, "zoo", "family/resnet")
    assert main(["zoo", "resnet81"]) == 2
    assert "did you mean `resnet18`?" in capsys.readouterr().err


def test_a_bare_name_is_a_network_unless_there_is_such_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert archdsl.load("lenet5").parameters == zoo.entries()["lenet5"].params
    assert "ok, 61,706 parameters" in said(capsys, "check", "lenet5")
    (tmp_path / "lenet5").write_text("input: [3, 8, 8]\nbody: [conv 1 1]\n")
    assert archdsl.load("lenet5").parameters == 4
    (found,) = archdsl.check("lenet6")
    assert (found.code, found.help) == ("AD1001", "did you mean `lenet5` of the zoo?")


def test_amounts(capsys: pytest.CaptureFixture[str]) -> None:
    assert [amount("", f"1.5{unit.upper()}") for unit in UNITS if unit] == [1500, 1500000, 1500000000, 1500000000000]
    for wrong in ("lots", "-5M", "0", "nan", "", "5X"):
        assert main(["zoo", "--max-params", wrong]) == 2
        assert "expected an amount" in capsys.readouterr().err
