"""`make docs`: writes the pages that the code itself tells (ops, functions, blocks, cli, api), and what the examples of the others print.

The generated pages are kept up to date by a test, which makes them again and compares.
"""

from __future__ import annotations

import inspect
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, get_args, get_origin, get_type_hints

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(DOCS)]

import gallery  # noqa: E402
import test_readme as runner  # noqa: E402
import typer  # noqa: E402
import uses  # noqa: E402
import zoo  # noqa: E402
from errors import errors  # noqa: E402
from recipes import recipes  # noqa: E402
from typer.models import ArgumentInfo, OptionInfo  # noqa: E402

import archdsl  # noqa: E402
from archdsl import inspect as looking  # noqa: E402
from archdsl import schema  # noqa: E402
from archdsl.cli.app import application  # noqa: E402
from archdsl.reference import blocks as library  # noqa: E402
from archdsl.reference import functions as formulas  # noqa: E402
from archdsl.reference import markdown, operations  # noqa: E402
from archdsl.reference.entry import Entry  # noqa: E402

MADE = "<!-- made by `make docs`; what stands here is changed in {} -->\n"


def prose(thing: object) -> str:
    """A docstring as Markdown."""
    return markdown.prose(inspect.cleandoc(thing.__doc__ or ""))


def ops() -> str:
    intro = "An operation is a module of torch. Shapes are those of one example. `archdsl ops NAME` says how the numbers come about, too.\n"
    return _page("archdsl/ops/", "Operations", intro, markdown.pages(map(operations.entry, operations.names())))


def functions() -> str:
    intro = "What a formula (`math`, `from`, operands, buffers) may call. The examples take an `x` of 3×8×8.\n"
    page = []
    for group, members in groupby(map(formulas.entry, formulas.names()), lambda entry: entry.group):
        rows = [(f"`{e.signature}`", e.summary, e.source, *_example(e)) for e in members]
        page += [f"## {group}\n", markdown.table(("function", "what it gives", "source", "example", "gives"), rows) + "\n"]
    return _page("archdsl/functions/", "Functions of formulas", intro, *page)


def _example(entry: Entry) -> tuple[str, str]:
    return (f"`{entry.examples[0].call}`", entry.examples[0].output) if entry.examples else ("", "")


def blocks() -> str:
    intro = "Each is a YAML file in `archdsl/stdlib/`. A spec calls them by name, and may define its own of the same name.\n"
    return _page("archdsl/stdlib/", "Blocks of the library", intro, "\n".join(markdown.page(library.entry(n), 2) for n in library.names()))


def _page(place: str, title: str, *parts: str) -> str:
    return "\n".join([MADE.format(place), f"# {title}\n", *parts])


def cli() -> str:
    page = [MADE.format("archdsl/cli/"), "# The command line\n", "`archdsl COMMAND --help` says the same.\n"]
    for name, function in _commands(application()):
        declared = [_declared(function, p) for p in inspect.signature(function).parameters.values() if p.name != "context"]
        spec = "".join(f" {info.metavar}{' …' if kind is list else ''}" for kind, info, _ in declared if isinstance(info, ArgumentInfo))
        options = [_option(kind, info, default) for kind, info, default in declared if isinstance(info, OptionInfo)]
        title = f"archdsl {name}{spec}" if name else "archdsl"
        page += [f"## {title}\n", f"{prose(function)}\n"]
        page += [markdown.table(("option", "meaning", "default"), options) + "\n"] if options else []
    return "\n".join(page)


def _commands(app: typer.Typer) -> Iterator[tuple[str, Callable[..., None]]]:
    """The functions of the command line by their words: of `archdsl` itself, of its commands, of those in groups."""
    if app.registered_callback is not None and app.registered_callback.callback is not None:
        yield "", app.registered_callback.callback
    for command in app.registered_commands:
        assert command.callback is not None
        yield command.name or command.callback.__name__, command.callback
    for group in app.registered_groups:
        assert group.typer_instance is not None
        yield from ((f"{group.name} {name}", function) for name, function in _commands(group.typer_instance))


def _declared(function: Callable[..., None], parameter: inspect.Parameter) -> tuple[Any, Any, Any]:
    """The type, typer's record and the default of a command's parameter."""
    hint = get_type_hints(function, include_extras=True)[parameter.name]
    if get_origin(hint) is not Annotated:
        return hint, parameter.default, None
    kind, info = get_args(hint)[:2]
    return get_origin(kind) or kind, info, None if parameter.default is parameter.empty else parameter.default


def _option(kind: Any, info: OptionInfo, default: Any) -> tuple[str, ...]:
    choices = "|".join(member.value for member in kind) if inspect.isclass(kind) and issubclass(kind, Enum) else ""
    first = (info.default,) if isinstance(info.default, str) and info.default.startswith("-") else ()
    words = " ".join(filter(None, (", ".join((*first, *(info.param_decls or ()))), info.metavar or choices)))
    shown = getattr(default, "value", default)
    return f"`{words}`", info.help or "", "" if shown in (None, False) else f"`{shown}`"


def api() -> str:
    page = [MADE.format("the docstrings of archdsl/"), "# The Python functions\n", "What `import archdsl` gives.\n"]
    for name in archdsl.__all__:
        thing = getattr(archdsl, name)
        if name.startswith("__"):
            continue
        page.append(f"## {name}\n\n{_signature(name, thing)}{prose(thing)}\n")
        if inspect.isclass(thing):
            page += [_member(name, member, value) for member, value in vars(thing).items() if not member.startswith("_")]
    page.append(f"## archdsl.inspect\n\n{prose(looking)}\n")
    for name in looking.__all__:
        function = getattr(looking, name)
        page.append(f"### inspect.{name}\n\n{_signature(f'inspect.{name}', function)}{prose(function)}\n")
    return "\n".join(part for part in page if part)


def _signature(name: str, thing: Any) -> str:
    """A call with its types, one argument a line where there are many."""
    if inspect.isclass(thing):
        return ""
    told = inspect.signature(thing)
    words = []
    for parameter in told.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in words:
            words.append("*")
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        default = "" if parameter.default is parameter.empty else f" = {_value(parameter.default)}"
        words += [] if parameter.name == "self" else [f"{star}{parameter.name}: {parameter.annotation}{default}"]
    line = ", ".join(words)
    listed = line if len(line) < 80 else "\n    " + ",\n    ".join(words) + ",\n"
    return f"```py\n{name}({listed}) -> {told.return_annotation}\n```\n\n"


def _value(value: object) -> str:
    return "DEFAULT" if isinstance(value, archdsl.Limits) else repr(value)


def _member(owner: str, name: str, value: Any) -> str:
    target = getattr(value, "fget", None) or getattr(value, "func", None) or value
    if not inspect.isfunction(target) or not target.__doc__:
        return ""
    head = _signature(f"{owner}.{name}", target) if target is value else ""
    return f"### {owner}.{name}\n\n{head}{prose(target)}\n"


PAGES: dict[str, Callable[[], str]] = {
    "ops.md": ops,
    "functions.md": functions,
    "blocks.md": blocks,
    "cli.md": cli,
    "api.md": api,
    "recipes.md": lambda: _page("archdsl/recipe/", "Recipes", recipes()),
    "archdsl.schema.json": lambda: schema.text(schema.schema(schema.everywhere())),
    "../archdsl/zoo.json": zoo.table,
    "zoo.md": gallery.page,
}


def refreshed(page: Path) -> str:
    """A page whose `text` blocks say what their examples print now; those with a line `…` that no longer fit are shown, not changed."""
    text, done, last = page.read_text(encoding="utf-8"), [], 0
    names: dict[str, object] = {"__name__": "page"}
    printed = ""
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "specs", folder / "specs")
        os.chdir(folder)
        for found in runner.BLOCK.finditer(text):
            block = runner.Block(text.count("\n", 0, found.start()) + 1, found[1], found[2])
            if block.mark in runner.RUNNERS:
                printed = runner.RUNNERS[block.mark](block, folder, names)
            if block.mark != "text" or runner.is_printed(block.text, printed):
                continue
            if "\n…\n" in f"\n{block.text}":
                print(f"{page.name}:{block.line}: this is printed now:\n{printed}")
                continue
            done += [text[last : found.start(2)], "".join(f"{line.rstrip()}\n" for line in printed.rstrip("\n").split("\n"))]
            last = found.end(2)
        os.chdir(ROOT)
    return "".join([*done, text[last:]])


def main() -> None:
    (DOCS / "errors.md").write_text(MADE.format("archdsl/diagnostics/pages/") + "\n" + errors(), encoding="utf-8")
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
    for picture, drawing in gallery.pictures():
        (gallery.IMAGES / picture).write_text(drawing, encoding="utf-8")
    for page in runner.PAGES:
        if page.name not in PAGES:
            page.write_text(refreshed(page), encoding="utf-8")
    language = DOCS / "language.md"
    language.write_text(uses.refreshed(language.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
