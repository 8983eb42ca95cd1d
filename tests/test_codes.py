"""Every code has a page whose wrong example is answered with it, and whose right example is not."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from test_readme import BLOCK, PRELUDE, ROOT

from archdsl.cli import main
from archdsl.diagnostics import CODES
from archdsl.diagnostics.page import FOLDER, page

MARKS = ("yaml", "yaml wrong", "sh", "sh wrong")


@pytest.mark.parametrize("code", [code for code in CODES if (FOLDER / f"{code}.md").exists()])
def test_the_examples_of_its_page(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    examples = {"right": 0, "wrong": 0}
    for found in BLOCK.finditer(page(code)):
        mark, text = found[1], found[2]
        assert mark in MARKS, f"a block marked {mark!r}"
        if mark.startswith("yaml"):
            named = re.match(r"# (\S+\.ya?ml)\n", text)
            path = Path(named[1] if named else "net.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if named and mark == "yaml":
                continue
        answer, said = _ran(text, capsys) if mark.startswith("sh") else _main(["check", str(path)], capsys)
        wrong = mark.endswith("wrong")
        assert wrong == (f"[{code}]" in said), f"{mark}:\n{said}"
        assert wrong or answer == 0, f"{mark}:\n{said}"
        examples["wrong" if wrong else "right"] += 1
    assert min(examples.values()) > 0, f"{code}: {examples}"


def _main(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(words)
    shown = capsys.readouterr()
    return code, shown.out + shown.err


def _ran(text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """What the last command of a block returns, and what all print."""
    lines = text.strip().split("\n")
    if all(line.startswith("archdsl ") and not set(line) & set("|<>;&$`") for line in lines):
        answers = [_main(shlex.split(line)[1:], capsys) for line in lines]
        return answers[-1][0], "".join(said for _, said in answers)
    script = PRELUDE.replace("set -euo pipefail", "") + text
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    return done.returncode, done.stdout + done.stderr


def test_there_is_no_page_without_a_code() -> None:
    assert {path.stem for path in FOLDER.iterdir()} <= set(CODES)


def test_explain_lists_all_and_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main(["explain"], capsys)[1].count("\n") == len(CODES)
    assert _main(["explain", "ad2006"], capsys)[1].startswith("AD2006: An unknown operation or block\n")
    code, said = _main(["explain", "AD2O06"], capsys)
    assert code == 2
    assert "AD2006" in said


