"""The pages keep their word: every block of README.md and docs/ runs.

The blocks of a page run in order, in one folder that holds `specs/`. A `yaml` block is a spec and must be right, a `yaml wrong` block must
be refused; when the first line is a comment like `# net.yaml` it is that file for what follows. `sh` blocks run as they stand, `python`
blocks share their names. A `text` block after one of these is what it prints, after a spec what `archdsl check` says of it and its layers
with what they give; a line `…` stands for any lines. Blocks with another mark are not looked at.
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import archdsl
from archdsl.diagnostics import Diagnostic
from archdsl.diagnostics.concise import render as concise

ROOT = Path(__file__).parent.parent
PAGES = sorted({ROOT / "README.md", *ROOT.glob("docs/**/*.md")} - {ROOT / "docs" / "errors.md"})
"""all but the examples of errors, which tests/test_codes.py runs"""
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHORES = ("make ", "pip ", "git ", "cd ", "python -m pip ", "apt")
"""beginnings of lines that change the machine, which are not run"""
PRELUDE = f'set -euo pipefail\narchdsl() {{ "{sys.executable}" -m archdsl "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}\n'


@dataclass(frozen=True)
class Block:
    line: int
    mark: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        yield Block(text.count("\n", 0, found.start()) + 1, found[1], found[2])


def runs_spec(block: Block, folder: Path, _: dict[str, object]) -> str:
    path = written(block, folder)
    found = archdsl.check(path)
    assert [answer(d) for d in found if d.severity == "error"] == []
    return "\n".join([*map(answer, found), *layers(path)])


def runs_wrong_spec(block: Block, folder: Path, _: dict[str, object]) -> str:
    found = archdsl.check(written(block, folder))
    assert [d for d in found if d.severity == "error"]
    return "\n".join(map(answer, found))


def written(block: Block, folder: Path) -> Path:
    named = re.match(r"# ([\w./-]+\.yaml)$", block.text.split("\n")[0])
    path = Path(named[1] if named else "specs/block.yaml")
    (folder / path).write_text(block.text, encoding="utf-8")
    return path


def answer(found: Diagnostic) -> str:
    """What is said of a block, without the file's name."""
    return concise([found]).removeprefix(f"{found.span.source.name}:").rstrip()


def layers(path: Path) -> list[str]:
    """What runs, in order: key, operation, shape for one example, in columns; nothing for a family that lacks a value."""
    try:
        table = archdsl.load(path).summary(format="csv")
    except archdsl.SpecError:
        return []
    rows = [(row["path"] or "·", row["operation"], f"{row['output']} {row['note']}".strip()) for row in csv.DictReader(io.StringIO(table))]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)] if rows else []
    return ["  ".join([key.ljust(widths[0]), operation.ljust(widths[1]), output]) for key, operation, output in rows]


def runs_shell(block: Block, folder: Path, _: dict[str, object]) -> str:
    lines = [line for line in block.text.split("\n") if not line.startswith(CHORES)]
    done = subprocess.run(
        ["bash", "-c", PRELUDE + "\n".join(lines)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def runs_python(block: Block, folder: Path, names: dict[str, object]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(block.text, f"line {block.line}", "exec"), names)
    return printed.getvalue()


RUNNERS: dict[str, Callable[[Block, Path, dict[str, object]], str]] = {
    "yaml": runs_spec,
    "yaml wrong": runs_wrong_spec,
    "sh": runs_shell,
    "python": runs_python,
}


def is_printed(expected: str, printed: str) -> bool:
    parts = [re.escape(line.rstrip()) if line.strip() != "…" else "(?s:.*)" for line in expected.rstrip("\n").split("\n")]
    return re.fullmatch("\n".join(parts), "\n".join(line.rstrip() for line in printed.rstrip("\n").split("\n"))) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "page"}
    printed = ""
    for block in blocks(page):
        where = f"{page.name}:{block.line}"
        if block.mark == "text":
            assert is_printed(block.text, printed), f"{where}: this was printed:\n{printed}"
        if block.mark not in RUNNERS:
            continue
        try:
            printed = RUNNERS[block.mark](block, tmp_path, names)
        except Exception as error:
            raise AssertionError(f"{where}: {error}") from error


def test_chores_of_the_pages_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        named = {name for block in blocks(page) for name in re.findall(r"^make ([a-z]+)", block.text, re.MULTILINE)}
        assert named <= targets, page.name
