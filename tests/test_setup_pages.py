"""What docs/editors.md and docs/ci.md tell people to paste: it parses, and its commands run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
CI, EDITORS = ((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("ci", "editors"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def commands() -> list[str]:
    """Every command of ours on the page about pipelines, in order."""
    steps = [step for text in blocks(CI, "yml") for job in yaml.safe_load(text).get("jobs", {}).values() for step in job["steps"]]
    lines = [line for text in (*(step.get("run", "") for step in steps), *blocks(CI, "bash")) for line in text.splitlines()]
    inline = re.findall(r"`(archdsl check --fix[^`]+)`", CI)
    return [*dict.fromkeys(line for line in lines if line.startswith("archdsl ")), *inline]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody who writes specs."""
    (tmp_path / "specs").mkdir()
    for name in ("unet", "lenet5"):
        shutil.copy(ROOT / "specs" / f"{name}.yaml", tmp_path / "specs")
    return tmp_path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = re.sub(r"^archdsl ", f"{sys.executable} -m archdsl ", command)
    return subprocess.run(words, shell=True, cwd=folder, capture_output=True, text=True, check=False)


def test_the_page_has_the_commands() -> None:
    assert len(commands()) == 5


@pytest.mark.parametrize("command", commands())
def test_commands_of_pipelines_run(command: str, project: Path) -> None:
    done = run(command, project)
    assert done.returncode == 0, done.stdout + done.stderr
    (project / "specs" / "wrong.yaml").write_text("input: [3,8,8]\nbody:\n- cnov 8\n")
    assert run(command, project).returncode == 1


def test_pages_parse() -> None:
    assert [json.loads(text) for text in blocks(EDITORS, "json")]
    assert [tomllib.loads(text) for text in blocks(EDITORS, "toml")]
    assert [yaml.safe_load(text) for text in blocks(CI, "yml")]


def test_the_server_that_editors_start() -> None:
    settings = json.loads(blocks(EDITORS, "json")[0])
    helix = tomllib.loads(blocks(EDITORS, "toml")[0])["language-server"]["archdsl"]
    started = [settings["glspc.server.command"], *settings["glspc.server.commandArguments"]]
    assert started == [helix["command"], *helix["args"]] == ["archdsl", "lsp"]
    assert 'cmd = { "archdsl", "lsp" }' in blocks(EDITORS, "lua")[0]
    assert "source.fixAll.archdsl" in json.loads(blocks(EDITORS, "json")[1])["[yaml]"]["editor.codeActionsOnSave"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_run(hook: dict[str, str], project: Path) -> None:
    files = sorted(path.relative_to(project).as_posix() for path in project.rglob("*.yaml"))
    assert all(re.search(hook["files"], path) for path in files)
    assert run(f"{hook['entry']} {' '.join(files)}", project).returncode == 0


def test_the_page_names_the_hooks_that_there_are() -> None:
    remote, local = (yaml.safe_load(text)["repos"][0]["hooks"] for text in blocks(CI, "yml")[:2])
    assert {hook["id"] for hook in remote} == {hook["id"] for hook in HOOKS}
    assert {hook["id"]: hook["entry"] for hook in local} == {hook["id"]: hook["entry"] for hook in HOOKS}
