"""`archdsl new`: a spec to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from archdsl.cli.answers import CommandError
from archdsl.cli.options import one
from archdsl.cli.output import write
from archdsl.diagnostics.suggest import did_you_mean
from archdsl.diagnostics.text import escaped
from archdsl.language.scalars import older

FOLDER = Path(__file__).parent.parent / "templates"
FIRST = "simple"
"""the template that is taken unless told, and the first of the list"""
NAME = r"[A-Za-z][A-Za-z0-9_-]*"

Wanted = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The network, of which NAME.yaml is written.", show_default=False)]
Listed = Annotated[bool, typer.Option("--list", help="List the templates and stop.")]


def new(
    name: Wanted = None,
    template: Annotated[str, one("--template", "TEMPLATE", "What to start from; `archdsl new --list` lists them.")] = FIRST,
    list: Listed = False,
) -> None:
    """Write a small commented spec that runs, to start from. A file that is there is never overwritten."""
    texts = templates()
    if list:
        width = max(map(len, texts))
        print("\n".join(f"{word.ljust(width)}  {_described(text)}" for word, text in texts.items()))
        return
    if name is None:
        raise CommandError("say what it is called: `archdsl new net` writes net.yaml; `archdsl new --list` lists what to start from")
    if template not in texts:
        help = did_you_mean(template, texts) or f"the templates are {', '.join(texts)}"
        raise CommandError(f"there is no template `{escaped(template[:80])}`: {help}")
    path = _place(name)
    write(path, re.sub(r"\Aname: .*", f"name: {path.stem}", texts[template]))
    _tell(path)


def templates() -> dict[str, str]:
    """The text of each template.

    >>> templates()["simple"].splitlines()[0]
    'name: net'
    """
    names = sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda name: (name != FIRST, name))
    return {name: (FOLDER / f"{name}.yaml").read_text(encoding="utf-8") for name in names}


def _described(text: str) -> str:
    found = re.search(r"^description: (.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def _place(name: str) -> Path:
    """Where the spec is written. Raises `CommandError` where it cannot be."""
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if older(path.stem):
        raise CommandError(f"`{path.stem}` is no name for a network: older YAML reads {older(path.stem)}")
    if not re.fullmatch(NAME, path.stem):
        raise CommandError(f"`{escaped(path.stem[:80])}` is no name for a network: letters, digits, `_` and `-`, a letter first")
    if path.exists():
        raise CommandError(f"`{escaped(str(path))}` is there already; it was not changed")
    if not path.parent.is_dir():
        raise CommandError(f"`{escaped(str(path))}`: there is no folder `{escaped(str(path.parent))}`")
    return path


def _tell(path: Path) -> None:
    shown = escaped(str(path))
    print(f"{shown} is written. Next:\n")
    print(f"  archdsl check {shown}")
    print(f"  archdsl draw {shown} -o {path.stem}.svg")
    print(f"  archdsl build {shown} -o {path.stem}.py")
