"""The page of all codes: what `archdsl explain` says of each, and how the wrong examples are answered."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from test_readme import BLOCK, PRELUDE, ROOT

from archdsl.cli import main
from archdsl.diagnostics import CODES
from archdsl.diagnostics import codes as table
from archdsl.diagnostics.page import page

WIDTH = {"COLUMNS": "140"}
"""of the terminal that answers are printed for"""
MARKS = ("yaml", "yaml wrong", "sh", "sh wrong")
INTRO = """\
Every error, warning and note has a code, and every code a page, which `archdsl explain CODE` prints. Behind each wrong example stands how
it is answered.
"""


def errors() -> str:
    rooms = dict(part.strip().split(" ", 1) for part in (table.__doc__ or "").partition("\n\n")[2].replace("\n", " ").split("·"))
    parts = ["# Errors and warnings\n", INTRO]
    for room, codes in groupby(CODES, lambda code: code[2:4]):
        parts.append(f"## AD{room}: {rooms[room]}\n")
        parts += [_code(code) for code in codes]
    return "\n".join(parts)


def _code(code: str) -> str:
    before = os.getcwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        blocks = list(answered(code))
        os.chdir(before)
    return section(code, blocks)


@dataclass(frozen=True)
class Answered:
    """A block of a page, and what came of it: nothing of a file that only stands by."""

    mark: str
    text: str
    code: int = 0
    said: str = ""
    ran: bool = True


def section(code: str, blocks: Iterable[Answered]) -> str:
    """A code's page with each answer behind its example."""
    title, _, text = page(code).partition("\n\n")
    ends = [found.end() for found in BLOCK.finditer(text)]
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    shown = [f"\n```console\n{block.said.rstrip()}\n```" if block.mark.endswith("wrong") else "" for block in blocks]
    return f"### {title}\n\n" + "".join(piece + answer for piece, answer in zip(pieces, [*shown, ""], strict=True))


def answered(code: str) -> Iterator[Answered]:
    """The blocks of a code's page in order, each run in the folder where we are."""
    for found in BLOCK.finditer(page(code)):
        mark, text = found[1], found[2]
        assert mark in MARKS, f"a block marked {mark!r}"
        words = ["check", "net.yaml"]
        if mark.startswith("yaml"):
            named = re.match(r"# (\S+\.ya?ml)\n", text)
            path = Path(named[1] if named else "net.yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if named and mark == "yaml":
                yield Answered(mark, text, ran=False)
                continue
            words = ["check", str(path)]
        yield Answered(mark, text, *(_ran(text) if mark.startswith("sh") else main_says(words)))


def main_says(words: list[str]) -> tuple[int, str]:
    """What a command line returns and prints."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown), patch.dict(os.environ, WIDTH):
        code = main(words)
    return code, _anywhere(shown.getvalue())


def _ran(text: str) -> tuple[int, str]:
    """What the last command of a block returns, and what all print."""
    lines = text.strip().split("\n")
    if all(line.startswith("archdsl ") and not set(line) & set("|<>;&$`") for line in lines):
        answers = [main_says(shlex.split(line)[1:]) for line in lines]
        return answers[-1][0], "".join(said for _, said in answers)
    script = PRELUDE.replace("set -euo pipefail", "") + text
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT), **WIDTH}
    )
    return done.returncode, _anywhere(done.stdout + done.stderr)


def _anywhere(said: str) -> str:
    """What was said, without the folders where we happen to be."""
    return said.replace(os.path.realpath(os.getcwd()), "FOLDER").replace(str(ROOT), "ARCHDSL")
