"""The command line: exit codes, messages, files written whole or not at all."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from archdsl.cli import main

ROOT = Path(__file__).parent.parent
SPECS = ROOT / "specs"
GOOD = "input: [3, 8, 8]\nparams: {width: 4, depth: 2}\nbody:\n  - conv width\n  - {conv: width, repeat: depth}\n  - flatten\n"
BAD = "input: [3, 8, 8]\nbody: [cnov 4]\n"


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder that holds good.yaml and bad.yaml."""
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD, encoding="utf-8")
    Path("bad.yaml").write_text(BAD, encoding="utf-8")

    def call(line: str, *more: str) -> Answer:
        code = main([*line.split(), *more])
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return call


def test_alone_it_shows_where_to_start(run: Run) -> None:
    answer = run("")
    assert answer.code == 0
    assert "archdsl check net.yaml" in answer.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("check", "Usage"),
        ("biuld good.yaml", "build"),
        ("draw good.yaml --optput y.svg", "--output"),
        ("draw good.yaml", "-o"),
        ("check good.yaml --set widht=2", "did you mean `width`?"),
        ("check good.yaml --set widht=2", "depth"),
        ("check good.yaml --set width", "name=value"),
        ("check good.yaml --set n=__import__('os')", "n"),
        ("check good.yaml --set width=__import__('os')", "__import__"),
        ("check good.yaml --input 3x", "3x224x224"),
        ("check good.yaml --input 0x8x8", "a=3x8x8"),
        ("check good.yaml --limit nods=5", "did you mean `nodes`?"),
        ("check good.yaml --limit nodes=many", "whole number"),
        ("check good.yaml --variant big", "big"),
        ("draw good.yaml -o net.xyz", ".svg"),
        ("draw good.yaml -o gone/net.svg", "no folder"),
        ("emit good.yaml -o good.yaml", "overwrite"),
        ("build good.yaml -o net.pth", ".safetensors"),
        ("check gone.yaml", "no such file"),
        ("check god.yaml", "good.yaml"),
        ("check .", "directory"),
        ("draw good.yaml -o net.dot --expand nowhere", "nowhere"),
    ],
)
def test_a_wrong_command_line_is_told(run: Run, line: str, said: str) -> None:
    answer = run(line)
    assert answer.code == 2
    assert said in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_every_file_is_answered_and_the_highest_code_returned(run: Run) -> None:
    answer = run("check good.yaml bad.yaml gone.yaml")
    assert answer.code == 2
    assert all(name in answer.out for name in ("good.yaml: ok", "bad.yaml:2:", "gone.yaml"))
    assert run("check bad.yaml good.yaml").code == 1
    assert run("check good.yaml").code == 0


def test_a_limit_has_a_code_of_its_own(run: Run) -> None:
    assert run("check good.yaml --limit nodes=5").code == 3
    assert run("check good.yaml --limit layers=2").code == 3


def test_a_setting_that_the_spec_cannot_bear_is_the_specs_fault(run: Run) -> None:
    Path("groups.yaml").write_text("input: [8, 8, 8]\nparams: {groups: 1}\nbody: [conv 8 groups=groups]\n", encoding="utf-8")
    answer = run("check groups.yaml --set groups=7")
    assert answer.code == 1
    assert "groups.yaml:3:" in answer.out
    assert "groups = 7 comes from `--set`" in answer.out


def test_standard_input_is_a_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, code in (("", 1), (GOOD, 0)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        answer = run("check -")
        assert answer.code == code
        assert "<stdin>" in answer.out


def test_strict_takes_warnings_for_errors(run: Run) -> None:
    Path("warned.yaml").write_text("name: no\ninput: [3, 8, 8]\nbody: [conv 4]\n", encoding="utf-8")
    assert run("check warned.yaml").code == 0
    assert run("check warned.yaml --strict").code == 1


@pytest.mark.parametrize("format", ["concise", "json", "sarif", "github"])
def test_formats_for_machines(run: Run, format: str) -> None:
    import json

    answer = run(f"check good.yaml bad.yaml --format {format}")
    assert answer.code == 1
    assert "bad.yaml" in answer.out
    assert format not in ("json", "sarif") or json.loads(answer.out)


def test_a_family_is_checked_in_every_variant(run: Run) -> None:
    Path("family.yaml").write_text(
        "input: [3, 8, 8]\nparams: {width: 4}\nvariants: {small: {}, big: {width: 8}, odd: {width: 0}}\nbody: [conv width]\n",
        encoding="utf-8",
    )
    answer = run("check family.yaml")
    assert answer.code == 1
    assert "family.yaml small: ok" in answer.out
    assert "family.yaml big: ok" in answer.out
    assert run("check family.yaml --variant big").code == 0


def test_what_is_set_arrives(run: Run) -> None:
    assert "112 parameters" in run("check good.yaml --set depth=0").out
    assert "3×16×16 → 1024" in run("check good.yaml --input 3x16x16").out


@pytest.mark.parametrize("command", ["build", "emit"])
def test_nothing_is_written_when_the_spec_is_wrong(run: Run, command: str) -> None:
    Path("out.py").write_text("old", encoding="utf-8")
    assert run(f"{command} bad.yaml -o out.py").code == 1
    assert Path("out.py").read_text(encoding="utf-8") == "old"


def test_a_full_disk_leaves_the_old_file(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    Path("out.py").write_text("old", encoding="utf-8")
    monkeypatch.setattr(Path, "write_bytes", full)
    answer = run("emit good.yaml -o out.py")
    assert answer.code == 3
    assert "No space left" in answer.err
    assert Path("out.py").read_text(encoding="utf-8") == "old"
    assert sorted(path.name for path in Path().iterdir()) == ["bad.yaml", "good.yaml", "out.py"]


def test_a_closed_pipe_ends_quietly(run: Run) -> None:
    line = f"'{sys.executable}' -m archdsl summary '{SPECS / 'resnet18.yaml'}' | head -1"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bug_of_ours_has_its_code_and_its_traceback_only_when_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("archdsl.pipeline.check", broken)
    answer = run("check good.yaml")
    assert answer.code == 4
    assert "Traceback" not in answer.err
    assert "deep inside" in answer.err
    answer = run("check --trace good.yaml")
    assert answer.code == 4
    assert "Traceback" in answer.err


@pytest.mark.parametrize("name", ["net.dot", "net.mmd", "net.svg", "net.png", "net.pdf"])
def test_draw(run: Run, name: str) -> None:
    import shutil

    if shutil.which("dot") is None and name.endswith(("svg", "png", "pdf")):
        answer = run(f"draw good.yaml -o {name}")
        assert (answer.code, Path(name).exists()) == (2, False)
        assert "Graphviz" in answer.err
        return
    assert run(f"draw good.yaml -o {name}") == Answer(0, "", "")
    assert Path(name).stat().st_size > 100


def test_draw_without_dot_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    answer = run("draw good.yaml -o net.svg")
    assert answer.code == 2
    assert "install Graphviz" in answer.err
    assert not Path("net.svg").exists()


def test_emit_prints_or_writes_the_same(run: Run) -> None:
    printed = run("emit good.yaml").out
    assert run("emit good.yaml -o net.py").code == 0
    assert Path("net.py").read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("suffix", ["py", "safetensors", "pt2"])
def test_build_runs_confirms_and_saves(run: Run, suffix: str) -> None:
    answer = run(f"build good.yaml -o net.{suffix} --seed 1")
    assert (answer.code, answer.err) == (0, "")
    assert "as inferred" in answer.out
    assert Path(f"net.{suffix}").stat().st_size > 0


def test_weights_go_round(run: Run) -> None:
    assert run("build good.yaml -o net.safetensors --seed 1").code == 0
    answer = run("build good.yaml --weights net.safetensors -o again.safetensors")
    assert answer.code == 0
    assert "0 mismatched, 0 missing, 0 unused" in answer.out
    assert Path("again.safetensors").read_bytes() == Path("net.safetensors").read_bytes()
    answer = run("build good.yaml --set width=6 --weights net.safetensors")
    assert answer.code == 1
    assert "0.weight" in answer.err
    answer = run("build good.yaml --set width=6 --weights net.safetensors --partial")
    assert answer.code == 0
    assert "mismatched: 0.weight" in answer.out


def test_the_shim_works() -> None:
    done = subprocess.run([sys.executable, "cli.py", "--version"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("archdsl ")
