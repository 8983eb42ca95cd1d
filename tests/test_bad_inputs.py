"""Wrong specs and command lines, as files: each is answered with the text beside it, where it says, as fast as it must be.

A file `NAME.txt` of tests/errors holds cases, `NAME.out` what `archdsl` prints for them, `NAME.jsonl` what it prints for programs. A case
begins with

    === E1 2:8 | words that must be said | more words

`E1` is a wrong spec, `E2` a wrong command line, `E3` a limit, `W0` a warning or note, `ok` nothing to say; then the line and column of the
first message. A line `$ check net.yaml --set a=1` is the command, if another than `check net.yaml`; before it `NAME=value` is a variable of
the environment, `no:NAME` hides a package. What follows is `net.yaml`, and after `--- PATH` another file, which can be run if it begins
with `#!`. `⟨E9⟩` is a byte, `⟨U+202E⟩` a character, `⟨[ ×65⟩` a repetition.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

import archdsl
from archdsl.cli import main
from archdsl.limits import DEFAULT

ERRORS = Path(__file__).parent / "errors"
CODES = {"E1": 1, "E2": 2, "E3": 3, "W0": 0, "ok": 0}
SECONDS = 2
FILES = sorted(str(path.relative_to(ERRORS).with_suffix("")) for path in ERRORS.rglob("*.txt"))


@dataclass(frozen=True)
class Case:
    kind: str
    place: str
    words: tuple[str, ...]
    command: tuple[str, ...]
    files: dict[str, bytes]
    variables: dict[str, str]
    hidden: tuple[str, ...]


def spelled(text: str) -> bytes:
    """The bytes that a text in our notation stands for."""
    text = re.sub(r"⟨([^⟩]*) ×(\d+)⟩", lambda found: found[1] * int(found[2]), text)
    parts = re.split(r"⟨((?:[0-9A-F]{2} ?)+|U\+[0-9A-F]{4,5})⟩", text)
    found = b""
    for i, part in enumerate(parts):
        if i % 2 == 0:
            found += part.encode()
        elif part.startswith("U+"):
            found += chr(int(part[2:], 16)).encode()
        else:
            found += bytes.fromhex(part)
    return found


def cases(name: str) -> list[Case]:
    """The cases of a file."""
    found = []
    for text in (ERRORS / f"{name}.txt").read_text("utf-8").removeprefix("=== ").split("\n=== "):
        head, _, rest = text.partition("\n")
        start, *words = head.split(" | ")
        kind, _, place = start.partition(" ")
        command = ["check", "net.yaml"]
        if rest.startswith("$ "):
            line, _, rest = rest.partition("\n")
            command = shlex.split(line[2:])
        parts = re.split(r"(?:^|\n)--- (\S+)\n", rest)
        files = {path: spelled(content) for path, content in zip(["net.yaml", *parts[1::2]], parts[0::2], strict=True)}
        setting = list(takewhile(lambda word: re.match(r"[A-Za-z_]+=|no:", word), command))
        variables = dict(word.split("=", 1) for word in setting if "=" in word)
        hidden = tuple(word.removeprefix("no:") for word in setting if "=" not in word)
        found.append(Case(kind, place, tuple(words), tuple(command[len(setting) :]), files, variables, hidden))
    return found


@pytest.fixture(scope="module", autouse=True)
def _torch_is_imported() -> None:
    """What one case pays for importing torch is no matter of the case."""
    pytest.importorskip("torchvision.transforms.v2")


@pytest.mark.parametrize("name", FILES)
def test_each_is_answered(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[str, str], None],
) -> None:
    printed, objects = [], []
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for number, case in enumerate(cases(name)):
        folder = tmp_path / str(number)
        for path, content in case.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
            (folder / path).chmod(0o755 if content.startswith(b"#!") else 0o644)
        monkeypatch.chdir(folder)
        with monkeypatch.context() as around:
            for name_, value in case.variables.items():
                around.setenv(name_, value)
            for package in case.hidden:
                around.setitem(sys.modules, package, None)
            start = time.process_time()
            code = main(case.command)
            took = time.process_time() - start
        shown = capsys.readouterr()
        said = (shown.out + shown.err).replace(str(folder), "FOLDER")
        where = f"{name}, case {number}: {case.command}"
        assert code == CODES[case.kind], f"{where}\n{said}"
        assert took < SECONDS, where
        assert "Traceback" not in said, where
        assert "internal error" not in said, where
        found = re.search(r"--> (?:\S+?):(\d+:\d+)$", said, re.MULTILINE)
        assert (found[1] if found else "") == case.place, f"{where}\n{said}"
        for word in case.words:
            assert word in said, f"{where}: {word!r} is missing in\n{said}"
        assert (case.kind in ("E1", "E2", "E3")) == ("error" in said or "Usage" in said), where
        assert (case.kind == "W0") <= ("warning[" in said or "note[" in said), where
        left = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert left == case.files, f"{where}: a file was written or changed"
        printed.append(f"=== {number}\n{said}")
        objects.append(f"=== {number}\n{_for_programs(case, capsys).replace(str(folder), 'FOLDER')}")
    golden(str(ERRORS / f"{name}.out"), "".join(printed))
    golden(str(ERRORS / f"{name}.jsonl"), "".join(objects))


def _for_programs(case: Case, capsys: pytest.CaptureFixture[str]) -> str:
    """What `check` says of a case in JSON, the first faults of very many; "" for other commands."""
    if case.command[0] != "check" or "--format" in case.command:
        return ""
    main([*case.command, "--format", "json"])
    lines = capsys.readouterr().out.splitlines(keepends=True)
    return "".join(lines[:DEFAULT.messages])


def test_no_spec_of_ours_deserves_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    specs = Path(__file__).parent.parent / "specs"
    files = [str(path) for path in specs.rglob("*.yaml")]
    assert main(["check", "--strict", *files]) == 0
    assert "warning" not in capsys.readouterr().out


def _only_error(spec: Path) -> str:
    found = archdsl.check(spec)
    assert [d.severity for d in found] == ["error"]
    return f"{found[0].span.line} {found[0].message} {found[0].help}"


def test_what_is_no_regular_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "not a regular file" in _only_error(tmp_path / "pipe.yaml")
    (tmp_path / "own.yaml").write_text("input: [3, 8, 8]\nimport: [pipe.yaml]\nbody: [relu]\n")
    said = _only_error(tmp_path / "own.yaml")
    assert said.startswith("2 ")
    assert "not a regular file" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_says_why(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("body: [relu]\n")
    (tmp_path / "own.yaml").chmod(0)
    assert "ermission" in _only_error(tmp_path / "own.yaml")


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "secret.yaml").write_text("blocks: {hidden: [relu]}\n")
    (tmp_path / "inner" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "inner" / "own.yaml").write_text("input: [3, 8, 8]\nimport: [link.yaml]\nbody: [relu]\n")
    said = _only_error(tmp_path / "inner" / "own.yaml")
    assert "was not opened" in said
    assert "hidden" not in said
