"""The rules of the house that a machine can keep: who imports whom, where torch may be, how long a file is, which codes there are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import archdsl
from archdsl.diagnostics import CODES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "archdsl"
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 400

RANKS = (
    ("_version", "limits", "shapes", "diagnostics", "zoo"),
    ("language",),
    ("ops", "functions"),
    ("graph",),
    ("elaborate",),
    ("recipe",),
    ("analyses", "passes", "codegen"),
    ("backends",),
    ("weights", "training", "inspect"),
    ("request", "network", "pipeline", "api"),
    ("reference",),
    ("schema",),
    ("fit", "sizes", "lsp"),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}
WITH_TORCH = ("runtime", "training", "inspect", "weights", "backends/torch")
HEAVY = ("torch", "torchvision", "numpy", "safetensors", "PIL", "matplotlib")


def room(path: Path) -> str:
    """The folder or file of the package that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def has_torch(name: str) -> bool:
    """Whether a dotted module name or a path of the package is one where torch may be imported."""
    parts = name.replace("/", ".").removeprefix("archdsl.").removesuffix(".py")
    return any(parts == home or parts.startswith(f"{home}.") for home in (h.replace("/", ".") for h in WITH_TORCH))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[tuple[str, bool, int]]:
    """Every module that a file imports; whether it does so as soon as it is imported itself; the line."""
    stack: list[tuple[ast.AST, bool]] = [(tree(path), True)]
    while stack:
        node, at_once = stack.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, at_once, node.lineno) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            assert node.module is not None
            yield node.module, at_once, node.lineno
            yield from ((f"{node.module}.{alias.name}", at_once, node.lineno) for alias in node.names)
        for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        inner = at_once and not for_types and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        stack.extend((child, inner) for child in ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    own = room(path)
    if own == "__init__":
        return
    for module, _, line in imports(path):
        if not module.startswith("archdsl.") or module.split(".")[1] not in RANK:
            continue
        assert own != "runtime", f"{path}:{line}: runtime/ is plain torch code, it may not import {module}"
        assert RANK[module.split(".")[1]] <= RANK[own], f"{path}:{line}: {own} may not import {module}"


def test_every_file_has_its_place() -> None:
    assert {room(path) for path in FILES} <= {*RANK, "__init__", "runtime"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_torch_stays_in_its_rooms(path: Path) -> None:
    if has_torch(str(path.relative_to(PACKAGE))):
        return
    for module, at_once, line in imports(path):
        assert module.split(".")[0] not in HEAVY or not at_once, f"{path}:{line}: imports {module}"
        assert not (at_once and module.startswith("archdsl.") and has_torch(module)), f"{path}:{line}: imports {module} at once"


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "tests").glob("*.py")), *sorted((ROOT / "bench").glob("*.py"))], ids=str)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_every_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path))


def test_public_names_resolve() -> None:
    assert sorted(set(archdsl.__all__)) == sorted(archdsl.__all__)
    assert all(getattr(archdsl, name) is not None for name in archdsl.__all__)
    assert set(archdsl.__all__) <= set(dir(archdsl))


def test_import_is_cheap() -> None:
    heavy = ("torch", "pydantic", "yaml", "typer", "graphviz", "numpy", "archdsl.api")
    code = f"import sys, archdsl; sys.exit(','.join(m for m in {heavy!r} if m in sys.modules) or None)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False).stderr == ""


def codes_used() -> set[str]:
    """Every code that stands in the package's text, but for the table itself."""
    texts = (path.read_text(encoding="utf-8") for path in FILES if path.name != "codes.py")
    return {code for text in texts for code in re.findall(r"\"(AD\d{4})\"", text)}


def test_every_code_has_a_title_and_a_use() -> None:
    used = codes_used()
    assert sorted(used - set(CODES)) == []
    assert sorted(set(CODES) - used) == []
    assert list(CODES) == sorted(CODES)
    assert all(re.fullmatch(r"AD\d{4}", code) for code in CODES)


@pytest.mark.parametrize("page", [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: p.name)
def test_links_of_the_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"", page.read_text(encoding="utf-8")):
        link = (target[0] or target[1]).split("#")[0]
        if link and not re.match(r"[a-z]+:", link):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


WITHOUT_TORCH = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "numpy", "safetensors"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
from archdsl.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        "check SPEC",
        "summary SPEC",
        "draw SPEC -o OUT.dot",
        "draw SPEC -o OUT.mmd",
        "emit SPEC",
        "emit SPEC -o OUT.py",
        "ops conv",
        "ops torch",
        "functions softmax",
        "blocks basic",
        "blocks --spec SPEC",
        "schema SPEC",
        "limits",
        "new --list",
    ],
)
def test_torch_is_not_needed(command: str, tmp_path: Path) -> None:
    words = command.replace("SPEC", str(ROOT / "specs" / "resnet18.yaml")).replace("OUT", str(tmp_path / "net")).split()
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_build_without_torch_says_what_to_install(tmp_path: Path) -> None:
    words = ["build", str(ROOT / "specs" / "resnet18.yaml")]
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install torch" in done.stderr
