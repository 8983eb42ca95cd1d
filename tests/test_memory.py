"""Building is refused before memory is taken that is not there: a file of the system tells what is free, or a function in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archdsl
from archdsl.backends.torch import memory
from archdsl.cli import main
from archdsl.limits import Limits

SPEC = "name: net\ninput: [64]\nbody: [linear 256, relu, linear 10]\n"
NEEDED = 4 * (64 * 256 + 256 + 256 * 10 + 10)


@pytest.mark.parametrize("left", [NEEDED, NEEDED - 1])
def test_parameters_are_held_against_what_is_free(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda device: left)
    net = archdsl.load(SPEC)
    if left >= NEEDED:
        assert sum(p.numel() for p in net.build().parameters()) * 4 == NEEDED
        return
    with pytest.raises(archdsl.SpecError) as refused:
        net.build()
    (said,) = refused.value.diagnostics
    assert (said.code, said.line, said.span.text) == ("AD5018", 3, "linear 256")
    assert f"{NEEDED:,} bytes" in said.message
    assert "what is free on cpu" in said.message
    assert net.build(device="meta") is not None


def test_a_limit_stands_instead_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda device: 0)
    assert archdsl.load(SPEC, limits=Limits(memory=NEEDED)).build() is not None


def test_the_command_counts_its_run_of_two_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(SPEC)
    largest = 2 * 4 * (256 + 256)
    assert main(["build", str(path), "--limit", f"memory={NEEDED + largest}"]) == 0
    assert main(["build", str(path), "--limit", f"memory={NEEDED + largest - 1}"]) == 3
    assert "AD5018" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    5 kB\n"}, 5 * 1024),
        ({"/proc/self/cgroup": "0::/a/b\n", "a/b/memory.max": "900\n", "a/b/memory.current": "500\n"}, 400),
        ({"/proc/self/cgroup": "0::/a/b\n", "a/memory.max": "900", "a/memory.current": "950", "a/b/memory.max": "max"}, 0),
        ({"memory.max": "900", "memory.current": "500", "memory.stat": "anon 3\ninactive_file 7\n"}, 407),
        ({"/proc/self/cgroup": "9:memory:/c\n", "memory/c/memory.limit_in_bytes": "90", "memory/c/memory.usage_in_bytes": "50"}, 40),
    ],
)
def test_what_linux_and_its_groups_tell(files: dict[str, str], free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {memory.ROOT / path: text for path, text in files.items()}
    monkeypatch.setattr(memory, "_text", lambda path: known.get(path, ""))
    assert memory.free(torch.device("cpu")) == free


def test_this_machine_has_memory() -> None:
    assert (memory.free(torch.device("cpu")) or 0) > 2**20
