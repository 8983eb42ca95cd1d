"""`make docs`: writes the pages that the code itself tells (ops, functions, blocks, cli, api), and what the examples of the others print.

The generated pages are kept up to date by a test, which makes them again and compares.
"""

from __future__ import annotations

import inspect
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, get_args, get_origin, get_type_hints

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(DOCS)]

import opcalls  # noqa: E402
import test_readme as runner  # noqa: E402
import zoo  # noqa: E402
from typer.models import ArgumentInfo, OptionInfo  # noqa: E402

import archdsl  # noqa: E402
from archdsl.cli.app import application  # noqa: E402
from archdsl.elaborate.blocks import signature_of as block_signature  # noqa: E402
from archdsl.elaborate.library import library_block, library_names, library_node  # noqa: E402
from archdsl.elaborate.signatures import signature_of, words_of  # noqa: E402
from archdsl.functions import BY_NAME as FUNCTIONS  # noqa: E402
from archdsl.functions import MERGES, OPERATORS  # noqa: E402
from archdsl.language.nodes import Mapping, Node, Scalar  # noqa: E402
from archdsl.ops import BY_NAME as OPERATIONS  # noqa: E402
from archdsl.ops.base import Example  # noqa: E402
from archdsl.shapes import Shape  # noqa: E402

MADE = "<!-- made by `make docs`; what stands here is changed in {} -->\n"
FAMILIES = {
    "conv": "Convolutions",
    "linear": "Linear layers",
    "pool": "Pools",
    "norm": "Norms",
    "activation": "Activations and regularisation",
    "attention": "Attention",
    "shape": "Shape",
    "formula": "Any other module of torch",
}


def sizes(shape: Iterable[int]) -> str:
    return "×".join(map(str, shape)) or "a scalar"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(cell.replace("|", "\\|") for cell in line) for line in (head, tuple("---" for _ in head), *rows)]
    return "".join(f"| {line} |\n" for line in lines)


def prose(text: str | None) -> str:
    """A docstring as Markdown: an indented part, or one with `>>>`, is code."""
    parts = []
    for part in inspect.cleandoc(text or "").split("\n\n"):
        parts.append(f"```pycon\n{part}\n```" if part.startswith(">>>") else f"```text\n{part}\n```" if part.startswith("    ") else part)
    return "\n\n".join(parts)


def ops() -> str:
    page = [MADE.format("archdsl/ops/"), "# Operations\n", "An operation is a module of torch. Shapes are those of one example.\n"]
    for family, title in FAMILIES.items():
        page.append(f"## {title}\n")
        page += [_operation(op) for op in OPERATIONS.values() if op.family == family]
    return "\n".join(page)


def _operation(op: Any) -> str:
    rows = ((f"`{e.call}`", sizes(e.input), sizes(e.output), _tensors(e)) for e in op.examples)
    words = "".join(_words_of(op, name) for name in op.model_fields)
    said = f"### {op.name}\n\n`{signature_of(op).text}`\n\n{prose(op.__doc__)}{words}\n\nSource: {op.source}.\n"
    return f"{said}\n{table(('example', 'takes', 'gives', 'tensors'), rows)}"


def _words_of(op: Any, name: str) -> str:
    words = [f"`{word}`" for word in words_of(op, name)]
    if not words:
        return ""
    return f" `{name}` is {', '.join(words[:-1])} or {words[-1]}." if len(words) > 1 else f" `{name}` may be {words[0]}."


def _tensors(example: Example) -> str:
    declared = opcalls.operation(example.call).declared((Shape.example(*example.input),))
    return ", ".join(f"{spec.name} {sizes(spec.shape)}" for spec in declared)


def functions() -> str:
    intro = "What a formula (`math`, `from`, operands, buffers) may call. The examples take an `x` of 3×8×8.\n"
    page = [MADE.format("archdsl/functions/"), "# Functions of formulas\n", intro]
    page += ["## Called by name\n", _functions(FUNCTIONS.values())]
    page += ["## Operators and brackets\n", _functions(dict.fromkeys(f for f in OPERATORS.values() if f.name not in FUNCTIONS))]
    page += ["## What wiring words become\n", _words(MERGES)]
    return "\n".join(page)


def _functions(kinds: Iterable[Any]) -> str:
    head = ("function", "what it gives", "source", "example", "gives")
    rows = []
    for kind in kinds:
        arguments = ", ".join(_argument(kind, name) for name in kind.kinds())
        call = f"`{kind.name}({arguments})`" if kind.name.isidentifier() else f"`{kind.name}`"
        words = " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].split())
        rows.append((call, words, kind.source, f"`{kind.example}`", _result(kind.example)))
    return table(head, rows)


def _words(kinds: Iterable[Any]) -> str:
    return table(("function", "what it gives", "source"), [(f"`{k.name}`", " ".join((k.__doc__ or "").split()), k.source) for k in kinds])


def _argument(kind: Any, name: str) -> str:
    field = kind.model_fields[name]
    default = str(field.default).lower() if field.default in (None, True, False) else field.default
    return name if field.is_required() else f"{name}={default}"


def _result(formula: str) -> str:
    given = {"input": [3, 8, 8], "body": [{"math": formula}]}
    return archdsl.load(given).shapes.split(" → ")[1]


def blocks() -> str:
    intro = "Each is a YAML file in `archdsl/stdlib/`. A spec calls them by name, and may define its own of the same name.\n"
    page = [MADE.format("archdsl/stdlib/"), "# Blocks of the library\n", intro]
    return "\n".join([*page, *(_block(name) for name in sorted(library_names()))])


def _block(name: str) -> str:
    node = library_node(name)
    example = node.get("example")
    assert isinstance(example, Mapping), name
    use = example.get("use")
    signature = block_signature(library_block(name)).text
    spec = f"input: {_text(example.get('input'))}\nbody:\n  - {_text(use)}\n"
    about = f"{_text(node.get('description'))}\n\nSource: {_text(node.get('source'))}.\n"
    return f"## {name}\n\n`{signature}`\n\n{about}\n```yaml\n{spec}```\n```text\n{_layers(spec)}\n```\n"


def _text(node: Node | None) -> str:
    assert node is not None
    return node.text if isinstance(node, Scalar) else node.span.text


def _layers(spec: str) -> str:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "block.yaml"
        path.write_text(spec, encoding="utf-8")
        return "\n".join(line.rstrip() for line in runner.layers(path))


def cli() -> str:
    page = [MADE.format("archdsl/cli/"), "# The command line\n", "`archdsl COMMAND --help` says the same.\n"]
    app = application()
    for callback in (app.registered_callback, *app.registered_commands):
        function = getattr(callback, "callback", None)
        assert function is not None
        name = getattr(callback, "name", None)
        declared = [_declared(function, p) for p in inspect.signature(function).parameters.values() if p.name != "context"]
        spec = "".join(f" {info.metavar}{' …' if kind is list else ''}" for kind, info, _ in declared if isinstance(info, ArgumentInfo))
        options = [_option(kind, info, default) for kind, info, default in declared if isinstance(info, OptionInfo)]
        title = f"archdsl {name}{spec}" if isinstance(name, str) else "archdsl"
        page += [f"## {title}\n", f"{prose(function.__doc__)}\n", table(("option", "meaning", "default"), options)]
    return "\n".join(page)


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
        page.append(f"## {name}\n\n{_signature(name, thing)}{prose(thing.__doc__)}\n")
        if inspect.isclass(thing):
            page += [_member(name, member, value) for member, value in vars(thing).items() if not member.startswith("_")]
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
    return f"### {owner}.{name}\n\n{head}{prose(target.__doc__)}\n"


PAGES: dict[str, Callable[[], str]] = {
    "ops.md": ops,
    "functions.md": functions,
    "blocks.md": blocks,
    "cli.md": cli,
    "api.md": api,
    "../archdsl/zoo.json": zoo.table,
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
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
    for page in runner.PAGES:
        if page.name not in PAGES:
            page.write_text(refreshed(page), encoding="utf-8")


if __name__ == "__main__":
    main()
