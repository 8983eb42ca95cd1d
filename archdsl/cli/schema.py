"""`archdsl schema`: the JSON Schema of specs, for editors that know YAML."""

from __future__ import annotations

from typing import Annotated

import typer

from archdsl import schema as schemas
from archdsl.cli.options import Options, Out, Root
from archdsl.cli.output import check_target, put, write
from archdsl.diagnostics.text import escaped
from archdsl.pipeline import sketch

Of = Annotated[str | None, typer.Argument(metavar="[SPEC]", help="A spec, whose blocks and names the schema knows.", show_default=False)]


def schema(spec: Of = None, output: Out = None, root: Root = None) -> None:
    """Print the JSON Schema of specs, or of one with its own blocks, or write it to a .json file.

    A first line `# yaml-language-server: $schema=FILE` names it to an editor.
    """
    if output is not None:
        check_target(output, (".json",), spec or "-")
    known = schemas.everywhere() if spec is None else schemas.of_spec(sketch(Options([], None, [], root, []).request(spec)))
    text = schemas.text(schemas.schema(known))
    if output is None:
        put(text)
        return
    write(output, text)
    print(f"{escaped(str(output))} is written. The first line of a spec beside it:\n")
    print(f"# yaml-language-server: $schema={escaped(output.name)}")
