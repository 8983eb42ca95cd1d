"""`archdsl explain`: what stands behind a code."""

from __future__ import annotations

from typing import Annotated

import typer

from archdsl.cli.answers import CommandError
from archdsl.diagnostics import CODES
from archdsl.diagnostics.page import page
from archdsl.diagnostics.suggest import did_you_mean

Code = Annotated[str | None, typer.Argument(metavar="[CODE]", help="A code, as AD2006; all are listed without one.", show_default=False)]


def explain(code: Code = None) -> None:
    """Explain a code: what is wrong, an example, and how it is right."""
    if code is None:
        print("\n".join(f"{code}  {title}" for code, title in CODES.items()))
    else:
        print(page(_known(code.upper())), end="")


def _known(code: str) -> str:
    if code in CODES:
        return code
    help = did_you_mean(code, CODES) or "`archdsl explain` lists all"
    raise CommandError(f"there is no code `{code}`: {help}")
