"""The tutorial's ten steps, built and run by torch."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from test_readme import ROOT, blocks, written

import archdsl
from archdsl.inspect.trial import disagreements

PAGE = ROOT / "docs" / "tutorial.md"


def test_every_step_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    steps = [block for block in blocks(PAGE) if block.mark == "yaml"]
    for step in steps:
        net = archdsl.load(written(step, tmp_path))
        assert disagreements(net.graph, net.build()) == (), step.line
    assert len(steps) == 11  # the seventh has two files
    assert re.findall(r"^## (\d+)\.", PAGE.read_text(encoding="utf-8"), re.MULTILINE) == [str(i) for i in range(1, 11)]
