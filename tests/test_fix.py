"""`archdsl check --fix`: safe edits are safe, files are changed whole or not at all, and only those that were named."""

from __future__ import annotations

import io
import json
import re
import stat
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import test_bad_inputs
from hypothesis import given
from hypothesis import strategies as st

from archdsl.cli import main
from archdsl.diagnostics import Diagnostic, Edit, Source, Span
from archdsl.diagnostics.edits import applied, safe

WRONG = "input: [3, 8, 8]\nparams: {width: 8}\nbody:\n  - cnov $width\n  - {conv: 4, kernel_size: 1}\n"
MENDED = "input: [3, 8, 8]\nparams: {width: 8}\nbody:\n  - conv width\n  - {conv: 4, kernel: 1}\n"
READING = ("AD10", "AD11")
"""codes of faults behind which the rest of a text may not have been looked at"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder: its code, output and errors."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        code = main(words)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def faults(lines: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.splitlines()]


@pytest.mark.parametrize("name", [name for name in test_bad_inputs.FILES if "limit" not in name])
def test_a_safe_edit_mends_its_fault_and_adds_none(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    for number, case in enumerate(test_bad_inputs.cases(name)):
        folder = tmp_path / str(number)
        for path, content in case.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        monkeypatch.chdir(folder)
        _, before, _ = run("check", "--format", "json", "net.yaml")
        fixable = [fault for fault in faults(before) if fault["edit"] and fault["edit"]["grade"] == "safe"]  # type: ignore[index]
        if not fixable:
            continue
        _, after, told = run("check", "--fix", "--format", "json", "net.yaml")
        where = f"{name}, case {number}\n{before}\n{(folder / 'net.yaml').read_text('utf-8')[:2000]}\n{after[:2000]}"
        own = [fault for fault in fixable if fault["edit"]["file"] == "net.yaml"]  # type: ignore[index]
        assert len(told.splitlines()) >= len(own), where
        left = Counter((fault["code"], fault["message"]) for fault in faults(after))
        had = Counter((fault["code"], fault["message"]) for fault in faults(before))
        mended = Counter((fault["code"], fault["message"]) for fault in own)
        assert all(left[fault] <= had[fault] - count for fault, count in mended.items()), where
        hidden = any(str(code).startswith(READING) for code, _ in mended)
        fresh = [code for (code, _), count in (left - had).items() for _ in range(count)]
        assert all(hidden and not str(code).startswith(READING) for code in fresh), where
        others = {path: content for path, content in case.files.items() if path != "net.yaml"}
        assert {path: (folder / path).read_bytes() for path in others} == others, where


@pytest.mark.parametrize("name", ["file-7", "name-1", "struct-11", "yaml-1", "yaml-5", "yaml-7", "yaml-8", "yaml-15"])
def test_what_leaves_no_doubt_is_mended(name: str, tmp_path: Path, run: Run) -> None:
    for number, case in enumerate(test_bad_inputs.cases(name)):
        path = tmp_path / f"{number}.yaml"
        path.write_bytes(case.files["net.yaml"].replace(b"input: [3, 32, 32]\n", b"input: [3, 32, 32]\nlet: {width: 8}\n"))
        code, out, _ = run("check", "--fix", str(path))
        assert (code, "fixed[" in out) == (0, True), f"{name}, case {number}\n{out}"


@pytest.mark.parametrize(
    "body",
    [
        "[belu]",
        "[Conv2d 3 8 3]",
        "[Linear 192 10]",
        "[GlobalAveragePooling2D]",
        "[LeakyReLU negative_slope=0.1]",
        "[{conv: 8, kernel: 3, kernel_size: 5}]",
        "[conv 8 3 kernel_size=5]",
        "[{conv: 8, kernel: 3, kernal: 5}]",
        "[conv 8 kernel_size=5 kernel=3]",
        "[{conv: @width}]",
        '[{add: [x, "relu"]}]',
        "\n  - {conv: dims[i, kernel: 2}",
        "[unit3]\nblocks: {unit2: [relu]}",
        "[relu]\nbdoy: [gelu]",
        "[{conv: &width 8}, {conv: *widht}]",
    ],
)
def test_what_may_be_wrong_is_left(body: str, run: Run) -> None:
    text = f"input: [3, 8, 8]\nbody: {body}\n"
    Path("net.yaml").write_text(text)
    code, out, _ = run("check", "--fix", "net.yaml")
    assert (code, Path("net.yaml").read_text()) == (1, text), out
    assert "fix" not in out


def test_files_are_mended_and_the_rest_is_told(run: Run) -> None:
    Path("net.yaml").write_text(WRONG.replace("\n", "\r\n") + "  - linear 10\r\n", encoding="utf-8-sig", newline="")
    Path("net.yaml").chmod(0o640)
    code, out, err = run("check", "--fix", "net.yaml")
    assert code == 1
    assert Path("net.yaml").read_bytes() == b"\xef\xbb\xbf" + (MENDED + "  - linear 10\n").replace("\n", "\r\n").encode()
    assert stat.S_IMODE(Path("net.yaml").stat().st_mode) == 0o640
    assert [line.split(":")[3] for line in out.splitlines()[:3]] == [" fixed[AD2006]", " fixed[AD1107]", " fixed[AD2104]"]
    assert "AD3116" in out
    assert out.endswith("1 error\n")
    assert err == ""


def test_what_is_right_is_not_written(run: Run) -> None:
    Path("net.yaml").write_text(MENDED)
    before = Path("net.yaml").stat()
    assert run("check", "--fix", "net.yaml")[0] == 0
    assert (Path("net.yaml").stat().st_ino, Path("net.yaml").stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_standard_input_is_printed_mended(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, code in ((WRONG, 0), (WRONG + "  - linear 10\n", 1)):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
        answered, out, err = run("check", "--fix", "-")
        assert (answered, out) == (code, text.replace(WRONG, MENDED))
        assert "<stdin>:4:5: fixed[AD2006]" in err


def test_a_change_is_shown_and_not_made(run: Run) -> None:
    Path("net.yaml").write_text(WRONG)
    code, out, err = run("check", "--diff", "net.yaml")
    assert code == 1
    assert Path("net.yaml").read_text() == WRONG
    assert [line for line in out.splitlines() if line[0] in "+-"][2:] == [
        "-  - cnov $width",
        "-  - {conv: 4, kernel_size: 1}",
        "+  - conv width",
        "+  - {conv: 4, kernel: 1}",
    ]
    assert "fixed[AD2006]" in err
    Path("net.yaml").write_text(MENDED)
    assert run("check", "--diff", "net.yaml")[:2] == (0, "")


def test_an_imported_file_is_changed_if_it_is_named(run: Run) -> None:
    Path("net.yaml").write_text("input: [3, 8, 8]\nimport: [parts.yaml]\nbody: [unit 8]\n")
    Path("parts.yaml").write_text("input: [3, 8, 8]\nblocks: {unit: {params: {out: int}, body: [cnov out]}}\nbody: [unit 4]\n")
    assert run("check", "--fix", "net.yaml")[0] == 1
    assert "cnov" in Path("parts.yaml").read_text()
    code, out, _ = run("check", "--fix", "net.yaml", "parts.yaml")
    assert code == 0
    assert len(re.findall("fixed", out)) == 1
    assert "cnov" not in Path("parts.yaml").read_text()


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.text(max_size=3)), max_size=8))
def test_edits_that_do_not_overlap_are_made(text: str, wanted: list[tuple[int, int, str]]) -> None:
    source = Source("net.yaml", text)
    edits = [Edit(Span(source, start, min(start + length, len(text))), new, "safe") for start, length, new in wanted if start <= len(text)]
    chosen = [d.edit for d in safe([Diagnostic("AD1107", "error", "m", edit.span, edit=edit) for edit in edits]) if d.edit is not None]
    assert bool(chosen) == bool(edits)
    covered = [place for edit in chosen for place in range(edit.span.start, edit.span.end)]
    assert len(covered) == len(set(covered))
    kept = [edit.text for edit in chosen]
    rest = [text[a:b] for a, b in zip([0, *(e.span.end for e in chosen)], [*(e.span.start for e in chosen), len(text)], strict=True)]
    assert applied(text, chosen) == "".join(part for pair in zip(rest, [*kept, ""], strict=True) for part in pair)
